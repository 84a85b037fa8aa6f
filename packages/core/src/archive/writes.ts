// Owns the foresight of what a migration's statements write: their own text, what they run, what that sets off.
import {
  classify,
  factsOf,
  namesMentioned,
  parseBody,
  read,
  type Catalog,
  type Fact,
  type Grammar,
  type Key,
  type Node,
  type Relation,
  type Statement,
  type Value,
} from "@clew/sql-analyzer";
import { identifier } from "../store/bind.ts";
import { mergedBy } from "./merged.ts";
import { nameOf, type Names } from "./names.ts";
import type { Passing } from "./passing.ts";

export interface Foresight {
  readonly before: Catalog;
  readonly after: Catalog;
  readonly grammar: Grammar;
  /** What is on neither side. */
  readonly passing: readonly Passing[];
}

/** What is done to rows; of a foreign key the first does nothing, and each of the others only what it says of it. */
type Verb = "insert" | "update" | "delete";
const everyVerb: readonly Verb[] = ["insert", "update", "delete"];

/** Gathers the tables that statements write, by their keys before; give each statement when its turn has come. */
export class Writes {
  readonly tables: Set<Key> = new Set();
  /** Partitioned tables of which triggers are not told all that a MERGE does. */
  readonly merged: Set<Key> = new Set();
  readonly #names: Names;
  readonly #foresight: Foresight;
  readonly #truncates: boolean;
  readonly #seen = new Set<string>();
  /** Functions that the statements make, by name: others may take their place, and those of pg_temp are in no catalog. */
  readonly #made = new Map<string, MadeFunction[]>();
  readonly #written = new Set<string>();
  /** Of tables that only an UPDATE's own text is known to write: the columns that it sets. */
  readonly #set = new Map<Key, Set<string> | "any">();
  #known: { beside?: Beside; routines?: Routines; triggers?: Triggers; views?: Views; rules?: Rules } = {};

  /** `truncates`: TRUNCATE … CASCADE may empty whatever refers to a table. */
  constructor(foresight: Foresight, names: Names, truncates: boolean) {
    this.#foresight = foresight;
    this.#names = names;
    this.#truncates = truncates;
  }

  get #beside(): Beside {
    return (this.#known.beside ??= besideOf(this.#foresight.before, this.#truncates));
  }

  get #routines(): Routines {
    return (this.#known.routines ??= routinesOf(this.#foresight));
  }

  get #triggers(): Triggers {
    return (this.#known.triggers ??= Map.groupBy(bothSides(this.#foresight, "trigger"), ({ parent }) => parent));
  }

  get #views(): Views {
    return (this.#known.views ??= Map.groupBy(bothSides(this.#foresight, "view"), ({ name }) => name));
  }

  get #rules(): Rules {
    return (this.#known.rules ??= Map.groupBy(bothSides(this.#foresight, "rule"), ({ parent }) => parent));
  }

  /** What a statement writes, runs and sets off. */
  follow(statement: Statement): void {
    const made = functionMadeBy(statement);
    if (made !== undefined) this.#made.set(made.name, [...(this.#made.get(made.name) ?? []), made]);
    const { writes, unknown } = classify(statement);
    for (const relation of writes) this.#write(relation, verbsIn(statement.ast), setBy(statement.ast));
    for (const table of mergedBy(statement).flatMap((relation) => this.#names.resolve(relation))) {
      const fact = this.#foresight.before.facts[table];
      if (fact?.kind === "table" && fact.partitionBy !== undefined) this.merged.add(table);
    }
    if (unknown.length > 0) this.#run(statement);
  }

  /** Whether a column of a table gets values: by its name before. */
  mayWrite(table: Key, column: string): boolean {
    const set = this.#set.get(table);
    if (set === undefined) return false;
    const own = [table, this.#names.nowOf(table)];
    return set === "any" || set.has(column) || own.some((key) => this.#triggers.has(key) || this.#rules.has(key));
  }

  #write(relation: Relation, verbs: readonly Verb[], columns?: readonly string[]): void {
    for (const table of this.#names.resolve(relation)) for (const verb of verbs) this.#writeTable(table, verb, columns);
    for (const view of this.#views.get(relation.name) ?? []) for (const verb of verbs) this.#writeView(view, verb);
  }

  /** By way of a view the tables under it are written, or whatever its triggers and rules write. */
  #writeView(view: Fact<"view">, verb: Verb): void {
    const id = `${verb} ${view.key}`;
    if (this.#written.has(id)) return;
    this.#written.add(id);
    for (const { facts } of [this.#foresight.before, this.#foresight.after])
      for (const key of view.uses ?? []) {
        const used = facts[key];
        const under = used?.kind === "column" && used.parent !== undefined ? facts[used.parent] : used;
        if (under?.kind === "view") this.#writeView(under, verb);
        else if (under?.kind === "table") {
          this.#write(nameOf(under), [verb]);
          if (this.#foresight.before.facts[under.key]) this.#writeTable(under.key, verb);
        }
      }
    this.#setOff(view.key, verb);
  }

  #writeTable(table: Key, verb: Verb, columns?: readonly string[]): void {
    const set = this.#set.get(table) ?? new Set();
    const known = columns?.map((name) => this.#names.columnBefore(table, name) ?? "");
    this.#set.set(table, known === undefined || set === "any" ? "any" : new Set([...set, ...known]));
    const id = `${verb} ${table}`;
    if (this.#written.has(id)) return;
    this.#written.add(id);
    for (const { on, other, does } of this.#beside.get(table) ?? []) if (on === verb) this.#writeTable(other, does);
    this.tables.add(table);
    for (const name of new Set([table, this.#names.nowOf(table)])) this.#setOff(name, verb);
  }

  #setOff(relation: Key | undefined, verb: Verb): void {
    for (const { function: key, events } of this.#triggers.get(relation) ?? []) {
      // A TRUNCATE is taken for all that can be done.
      if (!events.includes(verb) && !events.includes("truncate")) continue;
      for (const routine of this.#routines.byKey.get(key) ?? []) this.#body(routine);
    }
    for (const { event, rule } of this.#rules.get(relation) ?? []) if (event === verb) this.#words(rule.sql);
  }

  /** Code that is not in the statement itself: a block, or the functions that it calls. */
  #run({ text, kind }: Statement): void {
    if (kind === "DO") this.#plpgsql(text);
    else this.#calls(text);
  }

  #calls(text: string): void {
    for (const name of namesMentioned(text)) {
      for (const routine of this.#routines.byName.get(name) ?? []) this.#body(routine);
      for (const { text, ...made } of this.#made.get(name) ?? [])
        this.#code(text, { ...made, whole: () => text, words: text });
    }
  }

  #body(routine: Routine): void {
    const { key, language, body, sqlBody, definition } = routine;
    const words = body ?? sqlBody?.sql ?? "";
    this.#code(`${key}\n${words}`, { language, body, words, whole: () => definition?.sql ?? plpgsqlOf(routine) });
  }

  #code(id: string, { language, whole, body, words }: Code): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    if (language === "plpgsql") this.#plpgsql(whole());
    else if (language === "sql" && body !== undefined) this.#sql(body);
    else this.#words(words);
  }

  #plpgsql(text: string): void {
    const tree = parseBody(this.#foresight.grammar, text)?.tree;
    if (tree === undefined) {
      this.#words(text);
      this.#calls(text);
      return;
    }
    for (const { query, dynamic } of queriesOf(tree)) {
      if (dynamic) {
        this.#words(query);
        this.#calls(query);
      } else this.#sql(query);
    }
  }

  #sql(text: string): void {
    for (const statement of read(text, this.#foresight.grammar).statements) {
      if (statement.ast !== undefined) this.follow(statement);
      // An expression.
      else this.#calls(statement.text);
    }
  }

  /** Of what cannot be read: every table whose name stands in it. */
  #words(text: string): void {
    for (const name of namesMentioned(text)) this.#write({ name }, everyVerb);
  }
}

const writing: ReadonlySet<string | undefined> = new Set(["cascade", "set null", "set default"]);

/** What a routine runs: as PL/pgSQL the statement that makes it, as SQL its body, and otherwise words. */
interface Code {
  readonly language: string;
  readonly whole: () => string;
  readonly body: string | undefined;
  readonly words: string;
}

interface MadeFunction {
  readonly name: string;
  readonly language: string;
  readonly body: string | undefined;
  readonly text: string;
}

function functionMadeBy({ ast, text }: Statement): MadeFunction | undefined {
  const made = ast?.["CreateFunctionStmt"];
  if (made === undefined) return undefined;
  const word = (node: Value | undefined): string | undefined => {
    const found = (node as Node | undefined)?.["String"]?.["sval"];
    return typeof found === "string" ? found : undefined;
  };
  const option = (name: string): Value | undefined =>
    ((made["options"] ?? []) as readonly Node[])
      .map((node) => node["DefElem"])
      .find((each) => each?.["defname"] === name)?.["arg"];
  const [body] = ((option("as") as Node | undefined)?.["List"]?.["items"] ?? []) as readonly Node[];
  const name = word((made["funcname"] as readonly Node[]).at(-1)) ?? "";
  return { name, language: word(option("language")) ?? "sql", body: word(body), text };
}

type Routine = Fact<"function"> | Fact<"procedure">;

/** Tables that are written when another is: by foreign keys, or as one of its partitions. */
type Beside = ReadonlyMap<Key, readonly { readonly on: Verb; readonly other: Key; readonly does: Verb }[]>;

interface Routines {
  readonly byName: ReadonlyMap<string, readonly Routine[]>;
  readonly byKey: ReadonlyMap<Key, readonly Routine[]>;
}

type Views = ReadonlyMap<string, readonly Fact<"view">[]>;
type Rules = ReadonlyMap<Key | undefined, readonly Fact<"rule">[]>;
type Triggers = ReadonlyMap<Key | undefined, readonly Fact<"trigger">[]>;

function besideOf(before: Catalog, truncates: boolean): Beside {
  const found = new Map<Key, { readonly on: Verb; readonly other: Key; readonly does: Verb }[]>();
  const beside = (table: Key, on: Verb, other: Key | undefined, does: Verb): void => {
    if (other === undefined) return;
    const list = found.get(table);
    if (list === undefined) found.set(table, [{ on, other, does }]);
    else list.push({ on, other, does });
  };
  for (const { parent, references } of factsOf(before, "constraint")) {
    if (references === undefined) continue;
    const { table, onDelete, onUpdate } = references;
    if (truncates || onDelete === "cascade") beside(table, "delete", parent, "delete");
    else if (writing.has(onDelete)) beside(table, "delete", parent, "update");
    if (writing.has(onUpdate)) beside(table, "update", parent, "update");
  }
  for (const { key, inherits = [] } of factsOf(before, "table")) {
    for (const parent of inherits) {
      for (const verb of everyVerb) {
        beside(parent, verb, key, verb);
        beside(key, verb, parent, verb);
      }
      // A row that moves to another partition is deleted in its own, and inserted there.
      beside(parent, "update", key, "delete");
      beside(parent, "update", key, "insert");
    }
  }
  return found;
}

/** The columns that a plain UPDATE sets. */
function setBy(tree: Statement["ast"]): readonly string[] | undefined {
  const update = tree?.["UpdateStmt"];
  if (update === undefined || update["withClause"] !== undefined) return undefined;
  return (update["targetList"] as readonly Node[]).map((node) => String(node["ResTarget"]!["name"]));
}

/** What a statement does to the rows that it writes, wherever it does so; an INSERT may be an UPDATE as well. */
function verbsIn(tree: Statement["ast"]): readonly Verb[] {
  const text = JSON.stringify(tree);
  if (/"(?:MergeStmt|TruncateStmt)":/.test(text)) return everyVerb;
  const updates = /"UpdateStmt":|"ONCONFLICT_UPDATE"/.test(text);
  const deletes = /"DeleteStmt":/.test(text);
  const inserts = /"InsertStmt":/.test(text) || !(updates || deletes);
  return everyVerb.filter((verb) => ({ insert: inserts, update: updates, delete: deletes })[verb]);
}

function routinesOf(foresight: Foresight): Routines {
  const routines = [...bothSides(foresight, "function"), ...bothSides(foresight, "procedure")];
  return { byName: Map.groupBy(routines, ({ name }) => name), byKey: Map.groupBy(routines, ({ key }) => key) };
}

/** What is there before, what is there after in another form, and what comes and goes. */
function bothSides<K extends Passing["kind"]>({ before, after, passing }: Foresight, kind: K): readonly Fact<K>[] {
  return [
    ...passing.filter((fact): fact is Passing & Fact<K> => fact.kind === kind),
    ...factsOf(before, kind),
    ...factsOf(after, kind).filter((fact) => before.facts[fact.key] !== (fact as Fact)),
  ];
}

/** A routine's PL/pgSQL as a statement, where the server's own is not there: from files. A block returns nothing, and knows no NEW. */
function plpgsqlOf({ kind, arguments: all, returns = "void", returnsSet, body = "" }: Routine): string {
  const list = (table: boolean): string =>
    all
      .filter(({ mode }) => (mode === "table") === table)
      .map(({ mode, name, type }) => [table ? "" : (mode ?? ""), name && identifier(name), type].join(" "))
      .join(", ");
  const columns = list(true);
  const result = columns === "" ? `${returnsSet ? "SETOF " : ""}${returns}` : `TABLE (${columns})`;
  const head = kind === "procedure" ? `PROCEDURE p(${list(false)})` : `FUNCTION f(${list(false)}) RETURNS ${result}`;
  return `CREATE ${head} LANGUAGE plpgsql AS $clew_body$${body}$clew_body$`;
}

interface Query {
  readonly query: string;
  /** It is an expression whose value is run. */
  readonly dynamic: boolean;
}

/** All SQL in a tree of PL/pgSQL. */
function* queriesOf(tree: Value | undefined, dynamic = false): Generator<Query> {
  if (typeof tree !== "object" || tree === null) return;
  if (Array.isArray(tree)) {
    for (const item of tree as readonly Value[]) yield* queriesOf(item, dynamic);
    return;
  }
  for (const [tag, value] of Object.entries(tree)) {
    if (tag === "query" && typeof value === "string") yield { query: value, dynamic };
    else if (tag === "PLpgSQL_stmt_dynexecute" || tag === "PLpgSQL_stmt_dynfors") yield* dynamicOf(value);
    else yield* queriesOf(value, dynamic);
  }
}

/** The statement's text is dynamic, its parameters and the body of a loop are not. */
function* dynamicOf(value: Value | undefined): Generator<Query> {
  for (const [field, part] of Object.entries((value ?? {}) as object))
    yield* queriesOf(part as Value, field === "query");
}
