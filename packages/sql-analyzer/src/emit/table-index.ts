// Owns how indexes are printed, but for those that hold up a constraint, which makes them.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { addressOf } from "../catalog/keys.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { indexSql } from "./index-definition.ts";
import { leavesParent } from "./kin.ts";
import { changedParameters } from "./options.ts";
import { within } from "./within.ts";

type Index = Fact<"index">;

export const index: Emitter<"index"> = {
  create: (fact, catalog) => (fact.constraint ? [] : [indexSql(fact, catalog)]),
  finish: (fact) => [
    ...(fact.partitionOf ? [attach(fact)] : []),
    ...statistics(fact),
    ...(fact.clustered ? [cluster(fact)] : []),
  ],
  // One that is attached goes with that of the whole table, or is left over when its table is detached.
  drop: (fact) => (fact.constraint || fact.partitionOf ? [] : [{ sql: `DROP INDEX ${addressOf(fact.key)}` }]),
  // When its table gets partitions, these get what it lacks.
  loses: (fact, catalog) => (fact.invalid && isPartitioned(fact, catalog) ? [notValid(fact)] : []),
  alter,
  madeWith: ({ constraint }) => constraint,
};

function attach({ key, partitionOf }: Index): Emitted {
  return { sql: `ALTER INDEX ${addressOf(partitionOf!)} ATTACH PARTITION ${addressOf(key)}` };
}

function statistics({ key, keys }: Index, from?: Index): readonly Emitted[] {
  return keys.flatMap(({ statistics }, place) => {
    if (statistics === from?.keys[place]?.statistics) return [];
    return [{ sql: `ALTER INDEX ${addressOf(key)} ALTER COLUMN ${place + 1} SET STATISTICS ${statistics ?? -1}` }];
  });
}

function cluster({ table, name, clustered }: Index): Emitted {
  const clause = clustered ? `CLUSTER ON ${quoteIdentifier(name)}` : "SET WITHOUT CLUSTER";
  return { sql: `ALTER TABLE ${addressOf(table)} ${clause}` };
}

function alter({ from, to, fields, before, after }: Change<"index">): Alteration | undefined {
  // It cannot be taken from the one that it is attached to, but stays when its table is detached.
  const taken = fields.has("partitionOf") && from.partitionOf && !leavesParent(to.table, before, after);
  const stays = taken && !to.partitionOf && after.facts[from.partitionOf] !== undefined;
  if (taken && !stays) return undefined;
  const address = addressOf(to.key);
  const left = new Set(fields);
  const statements: Emitted[] = [];
  const loses = stays ? [`that the index ${address} is attached to none`] : [];
  const last = left.delete("partitionOf") && to.partitionOf ? [attach(to)] : [];
  if (left.delete("options"))
    for (const clause of changedParameters(from.options, to.options))
      statements.push({ sql: `ALTER INDEX ${address} ${clause}` });
  if (left.delete("tablespace"))
    statements.push({ sql: `ALTER INDEX ${address} SET TABLESPACE ${quoteIdentifier(to.tablespace ?? "pg_default")}` });
  if (left.has("keys") && sameButStatistics(from, to)) {
    left.delete("keys");
    statements.push(...statistics(to, from));
  }
  if (left.delete("clustered")) {
    const another = within(after, to.table, "index").some(({ clustered }) => clustered);
    if (to.clustered || !another) statements.push(cluster(to));
  }
  if (left.delete("invalid")) {
    // What is attached to an index of a partitioned table makes that valid.
    if (to.invalid) loses.push(notValid(to));
    else if (!isPartitioned(to, after)) statements.push({ sql: `REINDEX INDEX ${address}` });
  }
  return left.size > 0 ? undefined : { statements, last, loses };
}

function notValid({ key }: Index): string {
  return `that the index ${addressOf(key)} is not valid`;
}

function isPartitioned({ table }: Index, catalog: Catalog): boolean {
  const fact = catalog.facts[table];
  return fact?.kind === "table" && fact.partitionBy !== undefined;
}

function sameButStatistics(from: Index, to: Index): boolean {
  const bare = ({ keys }: Index): string =>
    JSON.stringify(keys.map((key) => Object.entries({ ...key, statistics: 0 }).sort()));
  return bare(from) === bare(to);
}
