// Owns which extensions an embedded database can create: PGlite's own, pgvector if it is installed, and stand-ins.
import type { Extension, Extensions } from "@electric-sql/pglite";
import { standIns } from "../baseline/baseline.ts";

/** Of the extensions that come with PGlite those that Supabase offers, and file_fdw, which a stand-in needs. */
const contrib = [
  () => import("@electric-sql/pglite/contrib/amcheck"),
  () => import("@electric-sql/pglite/contrib/bloom"),
  () => import("@electric-sql/pglite/contrib/btree_gin"),
  () => import("@electric-sql/pglite/contrib/btree_gist"),
  () => import("@electric-sql/pglite/contrib/citext"),
  () => import("@electric-sql/pglite/contrib/cube"),
  () => import("@electric-sql/pglite/contrib/dict_int"),
  () => import("@electric-sql/pglite/contrib/dict_xsyn"),
  () => import("@electric-sql/pglite/contrib/earthdistance"),
  () => import("@electric-sql/pglite/contrib/file_fdw"),
  () => import("@electric-sql/pglite/contrib/fuzzystrmatch"),
  () => import("@electric-sql/pglite/contrib/hstore"),
  () => import("@electric-sql/pglite/contrib/intarray"),
  () => import("@electric-sql/pglite/contrib/isn"),
  () => import("@electric-sql/pglite/contrib/ltree"),
  () => import("@electric-sql/pglite/contrib/moddatetime"), // its bundle holds autoinc, insert_username and refint too
  () => import("@electric-sql/pglite/contrib/pg_buffercache"),
  () => import("@electric-sql/pglite/contrib/pg_stat_statements"),
  () => import("@electric-sql/pglite/contrib/pg_trgm"),
  () => import("@electric-sql/pglite/contrib/pg_walinspect"),
  () => import("@electric-sql/pglite/contrib/pgcrypto"),
  () => import("@electric-sql/pglite/contrib/seg"),
  () => import("@electric-sql/pglite/contrib/tablefunc"),
  () => import("@electric-sql/pglite/contrib/tcn"),
  () => import("@electric-sql/pglite/contrib/tsm_system_rows"),
  () => import("@electric-sql/pglite/contrib/tsm_system_time"),
  () => import("@electric-sql/pglite/contrib/unaccent"),
  () => import("@electric-sql/pglite/contrib/uuid_ossp"),
];

/** What PGlite is told to load. About 0.2 s of its start. */
export async function loadExtensions(): Promise<Extensions> {
  const modules = await Promise.all([...contrib, () => import("@electric-sql/pglite-pgvector")].map(optional));
  return Object.assign({ standIns: standInExtension }, ...modules) as Extensions;
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

async function optional(load: () => Promise<object>): Promise<object | undefined> {
  try {
    return await load();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // another version of PGlite may not have it
    if (code === "ERR_MODULE_NOT_FOUND" || code === "ERR_PACKAGE_PATH_NOT_EXPORTED") return undefined;
    throw error;
  }
}
