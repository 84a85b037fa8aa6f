// Owns the schema that files make: folded one after the other, without a database.
import { loadGrammar, read, startFold, type Catalog } from "@clew/sql-analyzer";
import { ClewError } from "../errors.ts";
import { readText, type Folder, type MigrationFile } from "../files/read.ts";
import { compareVersions } from "../store/state.ts";
import { baselineCatalog } from "./baseline.ts";

/** The catalog after these files, on a fresh Supabase project. */
export async function foldFiles(
  files: readonly MigrationFile[],
  before: Catalog = baselineCatalog(),
): Promise<Catalog> {
  const grammar = await loadGrammar();
  const folding = startFold(before, { grammar });
  for (const file of files) folding.apply(read(await readText(file.path), grammar).statements);
  return folding.catalog();
}

/** The files up to and including a version; all of them without one. Throws UNKNOWN_VERSION. */
export function upTo({ files, path }: Folder, version: string | undefined): readonly MigrationFile[] {
  if (version === undefined) return files;
  if (!files.some((file) => file.version === version)) {
    throw new ClewError("UNKNOWN_VERSION", `${path} has no migration of version ${version}`, { version });
  }
  return files.filter((file) => compareVersions(file.version, version) <= 0);
}
