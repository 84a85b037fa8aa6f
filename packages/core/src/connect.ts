// Owns the choice of the driver when an app gives a URL or a folder and not a driver: the client's package is loaded only then.
import { setTimeout as sleep } from "node:timers/promises";
import { choose, type Whereabouts } from "./choose.ts";
import { isSessionError, type Driver, type Session } from "./driver.ts";
import { pg, type PgClient } from "./drivers/pg.ts";
import { pglite } from "./drivers/pglite.ts";
import { keyVariables } from "./environment.ts";
import { ClewError, isClewError } from "./errors.ts";
import { load } from "./load.ts";
import { backoff } from "./run/again.ts";
import { connectError } from "./run/explain.ts";
import { defaultSettings, type RunSettings } from "./run/settings.ts";

/** How a database is reached. */
export interface Connecting extends Partial<Pick<RunSettings, "connectTimeout" | "connectRetries" | "answerTimeout">> {
  /** Whether the URL is that of a pooler, and what one of its connections lasts for. Default: by Supabase's ports. */
  readonly pooler?: Pooler;
}

/** `transaction`: each transaction may get another connection of the server. `session`: as if there were no pooler. */
export type Pooler = "transaction" | "session";

/** The longest that a timer of Node takes, in milliseconds: three weeks. */
const noLimit = 2 ** 31 - 1;

/** A driver, and how to close what was opened for it. */
export interface Opened {
  readonly driver: Driver;
  close(): Promise<void>;
}

interface PgModule {
  readonly Client: new (options: object) => PgClient;
}

/** Opens the first that is given; else what the environment names. Throws NO_DATABASE, CONFIG_INVALID or KEY_REFUSED. */
export async function openDatabase(where: Whereabouts & Connecting): Promise<Opened> {
  const choice = choose(where);
  switch (choice?.kind) {
    case "driver":
      return { driver: choice.driver, close: async () => undefined };
    case "url":
      return openUrl(choice.url, undefined, where);
    case "embedded":
      return openEmbeddedDriver(choice.folder);
    case "login": {
      const { login } = await import("./supabase/login.ts");
      const open = async (url: string): Promise<Driver> => (await openUrl(url, "postgres", where)).driver;
      return { driver: await login(choice.ref, choice.token, { open }), close: async () => undefined };
    }
    case "api":
      return openSupabase(choice.url, choice.key, where.answerTimeout);
    case undefined:
      throw new ClewError("NO_DATABASE", "no database was given");
  }
}

async function openSupabase(
  url: string | undefined,
  key: string | undefined,
  answerTimeout = defaultSettings.answerTimeout,
): Promise<Opened> {
  if (!url || !key) {
    const missing = [...(url ? [] : ["SUPABASE_URL"]), ...(key ? [] : [`${keyVariables[0]} (or ${keyVariables[1]})`])];
    throw new ClewError("CONFIG_INVALID", `Missing required Supabase configuration: ${missing.join(" and ")}`, {
      help: `Set ${missing.join(" and ")} in the environment; or give a direct connection: --db <url>, or SUPABASE_DB_URL.`,
    });
  }
  const { supabase } = await import("./drivers/supabase.ts");
  return { driver: supabase({ url, key }, { answerTimeout: answerTimeout || noLimit }), close: async () => undefined };
}

/** Opens a session; what may be there again soon is tried again. Throws CONNECT_FAILED. */
export async function openSession(driver: Driver, retries: number = defaultSettings.connectRetries): Promise<Session> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await driver.connect();
    } catch (error) {
      if (attempt > retries || !mayPass(error)) throw connectError(error);
      await sleep(backoff(attempt) * 1_000);
    }
  }
}

/** No answer, a server that starts or stops, and one that has no connection left; never a wrong password or name. */
function mayPass(error: unknown): boolean {
  if (!isSessionError(error)) return false;
  const { sqlstate } = error.fault;
  if (sqlstate === undefined) return !/ENOTFOUND|SSL|SCRAM|certificate/.test(error.message);
  return ["53300", "57P01", "57P03"].includes(sqlstate); // SQLSTATE 53300 57P01 57P03
}

/** The URL of the database, where it is known. */
export function urlOf(where: Whereabouts): string | undefined {
  const choice = choose(where);
  return choice?.kind === "url" ? choice.url : undefined;
}

/** Half a Supabase project, as many environments have it, is no database; it is said where one is needed. */
export function hasDatabase(where: Whereabouts): boolean {
  const choice = choose(where);
  return choice !== undefined && (choice.kind !== "api" || (choice.url !== undefined && choice.key !== undefined));
}

/** Opens the `pg` driver for a URL, to work as `role`. Needs the package `pg`. Throws CONFIG_INVALID or DRIVER_MISSING. */
export async function openUrl(url: string, role?: string, connecting: Connecting = {}): Promise<Opened> {
  const { answerTimeout = defaultSettings.answerTimeout, pooler } = connecting;
  const options = connectionOptions(url, connecting.connectTimeout);
  const { Client } = await load<{ default: PgModule }>("pg", () => import("pg") as never).then(
    (module) => module.default,
  );
  const transactionPooler = pooler === undefined ? isTransactionPooler(url) : pooler === "transaction";
  const driver = pg(() => new Client(options), {
    transactionPooler,
    answerTimeout,
    ...(role === undefined ? {} : { role }),
  });
  return { driver, close: async () => undefined };
}

/** Supabase's transaction poolers, shared and dedicated, are at this port. https://supabase.com/docs/guides/database/connecting-to-postgres */
export function isTransactionPooler(url: string): boolean {
  return URL.canParse(url) && new URL(url).port === "6543";
}

/**
 * What a client of `pg` is made with to reach the database of a URL as Clew does, in `connectTimeout` milliseconds. Throws
 * CONFIG_INVALID.
 */
export function connectionOptions(
  url: string,
  connectTimeout: number = defaultSettings.connectTimeout,
): ConnectionOptions {
  return {
    connectionString: withLibpqMeaning(url),
    connectionTimeoutMillis: connectTimeout,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Options of a `pg` client. */
export interface ConnectionOptions {
  readonly connectionString: string;
  readonly connectionTimeoutMillis: number;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelayMillis: number;
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
