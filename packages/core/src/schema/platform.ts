// Owns what a new database has before any migration: on Supabase, and on Postgres by itself; and what of it is a project's.
import { newDatabase, schemaOf, type Catalog, type Fact } from "@clew/sql-analyzer";
import { supabaseCatalog } from "@clew/sql-analyzer/supabase";

/** Where a database lives: `supabase` brings roles, schemas and privileges of its own. */
export type Platform = "supabase" | "postgres";

/** The platform of a database, by what it has. */
export function platformOf({ facts }: Catalog): Platform {
  return facts["role authenticated"] && facts["schema auth"] ? "supabase" : "postgres";
}

/** The catalog that files are folded onto: a fresh Supabase project, or a new database of Postgres of that major version. */
export function freshCatalog(platform: Platform, major = 17): Catalog {
  return platform === "supabase" ? supabaseCatalog(major) : newDatabase(major);
}

/** Schemas that Supabase's own services make and change. */
const itsSchemas: ReadonlySet<string> = new Set([
  ..."_analytics _realtime _supavisor auth cron extensions graphql graphql_public net pgbouncer pgmq pgmq_public".split(
    " ",
  ),
  ..."pgsodium pgsodium_masks pgtle realtime storage supabase_functions supabase_migrations vault".split(" "),
]);

const itsExtensions =
  /^extension (?:pg_graphql|pg_net|pg_stat_statements|pgcrypto|pgjwt|pgsodium|plpgsql|supabase_vault|"uuid-ossp")$/;

/** Whether something that no file makes is there because the platform brought it. */
export function isPlatforms(fact: Fact, platform: Platform): boolean {
  if (platform === "postgres") return fact.kind === "database" || fact.key === "extension plpgsql";
  if (fact.kind === "role") return itsRole.test(fact.name);
  const schema = schemaOf(fact);
  // Projects put their policies and triggers on the platform's tables.
  if (schema !== undefined && itsSchemas.has(schema)) return !(open.has(schema) && ofProjects.has(fact.kind));
  if (fact.owner !== undefined && itsOwner.test(fact.owner)) return true;
  if (fact.kind === "default privileges") return itsOwner.test(fact.role);
  return fact.kind === "privileges" || fact.kind === "database" || itsExtensions.test(fact.key);
}

/** Whether a role is one of the platform's own, by which no request of a project's API comes. */
export function isItsRole(name: string): boolean {
  return name === "postgres" || itsOwner.test(name);
}

const open: ReadonlySet<string> = new Set(["auth", "realtime", "storage"]);
const ofProjects: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>(["policy", "trigger"]);
const itsOwner = /^(?:supabase_\w+|pgbouncer|dashboard_user|authenticator)$/;
const itsRole =
  /^(?:supabase_\w+|pgsodium_\w+|pgtle_admin|pgbouncer|dashboard_user|authenticator|authenticated|anon|service_role|postgres)$/;
