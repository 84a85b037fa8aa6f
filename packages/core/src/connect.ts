// Owns the choice of the driver when an app gives a URL or a folder and not a driver: the client's package is loaded only then.
import type { Driver } from "./driver.ts";
import { pg, type PgClient } from "./drivers/pg.ts";
import { pglite } from "./drivers/pglite.ts";
import { databaseFromEnvironment, keyVariables, supabaseFromEnvironment } from "./environment.ts";
import { ClewError, isClewError } from "./errors.ts";
import { load } from "./load.ts";

/** A driver, and how to close what was opened for it. */
export interface Opened {
  readonly driver: Driver;
  close(): Promise<void>;
}

interface PgModule {
  readonly Client: new (options: object) => PgClient;
}

/** What of an executor's options says where the database is. */
interface Whereabouts {
  readonly driver?: Driver;
  readonly databaseUrl?: string;
  readonly embedded?: string | true;
  readonly supabaseUrl?: string;
  readonly serviceKey?: string;
}

/** Opens the first that is given; else the one that the environment names. Throws NO_DATABASE. */
export async function openDatabase(where: Whereabouts): Promise<Opened> {
  const { driver, databaseUrl, embedded, supabaseUrl, serviceKey } = where;
  if (driver) return { driver, close: async () => undefined };
  if (databaseUrl) return openUrl(databaseUrl);
  if (embedded) return openEmbeddedDriver(embedded === true ? undefined : embedded);
  if (supabaseUrl !== undefined || serviceKey !== undefined) return openSupabase(where);
  const found = databaseFromEnvironment();
  if (found) return openUrl(found.url);
  if (Object.keys(supabaseFromEnvironment()).length > 0) return openSupabase({});
  throw new ClewError("NO_DATABASE", "no database was given");
}

/** Opens the channel of a Supabase project; what is not given is taken from the environment. Throws CONFIG_INVALID or KEY_REFUSED. */
async function openSupabase({ supabaseUrl, serviceKey }: Whereabouts): Promise<Opened> {
  const found = supabaseFromEnvironment();
  const url = supabaseUrl ?? found.url;
  const key = serviceKey ?? found.key;
  if (!url || !key) {
    const missing = [...(url ? [] : ["SUPABASE_URL"]), ...(key ? [] : [`${keyVariables[0]} (or ${keyVariables[1]})`])];
    throw new ClewError("CONFIG_INVALID", `Missing required Supabase configuration: ${missing.join(" and ")}`, {
      help: `Set ${missing.join(" and ")} in the environment; or give a direct connection: --db <url>, or SUPABASE_DB_URL.`,
    });
  }
  const { supabase } = await import("./drivers/supabase.ts");
  return { driver: supabase({ url, key }), close: async () => undefined };
}

/** The URL of the database, where it is known. */
export function urlOf({ driver, databaseUrl, embedded, supabaseUrl }: Whereabouts): string | undefined {
  if (driver || ((embedded || supabaseUrl) && !databaseUrl)) return undefined;
  return databaseUrl ?? databaseFromEnvironment()?.url;
}

export function hasDatabase({ driver, databaseUrl, embedded, supabaseUrl, serviceKey }: Whereabouts): boolean {
  if (driver ?? databaseUrl ?? embedded ?? supabaseUrl ?? serviceKey ?? databaseFromEnvironment()) return true;
  const { url, key } = supabaseFromEnvironment();
  return url !== undefined && key !== undefined;
}

/** Opens the `pg` driver for a URL. Needs the package `pg`. Throws CONFIG_INVALID or DRIVER_MISSING. */
export async function openUrl(url: string): Promise<Opened> {
  const connectionString = withLibpqMeaning(url);
  const { Client } = await load<{ default: PgModule }>("pg", () => import("pg") as never).then(
    (module) => module.default,
  );
  const options = {
    connectionString,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  return { driver: pg(() => new Client(options)), close: async () => undefined };
}

/** Opens the embedded Postgres in a folder, or in memory. Needs the package `@electric-sql/pglite`. */
async function openEmbeddedDriver(folder: string | undefined): Promise<Opened> {
  const { openEmbedded } = await import("./embedded/index.ts");
  try {
    const { db, close } = await openEmbedded(folder);
    return { driver: pglite(db), close };
  } catch (cause) {
    if (isClewError(cause)) throw cause;
    throw new ClewError("EMBEDDED_UNAVAILABLE", cause instanceof Error ? cause.message : String(cause), {}, { cause });
  }
}

/** `sslmode` as libpq and every Postgres document mean it; node-postgres by itself takes `require` for `verify-full`. */
function withLibpqMeaning(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new ClewError("CONFIG_INVALID", "the database URL cannot be read", {
      help: "It has the form postgresql://<user>:<password>@<host>:<port>/<database>; reserved characters in the password must be percent-encoded (@ as %40, # as %23).",
    });
  }
  if (parsed.searchParams.has("sslmode") && !parsed.searchParams.has("uselibpqcompat"))
    parsed.searchParams.set("uselibpqcompat", "true");
  return parsed.href;
}
