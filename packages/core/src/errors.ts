// Owns the errors of Clew: one class, one table of codes with exit status, title and help.

/** What each code means: the exit status of the command line, a title, and what to do. The documentation's error page is made from it. */
export const errorCodes = {
  USAGE: {
    exit: 2,
    title: "The command line cannot be understood",
    help: "See `clew --help`, or `clew <command> --help`.",
  },
  CONFIG_INVALID: {
    exit: 2,
    title: "The configuration is not usable",
    help: "Correct the setting that the message names.",
  },
  NO_DATABASE: {
    exit: 2,
    title: "No database was given",
    help: "Give one: --db <url>, --embedded, `db` in clew.config.ts, or CLEW_DATABASE_URL, DATABASE_URL or SUPABASE_DB_URL in the environment; or SUPABASE_ACCESS_TOKEN with SUPABASE_PROJECT_REF; or SUPABASE_URL with SUPABASE_SERVICE_ROLE_KEY.",
  },
  NO_FOLDER: {
    exit: 2,
    title: "There is no migrations folder",
    help: "Create it with `clew init`, or name it with --dir <folder>.",
  },
  DRIVER_MISSING: {
    exit: 2,
    title: "The client of this driver is not installed",
    help: "Install the package that the message names.",
  },
  KEY_REFUSED: {
    exit: 2,
    title: "The Supabase key is not one that may run migrations",
    help: "Take the service_role key or a secret key (sb_secret_…) of this project: see its settings, API keys.",
  },
  CHANNEL_MISSING: {
    exit: 2,
    title: "The Supabase project has no channel for Clew",
    help: "Install it once, over a direct connection: clew supabase install --db <url>; or paste what `clew supabase install --print` prints into the dashboard's SQL editor.",
  },
  EMBEDDED_UNAVAILABLE: {
    exit: 2,
    title: "The embedded database cannot be opened",
    help: "See the message: another process may have it open.",
  },
  FILE_UNREADABLE: {
    exit: 3,
    title: "A migration file cannot be read",
    help: "Make the file a readable UTF-8 text file.",
  },
  DUPLICATE_VERSION: {
    exit: 3,
    title: "Two files have the same version",
    help: "Give one of the files a version of its own: `clew repair` proposes one.",
  },
  SCRIPT_INVALID: {
    exit: 3,
    title: "A migration cannot be run as it stands",
    help: "Correct the places that are listed; nothing was run.",
  },
  UNKNOWN_VERSION: {
    exit: 3,
    title: "There is no such migration",
    help: "See `clew status` for the versions that there are.",
  },
  FILE_CHANGED: {
    exit: 3,
    title: "An applied migration's file has changed",
    help: "Restore the file and put the change into a new migration.",
  },
  FILE_MISSING: {
    exit: 3,
    title: "The history has a migration that has no file",
    help: "Get the file from version control, or see what `clew repair` proposes.",
  },
  OUT_OF_ORDER: {
    exit: 3,
    title: "A pending migration is older than one already applied",
    help: "Rename the file to a newer version, or run with --out-of-order.",
  },
  PARTLY_APPLIED_CHANGED: {
    exit: 3,
    title: "A partly applied migration was changed in the part that has run",
    help: "Restore the statements that have run, then run again; change only what comes after them.",
  },
  UNSUPPORTED_BY_DRIVER: {
    exit: 3,
    title: "This channel cannot run a statement of the plan",
    help: "Use a direct connection (--db).",
  },
  NOT_CONFIRMED: {
    exit: 4,
    title: "Nobody said yes",
    help: "Run it at a terminal and answer the question, or give --yes.",
  },
  CHANNEL_NOT_ARMED: {
    exit: 4,
    title: "The Supabase channel is not armed",
    help: "Arm it for a while, over a direct connection: clew supabase arm --for 30m --db <url>; or run what `clew supabase arm --for 30m --print` prints in the dashboard's SQL editor.",
  },
  CHANNEL_REFUSED: {
    exit: 1,
    title: "The Supabase channel refused a request",
    help: "See the message; `clew doctor` shows the channel's state.",
  },
  NOT_APPROVED: {
    exit: 4,
    title: "The plan is not approved",
    help: "Look at it with `clew plan`, then give its id: `clew execute --approve <id>`.",
  },
  PLAN_CHANGED: {
    exit: 3,
    title: "This is not the plan that was approved",
    help: "Look at the plan as it is now with `clew plan`, and have that one approved.",
  },
  DESTRUCTIVE: {
    exit: 4,
    title: "A run would lose rows or objects",
    help: "If that is meant, allow it for this run with --allow-destructive.",
  },
  STRICT: {
    exit: 4,
    title: "A warning stopped a strict run",
    help: "Mend what the warning says, or set `strict: false`.",
  },
  UNPROVED: {
    exit: 4,
    title: "A rollback is not proved",
    help: "See `clew prove`: correct the migration or its .down.sql; or say in the configuration, under proof.except, why this version may run without.",
  },
  CHECK_BLOCKED: { exit: 4, title: "A check stopped the run", help: "Correct what the findings say." },
  ARCHIVE_TOO_LARGE: {
    exit: 4,
    title: "A migration destroys more rows than may be kept",
    help: "Run it with --backup scoped: what is too much for the database goes into a backup, and its rollback takes it from there. Or raise archiveLimit (0 sets none); or, where tables are dropped, run it with --move-dropped.",
  },
  NO_BACKUP: { exit: 2, title: "There is no such backup", help: "See `clew backup list` for those that there are." },
  BACKUP_KEY: {
    exit: 2,
    title: "The key of an encrypted backup is missing, or is another one",
    help: "Give the key that it was made with: `backupKeyFile` in clew.config.ts, or CLEW_BACKUP_KEY in the environment.",
  },
  BACKUP_PLACE: {
    exit: 1,
    title: "The place of backups cannot be used",
    help: "See the message: the folder's owner and mode, or the store's address, bucket and keys.",
  },
  BACKUP_FAILED: {
    exit: 1,
    title: "A backup could not be made",
    help: "See the message. Nothing was left behind: what is not finished is no backup.",
  },
  BACKUP_DAMAGED: {
    exit: 1,
    title: "A backup is not what was written",
    help: "Use another one: `clew backup list`.",
  },
  RESTORE_FAILED: {
    exit: 1,
    title: "A restore failed",
    help: "See the message. It was rolled back: the database is as it was.",
  },
  CONNECT_FAILED: {
    exit: 1,
    title: "The database cannot be reached",
    help: "See the message of the server or the network.",
  },
  CONNECTION_LOST: {
    exit: 1,
    title: "The connection was lost",
    help: "Run again: what is applied is recorded, what is not will run.",
  },
  JOURNAL_DENIED: {
    exit: 1,
    title: "Clew may not keep its records in this database",
    help: "As the owner of the history's table and of schema clew grant the role what the message names; in all it needs: GRANT USAGE ON SCHEMA supabase_migrations, clew TO <role>; GRANT ALL ON ALL TABLES IN SCHEMA supabase_migrations, clew TO <role>; and a role to which no policy on these tables applies.",
  },
  JOURNAL_TOO_NEW: { exit: 2, title: "The journal was written by a newer Clew", help: "Upgrade Clew." },
  STATEMENT_FAILED: {
    exit: 1,
    title: "A statement failed",
    help: "Correct the statement and run again; the migration was rolled back.",
  },
  COMMIT_FAILED: {
    exit: 1,
    title: "The migration failed when it was committed",
    help: "A deferred constraint does not hold at the end of the migration; it was rolled back.",
  },
  LOCK_TIMEOUT: {
    exit: 1,
    title: "A lock was not to be had in time",
    help: "End the session that holds it, wait for a quiet hour, or raise --lock-timeout.",
  },
  NO_ROLLBACK: {
    exit: 3,
    title: "A migration has no rollback",
    help: "Write <version>_<name>.down.sql beside the migration.",
  },
  INTERRUPTED: { exit: 1, title: "The run was interrupted", help: "Run again to go on." },
  ANOTHER_RUN: {
    exit: 5,
    title: "Another run is at work, or won",
    help: "See `clew status`; run again if something is still pending.",
  },
  IN_DOUBT: {
    exit: 6,
    title: "The outcome of a migration is not known",
    help: "See `clew status` once the database can be reached again.",
  },
  UNVERIFIED: { exit: 7, title: "Applied, but not verified", help: "See the findings." },
  INTERNAL: { exit: 70, title: "A defect of Clew", help: "Please report it." },
} as const;

/** What an error is, for programs: a key of `errorCodes`. */
export type ErrorCode = keyof typeof errorCodes;

/** Where in a file something is: line and column from 1, column in characters. */
export interface ErrorPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** The lines around with a caret below the place. */
  readonly excerpt: string;
}

/** An error as plain data: what `--json` prints and reports hold. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly help: string;
  readonly version?: string;
  readonly at?: ErrorPlace;
  readonly sqlstate?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Postgres's CONTEXT: the functions that the error came through. */
  readonly context?: string;
  /** Sessions that held a lock that was waited for. */
  readonly blockers?: readonly Blocker[];
}

/** A session that another one waits for. */
export interface Blocker {
  readonly pid: number;
  readonly application: string;
  readonly user: string;
  readonly state: string;
  readonly query: string;
  /** Age of its transaction in seconds. */
  readonly seconds: number;
}

/** The one error that Clew throws. Narrow it with `isClewError`, which also holds when two copies of the package are loaded. */
export class ClewError extends Error {
  override readonly name = "ClewError";
  readonly code: ErrorCode;
  readonly data: ErrorData;

  constructor(code: ErrorCode, message: string, data: Partial<ErrorData> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.data = { help: errorCodes[code].help, ...data, code, message };
  }

  toJSON(): ErrorData {
    return this.data;
  }
}

/** Whether `error` is a ClewError, and of that code if one is given. */
export function isClewError(error: unknown, code?: ErrorCode): error is ClewError {
  return (
    error instanceof Error && error.name === "ClewError" && (code === undefined || (error as ClewError).code === code)
  );
}

/** The exit status that stands for an error: the one of its code, or 70 for anything that Clew did not foresee. */
export function exitStatus(error: unknown): number {
  return isClewError(error) ? errorCodes[error.code].exit : errorCodes.INTERNAL.exit;
}
