// The entry for what a new Supabase project has: 300 kB that nobody else loads.
import type { Catalog } from "./catalog/catalog.ts";
import { asOfMajor } from "./catalog/common.ts";
import { text } from "./supabase-catalog.ts";

let parsed: Catalog | undefined;

/**
 * The catalog of a new Supabase project, as `newDatabase` is of Postgres by itself: roles, schemas, extensions, `auth`,
 * `storage`, `realtime`, and who may do what. Default Postgres 17.
 */
export function supabaseCatalog(major: number = 17): Catalog {
  return asOfMajor((parsed ??= JSON.parse(text) as Catalog), major);
}
