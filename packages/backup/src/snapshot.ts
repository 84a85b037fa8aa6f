// Owns the moment that a backup shows: locks first, then one snapshot for all connections.
import { ClewError, type Target } from "@clew/core";
import { close, connect, cut, qualified, sqlstate, type Client } from "./client.ts";
import { readSizes, readTables, type LiveTable, type TableSize } from "./tables.ts";

/** Connections that see the same moment of the database, in which the chosen tables cannot be emptied or go. */
export interface Moment extends AsyncDisposable {
  readonly clients: readonly Client[];
  readonly snapshot: string;
  readonly lsn: string | null;
  readonly target: Target;
  readonly tables: readonly LiveTable[];
  /** Those that were chosen, as they are in the snapshot. */
  readonly chosen: readonly LiveTable[];
  /** What the chosen ones take, by oid. */
  readonly sizes: ReadonlyMap<number, TableSize>;
}

export interface MomentRequest {
  readonly url: string;
  readonly connections: number;
  /** Milliseconds to wait for a lock. */
  readonly lockTimeout: number;
  readonly choose: (tables: readonly LiveTable[]) => readonly LiveTable[];
  readonly signal?: AbortSignal | undefined;
}

/** How often tables may come and go between the look at them and the locks. */
const attempts = 5;

/**
 * Locks the chosen tables and takes the snapshot after: TRUNCATE is not seen by a snapshot that is older, and gives an
 * empty copy without an error. https://www.postgresql.org/docs/current/mvcc-caveats.html
 * Throws LOCK_TIMEOUT.
 */
export async function holdMoment(request: MomentRequest): Promise<Moment> {
  const leader = await connect(request.url);
  const helpers: Client[] = [];
  const dispose = async (): Promise<void> => {
    request.signal?.removeEventListener("abort", abort);
    await Promise.all([leader, ...helpers].map(close));
  };
  const abort = (): void => {
    for (const client of [leader, ...helpers]) cut(client);
  };
  request.signal?.addEventListener("abort", abort);
  try {
    const { tables, chosen } = await lockAndLook(leader, request);
    const [facts] = (
      await leader.query<{ snapshot: string; database: string; user: string; server: string }>(
        `SELECT pg_catalog.pg_export_snapshot() AS snapshot, pg_catalog.current_database() AS database, current_user AS user,
          pg_catalog.current_setting('server_version') AS server`,
      )
    ).rows;
    const { snapshot, server, database, user } = facts!;
    const lsn = await readLsn(leader);
    const sizes = await readSizes(leader, chosen);
    while (helpers.length + 1 < request.connections) {
      const helper = await follow(request.url, snapshot, chosen);
      if (helper === undefined) break;
      helpers.push(helper);
    }
    const target: Target = { database, user, server };
    return {
      clients: [leader, ...helpers],
      snapshot,
      lsn,
      target,
      tables,
      chosen,
      sizes,
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function lockAndLook(
  leader: Client,
  { choose, lockTimeout }: MomentRequest,
): Promise<{ readonly tables: readonly LiveTable[]; readonly chosen: readonly LiveTable[] }> {
  for (let attempt = 1; ; attempt += 1) {
    const wanted = choose(await readTables(leader));
    await leader.query(
      `BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL lock_timeout = ${String(lockTimeout)}`,
    );
    try {
      await lock(leader, wanted, "");
    } catch (error) {
      await leader.query("ROLLBACK").catch(() => undefined);
      const state = sqlstate(error);
      // SQLSTATE 42P01, 3F000: gone since the look
      if ((state === "42P01" || state === "3F000") && attempt < attempts) continue;
      if (state !== "55P03") throw error; // SQLSTATE 55P03
      throw new ClewError(
        "LOCK_TIMEOUT",
        "a table that is to be saved is locked by another session",
        {},
        { cause: error },
      );
    }
    const tables = await readTables(leader);
    const chosen = choose(tables);
    const locked = new Set(wanted.map(({ oid }) => oid));
    if (chosen.every(({ oid }) => locked.has(oid))) return { tables, chosen };
    await leader.query("ROLLBACK");
    if (attempt >= attempts)
      throw new ClewError("BACKUP_FAILED", "tables come and go faster than they can be locked", {
        help: "Try again when no other session changes the schema.",
      });
  }
}

/** In messages of bounded length: there may be thousands. */
async function lock(client: Client, tables: readonly LiveTable[], how: string): Promise<void> {
  for (let from = 0; from < tables.length; from += 500) {
    const names = tables.slice(from, from + 500).map((table) => `ONLY ${qualified(table)}`);
    await client.query(`LOCK TABLE ${names.join(", ")} IN ACCESS SHARE MODE${how}`);
  }
}

/**
 * A second connection on the same snapshot; undefined where it cannot be had. It must not wait for a lock: somebody who
 * waits for the first connection's would stand before it, and neither could go on.
 */
async function follow(url: string, snapshot: string, chosen: readonly LiveTable[]): Promise<Client | undefined> {
  const client = await connect(url).catch(() => undefined);
  if (client === undefined) return undefined;
  try {
    await client.query(`BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET TRANSACTION SNAPSHOT '${snapshot}'`);
    await lock(client, chosen, " NOWAIT");
    return client;
  } catch {
    await close(client);
    return undefined;
  }
}

async function readLsn(client: Client): Promise<string | null> {
  await client.query("SAVEPOINT lsn");
  try {
    const { rows } = await client.query<{ lsn: string }>(
      `SELECT (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END)::text AS lsn`,
    );
    return rows[0]!.lsn;
  } catch {
    await client.query("ROLLBACK TO SAVEPOINT lsn");
    return null;
  }
}
