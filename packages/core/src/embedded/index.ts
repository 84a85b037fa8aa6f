// Owns the embedded Postgres: PGlite in this process, holding what a fresh Supabase project holds.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Extensions, PGlite } from "@electric-sql/pglite";
import { baselineSql } from "../baseline/baseline.ts";
import { lockFile } from "./lock.ts";
import { loadPGlite, type Start } from "./start.ts";
import { template } from "./template.ts";

export { baselineSql, baselineVersion, standIns, type ExtensionFile } from "../baseline/baseline.ts";

/** What an embedded database is made with. */
export interface EmbeddedOptions {
  /** Extensions of PGlite beyond those loaded by themselves. */
  readonly extensions?: Extensions;
  /**
   * A folder in which a copy of a finished new database is kept (43 MB), so that later new ones take half a second.
   * It may be shared by all projects, and deleted at any time. Without one each new database is made from nothing.
   */
  readonly templates?: string;
}

/** An open embedded database. */
export interface Embedded extends AsyncDisposable {
  /** The one session there is, as the superuser `postgres`. */
  readonly db: PGlite;
  /** Whether it was made by this opening. */
  readonly fresh: boolean;
  /** Closes the database and gives the folder back. */
  close(): Promise<void>;
}

/**
 * Opens the embedded database whose data lies in `<folder>/postgres`, or makes it; without a folder one in memory.
 * A new one takes about three seconds (see `templates`), an old one half a second.
 *
 * It is for development and rehearsal: migrations run as `postgres`, which is a superuser here and none on Supabase,
 * and nothing is written through to the disk (`fsync` is off).
 * @throws ClewError DRIVER_MISSING without the package `@electric-sql/pglite`, EMBEDDED_UNAVAILABLE while another
 *   process has the folder open
 */
export async function openEmbedded(folder: string | undefined, options: EmbeddedOptions = {}): Promise<Embedded> {
  const start = await loadPGlite(options.extensions);
  if (folder === undefined) return embedded(await create(start, {}, options.templates), true, () => undefined);

  mkdirSync(folder, { recursive: true });
  const release = lockFile(join(folder, "postgres.lock"));
  try {
    const dataDir = resolve(folder, "postgres");
    const unfinished = join(folder, "postgres.unfinished"); // there as long as the data is being made
    if (existsSync(unfinished)) rmSync(dataDir, { recursive: true, force: true });
    const fresh = !existsSync(dataDir);
    if (fresh) writeFileSync(unfinished, "");
    const db = fresh ? await create(start, { dataDir }, options.templates) : await start({ dataDir });
    rmSync(unfinished, { force: true });
    return embedded(db, fresh, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** A new embedded database in memory, for a rehearsal. */
export function createScratch(options: EmbeddedOptions = {}): Promise<Embedded> {
  return openEmbedded(undefined, options);
}

function embedded(db: PGlite, fresh: boolean, release: () => void): Embedded {
  const close = async (): Promise<void> => {
    if (db.closed) return;
    await db.close();
    release();
  };
  return { db, fresh, close, [Symbol.asyncDispose]: close };
}

async function create(start: Start, where: { dataDir?: string }, templates: string | undefined): Promise<PGlite> {
  if (templates === undefined) return withBaseline(await start(where));
  const loadDataDir = await template(templates, async () => {
    await using db = await withBaseline(await start({}));
    return await db.dumpDataDir("none");
  });
  return start({ ...where, loadDataDir });
}

async function withBaseline(db: PGlite): Promise<PGlite> {
  try {
    await db.exec(baselineSql());
    await db.refreshArrayTypes();
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}
