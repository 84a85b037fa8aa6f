// Owns what makes a table a partition or an heir of another one, and undoes that.
// https://www.postgresql.org/docs/current/sql-altertable.html
import { factsOf, type Catalog, type Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { constraintSql } from "./constraint-definition.ts";
import { alterRelation, emitted } from "./emitted.ts";
import type { Change, Emitted } from "./emitter.ts";
import { foreignKeyName } from "../fold/generated-names.ts";
import { columnsOf, tableOf, within } from "./within.ts";

type Heir = Fact<"table"> | Fact<"foreign table">;

export function attach(fact: Heir, to: Key): Emitted {
  return emitted(`${alterRelation(to)} ATTACH PARTITION ${addressOf(fact.key)} ${fact.bound!.sql}`, fact.bound);
}

/**
 * How the columns of a table stand that inherits from others: as CREATE TABLE with INHERITS makes them, as INHERIT leaves
 * them, or as nothing gives them back, since the parents' columns came later than its own.
 */
export function orderOfHeir(fact: Heir, catalog: Catalog): "parents first" | "own" | "lost" {
  if (fact.bound || !fact.inherits) return "parents first";
  const names = (key: Key): readonly string[] => columnsOf(catalog, key).map(({ name }) => name);
  const [own, made] = [names(fact.key), new Set(fact.inherits.flatMap(names))];
  if ([...made].every((name, index) => own[index] === name)) return "parents first";
  const parts = [...within(catalog, fact.key, "column"), ...within(catalog, fact.key, "constraint")];
  return parts.some(({ inherited }) => inherited) ? "lost" : "own";
}

export function inherit({ key, inherits = [] }: Heir): readonly Emitted[] {
  return inherits.map((parent) => kin(key, "INHERIT", parent));
}

/** The checks that a partition has to have before it can be attached. */
export function inheritedChecks(fact: Heir, catalog: Catalog): readonly string[] {
  return within(catalog, fact.key, "constraint")
    .filter(({ inherited, type, notValid }) => inherited && type === "check" && !notValid)
    .map((check) => `CONSTRAINT ${quoteIdentifier(check.name)} ${constraintSql(check, catalog)}`);
}

/** What gives a table the parents, or the place among the partitions, that it is to have. */
export function changeKin(change: Change<"table"> | Change<"foreign table">): {
  readonly statements: readonly Emitted[];
  readonly last: readonly Emitted[];
} {
  const { from, to, fields } = change;
  if (!fields.has("inherits") && !fields.has("bound")) return { statements: [], last: [] };
  const statements: Emitted[] = [];
  const [was = [], is = []] = [from.inherits, to.inherits];
  if (from.bound) statements.push(...detach(change, was[0]!));
  const same = from.bound || to.bound ? 0 : was.findIndex((parent, index) => parent !== is[index]);
  const kept = same < 0 ? was.length : same;
  if (!from.bound) for (const parent of was.slice(kept)) statements.push(kin(to.key, "NO INHERIT", parent));
  if (!to.bound) for (const parent of is.slice(kept)) statements.push(kin(to.key, "INHERIT", parent));
  // When it has the indexes that it is to have, of which Postgres would otherwise make some.
  return { statements, last: to.bound ? [attach(to, is[0]!)] : [] };
}

/** Whether a table that stays has a parent that it is not to have. */
export function leavesParent(key: Key, from: Catalog, to: Catalog): boolean {
  const [was, is] = [tableOf(from, key), tableOf(to, key)];
  return is !== undefined && was?.inherits?.some((parent) => !is.inherits?.includes(parent)) === true;
}

/** A part of a table as it is when the table has left its parents. */
export function onceLeft(fact: Fact, from: Catalog, to: Catalog): Fact {
  if (fact.kind !== "column" && fact.kind !== "constraint") return fact;
  const { inherited, ...own } = fact;
  return inherited && leavesParent(fact.parent!, from, to) ? own : fact;
}

function kin(heir: Key, clause: "INHERIT" | "NO INHERIT", parent: Key): Emitted {
  return { sql: `${alterRelation(heir)} ${clause} ${addressOf(parent)}` };
}

/**
 * What Postgres made for the partition and leaves it when it is detached: indexes and keys that it had not, and copies of
 * foreign keys, which may stand where its own did.
 */
function* detach(
  { from, to, before, after }: Change<"table"> | Change<"foreign table">,
  parent: Key,
): Generator<Emitted> {
  yield { sql: `${alterRelation(parent)} DETACH PARTITION ${addressOf(from.key)}` };
  const table = alterRelation(from.key);
  for (const index of within(before, from.key, "index")) {
    // Without its parent's it has gone with that.
    if (index.partitionOf === undefined || !after.facts[index.partitionOf] || after.facts[index.key]) continue;
    const constraint = index.constraint && before.facts[index.constraint];
    yield constraint
      ? { sql: `${table} DROP CONSTRAINT ${quoteIdentifier(constraint.name)}` }
      : { sql: `DROP INDEX ${addressOf(index.key)}` };
  }
  for (const name of new Set([...copies(from, before), ...gone(to, before, after)]))
    yield { sql: `${table} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(name)}` };
}

/** A partition that foreign keys refer to, by way of its table, can go once it is none any more. */
export function letGo({ key, bound, inherits = [] }: Heir, catalog: Catalog): readonly Emitted[] {
  const [parent] = inherits;
  if (!bound || parent === undefined) return [];
  const above = new Set<Key>();
  for (let at: Key | undefined = parent; at !== undefined; [at] = tableOf(catalog, at)?.inherits ?? []) above.add(at);
  const referred = factsOf(catalog, "constraint").some(({ references }) => references && above.has(references.table));
  return referred ? [{ sql: `${alterRelation(parent)} DETACH PARTITION ${addressOf(key)}` }] : [];
}

/** What the copies are called that a partition has of the foreign keys of all that it is a part of. */
function* copies({ key, name, inherits = [] }: Heir, catalog: Catalog): Generator<string> {
  const own = new Set(within(catalog, key, "constraint").map((constraint) => constraint.name));
  for (let [parent] = inherits; parent !== undefined; [parent] = tableOf(catalog, parent)?.inherits ?? [])
    for (const constraint of within(catalog, parent, "constraint"))
      if (constraint.type === "foreign key")
        yield own.has(constraint.name) ? foreignKeyName(name, constraint.columns ?? []) : constraint.name;
}

/** Foreign keys of its own that were taken for copies: they are made again. */
function gone({ key }: Heir, before: Catalog, after: Catalog): readonly string[] {
  return within(after, key, "constraint").flatMap(({ type, name, key: constraint }) =>
    type === "foreign key" && before.facts[constraint] === undefined ? [name] : [],
  );
}
