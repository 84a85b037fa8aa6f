// Owns putting rows back: all tables of a restore in one transaction, so that none is ever half restored.
import type { BackupKey } from "./age.ts";
import { ClewError, isClewError, openUrl, redact } from "@clew/core";
import { schemaBack, type SchemaBack } from "@clew/core/schema";
import { qualified, quote, sqlstate, withClient, type Client } from "./client.ts";
import { deferForeignKeys, refuseCascades, restTriggers } from "./constraints.ts";
import { type Destination } from "./destination.ts";
import { loadRows, readWhole } from "./load.ts";
import { nameOf, type BackupSequence, type BackupTable } from "./manifest.ts";
import { measure, type Progress } from "./progress.ts";
import { reconcile, type RestoreMode } from "./reconcile.ts";
import { advanceSequences } from "./sequences.ts";
import { openBackup, type Found } from "./store.ts";
import { readTables, tablesNamed, type LiveTable } from "./tables.ts";

/** Which rows are put back, and how. */
export interface RestoreOptions {
  /** `postgresql://…` */
  readonly url: string;
  readonly destination: Destination;
  /** Its id, the beginning of it, or `latest`. */
  readonly id: string;
  /** Words as they are typed: `table`, `schema.table`, `schema.*`. Default: all but `books` that are there. */
  readonly tables?: readonly string[];
  /**
   * Tables that say what has been run on the database, in the same words: where they are there, they stay, unless they are named.
   * Default: Clew's own and Supabase's history.
   */
  readonly books?: readonly string[];
  /** Default `missing`. */
  readonly mode?: RestoreMode;
  /** Lets users' triggers on tables that are there rest meanwhile. Default false: they see each row. */
  readonly withoutTriggers?: boolean;
  /** Does all of it, counts, and rolls it back. */
  readonly dryRun?: boolean;
  readonly key?: BackupKey | undefined;
  /** Milliseconds to wait for a lock. Default 30,000. */
  readonly lockTimeout?: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one table. */
export interface RestoredTable {
  readonly table: string;
  /** It was gone, and was made again. */
  readonly made: boolean;
  /** Rows of it in the backup. */
  readonly saved: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Rows that differ from the saved ones, and were left as they are; without a key, all that are not among them. */
  readonly differing: number;
}

/** What was put back, table by table. Plain data. */
export interface RestoreReport {
  readonly kind: "restore";
  readonly id: string;
  readonly mode: RestoreMode;
  readonly dryRun: boolean;
  readonly tables: readonly RestoredTable[];
  /** What was there and is not made again, because what it stands on is gone too. */
  readonly without: readonly string[];
}

/**
 * Puts rows back. Either all of it is done, or the database is as it was.
 * Throws NO_BACKUP, BACKUP_KEY, BACKUP_DAMAGED, RESTORE_FAILED, LOCK_TIMEOUT, CONNECT_FAILED, INTERRUPTED or USAGE.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const found = await openBackup(options.destination, options.id, options.key);
  const { url, signal } = options;
  try {
    return await withClient(url, signal, (client) => restoreFound(client, found, options));
  } catch (error) {
    throw asRestoreError(error, signal);
  }
}

/** What a restore into a scratch database does at its end, in the transaction. */
export type Inspect = (
  client: Client,
  tables: readonly BackupTable[],
  /** Where the saved rows of a table were loaded to. */
  placeOf: (table: BackupTable) => string,
) => Promise<void>;

/** The same over a client that is there. */
export async function restoreFound(
  client: Client,
  { manifest, fileKey }: Found,
  options: RestoreOptions,
  inspect?: Inspect,
): Promise<RestoreReport> {
  const { destination, mode = "missing", dryRun = false, signal } = options;
  const wanted = chosen(manifest.tables, options.tables);
  const reading = { destination, id: manifest.id, fileKey, signal };
  const catalog = manifest.schema.find(({ kind }) => kind === "catalog");
  const back = catalog ? await askSchema(options.url, await readWhole(reading, catalog), wanted) : nothing;
  const made = new Set(back.made.map(nameOf));
  // An old history beside a newer schema would say of migrations what is not so.
  const kept = options.tables?.length ? [] : (options.books ?? books).flatMap((word) => tablesNamed(wanted, word));
  const tables = wanted.filter((table) => made.has(nameOf(table)) || !kept.includes(table));
  await client.query(`BEGIN; SET LOCAL lock_timeout = ${String(options.lockTimeout ?? 30_000)}`);
  try {
    for (const statement of back.first) await client.query(statement);
    const present = new Map((await readTables(client)).map((table) => [nameOf(table), table]));
    const standing = tables.filter((table) => !made.has(nameOf(table)));
    refuseForeign(tables, present);
    for (const table of standing) await client.query(`LOCK TABLE ONLY ${qualified(table)} IN SHARE ROW EXCLUSIVE MODE`);
    const wake = options.withoutTriggers ? await restTriggers(client, standing) : async () => undefined;
    const check = await deferForeignKeys(client, standing);
    const progress = measure(
      tables.reduce((sum, { chunks }) => sum + chunks.reduce((all, { rawBytes }) => all + rawBytes, 0), 0),
      options.onProgress,
    );
    const { done, placeOf } = await putBack(client, {
      tables,
      made,
      mode,
      reading: { ...reading, onBytes: progress.bytes },
    });
    // In a scratch, rows of which not all were saved cannot obey what holds between them.
    const partly = inspect !== undefined && tables.some(({ where, part }) => where !== undefined || part);
    for (const statement of partly ? [] : back.last) await client.query(statement);
    await check();
    await wake();
    await inspect?.(client, tables, placeOf);
    if (dryRun) await client.query("ROLLBACK");
    else {
      await advanceSequences(client, sequencesOf(manifest.sequences, options.tables), tables);
      await client.query("COMMIT");
    }
    return { kind: "restore", id: manifest.id, mode, dryRun, tables: done, without: back.without };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

const books = ["clew.*", "supabase_migrations.schema_migrations"];

const nothing: SchemaBack = { first: [], last: [], made: [], without: [] };

function chosen(tables: readonly BackupTable[], words: readonly string[] | undefined): readonly BackupTable[] {
  if (words === undefined || words.length === 0) return tables;
  const named = words.flatMap((word) => {
    const found = tablesNamed(tables, word);
    if (found.length === 0) throw new ClewError("USAGE", `the backup has no rows of ${word}`);
    return found;
  });
  return tables.filter((table) => named.includes(table));
}

/** All positions belong to a restore of all; of some tables only those of the sequences that their columns own. */
function sequencesOf(
  all: readonly BackupSequence[],
  words: readonly string[] | undefined,
): { readonly all: boolean; readonly saved: readonly BackupSequence[] } {
  return { all: words === undefined || words.length === 0, saved: all };
}

/** What makes tables again, asked in a session of its own: its questions have transactions of their own. */
async function askSchema(url: string, catalog: string, tables: readonly BackupTable[]): Promise<SchemaBack> {
  const { driver, close } = await openUrl(url);
  const session = await driver.connect();
  try {
    return await schemaBack(session, catalog, tables);
  } finally {
    await session[Symbol.asyncDispose]();
    await close();
  }
}

/** Throws RESTORE_FAILED where a table cannot take what was saved of it. */
function refuseForeign(tables: readonly BackupTable[], present: ReadonlyMap<string, LiveTable>): void {
  for (const table of tables) {
    const live = present.get(nameOf(table));
    if (live === undefined)
      throw new ClewError("RESTORE_FAILED", `${nameOf(table)} is gone, and what it stands on is gone too`, {
        help: "Make the table again from the schema in the backup (schema.sql.zst), or restore the others by name.",
      });
    const names = new Set(live.columns.map(({ name }) => name));
    const gone = table.columns.find(({ name }) => !names.has(name));
    if (gone === undefined) continue;
    throw new ClewError("RESTORE_FAILED", `${nameOf(table)} has no column ${gone.name} that takes values`);
  }
}

interface Putting {
  readonly tables: readonly BackupTable[];
  readonly made: ReadonlySet<string>;
  readonly mode: RestoreMode;
  readonly reading: Parameters<typeof loadRows>[1];
}

interface PutBack {
  readonly done: readonly RestoredTable[];
  readonly placeOf: (table: BackupTable) => string;
}

/** Saved rows into an empty table at once; else into a temporary one first, from which the table is reconciled. */
async function putBack(client: Client, { tables, made, mode, reading }: Putting): Promise<PutBack> {
  const staged = new Map<string, string>();
  const empty = new Set<string>();
  for (const [at, table] of tables.entries()) {
    const name = nameOf(table);
    const { rows } = await client.query(`SELECT FROM ONLY ${qualified(table)} LIMIT 1`);
    if (rows.length === 0 && !table.part) {
      empty.add(name);
      continue;
    }
    const saved = `pg_temp.${quote(`clew_saved_${String(at)}`)}`;
    const list = table.columns.map((column) => quote(column.name)).join(", ");
    await client.query(
      `CREATE TEMPORARY TABLE ${quote(`clew_saved_${String(at)}`)} ON COMMIT DROP AS SELECT ${list} FROM ONLY ${qualified(table)} WITH NO DATA`,
    );
    await loadRows(client, reading, table, saved);
    await client.query(`ANALYZE ${saved}`);
    staged.set(name, saved);
  }
  if (mode === "replace") await refuseCascades(client, tables, (table) => staged.get(nameOf(table)));
  const plans = new Map(
    tables.flatMap((table) => {
      const saved = staged.get(nameOf(table));
      return saved === undefined ? [] : [[nameOf(table), reconcile(table, saved, mode)] as const];
    }),
  );
  const count = async (sql: string | undefined): Promise<number> =>
    sql === undefined ? 0 : ((await client.query(sql)).rowCount ?? 0);
  const removed = new Map<string, number>();
  for (const [name, { remove }] of plans) removed.set(name, await count(remove));
  const done: RestoredTable[] = [];
  for (const table of tables) {
    const name = nameOf(table);
    const plan = plans.get(name);
    const differing = plan?.differing ? (await client.query<{ count: number }>(plan.differing)).rows[0]!.count : 0;
    const changed = await count(plan?.change);
    if (empty.has(name)) await loadRows(client, reading, table, qualified(table));
    const added = empty.has(name) ? table.rows : await count(plan?.add);
    done.push({
      table: name,
      made: made.has(name),
      saved: table.rows,
      added,
      changed,
      removed: removed.get(name) ?? 0,
      differing,
    });
  }
  return { done, placeOf: (table) => staged.get(nameOf(table)) ?? qualified(table) };
}

function asRestoreError(error: unknown, signal: AbortSignal | undefined): ClewError {
  if (isClewError(error)) return error;
  if (signal?.aborted)
    return new ClewError("INTERRUPTED", "the restore was interrupted; the database is as it was", {}, { cause: error });
  const { message, detail, table, schema } = error as {
    readonly message: string;
    readonly detail?: string;
    readonly table?: string;
    readonly schema?: string;
  };
  const state = sqlstate(error);
  // SQLSTATE 55P03
  if (state === "55P03")
    return new ClewError(
      "LOCK_TIMEOUT",
      "a table that is to be restored is locked by another session",
      {},
      { cause: error },
    );
  const where = table === undefined ? "" : `${schema === undefined ? "" : `${schema}.`}${table}: `;
  return new ClewError(
    "RESTORE_FAILED",
    redact(`${where}${message}`),
    { ...(state === undefined ? {} : { sqlstate: state }), ...(detail === undefined ? {} : { detail }) },
    { cause: error },
  );
}
