// Owns the making of a backup: what is chosen is locked, read from one snapshot, stored, and only then called a backup.
import type { BackupKey } from "./age.ts";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { ClewError, isClewError, openUrl, redact, toolVersion } from "@clew/core";
import { saveSchema } from "@clew/core/schema";
import { wrapKey } from "./encryption.ts";
import {
  contentHash,
  filesOf,
  nameOf,
  sealManifest,
  type BackupChunk,
  type BackupFile,
  type BackupManifest,
  type BackupScope,
  type BackupTable,
} from "./manifest.ts";
import { pgDump } from "./pg-dump.ts";
import { measure, type Progress } from "./progress.ts";
import type { Destination, Draft } from "./destination.ts";
import { plainRows, rowsIn, type Piece } from "./rows.ts";
import { holdMoment, type Moment } from "./snapshot.ts";
import { writeFile, type WriteOptions } from "./stream.ts";
import { readSequences, tablesNamed, withPartitions, type LiveTable } from "./tables.ts";

/** What of a table is to be saved. */
export interface Wanted {
  /** As it is typed: `table`, `schema.table`, `schema.*`. */
  readonly word: string;
  /** Only these rows: SQL that stands after WHERE of a query on the table. */
  readonly where?: string;
  /** Only these columns, and the key. */
  readonly columns?: readonly string[];
  /** The migrations that destroy it. */
  readonly migrations?: readonly string[];
}

/** What is saved, and where. */
export interface CreateOptions {
  /** `postgresql://…` */
  readonly url: string;
  readonly destination: Destination;
  readonly scope: Exclude<BackupScope, "none">;
  /** Of scope `scoped`: words as they are typed (`table`, `schema.table`, `schema.*`), or what a migration destroys. */
  readonly tables?: readonly (string | Wanted)[];
  readonly migrations?: BackupManifest["migrations"];
  /** 32 bytes, to encrypt with. */
  readonly key?: BackupKey | undefined;
  /** Connections that read rows. Default 2. */
  readonly connections?: number | undefined;
  /** Milliseconds to wait for a lock. Default 30,000. */
  readonly lockTimeout?: number;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a backup. Needs `pg`.
 * Throws BACKUP_FAILED, LOCK_TIMEOUT, CONNECT_FAILED, INTERRUPTED or USAGE (a table that there is not); nothing is left then.
 */
export async function createBackup(options: CreateOptions): Promise<BackupManifest> {
  const { destination, signal } = options;
  const id = newId();
  let draft: Draft | undefined;
  try {
    await using moment = await holdMoment({
      url: options.url,
      connections: options.connections ?? 2,
      lockTimeout: options.lockTimeout ?? 30_000,
      choose: (tables) => choose(tables, options).map(({ table }) => table),
      signal,
    });
    const pieces = choose(moment.tables, options).map((one) => ({ ...one, size: moment.sizes.get(one.table.oid)! }));
    await refuseFull(destination, pieces, options);
    draft = await destination.begin(id);
    const manifest = await save(draft, id, moment, pieces, options);
    return manifest;
  } catch (error) {
    await draft?.abandon().catch(() => undefined);
    throw asBackupError(error, signal);
  }
}

/** In the order of time, and with no other made in the same second. */
function newId(): string {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\.\d+Z$/g, "")
    .replace("T", "-");
  return `${stamp}-${randomBytes(3).toString("hex")}`;
}

type Choice = Omit<Piece, "size">;

/** The tables that a request means, with what of each is wanted. Throws USAGE. */
function choose(tables: readonly LiveTable[], { scope, tables: wanted = [] }: CreateOptions): readonly Choice[] {
  if (scope === "schema") return [];
  if (scope === "full")
    return withPartitions(tables, tables)
      .filter(({ readable, ofExtension }) => readable && !ofExtension)
      .map((table) => ({ table, columns: table.columns }));
  const pieces = new Map<number, Choice>();
  for (const one of wanted) {
    const word = typeof one === "string" ? one : one.word;
    const named = tablesNamed(tables, word);
    // What a migration destroys may be gone in the meantime; what a person names is meant.
    if (named.length === 0 && typeof one === "string") throw new ClewError("USAGE", `there is no table ${word}`);
    for (const table of withPartitions(named, tables)) {
      const piece = typeof one === "string" ? { table, columns: table.columns } : pieceOf(table, one);
      pieces.set(table.oid, both(pieces.get(table.oid), piece));
    }
  }
  return [...pieces.values()];
}

/** What is wanted twice, for whatever reason, is saved whole. */
function both(one: Choice | undefined, other: Choice): Choice {
  if (one === undefined) return other;
  const migrations = [...new Set([...(one.migrations ?? []), ...(other.migrations ?? [])])];
  return { table: other.table, columns: other.table.columns, ...(migrations.length > 0 ? { migrations } : {}) };
}

function pieceOf(table: LiveTable, { where, columns, migrations }: Wanted): Choice {
  // Values are given back by the key: what changes that, or has none, is saved in whole rows.
  const byKey = columns !== undefined && table.key.length > 0 && !columns.some((name) => table.key.includes(name));
  const some = byKey ? new Set([...columns, ...table.key]) : undefined;
  return {
    table,
    columns: some === undefined ? table.columns : table.columns.filter(({ name }) => some.has(name)),
    // Names in the condition are looked for where the migration looks; such values would then be written without a schema.
    ...(where === undefined || table.columns.some(({ type }) => type.startsWith("reg")) ? {} : { where }),
    ...(migrations === undefined ? {} : { migrations }),
  };
}

/** COPY's text packs to a third at most of what the table takes, but for what is packed already. */
const packed = 0.5;

async function refuseFull(destination: Destination, pieces: readonly Piece[], options: CreateOptions): Promise<void> {
  const free = await destination.free();
  if (free === undefined) return;
  const bytes = pieces.reduce((sum, { size, where }) => sum + (where === undefined ? size.bytes : 0), 0);
  const needed = bytes * packed + (32 << 20);
  if (needed <= free) return;
  throw new ClewError(
    "BACKUP_FAILED",
    `${destination.name} has ${inMegabytes(free)} left, and the backup may take ${inMegabytes(needed)}`,
    {
      help:
        options.scope === "full"
          ? "Make room, or save only the tables that matter."
          : "Make room, or give another destination.",
    },
  );
}

const inMegabytes = (bytes: number): string => `${String(Math.ceil(bytes / 1_048_576))} MB`;

async function save(
  draft: Draft,
  id: string,
  moment: Moment,
  pieces: readonly Piece[],
  options: CreateOptions,
): Promise<BackupManifest> {
  const { scope, key, migrations = [], signal, onProgress } = options;
  const { fileKey, encryption } = key === undefined ? { fileKey: undefined, encryption: null } : await wrapKey(key, id);
  const progress = measure(
    pieces.reduce((sum, { size }) => sum + size.bytes, 0),
    onProgress,
  );
  const writing: WriteOptions = { fileKey, signal, onBytes: progress.bytes };
  const omitted: { readonly what: string; readonly why: string }[] = [];
  const schema = await saveSchemas(draft, moment, options, { fileKey, signal }, omitted);
  if (scope === "full") omitted.push(...leftOut(moment.tables), ...(await largeObjects(moment)));
  const tables = await saveRows(draft, moment, pieces, writing, progress.rows);
  const sequences =
    scope === "schema"
      ? []
      : await readSequences(
          moment.clients[0]!,
          scope === "full" ? undefined : new Set(pieces.flatMap(({ table }) => [table.oid, ...table.above])),
        );
  const head = {
    format: 1,
    id,
    createdAt: new Date().toISOString(),
    tool: `clew ${toolVersion}`,
    target: moment.target,
    migrations,
    scope,
    snapshot: moment.snapshot,
    lsn: moment.lsn,
    compression: "zstd",
    tables,
    sequences,
    schema,
    omitted,
  } as const;
  const files: readonly BackupFile[] = [...schema, ...tables.flatMap(({ chunks }) => chunks)];
  const manifest: BackupManifest = {
    ...head,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
    rawBytes: files.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    encryption,
  };
  if (filesOf(manifest).length !== files.length) throw new ClewError("INTERNAL", "files of a backup were forgotten");
  await draft.finish(sealManifest(manifest, fileKey));
  return manifest;
}

/** What a backup of everything has not, and why. */
function leftOut(tables: readonly LiveTable[]): BackupManifest["omitted"] {
  return tables.flatMap((table) => {
    if (table.partitioned) return [];
    if (table.ofExtension) return [{ what: nameOf(table), why: "it belongs to an extension" }];
    return table.readable ? [] : [{ what: nameOf(table), why: "this role may not read it" }];
  });
}

async function largeObjects({ clients }: Moment): Promise<BackupManifest["omitted"]> {
  const { rows } = await clients[0]!.query<{ count: string }>(
    "SELECT pg_catalog.count(*) AS count FROM pg_catalog.pg_largeobject_metadata",
  );
  const { count } = rows[0]!;
  return count === "0" ? [] : [{ what: `large objects: ${count}`, why: "they are in no table that may be read" }];
}

async function saveSchemas(
  draft: Draft,
  { target }: Moment,
  { url }: CreateOptions,
  writing: WriteOptions,
  omitted: { readonly what: string; readonly why: string }[],
): Promise<BackupManifest["schema"]> {
  const { driver, close } = await openUrl(url);
  const session = await driver.connect();
  try {
    const { catalog, sql } = await saveSchema(session);
    const write = async (kind: "sql" | "pg_dump" | "catalog", path: string, text: string) => ({
      kind,
      ...(await writeFile(draft, path, Readable.from([Buffer.from(text)]), writing)),
    });
    const dumped = await pgDump(url, target.server);
    if ("why" in dumped) omitted.push({ what: "the schema as pg_dump prints it", why: dumped.why });
    return [
      await write("catalog", "catalog.json.zst", catalog),
      await write("sql", "schema.sql.zst", sql),
      ...("text" in dumped ? [await write("pg_dump", "pg_dump.sql.zst", dumped.text)] : []),
    ];
  } finally {
    await session[Symbol.asyncDispose]();
    await close();
  }
}

/** A condition is for the search_path of the role, as a migration has it; everything else is qualified. */
function pathFor({ where }: Piece): string {
  const path = where === undefined ? "''" : "(SELECT reset_val FROM pg_catalog.pg_settings WHERE name = 'search_path')";
  return `SELECT pg_catalog.set_config('search_path', ${path}, true)`;
}

/** Reads all pieces over the connections that there are, the largest first. */
async function saveRows(
  draft: Draft,
  { clients }: Moment,
  pieces: readonly Piece[],
  writing: WriteOptions,
  onRows: (rows: number) => void,
): Promise<readonly BackupTable[]> {
  const chunks = pieces.map((piece) => plainRows(piece));
  const jobs = chunks
    .flatMap((texts, table) =>
      texts.map(({ sql, bytes }, at) => ({ table, at, sql, bytes, path: pathFor(pieces[table]!) })),
    )
    .sort((a, b) => b.bytes - a.bytes);
  const done: BackupChunk[][] = chunks.map(() => []);
  let failed = false;
  const work = async (client: Moment["clients"][number]): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined && !failed; job = jobs.shift()) {
      const path = `${String(job.table + 1).padStart(5, "0")}-${String(job.at + 1).padStart(4, "0")}.copy.zst`;
      try {
        await client.query(job.path);
        const source = rowsIn(client, job.sql);
        const file = await writeFile(draft, path, source, writing);
        done[job.table]![job.at] = { ...file, rows: source.rowCount };
        onRows(source.rowCount);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(clients.map(work));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return pieces.map(({ table, columns, where, migrations }, at): BackupTable => {
    const mine = done[at]!;
    return {
      schema: table.schema,
      name: table.name,
      columns: columns.map(({ name, type }) => ({ name, type })),
      key: table.key,
      ...(where === undefined ? {} : { where }),
      ...(columns.length < table.columns.length ? { part: true } : {}),
      ...(migrations === undefined ? {} : { migrations }),
      rows: mine.reduce((sum, { rows }) => sum + rows, 0),
      contentHash: contentHash(mine),
      chunks: mine,
    };
  });
}

function asBackupError(error: unknown, signal: AbortSignal | undefined): ClewError {
  if (isClewError(error)) return error;
  if (signal?.aborted)
    return new ClewError("INTERRUPTED", "the backup was interrupted; nothing of it is left", {}, { cause: error });
  const { message, code } = error as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
  return new ClewError(
    "BACKUP_FAILED",
    redact(full ? `there is no room left (${code}); nothing of the backup is left` : `the backup failed: ${message}`),
    {},
    { cause: error },
  );
}
