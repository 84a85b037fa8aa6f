// Owns the embedded Postgres: PGlite in this process, holding what a fresh Supabase project holds.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Extensions, PGlite } from "@electric-sql/pglite";
import { baselineSql } from "../baseline/baseline.ts";
import { ClewError } from "../errors.ts";
import { loadExtensions } from "./extensions.ts";
import { lockFile } from "./lock.ts";

export { baselineSql, baselineVersion, standIns, type ExtensionFile } from "../baseline/baseline.ts";

export interface EmbeddedOptions {
  /** Extensions of PGlite beyond those loaded by themselves. */
  readonly extensions?: Extensions;
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
 * A new one takes about two seconds, an old one a third of a second.
 *
 * It is for development and rehearsal: migrations run as `postgres`, which is a superuser here and none on Supabase,
 * and nothing is written through to the disk (`fsync` is off).
 * @throws ClewError DRIVER_MISSING without the package `@electric-sql/pglite`, EMBEDDED_UNAVAILABLE while another
 *   process has the folder open
 */
export async function openEmbedded(folder: string | undefined, options: EmbeddedOptions = {}): Promise<Embedded> {
  if (folder === undefined) return embedded(await create(undefined, options), true, () => undefined);

  mkdirSync(folder, { recursive: true });
  const release = lockFile(join(folder, "postgres.lock"));
  try {
    const data = resolve(folder, "postgres");
    const unfinished = join(folder, "postgres.unfinished"); // there as long as `data` is being made
    if (existsSync(unfinished)) rmSync(data, { recursive: true, force: true });
    const fresh = !existsSync(data);
    if (fresh) writeFileSync(unfinished, "");
    const db = await create(data, options, fresh);
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

async function create(data: string | undefined, options: EmbeddedOptions, fresh = true): Promise<PGlite> {
  const { PGlite } = await loadPGlite();
  const db = await PGlite.create({
    ...(data === undefined ? {} : { dataDir: data }),
    extensions: { ...(await loadExtensions()), ...options.extensions },
    // what the baseline sets for the role postgres: PGlite does not read the settings of roles
    startParams: [...PGlite.defaultStartParams, "-c", 'search_path="$user", public, extensions'],
  });
  if (!fresh) return db;
  try {
    await db.exec(baselineSql());
    await db.refreshArrayTypes();
    return db;
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function loadPGlite(): Promise<{ readonly PGlite: typeof PGlite }> {
  try {
    return await import("@electric-sql/pglite");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
    throw new ClewError(
      "DRIVER_MISSING",
      "the embedded database needs the package @electric-sql/pglite, which is not installed",
      { help: "npm install @electric-sql/pglite" },
      { cause },
    );
  }
}
