// Cuts a script into segments: runs of statements that share one fate. Pure.
import { addedValue, mentionsValue } from "./enum-value.ts";
import type { Finding } from "./finding.ts";
import { type Fields, type Node, nodes } from "./grammar.ts";
import type { Script, Statement } from "./read.ts";

/** Statements that share one fate: those of one transaction, or one statement that refuses a transaction. */
export interface Segment {
  readonly kind: "transaction" | "alone";
  readonly statements: readonly Statement[];
  /** The modes that the author gave the transaction, with BEGIN or right after it, to be put after BEGIN: `ISOLATION LEVEL SERIALIZABLE`. */
  readonly begin?: string;
}

/** How a script is to be run. */
export interface Segments {
  readonly segments: readonly Segment[];
  /** Where the script's own BEGIN, COMMIT and ROLLBACK do not add up, or cannot be kept: errors, but for what is clear all the same. */
  readonly findings: readonly Finding[];
}

/**
 * The segments of a script, in order; together they hold every statement but BEGIN and COMMIT, once.
 *
 * A plain script is one transaction. A `BEGIN … COMMIT` block is a segment of its own, and so is each run of
 * statements between blocks; a run of nothing but SET, RESET and NOTIFY joins the block beside it, so that a block
 * around the whole script is the same as none. A `COMMIT` without a `BEGIN` ends the run before it, with a warning.
 * A statement that refuses a transaction is a segment alone. After
 * `ALTER TYPE … ADD VALUE` a segment ends before the first statement that names the new value in a string or a body.
 * Where the script asks for no transaction, each statement outside a block is a segment.
 */
export function segment(script: Script): Segments {
  const cutter = new Cutter(script.directives.noTransaction !== undefined);
  for (const statement of script.statements) cutter.take(statement);
  return cutter.finish();
}

interface Block {
  readonly opener: Statement;
  readonly begin: string;
  readonly statements: Statement[];
}

interface Piece {
  readonly kind: Segment["kind"];
  readonly statements: Statement[];
  readonly begin: string;
  readonly authored: boolean;
}

class Cutter {
  readonly #single: boolean;
  readonly #pieces: Piece[] = [];
  readonly #findings: Finding[] = [];
  #run: Statement[] = []; // outside any block
  #block: Block | undefined; // authored, and not closed yet
  #added: string[] = []; // enum values that the run or block has added
  #lent = false; // whether a COMMIT has ended what the file did not begin

  constructor(single: boolean) {
    this.#single = single;
  }

  take(statement: Statement): void {
    if (statement.boundary === "transaction-control") this.#control(statement, this.#block);
    else if (this.#block !== undefined) this.#inside(statement, this.#block);
    else this.#outside(statement);
  }

  finish(): Segments {
    this.#closeRun();
    if (this.#block !== undefined && this.#lent) {
      // A file that ends the transaction of the tool that runs it gives it another one back.
      this.#find("UNFINISHED_TRANSACTION", this.#block.opener, {
        severity: "warning",
        message: "The transaction that begins here is not committed in the file.",
        help: "It is committed at the end of the file, as what the COMMIT without a BEGIN ends would have been. Add a COMMIT.",
      });
      this.#closeBlock(this.#block);
    } else if (this.#block !== undefined) {
      this.#find("UNFINISHED_TRANSACTION", this.#block.opener, {
        message: "The transaction that begins here is never committed.",
        help: "Add a COMMIT at its end, or remove the BEGIN: a migration is a transaction anyway.",
      });
    }
    const segments = this.#pieces.map(({ kind, statements, begin: given }) => {
      const begin = [given, isolationOf(statements)].filter(Boolean).join(", ");
      return { kind, statements, ...(begin && { begin }) };
    });
    return { segments, findings: this.#findings };
  }

  #outside(statement: Statement): void {
    if (statement.boundary === "alone" || (this.#single && mayEndTransaction.has(statement.kind))) {
      this.#closeRun();
      this.#pieces.push({ kind: "alone", statements: [statement], begin: "", authored: false });
      return;
    }
    if (this.#single || this.#mentioned(statement) !== undefined) this.#closeRun();
    this.#note(statement);
    this.#run.push(statement);
  }

  #inside(statement: Statement, block: Block): void {
    const value = this.#mentioned(statement);
    if (statement.boundary === "alone") {
      this.#find("REFUSES_TRANSACTION", statement, {
        message: `${statement.kind} cannot run inside the transaction that this file begins.`,
        help: "Move it before the BEGIN or after the COMMIT, where it runs by itself.",
      });
    } else if (value !== undefined) {
      this.#find("ENUM_VALUE_NOT_COMMITTED", statement, {
        severity: "warning",
        message: `The enum value '${value}' is added and named in the same transaction.`,
        help: "PostgreSQL lets a new value be used only after a COMMIT. Add it in a block of its own before this one.",
      });
    }
    this.#note(statement);
    block.statements.push(statement);
  }

  #mentioned(statement: Statement): string | undefined {
    if (this.#added.length === 0) return undefined;
    return this.#added.find((value) => mentionsValue(statement, value));
  }

  #note(statement: Statement): void {
    const value = addedValue(statement);
    if (value !== undefined) this.#added.push(value);
  }

  #control(statement: Statement, block: Block | undefined): void {
    switch (statement.kind) {
      case "BEGIN":
      case "START TRANSACTION":
        if (block === undefined) {
          this.#closeRun();
          this.#openBlock(statement, modesOf(statement));
          return;
        }
        this.#find("NESTED_BEGIN", statement, {
          message: `This ${statement.kind} stands inside a transaction that has already begun.`,
          help: "PostgreSQL ignores it, and the next COMMIT ends the outer one. Remove it, or use SAVEPOINT.",
        });
        return;
      case "COMMIT":
        if (block !== undefined) {
          this.#closeBlock(block);
          if (control(statement)["chain"] === true) this.#openBlock(statement, block.begin);
          return;
        }
        this.#commitRun(statement);
        return;
      case "ROLLBACK":
        this.#find("ROLLBACK_IN_MIGRATION", statement, {
          message: "This ROLLBACK undoes a part of the migration, which would be recorded as applied all the same.",
          help: "Remove it with what it undoes. To go back inside a transaction, use SAVEPOINT and ROLLBACK TO.",
        });
        if (block !== undefined) this.#closeBlock(block);
        return;
      default:
        this.#find("TWO_PHASE_COMMIT", statement, {
          message: `${statement.kind} cannot be part of a migration.`,
          help: "A prepared transaction outlives the run, so nobody could say whether the migration was applied.",
        });
        if (block !== undefined) this.#closeBlock(block);
    }
  }

  #openBlock(opener: Statement, begin: string): void {
    this.#block = { opener, begin, statements: [] };
    if (begin.includes("READ ONLY")) {
      this.#find("READ_ONLY_TRANSACTION", opener, {
        message: "A migration cannot be recorded in a READ ONLY transaction.",
        help: "Remove READ ONLY.",
      });
    }
  }

  #closeBlock({ begin, statements }: Block): void {
    const before = this.#pieces.at(-1);
    const joined = before !== undefined && !before.authored && !this.#single && before.statements.every(isPassing);
    if (joined) this.#pieces.pop();
    const all = joined ? [...before.statements, ...statements] : statements;
    if (all.length > 0) this.#pieces.push({ kind: "transaction", statements: all, begin, authored: true });
    this.#block = undefined;
    this.#added = [];
  }

  // What stands before a COMMIT is committed with it, whether the transaction was begun by the file, by a tool, or by each statement.
  #commitRun(statement: Statement): void {
    if (control(statement)["chain"] === true) {
      this.#find("UNMATCHED_COMMIT", statement, {
        message: "This COMMIT AND CHAIN has no BEGIN in the file.", // SQLSTATE 25P01
        help: "PostgreSQL refuses it outside a transaction. Remove it, or add the BEGIN.",
      });
      return;
    }
    this.#find("UNMATCHED_COMMIT", statement, {
      severity: "warning",
      message: "This COMMIT has no BEGIN in the file.",
      help: "What stands before it is applied in one transaction, what follows in another. Remove it, or add the BEGIN.",
    });
    this.#lent = true;
    if (this.#run.every(isPassing)) return;
    this.#closeBlock({ opener: statement, begin: "", statements: this.#run });
    this.#run = [];
  }

  #closeRun(): void {
    const before = this.#pieces.at(-1);
    const run = this.#run;
    if (before?.authored === true && run.every(isPassing)) before.statements.push(...run);
    else if (run.length > 0) {
      this.#pieces.push({ kind: "transaction", statements: run, begin: "", authored: false });
    }
    this.#run = [];
    this.#added = [];
  }

  #find(code: string, { start, end }: Statement, what: { message: string; help: string; severity?: "warning" }): void {
    this.#findings.push({ code, severity: "error", ...what, at: { start, end } });
  }
}

// What may refuse a transaction without its text telling: asked for no transaction, it is given none.
const mayEndTransaction = new Set(["CALL", "DO", "REINDEX", "CLUSTER"]);

// Statements that mean the same inside the transaction beside them.
function isPassing(statement: Statement): boolean {
  return ["SET", "RESET", "NOTIFY"].includes(statement.kind);
}

function control(statement: Statement): Fields {
  return statement.ast?.["TransactionStmt"] ?? {};
}

// A SET TRANSACTION that opens a transaction must come before any query, and what is recorded comes before it: said with the
// BEGIN, it changes nothing where it stands. https://www.postgresql.org/docs/current/sql-set-transaction.html
function isolationOf(statements: readonly Statement[]): string {
  const query = statements.findIndex((statement) => !isPassing(statement));
  return statements
    .slice(0, query < 0 ? undefined : query)
    .map(({ ast }) => ast?.["VariableSetStmt"])
    .filter((set) => set?.["kind"] === "VAR_SET_MULTI" && set["name"] === "TRANSACTION")
    .flatMap((set) => nodes(set?.["args"]))
    .filter(({ DefElem: mode }) => mode?.["defname"] === "transaction_isolation")
    .map(modeOf)
    .join(", ");
}

// https://www.postgresql.org/docs/current/sql-begin.html
function modesOf(statement: Statement): string {
  return nodes(control(statement)["options"]).map(modeOf).join(", ");
}

function modeOf({ DefElem: mode }: Node): string {
  const constant = (mode?.["arg"] as Node | undefined)?.["A_Const"];
  const on = (constant?.["ival"] as Fields | undefined)?.["ival"] === 1;
  switch (mode?.["defname"]) {
    case "transaction_isolation":
      return `ISOLATION LEVEL ${String((constant?.["sval"] as Fields | undefined)?.["sval"]).toUpperCase()}`;
    case "transaction_read_only":
      return on ? "READ ONLY" : "READ WRITE";
    default:
      return on ? "DEFERRABLE" : "NOT DEFERRABLE";
  }
}
