// Owns the schema that files make: folded one after the other, without a database.
import { loadGrammar, read, startFold, type Catalog, type Folded, type Opaque } from "@clew/sql-analyzer";
import { ClewError } from "../errors.ts";
import { readText, type Folder, type MigrationFile } from "../files/read.ts";
import { compareVersions } from "../store/state.ts";
import { freshCatalog, type Platform } from "./platform.ts";

/** The catalog after these files, run by a role, and what of them could not be read; that role is `postgres` on Supabase. */
export async function foldFiles(
  files: readonly MigrationFile[],
  before: Catalog,
  role: string = "postgres",
): Promise<Folded> {
  const opaque: Opaque[] = [];
  const [catalog] = await foldThrough(files, before, [files.length], role, opaque);
  return { catalog: catalog!, opaque };
}

/**
 * The catalogs after the files up to and including each of these versions, all of them where one is undefined, on a new
 * database; no file is folded twice. Throws UNKNOWN_VERSION.
 */
export async function foldVersions<Versions extends readonly (string | undefined)[]>(
  folder: Folder,
  versions: Versions,
  platform: Platform,
): Promise<{ readonly [Index in keyof Versions]: Catalog }> {
  const counts = versions.map((version) => upTo(folder, version).length);
  const catalogs = await foldThrough(folder.files.slice(0, Math.max(...counts)), freshCatalog(platform), counts);
  return catalogs as { readonly [Index in keyof Versions]: Catalog };
}

/** The catalogs after so many of the files; what could not be read goes to `opaque`. */
async function foldThrough(
  files: readonly MigrationFile[],
  before: Catalog,
  counts: readonly number[],
  role = "postgres",
  opaque: Opaque[] = [],
): Promise<readonly Catalog[]> {
  const grammar = await loadGrammar();
  const folding = startFold(before, { grammar, role });
  const after = new Map<number, Catalog>();
  for (const [index, file] of files.entries()) {
    if (counts.includes(index)) after.set(index, folding.catalog());
    opaque.push(...folding.apply(read(await readText(file.path), grammar).statements));
  }
  after.set(files.length, folding.catalog());
  return counts.map((count) => after.get(count)!);
}

/** The files up to and including a version; all of them without one. Throws UNKNOWN_VERSION. */
export function upTo({ files, path }: Folder, version: string | undefined): readonly MigrationFile[] {
  if (version === undefined) return files;
  if (!files.some((file) => file.version === version)) {
    throw new ClewError("UNKNOWN_VERSION", `${path} has no migration of version ${version}`, { version });
  }
  return files.filter((file) => compareVersions(file.version, version) <= 0);
}
