// Looks at a server: the relations of a case, who locks them, which have a new file, which were read from end to end.
import type { Client } from "pg";
import { rows } from "./case.ts";

export interface Relation {
  readonly oid: number;
  readonly name: string;
  /** As it is addressed in SQL. */
  readonly address: string;
  /** As in pg_class.relkind. */
  readonly kind: string;
  /** The table of an index. */
  readonly table: number | null;
  /** The table of a partition. */
  readonly parent: number | null;
  readonly file: number;
}

/** The relations in the case's schema, and in `gone`, which some cases make. */
export async function relations(client: Client): Promise<readonly Relation[]> {
  const { rows: found } = await client.query<Relation>(`
    select c.oid::int, c.relname as name, c.oid::regclass::text as address, c.relkind as kind, i.indrelid::int as table,
      h.inhparent::int as parent, c.relfilenode::int as file
    from pg_class c left join pg_index i on i.indexrelid = c.oid
      left join pg_inherits h on h.inhrelid = c.oid and c.relispartition and c.relkind in ('r', 'p')
    where c.relnamespace in (select oid from pg_namespace where nspname in (current_schema(), 'gone')) order by c.oid`);
  return found;
}

/** Modes of locks, as pg_locks names them, that a session holds or waits for, by relation. */
export type Modes = ReadonlyMap<number, readonly string[]>;

export async function locksOf(session: Client, observer: Client): Promise<Modes> {
  const { rows: found } = await observer.query<{ oid: number; modes: string[] }>(
    `select relation::int as oid, array_agg(mode) as modes from pg_locks
     where locktype = 'relation' and pid = $1 group by relation`,
    [pidOf(session)],
  );
  return new Map(found.map(({ oid, modes }) => [oid, modes]));
}

export async function isWaiting(session: Client, observer: Client): Promise<boolean> {
  const { rows: found } = await observer.query<{ waiting: boolean }>(
    "select coalesce(wait_event_type = 'Lock', false) as waiting from pg_stat_activity where pid = $1",
    [pidOf(session)],
  );
  return found[0]!.waiting;
}

/** Those that have a new file with rows in it: TRUNCATE makes an empty one. Of sequences nothing is said. */
export async function rewritten(client: Client, before: readonly Relation[]): Promise<readonly number[]> {
  const after = await relations(client);
  const { rows: found } = await client.query<{ oid: number }>(
    "select o::int as oid from unnest($1::int[]) o where pg_relation_size(o::oid) > 0",
    [after.filter(({ kind }) => "rm".includes(kind)).map(({ oid }) => oid)],
  );
  const filled = new Set(found.map(({ oid }) => oid));
  return before.flatMap(({ oid, name, file, table }) => {
    // An index may be replaced by a new one of its name.
    const now = after.find((one) => one.oid === oid) ?? after.find((one) => table !== null && one.name === name);
    return now !== undefined && now.file !== file && filled.has(table ?? oid) ? [oid] : [];
  });
}

/** How many rows sequential scans have read so far: in the transaction of this session, or all told. */
export async function rowsRead(client: Client, where: "transaction" | "server"): Promise<ReadonlyMap<number, number>> {
  const view = where === "transaction" ? "pg_stat_xact_user_tables" : "pg_stat_user_tables";
  const { rows: found } = await client.query<{ oid: number; count: number }>(
    `select relid::int as oid, seq_tup_read::int as count from ${view} where schemaname in (current_schema(), 'gone')`,
  );
  return new Map(found.map(({ oid, count }) => [oid, count]));
}

/** Makes the session's counters count for `rowsRead(…, "server")`. */
export async function flushCounters(session: Client): Promise<void> {
  await session.query("select pg_stat_force_next_flush()");
}

/** The relations that were read from end to end since. */
export function scanned(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): readonly number[] {
  return [...after].filter(([oid, count]) => count - (before.get(oid) ?? 0) >= rows).map(([oid]) => oid);
}

function pidOf(client: Client): number {
  return (client as Client & { processID: number }).processID;
}
