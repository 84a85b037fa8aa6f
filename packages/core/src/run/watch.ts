// Owns the eye on a step that takes long: over a second session it keeps the lease, sees who blocks, and notices a dead connection.
import { setTimeout as sleep } from "node:timers/promises";
import { isSessionError, type Driver, type Session, type Sql } from "../driver.ts";
import type { Blocker } from "../errors.ts";
import { applicationName, type RunSettings } from "./settings.ts";
import { literal, type HistoryTable } from "../store/bind.ts";

/** What the eye tells while a step runs. */
export interface Sighting {
  /** Under whom the lease is held. */
  readonly holder: string;
  /** Keeps the lease, for work that does not hold its row: outside a transaction. */
  readonly keepLease?: Sql;
  /** `ms`: for how long it has waited. */
  readonly onBlocked: (blockers: readonly Blocker[], ms: number) => void;
  readonly onUnblocked: () => void;
  readonly onProgress: (phase: string, share: number | null) => void;
}

/** An eye that is opened once for a run; its session is opened when the first step takes long. */
export interface Watch extends AsyncDisposable {
  /** Waits for `work`, which runs in `session`. A session that is dead is destroyed, so that `work` ends; an abort cancels it. */
  over<T>(session: Session, work: Promise<T>, sighting: Sighting): Promise<T>;
  /** Who was last seen blocking. */
  blockers(): readonly Blocker[];
}

export interface WatchOptions {
  readonly driver: Driver;
  readonly run: string;
  readonly settings: Pick<RunSettings, "lockTimeout" | "connections">;
  readonly signal: AbortSignal | undefined;
}

/** First look, and how often after it, in milliseconds. */
const firstLook = 2_000;
const betweenLooks = 1_000;
/** The lease lasts 30 s. */
const betweenBeats = 5_000;
/** A look that is not answered in this time counts as failed; two in a row, and the connection counts as dead. */
const lookTimeout = 6_000;
/** Looks at which the server has no trace of a step that is still waited for: its answer was lost. */
const looksWithoutTrace = 10;

interface Look {
  readonly running: boolean;
  readonly blockers: readonly Blocker[];
  /** Milliseconds for which it has waited for its lock. */
  readonly waited: number | null;
  readonly phase: string | null;
  readonly share: number | null;
}

export function watch({ driver, run, settings, signal }: WatchOptions): Watch {
  const { lockTimeout } = settings;
  const mayConnect = driver.supports.sessions && settings.connections > 1;
  let companion: Session | undefined;
  let seen: readonly Blocker[] = [];
  let beat = performance.now();

  async function ask<T>(question: (companion: Session) => Promise<T>): Promise<T> {
    try {
      return await within(lookTimeout, (async () => question((companion ??= await driver.connect())))());
    } catch (error) {
      companion?.destroy("no answer to a look");
      companion = undefined;
      throw error;
    }
  }

  async function look({ holder, keepLease }: Sighting): Promise<Look | undefined> {
    const [row] = await ask((c) => c.query<Look>(looking(run, holder)));
    if (keepLease && performance.now() - beat > betweenBeats) {
      beat = performance.now();
      await ask((c) => c.transaction([{ text: "SET LOCAL lock_timeout = '2s'" }, keepLease])).catch(() => undefined);
    }
    return row;
  }

  async function observe(session: Session, ended: Promise<unknown>, sighting: Sighting): Promise<void> {
    const over = ended.then(
      () => true,
      () => true,
    );
    const pause = async (ms: number): Promise<boolean> => {
      const timer = new AbortController();
      const done = await Promise.race([
        over,
        sleep(ms, false, { signal: timer.signal }).catch(() => false),
        aborted(signal, timer.signal),
      ]);
      timer.abort();
      return done;
    };
    let failures = 0;
    let traceless = 0;
    let told = "[]";
    let cancelled = false;
    let wait = Math.min(firstLook, Math.max(100, (lockTimeout || firstLook) / 2));
    while (!(await pause(wait))) {
      wait = Math.min(betweenLooks, Math.max(100, (lockTimeout || betweenLooks) / 4));
      try {
        if (signal?.aborted && !cancelled) {
          await ask((c) => c.query(cancelling(run, sighting.holder)));
          cancelled = true;
        }
        const found = await look(sighting);
        failures = 0;
        traceless = found?.running ? 0 : traceless + 1;
        if (found && found.blockers.length > 0) seen = found.blockers;
        const blockers = JSON.stringify(found?.blockers.map((b) => b.pid) ?? []);
        if (found && blockers !== told) {
          told = blockers;
          if (blockers === "[]") sighting.onUnblocked();
          else sighting.onBlocked(found.blockers, found.waited ?? 0);
        }
        if (found?.phase) sighting.onProgress(found.phase, found.share);
      } catch (error) {
        // A server that refuses a second session is alive.
        if (!isSessionError(error) || error.fault.sqlstate === undefined) failures++;
      }
      if (failures >= 2) session.destroy("the database does not answer any more");
      else if (traceless >= looksWithoutTrace)
        session.destroy("the server has ended the step, and its answer did not arrive");
    }
  }

  return {
    async over(session, work, sighting) {
      seen = [];
      if (mayConnect) {
        void observe(session, work, sighting);
        return work;
      }
      // Without a second session there is one way to stop a statement: to give the connection up.
      const give = (): void => session.destroy("interrupted");
      signal?.addEventListener("abort", give, { once: true });
      try {
        return await work;
      } finally {
        signal?.removeEventListener("abort", give);
      }
    },
    blockers: () => seen,
    async [Symbol.asyncDispose]() {
      await companion?.[Symbol.asyncDispose]();
    },
  };
}

/** Resolves to false when `signal` aborts, and only then; `until` ends the waiting. */
function aborted(signal: AbortSignal | undefined, until: AbortSignal): Promise<false> {
  return new Promise((resolve) => {
    if (signal && !signal.aborted)
      signal.addEventListener("abort", () => resolve(false), { once: true, signal: until });
  });
}

/** Rejects when `work` takes longer than `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: timer.signal }).then(() => Promise.reject(new Error(`no answer within ${ms} ms`))),
    ]);
  } finally {
    timer.abort();
  }
}

/** The sessions of the run that are in a step: by the name they have, or, where a migration sets another one, by their lock on the lease. */
function sessionsOf(run: string, holder: string): string {
  return `pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() AND (a.application_name = ${literal(applicationName(run))}
  OR a.backend_xid = (SELECT l.xmax FROM clew.lease l WHERE l.holder = ${literal(holder)}))`;
}

/** Sessions `b` as JSON, in the shape of Blocker. */
const described = `coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('pid', b.pid, 'application', coalesce(b.application_name, ''),
      'user', coalesce(b.usename, ''), 'state', coalesce(b.state, ''), 'query', pg_catalog.left(coalesce(b.query, ''), 200),
      'seconds', pg_catalog.round(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(b.xact_start, b.query_start, b.backend_start))))
      ORDER BY b.pid), '[]')`;

/** Who holds a lock on history or journal under which they cannot be read or written: asked after a lock was not to be had. */
export async function holders(session: Session, { schema, table }: HistoryTable): Promise<readonly Blocker[]> {
  const [row] = await session
    .query<{ blockers: readonly Blocker[] }>({
      text: `SELECT ${described} AS blockers FROM pg_catalog.pg_stat_activity b WHERE b.pid <> pg_catalog.pg_backend_pid() AND b.pid IN (
  SELECT l.pid FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE l.granted AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
    AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    AND (n.nspname = 'clew' OR n.nspname = ${literal(schema)} AND c.relname = ${literal(table)}))`,
    })
    .catch(() => []);
  return row?.blockers ?? [];
}

/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION (pg_blocking_pids) */
function looking(run: string, holder: string): Sql {
  return {
    text: `SELECT a.state <> 'idle' AS running,
  (SELECT ${described} FROM pg_catalog.pg_stat_activity b WHERE b.pid = ANY (pg_catalog.pg_blocking_pids(a.pid))) AS blockers,
  (SELECT pg_catalog.round(1000 * extract(epoch FROM pg_catalog.clock_timestamp() - l.waitstart))::int FROM pg_catalog.pg_locks l
    WHERE l.pid = a.pid AND NOT l.granted LIMIT 1) AS waited,
  p.phase, CASE WHEN p.blocks_total > 0 THEN pg_catalog.round(p.blocks_done::numeric / p.blocks_total, 3) END AS share
FROM (SELECT a.* FROM ${sessionsOf(run, holder)}) a LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.pid = a.pid
ORDER BY running DESC LIMIT 1`,
  };
}

function cancelling(run: string, holder: string): Sql {
  return { text: `SELECT pg_catalog.pg_cancel_backend(a.pid) FROM ${sessionsOf(run, holder)} AND a.state <> 'idle'` };
}
