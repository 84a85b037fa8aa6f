// Measures on a server what a statement locks, rewrites and scans.
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Case } from "./case.ts";
import { flushCounters, isWaiting, locksOf, type Modes, relations, rewritten, rowsRead, scanned } from "./look.ts";
import { measured, type Measured } from "./measured.ts";

export interface Sessions {
  /** Runs the statement. */
  readonly runner: Client;
  /** Prepares and watches. */
  readonly observer: Client;
  /** Holds locks that the statement meets. */
  readonly blocker: Client;
}

/** Runs the case in a schema of its own, on the fixture, and takes it back. */
export async function measure(sessions: Sessions, fixture: string, wanted: Case): Promise<Measured> {
  return wanted.alone ? measureAlone(sessions, fixture, wanted) : measureInside(sessions, fixture, wanted);
}

/** In a transaction, which keeps its locks until it is rolled back. */
async function measureInside(sessions: Sessions, fixture: string, wanted: Case): Promise<Measured> {
  const { runner, observer } = sessions;
  await prepare(sessions, fixture, wanted);
  const before = await relations(observer);
  await runner.query("begin");
  try {
    await runner.query(wanted.sql);
    const modes = await locksOf(runner, observer);
    const scans = wanted.planned ? [] : scanned(new Map(), await rowsRead(runner, "transaction"));
    return measured(before, modes, await rewritten(runner, before), scans);
  } finally {
    await runner.query("rollback");
  }
}

// What blocks where says which modes are asked for: a session that has read (ACCESS SHARE, on the indexes too) is met by
// ACCESS EXCLUSIVE only, one that holds ROW EXCLUSIVE by SHARE and above, and so on.
const obstacles = [
  (table: string) => `select from only ${table} limit 1`,
  (table: string) => `lock table only ${table} in row exclusive mode`,
  (table: string) => `lock table only ${table} in share update exclusive mode`,
  (table: string) => `lock table only ${table} in access exclusive mode`,
];

/** Once undisturbed, then against each obstacle on each table, since it lets go of its locks when it ends or earlier. */
async function measureAlone(sessions: Sessions, fixture: string, wanted: Case): Promise<Measured> {
  const { runner, observer } = sessions;
  await prepare(sessions, fixture, wanted);
  await flushCounters(observer);
  const before = await relations(observer);
  const read = await rowsRead(observer, "server");
  await runner.query(wanted.sql);
  await flushCounters(runner);
  const scans = scanned(read, await rowsRead(observer, "server"));
  const rewrites = await rewritten(observer, before);

  const seen = new Map<string, readonly string[]>();
  for (const { address } of before.filter(({ kind }) => kind === "r" || kind === "p")) {
    for (const obstacle of obstacles) {
      await prepare(sessions, fixture, wanted);
      const now = await relations(observer);
      const modes = await meet(sessions, obstacle(address), wanted.sql);
      for (const { oid, name } of now) seen.set(name, [...(seen.get(name) ?? []), ...(modes.get(oid) ?? [])]);
    }
  }
  return measured(before, new Map(before.map(({ oid, name }) => [oid, seen.get(name) ?? []])), rewrites, scans);
}

/** What the statement holds and waits for when it meets the obstacle; nothing where it does not. */
async function meet({ runner, observer, blocker }: Sessions, obstacle: string, sql: string): Promise<Modes> {
  await blocker.query(`begin; ${obstacle}`);
  const end = runner.query(sql);
  const ended = end.then(() => true);
  let modes: Modes = new Map();
  while (!(await Promise.race([ended, sleep(2, false)]))) {
    if (!(await isWaiting(runner, observer))) continue;
    modes = await locksOf(runner, observer);
    break;
  }
  await blocker.query("rollback");
  await end;
  return modes;
}

let schemas = 0;
let last: Case | undefined;

async function prepare(sessions: Sessions, fixture: string, wanted: Case): Promise<void> {
  const { runner, observer } = sessions;
  await runner.query("deallocate all");
  await observer.query(
    `drop schema if exists case_${schemas} cascade; ${last?.setup === undefined ? "" : outsideTheSchema}`,
  );
  if (last?.alone) for (const statement of outsideTheDatabase) await observer.query(statement);
  last = wanted;
  schemas += 1;
  for (const session of Object.values(sessions) as Client[]) await session.query(`set search_path to case_${schemas}`);
  await observer.query(`create schema case_${schemas}; ${fixture}`);
  if (wanted.setup !== undefined) await observer.query(wanted.setup);
}

/** Takes back what the set-up of cases leaves outside their schema. */
const outsideTheSchema = `
  drop schema if exists made, gone, old cascade;
  drop extension if exists citext, hstore cascade;
  drop foreign data wrapper if exists w cascade;
  drop access method if exists heap2 cascade;
  drop language if exists l;
  drop publication if exists pu;
  drop subscription if exists su;
  drop role if exists r, r2, somebody`;

const outsideTheDatabase = ["drop database if exists made", "drop tablespace if exists made"];
