// Owns which extensions an embedded database can create: PGlite's own, pgvector if it is installed, and stand-ins.
import type { Extension, Extensions } from "@electric-sql/pglite";
import { standIns } from "../baseline/baseline.ts";

/** Of the extensions that come with PGlite those that Supabase offers, and file_fdw, which a stand-in needs. */
const contrib = [
  "amcheck",
  "bloom",
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "dict_int",
  "dict_xsyn",
  "earthdistance",
  "file_fdw",
  "fuzzystrmatch",
  "hstore",
  "intarray",
  "isn",
  "ltree",
  "moddatetime", // its bundle holds autoinc, insert_username and refint too
  "pg_buffercache",
  "pg_stat_statements",
  "pg_trgm",
  "pg_walinspect",
  "pgcrypto",
  "seg",
  "tablefunc",
  "tcn",
  "tsm_system_rows",
  "tsm_system_time",
  "unaccent",
  "uuid_ossp",
] as const;

/** What PGlite is told to load. About 0.2 s of its start. */
export async function loadExtensions(): Promise<Extensions> {
  const modules = await Promise.all(
    contrib.map((name) => optional(() => import(`@electric-sql/pglite/contrib/${name}`))),
  );
  const vector = await optional(() => import("@electric-sql/pglite-pgvector"));
  return { ...Object.assign({}, ...modules), ...vector, standIns: standInExtension };
}

/** The files of the stand-ins, put where the server looks for extensions before it starts. */
const standInExtension: Extension = {
  name: "stand-ins",
  setup: async (_db, options: { preRun?: readonly PreRun[] }) => ({
    emscriptenOpts: { ...options, preRun: [...(options.preRun ?? []), writeStandIns] },
  }),
};

type PreRun = (module: {
  readonly FS: { mkdirTree(path: string): void; writeFile(path: string, content: string): void };
}) => void;

const writeStandIns: PreRun = ({ FS }) => {
  const folder = "/pglite/share/postgresql/extension";
  FS.mkdirTree(folder);
  for (const { name, content } of standIns()) FS.writeFile(`${folder}/${name}`, content);
};

async function optional<T>(load: () => Promise<T>): Promise<T | undefined> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // another version of PGlite may not have it
    if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return undefined;
    throw error;
  }
}
