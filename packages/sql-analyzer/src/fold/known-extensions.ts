// Owns what the fold knows of extensions: what belongs to one is no fact, but may be named.

/** The extension that brings a type. */
export function extensionOfType(name: string): string | undefined {
  return types[name.replace(/^_/, "")];
}

/** The types that an extension brings, as far as they are known. */
export function typesOfExtension(name: string): readonly string[] {
  return Object.keys(types).filter((type) => types[type] === name);
}

/** The extension that brings a function that triggers call. */
export function extensionOfTriggerFunction(name: string): string | undefined {
  return triggerFunctions[name];
}

/** The schema and version that an extension gets where CREATE EXTENSION does not say. */
export function extensionDefaults(name: string): { readonly schema?: string; readonly creates?: true } {
  return ownSchemas[name] ?? {};
}

/** Trigger functions of pg_catalog. */
export const ownTriggerFunctions: ReadonlySet<string> = new Set([
  "lo_manage",
  "suppress_redundant_updates_trigger",
  "tsvector_update_trigger",
  "tsvector_update_trigger_column",
]);

const types: { readonly [type: string]: string | undefined } = {
  citext: "citext",
  cube: "cube",
  geography: "postgis",
  geometry: "postgis",
  box2d: "postgis",
  box3d: "postgis",
  halfvec: "vector",
  hstore: "hstore",
  http_request: "http",
  http_response: "http",
  ltree: "ltree",
  lquery: "ltree",
  ltxtquery: "ltree",
  semver: "semver",
  sparsevec: "vector",
  vector: "vector",
};

const triggerFunctions: { readonly [name: string]: string | undefined } = {
  moddatetime: "moddatetime",
  autoinc: "autoinc",
  insert_username: "insert_username",
  check_primary_key: "refint",
  check_foreign_key: "refint",
};

// Their control files say `schema = …`. Where that schema does not exist, CREATE EXTENSION makes it.
const ownSchemas: { readonly [name: string]: { readonly schema: string; readonly creates?: true } | undefined } = {
  pg_cron: { schema: "pg_catalog" },
  pg_graphql: { schema: "graphql", creates: true },
  pg_tle: { schema: "pgtle", creates: true },
  pgmq: { schema: "pgmq", creates: true },
  pgsodium: { schema: "pgsodium", creates: true },
  plpgsql: { schema: "pg_catalog" },
  supabase_vault: { schema: "vault", creates: true },
};
