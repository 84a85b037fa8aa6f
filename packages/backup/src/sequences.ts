// Owns the positions of sequences after a restore: never behind what was saved, never set back.
import { literal, qualified, type Client } from "./client.ts";
import type { BackupSequence, BackupTable } from "./manifest.ts";
import { readSequences, readTables } from "./tables.ts";
import { nameOf } from "./manifest.ts";

/** Moves sequences on to where they were: of all, or those that the tables' columns own. */
export async function advanceSequences(
  client: Client,
  { saved, all }: { readonly saved: readonly BackupSequence[]; readonly all: boolean },
  tables: readonly BackupTable[],
): Promise<void> {
  const names = new Set(tables.map(nameOf));
  const oids = all
    ? undefined
    : new Set(
        (await readTables(client))
          .filter((table) => names.has(nameOf(table)))
          .flatMap(({ oid, above }) => [oid, ...above]),
      );
  const positions = new Map(saved.map((one) => [nameOf(one), one]));
  for (const now of await readSequences(client, oids)) {
    const was = positions.get(nameOf(now));
    if (was === undefined || !isBehind(now, was, await isDescending(client, now))) continue;
    await client.query(
      `SELECT pg_catalog.setval(${literal(qualified(now))}::pg_catalog.regclass, ${literal(was.last)}::bigint, ${String(was.called)})`,
    );
  }
}

function isBehind(now: BackupSequence, was: BackupSequence, descending: boolean): boolean {
  const [a, b] = [BigInt(now.last), BigInt(was.last)];
  if (a === b) return was.called && !now.called;
  return descending ? a > b : a < b;
}

async function isDescending(client: Client, { schema, name }: BackupSequence): Promise<boolean> {
  const { rows } = await client.query<{ descending: boolean }>(
    `SELECT increment_by < 0 AS descending FROM pg_catalog.pg_sequences WHERE schemaname = $1 AND sequencename = $2`,
    [schema, name],
  );
  return rows[0]?.descending ?? false;
}
