// Owns one survey: every case measured on one version of PostgreSQL, and the names that are built into it.
import { type Major, startServer } from "@clew/kit";
import { Client } from "pg";
import { type Case, partitioned, plain } from "./case.ts";
import { measure, type Sessions } from "./measure.ts";
import type { Measured } from "./measured.ts";

/** A case as it was measured; `partitions`: on a partitioned target, where it can be run there. */
export interface Finding {
  readonly of: Case;
  readonly measured: Measured;
  readonly partitions?: Measured;
}

export interface Survey {
  readonly major: Major;
  readonly findings: readonly Finding[];
  readonly builtins: Builtins;
}

/** Names in pg_catalog. */
export interface Builtins {
  /** Functions of which every variant is stable or immutable, and those of which one is not. */
  readonly stableFunctions: readonly string[];
  readonly volatileFunctions: readonly string[];
  readonly types: readonly string[];
}

/** Measures the cases that the version has: about twelve seconds for all of them. */
export async function survey(major: Major, cases: readonly Case[]): Promise<Survey> {
  return withSessions(major, async (sessions) => {
    const findings: Finding[] = [];
    for (const one of cases.filter(({ since = 15 }) => since <= major)) {
      const measured = await measure(sessions, plain, one).catch((cause: unknown) => {
        throw new Error(`on PostgreSQL ${major}: ${one.sql}`, { cause });
      });
      const partitions = await onPartitions(sessions, one);
      findings.push({ of: one, measured, ...(partitions && { partitions }) });
    }
    return { major, findings, builtins: await builtins(sessions.observer) };
  });
}

/** Sessions on a server of their own, on which nobody else takes a lock. */
export async function withSessions<T>(major: Major, work: (sessions: Sessions) => Promise<T>): Promise<T> {
  const settings = { autovacuum: "off", allow_in_place_tablespaces: "on", max_parallel_maintenance_workers: "0" };
  await using server = await startServer({ major, settings });
  const connect = async (): Promise<Client> => {
    const client = new Client(server.url());
    await client.connect();
    return client;
  };
  const sessions = { runner: await connect(), observer: await connect(), blocker: await connect() };
  try {
    await sessions.observer.query("create tablespace elsewhere location ''");
    await sessions.observer.query("create schema elsewhere");
    return await work(sessions);
  } finally {
    for (const session of Object.values(sessions)) await session.end();
  }
}

/** Not every statement can be run on a partitioned table; PostgreSQL says which. */
async function onPartitions(sessions: Sessions, one: Case): Promise<Measured | undefined> {
  if (one.partitioned === false || one.when !== undefined) return undefined;
  return measure(sessions, partitioned, one).catch(() => undefined);
}

async function builtins(client: Client): Promise<Builtins> {
  // What a person would call: not what only indexes, aggregates, operators and types call.
  const { rows: functions } = await client.query<{ name: string; stable: boolean }>(`
    select proname as name, bool_and(provolatile <> 'v') as stable from pg_proc p
    where pronamespace = 'pg_catalog'::regnamespace and prokind <> 'p' and proname !~ '^(pg_|binary_upgrade_)'
      and 'internal'::regtype <> all (proargtypes::oid[]) and prorettype not in
        (select oid from pg_type where typname ~ '(_handler|trigger|internal)$')
      and oid not in (select oprcode from pg_operator union all select amproc from pg_amproc
        union all select unnest(array[typinput, typoutput, typsend, typreceive, typmodin, typmodout]) from pg_type
        union all select unnest(array[aggtransfn, aggfinalfn, aggcombinefn, aggmtransfn, aggminvtransfn, aggmfinalfn])
          from pg_aggregate)
    group by proname order by proname collate "C"`);
  const { rows: types } = await client.query<{ name: string }>(`
    select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace and typcategory <> 'A'
      and typtype in ('b', 'r', 'm') order by typname collate "C"`);
  return {
    stableFunctions: functions.filter(({ stable }) => stable).map(({ name }) => name),
    volatileFunctions: functions.filter(({ stable }) => !stable).map(({ name }) => name),
    types: types.map(({ name }) => name),
  };
}
