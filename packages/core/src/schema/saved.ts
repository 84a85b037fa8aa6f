// Owns the schema beside saved rows: kept as data and as SQL, and made again where tables or columns of it are gone.
import {
  addressOf,
  catalogFormat,
  dependencies,
  factsOf,
  keyAlone,
  keyIn,
  scriptOf,
  transition,
  type Catalog,
  type Fact,
  type Key,
} from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { introspect } from "../introspect/introspect.ts";
import { schemaSql } from "./sql.ts";

/** A database's schema, to be kept beside its rows. */
export interface SavedSchema {
  /** As JSON, for `schemaBack`. */
  readonly catalog: string;
  /** The statements that make it on a new database of its platform. */
  readonly sql: string;
}

/** Reads the schema of the database that a session is connected to. */
export async function saveSchema(session: Session): Promise<SavedSchema> {
  const catalog = await introspect(session);
  const lines = schemaSql(catalog).map((sql) => (sql.startsWith("--") ? sql : `${sql};`));
  return { catalog: JSON.stringify(catalog), sql: `${lines.join("\n")}\n` };
}

/** A table or a sequence by its name. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

/** What makes again what rows need. */
export interface SchemaBack {
  /** To be run before the rows are there, and after: what constrains them, and what they would set off. */
  readonly first: readonly string[];
  readonly last: readonly string[];
  /** Tables that are made anew. */
  readonly made: readonly RelationName[];
  /** What was there and is not made again, because what it stands on is gone too. */
  readonly without: readonly string[];
}

/**
 * The statements that make saved tables again which are gone, or columns of them, with all that belongs to them (keys,
 * indexes, policies, triggers, grants) and what they stand on. What is there stays as it is. To be run in one transaction.
 * Throws BACKUP_DAMAGED.
 */
export async function schemaBack(
  session: Session,
  saved: string,
  tables: readonly RelationName[],
): Promise<SchemaBack> {
  const live = await introspect(session);
  const was = JSON.parse(saved) as Catalog;
  if (was.format !== catalogFormat)
    throw new ClewError(
      "BACKUP_DAMAGED",
      `the saved schema has format ${String(was.format)}, which this Clew does not know`,
    );
  const wanted = tables.map(keyOf).filter((key) => was.facts[key] !== undefined);
  const missing = new Map<Key, Fact>();
  const without = new Set<string>();
  const { uses } = dependencies(was);
  const has = (key: Key): boolean => live.facts[key] !== undefined || missing.has(key);
  const parts = partsOf(was);

  /** A fact with what it stands on; false where something of that is gone that no table brings back. */
  const bring = (key: Key, about: ReadonlySet<Key>): boolean => {
    if (has(key)) return true;
    const fact = was.facts[key];
    if (fact === undefined || fact.kind === "role" || about.has(key)) return fact !== undefined && fact.kind !== "role";
    if (fact.kind === "table" && !wanted.includes(key)) return false;
    const on = (uses.get(key) ?? []).filter(({ type }) => type !== "role").map((use) => use.on);
    const within = new Set([...about, key]);
    if (!on.every((other) => bring(other, within))) return false;
    missing.set(key, fact);
    // A table's own parts are looked at by themselves: what is left out of them is told.
    if (fact.kind !== "table" && fact.kind !== "schema") for (const part of parts.get(key) ?? []) bring(part, within);
    return true;
  };
  for (const table of wanted) if (!bring(table, new Set())) without.add(addressOf(table));
  for (const table of wanted) {
    for (const part of parts.get(table) ?? []) if (!bring(part, new Set())) without.add(part);
  }
  // Keys of other tables to those that were gone went with them.
  for (const { key, parent, references } of factsOf(was, "constraint")) {
    if (references === undefined || !missing.has(references.table) || parent === undefined) continue;
    if (live.facts[parent] !== undefined && !bring(key, new Set())) without.add(addressOf(key));
  }
  const facts = Object.fromEntries([...missing].map(([key, fact]) => [key, withoutRoles(fact, live)]));
  const goal: Catalog = { ...live, facts: { ...live.facts, ...facts } };
  const { actions, impossible } = transition(live, goal, {});
  for (const what of impossible) without.add(what);
  const script = scriptOf(actions, { ...noRows, rows: [divide] });
  const at = script.indexOf(divide);
  return {
    first: at < 0 ? script : script.slice(0, at),
    last: at < 0 ? [] : script.slice(at + 1),
    made: tables.filter((table) => missing.has(keyOf(table))),
    without: [...without],
  };
}

const divide = "-- rows";
const noRows = { first: [], table: () => [], using: () => undefined, last: [] } as const;

const keyOf = ({ schema, name }: RelationName): Key => keyIn(keyAlone("schema", schema), "table", name);

/**
 * What belongs to each fact, by its key: a table's columns, keys, indexes, policies, triggers, the sequences that its columns
 * own; a type's attributes and constraints.
 */
function partsOf(catalog: Catalog): ReadonlyMap<Key, readonly Key[]> {
  const parts = new Map<Key, Key[]>();
  const add = (owner: Key | undefined, key: Key): void => {
    const fact = owner === undefined ? undefined : catalog.facts[owner];
    if (fact?.kind === "column") add(fact.parent, key);
    else if (fact !== undefined) parts.set(fact.key, [...(parts.get(fact.key) ?? []), key]);
  };
  for (const fact of Object.values(catalog.facts)) {
    if ("table" in fact && typeof fact.table === "string") add(fact.table, fact.key);
    else if (fact.kind === "sequence") add(fact.ownedBy, fact.key);
    else if (fact.kind !== "table") add(fact.parent, fact.key);
  }
  return parts;
}

/** A role that is gone owns nothing and is granted nothing: whoever restores does. */
function withoutRoles(fact: Fact, live: Catalog): Fact {
  const known = (role: string): boolean => live.facts[keyAlone("role", role)] !== undefined;
  const { owner, grants, ...rest } = fact;
  return {
    ...rest,
    ...(owner !== undefined && known(owner) ? { owner } : {}),
    ...(grants ? { grants: grants.filter(({ to }) => to === "public" || known(to)) } : {}),
  } as Fact;
}
