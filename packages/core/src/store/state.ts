// Owns the reading of what a database says of itself: server, history and journal.
import { isSessionError, type Session, type Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { literal, quoted, textArray, type Bind, type HistoryTable } from "./bind.ts";
import { readAll, readHistory, readOldest, readRollbacks, readStatements } from "./compiled.ts";
import { journalComment, journalVersion } from "./schema.ts";

/** The database that a run changes. No secret is in it. */
export interface Target {
  readonly database: string;
  readonly user: string;
  /** Postgres's version, e.g. `17.10`. */
  readonly server: string;
  /** The same for one database only, whatever it is called and however it is reached; absent where the server does not tell. */
  readonly identity?: string;
}

/** A row of the history table. */
export interface HistoryRow {
  readonly version: string;
  readonly name: string | null;
}

/** A migration as the journal has it: rows that other tools wrote into the history have none. */
export interface JournalRow {
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly who: string;
  readonly tool: string;
  readonly appliedAt: string;
}

/** Whether a migration is applied or rolled back. */
export type Direction = "up" | "down";

/** A segment of a migration that is more than one transaction. */
export interface SegmentRow {
  readonly version: string;
  readonly direction: Direction;
  readonly ordinal: number;
  readonly fingerprint: string;
  readonly state: "intended" | "done";
  /** What was there before the statement ran, where its effect cannot be told otherwise. */
  readonly before: string | null;
}

/** How much a rollback gives back. */
export type RollbackClass = "exact" | "needs-data" | "lossy" | "impossible";

/** The way back of one segment, without its statements. */
export interface RollbackRow {
  readonly version: string;
  readonly ordinal: number;
  readonly class: RollbackClass;
  readonly reason: string | null;
  /** The backup that its rows are in, where the database does not keep them. */
  readonly outside?: string | null;
  /** JSON: what was proved of it. */
  readonly proof: string | null;
  /** SHA-256 of its statements, where something was proved. */
  readonly hash: string | null;
}

/** The same with its statements. */
export interface KeptRollback extends RollbackRow {
  readonly statements: readonly string[];
  /** JSON: what the archive keeps for it. */
  readonly archive: string | null;
}

/** The last attempt at a version. */
export interface AttemptRow {
  readonly version: string;
  readonly direction: string;
  readonly outcome: string;
  readonly sqlstate: string | null;
  readonly message: string | null;
  readonly at: string;
}

/** Who is at work. */
export interface LeaseRow {
  readonly holder: string;
  readonly who: string;
  readonly alive: boolean;
}

/** Everything that a plan is made from, apart from the files. Versions are text and sorted as text. */
export interface State {
  readonly target: Target;
  /** Whether the role may create schemas in this database. */
  readonly mayCreate: boolean;
  /** Columns of the history table; empty where it is not there yet. */
  readonly columns: readonly string[];
  /** Whether the history table keeps versions unique, as Supabase's does; clones have been seen that lost it. */
  readonly unique: boolean;
  /** Version of the journal; 0 where it is not there yet. */
  readonly journal: number;
  readonly history: readonly HistoryRow[];
  readonly migrations: readonly JournalRow[];
  readonly segments: readonly SegmentRow[];
  readonly attempts: readonly AttemptRow[];
  readonly rollbacks: readonly RollbackRow[];
  /** Of a run that is at work, or was cut off. */
  readonly lease: LeaseRow | undefined;
}

interface Probe {
  readonly identity?: string;
  readonly database: string;
  readonly user: string;
  readonly server: string;
  readonly mayCreate: boolean;
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly comment: string | null;
  readonly journalHere: boolean;
}

/** Where a policy would hide rows, asking fails: what seems not to be applied would run again. */
const unfiltered: readonly Sql[] = [{ text: "SET LOCAL row_security = off" }];

/** Reads the state in two questions: what is there, then what it holds. */
export async function readState(session: Session, table: HistoryTable, bind: Bind): Promise<State> {
  const [probe] = await session.query<Probe>(probing(table, identity)).catch((error: unknown) => {
    const told = isSessionError(error) && !["42501", "42883"].includes(error.fault.sqlstate ?? ""); // SQLSTATE 42501, 42883
    if (told || !isSessionError(error)) throw error;
    return session.query<Probe>(probing(table, ""));
  });
  if (!probe) throw new ClewError("INTERNAL", "the database gave no answer to what it is");
  const { database, user, server, mayCreate, columns, unique } = probe;
  const journal = probe.journalHere ? Number(probe.comment?.split(journalComment)[1] ?? 0) : 0;
  if (journal > journalVersion) {
    throw new ClewError(
      "JOURNAL_TOO_NEW",
      `the journal in schema clew has version ${journal}; this Clew knows versions up to ${journalVersion}`,
    );
  }
  const known = {
    target: { database, user, server: server.split(" ")[0]!, ...(probe.identity ? { identity: probe.identity } : {}) },
    mayCreate,
    columns,
    unique,
    journal,
  };
  if (journal > 0 && columns.length > 0) {
    const [rows] = await session.query<{
      history: HistoryRow[];
      migrations: JournalRow[];
      segments: SegmentRow[];
      attempts: AttemptRow[];
      leases: LeaseRow[];
      rollbacks?: RollbackRow[];
    }>(bind(journal >= 2 ? readAll : readOldest), unfiltered);
    const { history, migrations, segments, attempts, leases, rollbacks = [] } = rows!;
    return { ...known, history, migrations, segments, attempts, rollbacks, lease: leases[0] };
  }
  const nothing = { migrations: [], segments: [], attempts: [], rollbacks: [], lease: undefined };
  if (columns.length === 0) return { ...known, ...nothing, history: [] };
  const named = columns.includes("name")
    ? bind(readHistory)
    : { text: `SELECT version, NULL AS name FROM ${quoted(table)}` };
  const history = await session.query<HistoryRow>(named, unfiltered);
  return { ...known, ...nothing, history: history.toSorted((a, b) => compareVersions(a.version, b.version)) };
}

/** The statements that the history keeps of these versions, by version. */
export async function readKeptStatements(
  session: Session,
  bind: Bind,
  versions: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await session.query<{ version: string; statements: string[] | null }>(
    bind(readStatements, { versions: textArray(versions) }),
  );
  return new Map(rows.map(({ version, statements }) => [version, statements ?? []]));
}

/** The rollbacks that are kept of these versions, in the order in which their segments ran. */
export async function readKeptRollbacks(
  session: Session,
  bind: Bind,
  { journal }: State,
  versions: readonly string[],
): Promise<readonly KeptRollback[]> {
  if (journal < 2 || versions.length === 0) return [];
  return session.query<KeptRollback>(bind(readRollbacks, { versions: textArray(versions) }));
}

/** Compares versions as Postgres compares text in the C collation: for digits, character by character. */
export function compareVersions(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A restored copy of a server has its identifier, and another timeline. Where nobody may ask, nothing else is told by it.
 * https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-CONTROL-SYSTEM
 */
const identity = `
  (SELECT s.system_identifier || '.' || c.timeline_id || '.' || d.oid FROM pg_catalog.pg_control_system() s,
    pg_catalog.pg_control_checkpoint() c, pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AS identity,`;

function probing(table: HistoryTable, identity: string): Sql {
  const history = `pg_catalog.to_regclass(${literal(quoted(table))})`;
  return {
    text: `SELECT pg_catalog.current_database() AS database, current_user AS user,${identity}
  pg_catalog.current_setting('server_version') AS server,
  pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS "mayCreate",
  ARRAY(SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = ${history} AND attnum > 0 AND NOT attisdropped) AS columns,
  EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = ${history} AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL AND a.attname = 'version') AS unique,
  (SELECT pg_catalog.obj_description(oid, 'pg_namespace') FROM pg_catalog.pg_namespace WHERE nspname = 'clew') AS comment,
  EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'clew' AND c.relname = 'attempt') AS "journalHere"`,
  };
}
