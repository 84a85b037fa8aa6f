// Owns the copy of a finished new database, from which later new ones are made.
import { openAsBlob } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { baselineVersion } from "../baseline/baseline.ts";

/**
 * The data of a new database as a tar, kept in `folder` (43 MB) and made by `build` if it is not there yet, or was
 * made by another PGlite or for another baseline.
 */
export async function template(folder: string, build: () => Promise<Blob>): Promise<Blob> {
  const file = join(folder, `pglite-${await pgliteVersion()}-baseline-${baselineVersion}.tar`);
  if (await exists(file)) return openAsBlob(file);
  const data = await build();
  await mkdir(folder, { recursive: true });
  // under another name first: whoever looks meanwhile sees a whole file or none
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, data.stream());
  await rename(unfinished, file);
  return data;
}

async function pgliteVersion(): Promise<string> {
  // the package exports no package.json, and import.meta.resolve is absent in Vite's module runner
  const entry = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const { version } = JSON.parse(await readFile(join(dirname(entry), "..", "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
