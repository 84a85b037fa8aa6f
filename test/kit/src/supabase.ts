// Owns the server whose template holds what a fresh Supabase project holds: the product's own baseline, on a native Postgres.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import type { Major } from "./programs.ts";
import { startServer } from "./server.ts";
import type { Server } from "./server.ts";

const baseline = fileURLToPath(new URL("../../../packages/core/baseline/", import.meta.url));

/** Its name on the server. */
export const supabaseTemplate = "supabase";

/** The baseline changes roles of the whole cluster, so it has a server of its own. */
export async function startSupabase(major: Major): Promise<Server> {
  const superuser = "supabase_admin";
  const server = await startServer({ major, superuser, extensions: join(baseline, "extension") });
  try {
    await inSession(server.url({ user: superuser }), `create database ${supabaseTemplate}`);
    for (const file of readdirSync(baseline)
      .filter((name) => name.endsWith(".sql"))
      .toSorted()) {
      const sql = readFileSync(join(baseline, file), "utf8");
      await inSession(server.url({ user: superuser, database: supabaseTemplate }), sql);
    }
    return server;
  } catch (cause) {
    await server.stop();
    throw cause;
  }
}

async function inSession(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
