// Owns the schema that files make: folded one after the other, without a database.
import { loadGrammar, read, startFold, type Catalog } from "@clew/sql-analyzer";
import { ClewError } from "../errors.ts";
import { readText, type Folder, type MigrationFile } from "../files/read.ts";
import { compareVersions } from "../store/state.ts";
import { freshCatalog, type Platform } from "./platform.ts";

/** The catalog after these files, run by a role; that role is `postgres` on Supabase. */
export async function foldFiles(
  files: readonly MigrationFile[],
  before: Catalog,
  role: string = "postgres",
): Promise<Catalog> {
  const grammar = await loadGrammar();
  const folding = startFold(before, { grammar, role });
  for (const file of files) folding.apply(read(await readText(file.path), grammar).statements);
  return folding.catalog();
}

/** The catalog after the files up to and including a version, all of them without one, on a new database. Throws UNKNOWN_VERSION. */
export async function foldVersion(folder: Folder, version: string | undefined, platform: Platform): Promise<Catalog> {
  return foldFiles(upTo(folder, version), freshCatalog(platform));
}

/** The files up to and including a version; all of them without one. Throws UNKNOWN_VERSION. */
export function upTo({ files, path }: Folder, version: string | undefined): readonly MigrationFile[] {
  if (version === undefined) return files;
  if (!files.some((file) => file.version === version)) {
    throw new ClewError("UNKNOWN_VERSION", `${path} has no migration of version ${version}`, { version });
  }
  return files.filter((file) => compareVersions(file.version, version) <= 0);
}
