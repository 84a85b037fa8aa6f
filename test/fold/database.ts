// Owns databases for the tests of the fold: sessions in them, and their catalogs.
import { pg } from "@clew/core";
import { introspect } from "@clew/core/schema";
import { freshDatabase, type Database, type DatabaseOptions } from "@clew/kit";
import type { Catalog } from "@clew/sql-analyzer";
import { Client } from "pg";
import type { Difference } from "./compare.ts";

/** Runs with a new database, and a session as the role postgres, which on Supabase is not the one that made the template. */
export async function inDatabase<T>(
  options: DatabaseOptions,
  run: (db: Database, client: Client) => Promise<T>,
): Promise<T> {
  await using db = await freshDatabase(options);
  const client = new Client({ connectionString: Object.assign(new URL(db.url), { username: "postgres" }).href });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await run(db, client);
  } finally {
    await client.end();
  }
}

export async function catalogOf({ url }: Database): Promise<Catalog> {
  await using session = await pg(() => new Client(url)).connect();
  return await introspect(session);
}

export function inWords({ key, field, folded, live }: Difference): string {
  return `${key} ${field}: folded ${JSON.stringify(folded)}, on the server ${JSON.stringify(live)}`;
}
