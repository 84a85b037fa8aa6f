// Owns a Supabase project for tests: a database with the platform's roles, its API emulated, the channel installed and armed.
import {
  freshDatabase,
  startPostgrest,
  type Database,
  type Postgrest,
  type PostgrestOptions,
  type Server,
} from "@clew/kit";
import { armSql, installSql } from "../src/supabase/functions.ts";

/** Keys as Supabase makes them; the emulator looks them up and verifies no signature. */
export const keys = {
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

/** A project; `armed` is for how many seconds. On a server of the test's own the role `postgres` need not be a superuser. */
export async function startProject({
  armed = 600,
  fault,
  server,
}: { readonly armed?: number; readonly server?: Server } & Pick<PostgrestOptions, "fault"> = {}): Promise<Project> {
  const owner = server && { url: () => server.url({ user: "supabase_admin" }) };
  const db = await freshDatabase({ template: "supabase", ...(owner ? { server: owner } : {}) });
  await db.sql(`alter database ${db.name} owner to postgres`);
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
