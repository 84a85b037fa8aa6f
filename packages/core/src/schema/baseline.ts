// Owns the catalog of a fresh Supabase project: what files are folded onto where there is no database.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Catalog } from "@clew/sql-analyzer";

// beside src and beside dist alike
const file = new URL("../../baseline/catalog.json.gz", import.meta.url);

/** The catalog that the Supabase baseline makes on Postgres 17. */
export function baselineCatalog(): Catalog {
  return JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as Catalog;
}
