// Owns a Supabase project for tests: a database with the platform's roles, its API emulated, the channel installed and armed.
import { freshDatabase, startPostgrest, type Database, type Postgrest, type PostgrestOptions } from "@clew/kit";
import { armSql, installSql } from "../src/supabase/functions.ts";

/** Keys as Supabase makes them; the emulator looks them up and verifies no signature. */
const keys = {
  service: "sb_secret_0123456789abcdef",
  anon: "sb_publishable_0123456789abcdef",
  authenticated: "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYXV0aGVudGljYXRlZCJ9.c2lnbmF0dXJl",
} as const;

const roles: Readonly<Record<string, string>> = {
  [keys.service]: "service_role",
  [keys.anon]: "anon",
  [keys.authenticated]: "authenticated",
};

export interface Project extends AsyncDisposable {
  readonly db: Database;
  readonly api: Postgrest;
  readonly url: string;
  readonly key: string;
}

/** A project; `armed` is for how many seconds. */
export async function startProject({
  armed = 600,
  fault,
}: { readonly armed?: number } & Pick<PostgrestOptions, "fault"> = {}): Promise<Project> {
  const db = await freshDatabase({ template: "supabase" });
  await db.sql(installSql());
  if (armed > 0) await db.sql(armSql(armed));
  const api = await startPostgrest(db.url, { keys: roles, ...(fault ? { fault } : {}) });
  return {
    db,
    api,
    url: api.url,
    key: keys.service,
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await db.drop();
    },
  };
}
