// Owns starting PGlite: the package, if it is there, with the extensions that migrations create.
import type { Extensions, PGlite, PGliteOptions } from "@electric-sql/pglite";
import { ClewError } from "../errors.ts";
import { loadExtensions } from "./extensions.ts";

/** Starts an instance: in memory or in `dataDir`, empty or with the data of a tar. */
export type Start = (where: Pick<PGliteOptions, "dataDir" | "loadDataDir">) => Promise<PGlite>;

/** @throws ClewError DRIVER_MISSING */
export async function loadPGlite(extensions: Extensions | undefined): Promise<Start> {
  const { PGlite } = await import("@electric-sql/pglite").catch(missing);
  const options: PGliteOptions = {
    extensions: { ...(await loadExtensions()), ...extensions },
    // what the baseline sets for the role postgres: PGlite does not read the settings of roles
    startParams: [...PGlite.defaultStartParams, "-c", 'search_path="$user", public, extensions'],
  };
  return (where) => PGlite.create({ ...options, ...where });
}

function missing(cause: unknown): never {
  if ((cause as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw cause;
  throw new ClewError(
    "DRIVER_MISSING",
    "the embedded database needs the package @electric-sql/pglite, which is not installed",
    { help: "npm install @electric-sql/pglite" },
    { cause },
  );
}
