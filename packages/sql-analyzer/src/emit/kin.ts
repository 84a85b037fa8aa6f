// Owns what makes a table a partition or an heir of another one, and undoes that.
// https://www.postgresql.org/docs/current/sql-altertable.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { constraintSql } from "./constraint-definition.ts";
import { alterRelation, emitted } from "./emitted.ts";
import type { Change, Emitted } from "./emitter.ts";
import { within } from "./within.ts";

type Heir = Fact<"table"> | Fact<"foreign table">;

export function attach(fact: Heir, to: Key): Emitted {
  return emitted(`${alterRelation(to)} ATTACH PARTITION ${addressOf(fact.key)} ${fact.bound!.sql}`, fact.bound);
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

function kin(heir: Key, clause: "INHERIT" | "NO INHERIT", parent: Key): Emitted {
  return { sql: `${alterRelation(heir)} ${clause} ${addressOf(parent)}` };
}

/**
 * What Postgres made for the partition and leaves it when it is detached: indexes and keys that it had not, and copies of
 * its parent's foreign keys, which may stand where its own did.
 */
function* detach(
  { from, to, before, after }: Change<"table"> | Change<"foreign table">,
  parent: Key,
): Generator<Emitted> {
  yield { sql: `${alterRelation(parent)} DETACH PARTITION ${addressOf(from.key)}` };
  const table = alterRelation(from.key);
  for (const index of within(before, from.key, "index")) {
    if (index.partitionOf === undefined || after.facts[index.key]) continue;
    const constraint = index.constraint && before.facts[index.constraint];
    yield constraint
      ? { sql: `${table} DROP CONSTRAINT ${quoteIdentifier(constraint.name)}` }
      : { sql: `DROP INDEX ${addressOf(index.key)}` };
  }
  const keys = [...within(before, parent, "constraint"), ...within(after, to.key, "constraint")]
    .filter(({ type, key }) => type === "foreign key" && before.facts[key]?.parent !== to.key)
    .map(({ name }) => quoteIdentifier(name));
  for (const name of new Set(keys)) yield { sql: `${table} DROP CONSTRAINT IF EXISTS ${name}` };
}
