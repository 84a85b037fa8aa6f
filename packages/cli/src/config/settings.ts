// Owns what a project may write: the settings, and the configuration that holds them.
import type { BackupScope, RetentionPolicy, VerifyLevel } from "@clew/backup";
import type {
  ApprovalDemand,
  Check,
  HistoryTable,
  Observe,
  Platform,
  Pooler,
  ProofDemand,
  ReportFinding,
  ScratchPlace,
} from "@clew/core";
import type { LogLevel } from "../output.ts";

/** Milliseconds, or text with a unit: `500`, `"5s"`, `"2min"`. */
export type Duration = number | string;

/** Bytes, or text with a unit: `1048576`, `"500MB"`, `"2GB"`. */
export type Size = number | string;

/** What can be set for all environments, and for one. Each is an entry of the table in keys.ts; editors show what stands here. */
export interface Settings {
  /** The database: `postgresql://user:password@host:port/database`. */
  readonly db?: string;
  /** The folder of an embedded Postgres, or `true` for `.clew`. */
  readonly embedded?: string | true;
  /** The migrations folder. Default `supabase/migrations`, or `migrations`. */
  readonly dir?: string;
  /** Warnings stop a run before anything has run: changed or missing files, names that nothing has. Default false; true in production. */
  readonly strict?: boolean;
  /** Applies pending migrations that are older than the newest applied one. Default false. */
  readonly outOfOrder?: boolean;
  /** Skips a migration that fails and goes on. Default false. */
  readonly continueOnError?: boolean;
  /**
   * What becomes of a migration of several transactions that fails after the first: `rollback` takes back what has run of it,
   * `resume` leaves it to the next run. Default `rollback`.
   */
  readonly onPartial?: "rollback" | "resume";
  /** How long a statement may wait for a lock. Default 5 s; 0 waits for ever. */
  readonly lockTimeout?: Duration;
  /** The same for statements that run CONCURRENTLY. Default 5 min. */
  readonly concurrentLockTimeout?: Duration;
  /** How long a statement may run. Default 0: no limit. */
  readonly statementTimeout?: Duration;
  /** How long to wait for another run. Default 60 s. */
  readonly wait?: Duration;
  /** How long one attempt to connect may take. Default 10 s; 0 sets no limit. */
  readonly connectTimeout?: Duration;
  /** How often a database that is not to be reached, or has no connection left, is tried again before a run. Default 0. */
  readonly connectRetries?: number;
  /** How long an answer to what Clew itself asks may take. Default 20 s; 0 sets no limit. */
  readonly answerTimeout?: Duration;
  /** Connections that a run may hold to its database, and that a backup reads over. Default 2; with 1 nobody watches a long step: lock waits are not told. */
  readonly connections?: number;
  /** Whether `db` leads to a pooler, and of which mode: `transaction` or `session`. Default `transaction` at port 6543, as Supabase has it. */
  readonly pooler?: Pooler;
  /** How long to try to reach a lost database again before an outcome is called in doubt. Default 12 s. */
  readonly reconnectFor?: Duration;
  /** How often a migration is tried again after a lock timeout. Default 5. */
  readonly lockRetries?: number;
  /** Refuses, before anything has run, what the role may not do, and extensions that the server does not have. Default true. */
  readonly privileges?: boolean;
  /** Keeps a rollback of each migration. Default true. */
  readonly rollbacks?: boolean;
  /** Keeps the rows that a migration changes or destroys. Default true. */
  readonly archive?: boolean;
  /** Moves a table that is dropped into the archive where it can, whatever its size, in place of copying its rows. Default false. */
  readonly moveDropped?: boolean;
  /** Days until kept rows may be purged. Default 30. */
  readonly archiveDays?: number;
  /** How large the kept rows of one migration may be; a larger one is refused before it runs. Default 1 GB; 0 sets no limit. */
  readonly archiveLimit?: Size;
  /** Where the history is kept. Default Supabase's `supabase_migrations.schema_migrations`. */
  readonly historyTable?: HistoryTable;
  /** What a new database has before any migration: Supabase's, or plain Postgres's. Default: as the database looks, or Supabase. */
  readonly platform?: Platform;
  /**
   * `required`: refuses to apply migrations whose rollbacks are not proved in a scratch database. `{ except: { version: reason } }`:
   * the same, but for these versions. `optional`: nobody asks. Default `optional`; `required` in production.
   */
  readonly proof?: ProofDemand;
  /** Where scratch databases are made: `server`, `embedded`, or the URL of a server. Default: the first of the two that works. */
  readonly scratch?: ScratchPlace;
  /**
   * What is backed up before migrations are applied: `none`, `scoped` (what they destroy), `schema`, or `full`. Default `none`;
   * `scoped` in production.
   */
  readonly backup?: BackupScope;
  /** Where backups are kept: a folder, or `s3://bucket/prefix`. Default `.clew/backups`. */
  readonly backupTo?: string;
  /** The file of the key that backups are encrypted with. Default: none, unless CLEW_BACKUP_KEY is set. */
  readonly backupKeyFile?: string;
  /** How far a backup is checked before the run goes on: `checksum`, `decode`, `restore`. Default `checksum`; `decode` in production. */
  readonly backupVerify?: VerifyLevel;
  /** Which backups are kept once there is a newer one: `{ last, days, daily, weekly, monthly, bytes }`. Default: all. */
  readonly backupKeep?: RetentionPolicy;
  /** Whether a run may lose rows, columns and objects, by what its statements are. Default true; false in production, where `--allow-destructive` allows it for a run. */
  readonly allowDestructiveOperations?: boolean;
  /** Whether a plan must be approved before it runs: `none`, `required`, or how many people must. Default `none`; `required` in production. */
  readonly approval?: ApprovalDemand;
  /** The folder in which approvals lie as files. Default `approvals`. */
  readonly approvals?: string;
  /** Takes back what a run has applied when it turns out not to be what was wanted. Default false: it is only told. */
  readonly rollbackUnverified?: boolean;
  /** How much is told: `debug`, `info`, `warning` or `error`. Default `debug` in development, `warning` in production, else `info`. On the terminal never more than `info` unless it is written here. */
  readonly logLevel?: LogLevel;
  /** The folder of the runs' logs, or `false` for none. Default `logs`. */
  readonly logs?: string | false;
  /** Days after which the log of a run is removed by a later one. Default 30. */
  readonly logDays?: number;
  /** Megabytes after which a log goes on in another file; of those the first and the newest three are kept. Default 10. */
  readonly logSize?: number;
  /** Who is told of runs, and may refuse one before it begins: `claudeFlow()` of @clew/claude-flow-hooks, or `"claude-flow"` for the same. Default nobody. */
  readonly hooks?: readonly (Hook | "claude-flow")[];
}

/** Somebody who is told of runs. */
export interface Hook {
  readonly name: string;
  /** Awaited before or after a run; an error among its findings stops it. */
  readonly check?: Check;
  /** Told of every event, of its own copy. What it returns or throws changes nothing. */
  readonly observe: Observe;
  /** Called at the end of the command; what it returns is added to the report and changes no outcome. */
  readonly close?: () => Promise<readonly ReportFinding[]>;
}

/** What clew.config.ts exports. Folders are meant from where that file is. */
export interface Config extends Settings {
  /** What is other in an environment, chosen with `--env`, CLEW_ENV or NODE_ENV. */
  readonly environments?: Readonly<Record<string, Settings>>;
  /** Of clew.config.json: the schema that editors check it by. */
  readonly $schema?: string;
}

/** Gives the configuration as it is, with its type. */
export function defineConfig(config: Config): Config {
  return config;
}
