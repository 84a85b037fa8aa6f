// Owns the names of tables and columns while a migration renames them: what a name stands for, as it was before.
import {
  addressOf,
  factsOf,
  keyIn,
  schemaOf,
  type Catalog,
  type Fact,
  type Key,
  type Move,
  type Relation,
} from "@clew/sql-analyzer";
import type { Fields, Node, Value } from "@clew/sql-analyzer";

/** The tables of a catalog, found by the names that they have at some place of a migration. */
export class Names {
  /** By the key now, the key before. */
  readonly #tables = new Map<Key, Key>();
  /** By the key before, the key now. */
  readonly #now = new Map<Key, Key>();
  /** By the kind and the name now, without its schema, the keys before: code is asked word by word. */
  readonly #named = new Map<string, Set<Key>>();
  /** By the key of the table before, the name before of each column that was renamed, by its name now. */
  readonly #columns = new Map<Key, Map<string, string>>();
  readonly #path: readonly string[];

  constructor(before: Catalog, path: readonly string[]) {
    this.#path = path;
    for (const kind of ["table", "sequence"] as const) {
      for (const { key, name } of factsOf(before, kind)) {
        this.#tables.set(key, key);
        this.#now.set(key, key);
        this.#call(key, kind, name);
      }
    }
  }

  /** The tables or sequences that a name may mean; without a schema, and not on the search_path, all of that name. */
  resolve({ schema, name }: Relation, kind: "table" | "sequence" = "table"): readonly Key[] {
    const named = this.#named.get(`${kind} ${name}`);
    if (named === undefined) return [];
    const of = (space: string): Key | undefined => this.#tables.get(keyIn(`schema ${quoted(space)}`, kind, name));
    if (schema !== undefined) return one(of(schema));
    const found = this.#path.map(of).find((key) => key !== undefined);
    return found === undefined ? [...named] : [found];
  }

  /** What a table is called after all; undefined where only its former name is known. */
  nowOf(before: Key): Key | undefined {
    return this.#now.get(before);
  }

  /** What a column of a table is called after all. */
  columnNow(table: Key, before: string): string {
    for (const [now, name] of this.#columns.get(table) ?? []) if (name === before) return now;
    return before;
  }

  /** What a column of a table was called; undefined of a new one with the former name of another. */
  columnBefore(table: Key, now: string): string | undefined {
    const columns = this.#columns.get(table);
    const gaveIts = [...(columns?.values() ?? [])].includes(now);
    return columns?.get(now) ?? (gaveIts ? undefined : now);
  }

  /** Follows what a statement renames that says so itself. */
  follow(ast: Node | undefined): void {
    const [tag, fields] = Object.entries(ast ?? {})[0] ?? [];
    if (tag === "RenameStmt") this.#rename(fields!);
    if (tag === "AlterObjectSchemaStmt" && fields!["relation"] !== undefined) {
      for (const kind of ["table", "sequence"] as const) {
        for (const key of this.resolve(relationOf(fields!["relation"]), kind))
          this.#move(key, { schema: String(fields!["newschema"]) });
      }
    }
  }

  /** Follows what a statement renames by code that it runs. */
  followMoves(moves: readonly Pick<Move, "from" | "to">[]): void {
    for (const { from, to } of moves) {
      const before = this.#tables.get(from);
      if (before !== undefined) this.#moveTo(before, to);
      if (from.startsWith("schema ")) this.#moveSchema(parts(from)[0]!, parts(to)[0]!);
      if (from.startsWith("column ")) this.#renameColumn(from, to);
    }
  }

  #renameColumn(from: Key, to: Key): void {
    const [schema, table, old] = parts(from);
    for (const key of this.resolve({ schema: schema!, name: table! })) this.#callColumn(key, old!, lastName(to));
  }

  #moveSchema(old: string, schema: string): void {
    for (const [now, key] of this.#tables) if (schemaOfKey(now) === old) this.#move(key, { schema });
  }

  #callColumn(table: Key, old: string, name: string): void {
    const columns = this.#columns.get(table) ?? new Map<string, string>();
    columns.set(name, columns.get(old) ?? old);
    columns.delete(old);
    this.#columns.set(table, columns);
  }

  #rename(fields: Fields): void {
    const name = String(fields["newname"]);
    const kind = fields["renameType"];
    if (kind === "OBJECT_SCHEMA") this.#moveSchema(String(fields["subname"]), name);
    if (fields["relation"] === undefined) return;
    const relation = relationOf(fields["relation"]);
    if (kind === "OBJECT_TABLE" || kind === "OBJECT_SEQUENCE") {
      for (const what of ["table", "sequence"] as const)
        for (const key of this.resolve(relation, what)) this.#move(key, { name });
    }
    if (kind === "OBJECT_COLUMN")
      for (const key of this.resolve(relation)) this.#callColumn(key, String(fields["subname"]), name);
  }

  #move(before: Key, to: { readonly schema?: string; readonly name?: string }): void {
    const now = this.nowOf(before);
    if (now === undefined) return;
    const { schema = schemaOfKey(now), name = lastName(now) } = to;
    this.#moveTo(before, keyIn(`schema ${quoted(schema)}`, kindOf(now), name));
  }

  #moveTo(before: Key, moved: Key): void {
    const now = this.nowOf(before)!;
    this.#tables.delete(now);
    this.#tables.set(moved, before);
    this.#now.set(before, moved);
    this.#named.get(`${kindOf(now)} ${lastName(now)}`)?.delete(before);
    this.#call(before, kindOf(now), lastName(moved));
  }

  #call(before: Key, kind: "table" | "sequence", name: string): void {
    const id = `${kind} ${name}`;
    const named = this.#named.get(id);
    if (named) named.add(before);
    else this.#named.set(id, new Set([before]));
  }
}

/** A RangeVar's relation. */
export function relationOf(value: Value | undefined): Relation {
  const { schemaname, relname } = (value ?? {}) as Fields;
  return typeof schemaname === "string" ? { schema: schemaname, name: String(relname) } : { name: String(relname) };
}

/** The schema and the name of a table or sequence. */
export function nameOf(fact: Fact<"table"> | Fact<"sequence">): { readonly schema: string; readonly name: string } {
  return { schema: schemaOf(fact)!, name: fact.name };
}

const part = /"((?:[^"]|"")*)"|([^."]+)/g;

function parts(key: Key): readonly string[] {
  return [...addressOf(key).matchAll(part)].map(([, quotedName, bare]) => quotedName?.replaceAll('""', '"') ?? bare!);
}

const kindOf = (key: Key): "table" | "sequence" => (key.startsWith("table ") ? "table" : "sequence");
const lastName = (key: Key): string => parts(key).at(-1)!;
const schemaOfKey = (key: Key): string => parts(key)[0]!;
const quoted = (name: string): string => addressOf(keyIn("schema x", "table", name)).slice(2);
const one = (key: Key | undefined): readonly Key[] => (key === undefined ? [] : [key]);
