// Owns the foresight of what a run destroys, as its statements and the catalog say: whole tables, columns, or some rows of them.
import {
  classify,
  factsOf,
  loadGrammar,
  read,
  schemaOf,
  startFold,
  type Catalog,
  type Classification,
  type Fact,
  type Grammar,
  type Key,
  type Move,
  type Statement,
} from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";
import { introspect } from "../introspect/introspect.ts";
import type { Step } from "../plan/plan.ts";
import { withoutOurs } from "../schema/ours.ts";
import { supabaseHistory, type HistoryTable } from "../store/bind.ts";
import { nameOf, Names } from "./names.ts";
import { planArchive } from "./plan.ts";
import { someRows } from "./some-rows.ts";
import { passing } from "./passing.ts";
import { Writes } from "./writes.ts";

/** What a run destroys of one table, by the name that it has before the run. */
export interface DestroyedTable {
  readonly schema: string;
  readonly name: string;
  /** Only rows of which this is true: SQL over the table's columns, for the search_path of the role. */
  readonly where?: string;
  /** Only the values of these columns. */
  readonly columns?: readonly string[];
  /** The versions of the migrations that destroy it. */
  readonly migrations: readonly string[];
}

/** What a run destroys. */
export interface Destroyed {
  readonly tables: readonly DestroyedTable[];
  /** Tables that files name for a backup, as they are written: `-- clew: backup <tables>`. */
  readonly named: readonly { readonly word: string; readonly version: string }[];
  /** Statements that run code which their text does not show, of files that name no tables. */
  readonly unknown: readonly { readonly version: string; readonly kind: string; readonly why: string }[];
}

/** Looks at the statements of a run's steps, and at the live catalog. Changes nothing. */
export async function destroyedBy(
  session: Session,
  steps: readonly Step[],
  role: string,
  history: HistoryTable = supabaseHistory,
): Promise<Destroyed> {
  const grammar = await loadGrammar();
  const before = withoutOurs(await introspect(session), history);
  const texts = steps.map(({ step, script }) => ({
    version: step.version,
    text: script.text,
    statements: read(script.text, grammar).statements,
  }));
  const folding = startFold(before, { grammar, role });
  const renames: Move[] = [];
  let earlier = 0;
  for (const { statements } of texts) {
    const known = folding.moves().length;
    folding.apply(statements);
    for (const move of folding.moves().slice(known)) renames.push({ ...move, statement: earlier + move.statement });
    earlier += statements.length;
  }
  return new Foresight(before, folding.catalog(), renames, grammar).of(texts);
}

interface Text {
  readonly version: string;
  readonly text: string;
  readonly statements: readonly Statement[];
}

/** What is known of a table so far: all of it, or some of its rows and columns. */
interface Loss {
  whole: boolean;
  where?: string;
  readonly columns: Set<string>;
  readonly migrations: Set<string>;
}

const directive = /^\s*--\s*clew:\s*backup\s+(.+?)\s*$/gim;

class Foresight {
  readonly #before: Catalog;
  readonly #after: Catalog;
  /** Counted over the statements of all files. */
  readonly #renames: readonly Move[];
  #followed = 0;
  readonly #grammar: Grammar;
  readonly #names: Names;
  readonly #losses = new Map<Key, Loss>();
  /** Tables that an earlier statement has touched: which rows another one will find is not known before. */
  readonly #touched = new Set<Key>();
  readonly #triggered: ReadonlySet<Key | undefined>;
  /** Code has run that may have touched anything, or names mean other things than they did. */
  #blind = false;

  constructor(before: Catalog, after: Catalog, renames: readonly Move[], grammar: Grammar) {
    this.#before = before;
    this.#after = after;
    this.#renames = renames;
    this.#grammar = grammar;
    this.#names = new Names(before, ["public"]);
    this.#triggered = new Set([before, after].flatMap((side) => factsOf(side, "trigger").map(({ parent }) => parent)));
  }

  of(texts: readonly Text[]): Destroyed {
    const named: Destroyed["named"][number][] = [];
    const unknown: Destroyed["unknown"][number][] = [];
    for (const { version, text, statements } of texts) {
      const words = [...text.matchAll(directive)].flatMap(([, list]) => list!.split(",").map((word) => word.trim()));
      named.push(...words.filter((word) => word !== "").map((word) => ({ word, version })));
      unknown.push(...this.#follow(version, statements).filter(() => words.length === 0));
    }
    this.#compare(texts);
    return { tables: this.#tables(), named, unknown };
  }

  #follow(version: string, statements: readonly Statement[]): Destroyed["unknown"] {
    const unknown: Destroyed["unknown"][number][] = [];
    const truncates = statements.some(({ kind, text }) => kind === "TRUNCATE" || /truncate/i.test(text));
    const [before, after, grammar] = [this.#before, this.#after, this.#grammar];
    const sides = { before, after, grammar, passing: passing(statements, before, after, grammar) };
    const writes = new Writes(sides, this.#names, truncates);
    for (const statement of statements) {
      const said = classify(statement, { major: this.#before.major });
      const dark = said.unknown.length > 0 || statement.ast === undefined;
      if (dark) unknown.push({ version, kind: statement.kind, why: said.unknown[0] ?? "it cannot be read" });
      this.#objects(said, version);
      if (!this.#onlyAdds(said, dark) && !this.#narrow(statement, said, version)) writes.follow(statement);
      this.#blind ||= dark || /^(?:SET|RESET|DISCARD)\b/.test(statement.kind);
      for (const { relation } of said.locks) this.#touch(relation);
      for (const relation of said.writes) this.#touch(relation);
      this.#names.follow(statement.ast);
      const moved = dark ? this.#renames.filter((move) => move.statement === this.#followed) : [];
      this.#names.followMoves(moved);
      if (moved.length > 0) writes.follow(statement);
      this.#followed++;
    }
    for (const table of writes.tables) this.#all(table, version);
    return unknown;
  }

  #touch(relation: { readonly schema?: string; readonly name: string } | undefined): void {
    if (relation !== undefined) for (const table of this.#names.resolve(relation)) this.#touched.add(table);
  }

  /** Rows are added, and nothing else happens: no trigger does more. */
  #onlyAdds({ destroys, writes }: Classification, dark: boolean): boolean {
    if (dark || destroys.some(({ what }) => what === "rows" || what === "values")) return false;
    return writes.flatMap((relation) => this.#names.resolve(relation)).every((table) => !this.#triggered.has(table));
  }

  /** Tables and columns that a statement drops by name: whoever makes one of that name again does not bring the rows back. */
  #objects({ destroys }: Classification, version: string): void {
    for (const loss of destroys) {
      if (loss.what === "columns") {
        for (const table of this.#names.resolve(loss.relation)) this.#some(table, loss.columns, version);
      }
      if (loss.what !== "object") continue;
      const name = loss.name.at(-1)!;
      const schema = loss.name.at(-2);
      if (loss.type === "TABLE")
        for (const table of this.#names.resolve(schema === undefined ? { name } : { schema, name }))
          this.#all(table, version);
      if (loss.type === "SCHEMA")
        for (const fact of factsOf(this.#before, "table")) if (schemaOf(fact) === name) this.#all(fact.key, version);
    }
  }

  /** A statement of which the rows and columns can be told that it writes; false where they cannot. */
  #narrow(statement: Statement, said: Classification, version: string): boolean {
    if (this.#blind || said.writes.length !== 1) return false;
    const found = someRows(statement, this.#grammar);
    const tables = this.#names.resolve(said.writes[0]!);
    const [key] = tables;
    const fact = key === undefined ? undefined : this.#before.facts[key];
    if (found === undefined || tables.length !== 1 || fact?.kind !== "table") return false;
    if (this.#touched.has(fact.key) || this.#triggered.has(fact.key) || this.#isFamily(fact)) return false;
    if (this.#reaches(fact.key, found.columns)) return false;
    const loss = this.#loss(fact.key, version);
    if (loss.whole) return true;
    if (found.where !== undefined) loss.where = found.where;
    if (found.columns === undefined) {
      if (found.where === undefined) loss.whole = true;
      return true;
    }
    for (const column of found.columns) loss.columns.add(column);
    return true;
  }

  #isFamily({ key, inherits, partitionBy }: Fact<"table">): boolean {
    return (
      (inherits ?? []).length > 0 ||
      partitionBy !== undefined ||
      factsOf(this.#before, "table").some((other) => other.inherits?.includes(key))
    );
  }

  /** Whether foreign keys to a table write others when its rows go, or get other values in these columns. */
  #reaches(table: Key, columns: readonly string[] | undefined): boolean {
    return factsOf(this.#before, "constraint").some(({ references }) => {
      if (references?.table !== table) return false;
      if (columns === undefined) return writing.has(references.onDelete);
      return writing.has(references.onUpdate) && (references.columns ?? columns).some((name) => columns.includes(name));
    });
  }

  /** What the catalogs say beyond the statements: what goes by CASCADE, and columns whose values another type changes. */
  #compare(texts: readonly Text[]): void {
    const statements = texts.flatMap((text) => text.statements);
    const [before, after, grammar] = [this.#before, this.#after, this.#grammar];
    const plan = planArchive({
      id: "",
      version: "",
      run: "",
      before,
      after,
      renames: this.#renames,
      statements,
      grammar,
    });
    const versions = texts.map(({ version }) => version);
    for (const { key, dropped, columns = [] } of plan?.needs.tables ?? []) {
      const names = columns.map(({ name }) => name);
      const known = this.#losses.get(key);
      for (const version of known?.migrations ?? versions) {
        if (dropped) this.#all(key, version);
        else if (names.length > 0) this.#some(key, names, version);
      }
    }
  }

  #loss(table: Key, version: string): Loss {
    let loss = this.#losses.get(table);
    if (!loss) this.#losses.set(table, (loss = { whole: false, columns: new Set(), migrations: new Set() }));
    // Rows of one statement and columns of another make no one answer.
    else loss.whole ||= loss.where !== undefined;
    loss.migrations.add(version);
    return loss;
  }

  #all(table: Key, version: string): void {
    this.#loss(table, version).whole = true;
  }

  #some(table: Key, columns: readonly string[], version: string): void {
    const loss = this.#loss(table, version);
    for (const column of columns) {
      const before = this.#names.columnBefore(table, column);
      if (before !== undefined) loss.columns.add(before);
    }
  }

  #tables(): readonly DestroyedTable[] {
    return [...this.#losses].flatMap(([key, { whole, where, columns, migrations }]) => {
      const fact = this.#before.facts[key];
      // What the run itself makes had no rows before it.
      if (fact?.kind !== "table") return [];
      return [
        {
          ...nameOf(fact),
          ...(whole || where === undefined ? {} : { where }),
          ...(whole || columns.size === 0 ? {} : { columns: [...columns] }),
          migrations: [...migrations],
        },
      ];
    });
  }
}

const writing: ReadonlySet<string | undefined> = new Set(["cascade", "set null", "set default"]);
