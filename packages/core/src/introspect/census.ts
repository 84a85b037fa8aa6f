// Owns what a reading of the server's catalogs gathers: the facts, and the key that each object has.
import { keyAlone, keyIn, privilegesOn, publicPrivileges } from "@clew/sql-analyzer";
import type { Fact, Grant, Key, Kind, Payloads, SqlText } from "@clew/sql-analyzer";
import { grantsOf } from "./acl.ts";
import { classes, type Class } from "./classes.ts";

/** A SELECT whose rows are gathered, and how. The rows come as JSON: OIDs must be cast to bigint to be numbers. */
export interface Reading<Row> {
  /** May use the CTEs of introspect.ts: `space` and `member`. */
  readonly sql: string;
  readonly gather: (census: Census, rows: readonly Row[]) => void;
}

/** A payload as rows bring it: null, undefined and false all mean that the field is absent. */
type Given<T> = {
  readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | null | false | undefined : T[K];
};

/** What of the envelope a fact is made with. */
export interface About {
  readonly key: Key;
  readonly name: string;
  readonly parent?: Key | undefined;
  /** OID of the owner. */
  readonly owner?: number;
  /** The access control list of what has an owner; null is Postgres's default for the kind. */
  readonly acl?: readonly string[] | null;
  /** The grants, where there is no owner. */
  readonly grants?: readonly Grant[];
  readonly definition?: string | null;
}

type Loose = { -readonly [K in keyof Fact]: Fact[K] } & Record<string, unknown>;

/** Gathers facts. Names are given first, so that everything can be named by everything. */
export class Census {
  readonly major: number;
  readonly #facts = new Map<Key, Loose>();
  readonly #byObject = new Map<number, Loose>();
  readonly #aliases = new Map<number, ObjectAddress>();
  readonly #names = new Map<number, Key>();
  readonly #columns = new Map<number, string>();
  readonly #roles = new Map<number, string>();
  readonly #grants = new Map<string, readonly Grant[]>();

  constructor(major: number) {
    this.major = major;
  }

  get facts(): Iterable<Fact> {
    for (const fact of this.#facts.values()) if (fact.uses) fact.uses = [...fact.uses].sort();
    return this.#facts.values() as Iterable<unknown> as Iterable<Fact>;
  }

  /** Adds a fact for an object, and gives it its name. */
  add<K extends Kind>(
    kind: K,
    of: readonly [Class, oid: number, column?: number] | undefined,
    about: About,
    payload: Given<Payloads[K]>,
  ): void {
    const { key, name, parent, owner, acl, definition } = about;
    const fact = { key, kind, name, certainty: "exact" } as Loose;
    if (parent !== undefined) fact.parent = parent;
    if (owner !== undefined) fact.owner = this.role(owner);
    const grants = acl === undefined || owner === undefined ? about.grants : this.grants(kind, this.role(owner), acl);
    if (grants && grants.length > 0) fact.grants = grants;
    for (const [field, value] of Object.entries(payload)) {
      if (value !== null && value !== undefined && value !== false) fact[field] = value;
    }
    if (definition) fact.definition = { sql: definition };
    this.#facts.set(key, fact);
    if (of) {
      const [named, oid, column] = of;
      this.#byObject.set(place(named, oid, column), fact);
      if (column === undefined) this.name(named, oid, key);
    }
  }

  /** What is said of one object is said of another: of a default, of its column. */
  alias(of: ObjectAddress, is: ObjectAddress): void {
    this.#aliases.set(place(...of), is);
  }

  /** Gives an object its key; that of an extension is named but is no fact. */
  name(of: Class, oid: number, key: Key): void {
    this.#names.set(place(of, oid), key);
  }

  /** The key of an object; undefined for one of the system's that no reading has named. */
  key(of: Class, oid: number | null): Key | undefined {
    return oid === null || oid === 0 ? undefined : this.#names.get(place(of, oid));
  }

  /** Gives a column of a relation its name. */
  nameColumn(relation: number, column: number, name: string): void {
    this.#columns.set(relation * 2048 + column, name);
  }

  /** Names of a relation's columns. */
  columns(relation: number, columns: readonly number[]): readonly string[] {
    return columns.flatMap((column) => this.#columns.get(relation * 2048 + column) ?? []);
  }

  nameRole(oid: number, name: string): void {
    this.#roles.set(oid, name);
  }

  /** A role's name; that of 0 is `public`. */
  role(oid: number): string {
    return oid === 0 ? "public" : (this.#roles.get(oid) ?? String(oid));
  }

  comment(of: ObjectAddress, comment: string): void {
    const fact = this.#byObject.get(place(...of));
    if (fact) fact.comment = comment;
  }

  /** Notes that one object's SQL stands on another object. */
  use(from: ObjectAddress, to: ObjectAddress): void {
    const user = this.#fact(from);
    const used = this.#fact(to);
    if (!user || !used || user === used || used.key === user.parent) return;
    if (user.kind === "extension" && used.kind !== "extension") return;
    if (user.uses === undefined) user.uses = [used.key];
    else if (!user.uses.includes(used.key)) (user.uses as Key[]).push(used.key);
  }

  /** The fact of an object, or else of what that is a part of. */
  #fact(object: ObjectAddress): Loose | undefined {
    let [of, oid, column] = object;
    for (;;) {
      // The columns of a sequence are no facts.
      const fact = this.#byObject.get(place(of, oid, column)) ?? this.#byObject.get(place(of, oid, 0));
      if (fact) return fact;
      const is = this.#aliases.get(place(of, oid, 0));
      if (!is) return undefined;
      [of, oid, column] = is;
    }
  }

  /** What a list grants on a kind of object. One value for each list: most of a schema's objects have the same. */
  grants(kind: Kind, owner: string, acl: readonly string[] | null): readonly Grant[] {
    const id = JSON.stringify([kind, owner, acl]);
    let grants = this.#grants.get(id);
    if (grants === undefined) {
      const privileges = publicPrivileges(kind);
      // A column's owner has its table, so there it is named only where somebody named it.
      const all = kind === "column" ? [] : privilegesOn(kind, this.major);
      if (acl !== null) grants = grantsOf(acl, owner, all);
      else grants = privileges.length > 0 ? [{ to: "public", privileges }] : [];
      this.#grants.set(id, grants);
    }
    return grants;
  }
}

/** Class, object and column as pg_depend names them; column 0 is the whole. */
export type ObjectAddress = readonly [of: number, oid: number, column: number];

/** One number for an object: the classes here are below 2^13, columns too, OIDs below 2^32. Only relations have columns. */
function place(of: Class | number, oid: number, column = 0): number {
  const number = typeof of === "number" ? of : classes[of];
  return oid * 2 ** 14 + (column === 0 ? number : 2 ** 13 + column);
}

/** SQL as the server prints it. */
export function text(sql: string | null | undefined): SqlText | undefined {
  return sql === null || sql === undefined ? undefined : { sql };
}

/** A list of `name=value` as a record, without `pg_attver`: some minor releases mark every column by it, and nobody can set it. */
export function optionsOf(all: readonly string[] | null): Record<string, string> | undefined {
  const list = (all ?? []).filter((item) => !item.startsWith("pg_attver="));
  if (list.length === 0) return undefined;
  return Object.fromEntries(
    list.map((item) => {
      const at = item.indexOf("=");
      return [item.slice(0, at), item.slice(at + 1)];
    }),
  );
}

/** The key of what stands in a schema. */
export function inSchema(schema: string, kind: Kind, name: string, signature = ""): Key {
  return keyIn(schemaKey(schema), kind, name, signature);
}

export function schemaKey(schema: string): Key {
  return keyAlone("schema", schema);
}
