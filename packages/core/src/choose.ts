// Owns the choice of the channel to a database: what was given, else what the environment names, the most capable first.
import type { Driver } from "./driver.ts";
import { databaseFromEnvironment, supabaseFromEnvironment } from "./environment.ts";
import { projectRef } from "./supabase/key.ts";

/** What of an executor's options says where the database is. */
export interface Whereabouts {
  readonly driver?: Driver;
  readonly databaseUrl?: string;
  readonly embedded?: string | true;
  readonly supabaseUrl?: string;
  readonly serviceKey?: string;
}

/** The channel that was chosen, and why. */
export type Choice =
  | { readonly kind: "driver"; readonly driver: Driver; readonly why: string }
  | { readonly kind: "url"; readonly url: string; readonly why: string }
  | { readonly kind: "embedded"; readonly folder: string | undefined; readonly why: string }
  /** A personal access token asks for a login of its own. */
  | { readonly kind: "login"; readonly ref: string; readonly token: string; readonly why: string }
  /** The project's API, with a service key; what is missing was not given. */
  | { readonly kind: "api"; readonly url: string | undefined; readonly key: string | undefined; readonly why: string };

/** Undefined where nothing says where the database is. */
export function choose(where: Whereabouts): Choice | undefined {
  const { driver, databaseUrl, embedded, supabaseUrl, serviceKey } = where;
  if (driver) return { kind: "driver", driver, why: "the program gave a driver" };
  if (databaseUrl) return { kind: "url", url: databaseUrl, why: "a database URL was given" };
  if (embedded)
    return {
      kind: "embedded",
      folder: embedded === true ? undefined : embedded,
      why: "the embedded Postgres was asked for",
    };
  const found = supabaseFromEnvironment();
  const url = supabaseUrl ?? found.url;
  const key = serviceKey ?? found.key;
  if (supabaseUrl !== undefined || serviceKey !== undefined)
    return { kind: "api", url, key, why: "a Supabase URL or a service key was given" };
  const database = databaseFromEnvironment();
  if (database) return { kind: "url", url: database.url, why: `${database.variable} is set` };
  const ref = found.ref ?? (url === undefined ? undefined : projectRef(url));
  if (found.token !== undefined && ref !== undefined) {
    const why = "SUPABASE_ACCESS_TOKEN is set, and no database URL: it gives a direct connection";
    return { kind: "login", ref, token: found.token, why };
  }
  if (url === undefined && key === undefined) return undefined;
  return {
    kind: "api",
    url,
    key,
    why: "a Supabase URL and a service key are set, and neither a database URL nor an access token",
  };
}
