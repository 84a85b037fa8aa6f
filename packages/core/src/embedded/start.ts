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
  return async (where) => {
    let log: string[] | undefined = [];
    const onStderr = (line: string): boolean => {
      log?.push(line);
      return false; // not to be printed
    };
    try {
      return await PGlite.create({ ...options, ...where, onStderr });
    } catch (cause) {
      throw failed(cause, where.dataDir, log);
    } finally {
      log = undefined;
    }
  };
}

/** PGlite's own error does not say why, Postgres's log does. */
function failed(cause: unknown, dataDir: string | undefined, log: readonly string[]): ClewError {
  const reason = log.findLast((line) => /\b(FATAL|PANIC):/.test(line))?.replace(/^.*?\b(FATAL|PANIC): +/, "");
  const detail = log.findLast((line) => /\bDETAIL:/.test(line))?.replace(/^.*?\bDETAIL: +/, "");
  return new ClewError(
    "EMBEDDED_UNAVAILABLE",
    `the embedded database did not start: ${reason ?? (cause instanceof Error ? cause.message : String(cause))}`,
    {
      help:
        dataDir === undefined
          ? "Please report it."
          : `If its data may be made anew, delete ${dataDir}; data of an older PGlite opens with that version of it only.`,
      ...(detail === undefined ? {} : { detail }),
    },
    { cause },
  );
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
