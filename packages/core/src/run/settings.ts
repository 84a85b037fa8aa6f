// Owns the settings of a run: their defaults, and the statements that put them in force.
import { cleanSession, type Sql } from "../driver.ts";

/** How a run takes locks, time and failures. */
export interface RunSettings {
  /** Milliseconds that a statement may wait for a lock. Default 5,000; 0 waits for ever. */
  readonly lockTimeout: number;
  /** The same for statements that run CONCURRENTLY, which wait for every older transaction. Default 300,000. */
  readonly concurrentLockTimeout: number;
  /** Milliseconds that a statement may run. Default 0: no limit. */
  readonly statementTimeout: number;
  /** How often a step is tried again after a lock timeout, a deadlock or a serialization failure. Default 5. */
  readonly lockRetries: number;
  /** Milliseconds to wait for another run that is at work. Default 60,000. */
  readonly wait: number;
  /** Milliseconds that one attempt to connect may take. Default 10,000; 0 sets no limit. */
  readonly connectTimeout: number;
  /** How often a database that is not to be reached, or has no connection left, is tried again before a run. Default 0. */
  readonly connectRetries: number;
  /** Milliseconds within which what Clew itself asks must be answered. Default 20,000; 0 sets no limit. */
  readonly answerTimeout: number;
  /**
   * Connections that a run may hold to its database. Default 2: the second is opened for steps that take long, tells lock
   * waits and notices a dead connection; with 1 there is none.
   */
  readonly connections: number;
  /** Milliseconds to reach the database again after a lost connection, before the outcome is called in doubt. Default 12,000. */
  readonly reconnectFor: number;
  /** Goes on after a migration that fails, and says at the end what it skipped. Default false. */
  readonly continueOnError: boolean;
  /**
   * What becomes of a migration of several transactions that fails after the first: `rollback` takes back what has run of it,
   * where nothing is lost by that and its own statement failed; `resume` leaves it to the next run. Default `rollback`.
   */
  readonly onPartial: "rollback" | "resume";
  /** Applies pending migrations that are older than the newest applied one. Default false. */
  readonly outOfOrder: boolean;
  /** A warning stops a run before anything has run: changed or missing files, names that nothing has, … Default false. */
  readonly strict: boolean;
  /** Whether a run may lose rows, columns and objects, by what its statements are. Default true. */
  readonly allowDestructiveOperations: boolean;
  /** Takes back what a run has applied when it turns out not to be what was wanted. Default false: it is only told. */
  readonly rollbackUnverified: boolean;
  /** Keeps a rollback of each migration that is applied. Default true. */
  readonly rollbacks: boolean;
  /** Looks up what pending files name before they run. Default true. */
  readonly names: boolean;
  /** Refuses, before anything has run, what the role may not do. Default true. */
  readonly privileges: boolean;
  /** Keeps the rows that a migration changes or destroys, in the schema clew_archive. Default true. */
  readonly archive: boolean;
  /** Moves a table that is dropped into the archive where it can, whatever its size, in place of copying its rows. Default false. */
  readonly moveDropped: boolean;
  /** Days until kept rows may be purged. Default 30. */
  readonly archiveDays: number;
  /** Bytes that the rows of one migration may take there; a larger one is refused. Default 1 GB; 0 sets no limit. */
  readonly archiveLimit: number;
}

/** The settings where nobody says. */
export const defaultSettings: RunSettings = {
  lockTimeout: 5_000,
  concurrentLockTimeout: 300_000,
  statementTimeout: 0,
  lockRetries: 5,
  wait: 60_000,
  connectTimeout: 10_000,
  connectRetries: 0,
  answerTimeout: 20_000,
  connections: 2,
  reconnectFor: 12_000,
  continueOnError: false,
  onPartial: "rollback",
  outOfOrder: false,
  strict: false,
  allowDestructiveOperations: true,
  rollbackUnverified: false,
  rollbacks: true,
  names: true,
  privileges: true,
  archive: true,
  moveDropped: false,
  archiveDays: 30,
  archiveLimit: 1024 ** 3,
};

/** What Clew writes for itself, and what must be answered soon: a network gone silent tells nobody. */
export const ownWrite = { within: 20_000 } as const;

/** The name by which a run's session can be found in pg_stat_activity, through poolers too. */
export function applicationName(run: string): string {
  return `clew ${run}`;
}

/** What stands before our own statements and a migration's: a clean session with the run's limits, for one transaction. */
export function enterTransaction(run: string, settings: RunSettings): readonly Sql[] {
  return [...cleanSession, ...limits(run, settings.lockTimeout, settings.statementTimeout, true)];
}

/** The same for a statement that runs by itself, outside any transaction: like ours, which say READ WRITE, it may write. */
export function enterSession(run: string, settings: RunSettings): readonly Sql[] {
  return [
    ...cleanSession,
    ...limits(run, settings.concurrentLockTimeout, settings.statementTimeout, false),
    { text: "SET default_transaction_read_only = off" },
  ];
}

function limits(run: string, lockTimeout: number, statementTimeout: number, local: boolean): readonly Sql[] {
  const set = (name: string, value: string): string => `pg_catalog.set_config('${name}', '${value}', ${local})`;
  return [
    {
      text: `SELECT ${set("lock_timeout", String(lockTimeout))}, ${set("statement_timeout", String(statementTimeout))}, ${set("application_name", applicationName(run))}`,
    },
  ];
}
