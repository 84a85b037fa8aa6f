// Owns configuration: what a project may write, and what it comes to with flags and environment.
import { isAbsolute, join, relative, resolve } from "node:path";
import {
  ClewError,
  type HistoryTable,
  type Platform,
  type ProofDemand,
  type RunSettings,
  type ScratchPlace,
} from "@clew/core";
import type { Flags } from "./arguments.ts";
import { parseDuration } from "./durations.ts";
import { didYouMean } from "./nearest.ts";

/** Milliseconds, or text with a unit: `500`, `"5s"`, `"2min"`. */
export type Duration = number | string;

/** What can be set for all environments, and for one. */
export interface Settings {
  /** The database: `postgresql://user:password@host:port/database`. */
  readonly db?: string;
  /** The folder of an embedded Postgres, or `true` for `.clew`. */
  readonly embedded?: string | true;
  /** The migrations folder. Default `supabase/migrations`, or `migrations`. */
  readonly dir?: string;
  /** Refuses to run when applied files are changed or missing. Default false; true in production. */
  readonly strict?: boolean;
  /** Applies pending migrations that are older than the newest applied one. Default false. */
  readonly outOfOrder?: boolean;
  /** Skips a migration that fails and goes on. Default false. */
  readonly continueOnError?: boolean;
  /** How long a statement may wait for a lock. Default 5 s; 0 waits for ever. */
  readonly lockTimeout?: Duration;
  /** The same for statements that run CONCURRENTLY. Default 5 min. */
  readonly concurrentLockTimeout?: Duration;
  /** How long a statement may run. Default 0: no limit. */
  readonly statementTimeout?: Duration;
  /** How long to wait for another run. Default 60 s. */
  readonly wait?: Duration;
  /** How long to try to reach a lost database again before an outcome is called in doubt. Default 12 s. */
  readonly reconnectFor?: Duration;
  /** How often a migration is tried again after a lock timeout. Default 5. */
  readonly lockRetries?: number;
  /** Keeps a rollback of each migration. Default true. */
  readonly rollbacks?: boolean;
  /** Keeps the rows that a migration changes or destroys. Default true. */
  readonly archive?: boolean;
  /** Days until kept rows may be purged. Default 30. */
  readonly archiveDays?: number;
  /** Where the history is kept. Default Supabase's `supabase_migrations.schema_migrations`. */
  readonly historyTable?: HistoryTable;
  /** What a new database has before any migration: Supabase's, or plain Postgres's. Default: as the database looks, or Supabase. */
  readonly platform?: Platform;
  /**
   * `required`: refuses to apply migrations whose rollbacks are not proved in a scratch database. `{ except: { version: reason } }`:
   * the same, but for these versions. Default `optional`: nobody asks.
   */
  readonly proof?: ProofDemand;
  /** Where scratch databases are made: `server`, `embedded`, or the URL of a server. Default: the first of the two that works. */
  readonly scratch?: ScratchPlace;
}

/** What clew.config.ts exports. Folders are meant from where that file is. */
export interface Config extends Settings {
  /** What is other in an environment, chosen with `--env` or CLEW_ENV. */
  readonly environments?: Readonly<Record<string, Settings>>;
}

/** Gives the configuration as it is, with its type. */
export function defineConfig(config: Config): Config {
  return config;
}

/** A database, and where it was named. */
type Source =
  | { readonly kind: "url"; readonly url: string; readonly from: string }
  | { readonly kind: "embedded"; readonly folder: string; readonly from: string };

/** Configuration with everything decided. */
export interface ResolvedConfig {
  readonly environment: string;
  /** Absent where no database was given. */
  readonly source?: Source;
  /** As it is shown: from the working directory. */
  readonly dir: string;
  /** False where no folder was named and none of the usual ones is there. */
  readonly dirFound: boolean;
  readonly settings: Partial<RunSettings>;
  readonly historyTable?: HistoryTable;
  readonly platform?: Platform;
  readonly proof?: ProofDemand;
  readonly scratch?: ScratchPlace;
}

export interface ConfigInput {
  readonly written: Config;
  /** The file that it is written in. */
  readonly file?: string;
  /** Where that file is, or the working directory. */
  readonly root: string;
  readonly cwd: string;
  readonly flags: Flags;
  /** CLEW_ENV. */
  readonly environment: string | undefined;
  /** The first of the environment's database variables that is set. */
  readonly variable: { readonly url: string; readonly variable: string } | undefined;
  readonly exists: (path: string) => boolean;
}

/** Decides everything, flags first; `written` has been checked. Throws CONFIG_INVALID. */
export function resolveConfig(input: ConfigInput): ResolvedConfig {
  const { written, flags } = input;
  const environment = environmentOf(input);
  const overlay = written.environments?.[environment] ?? {};
  const merged: Settings = { ...written, ...defined(overlay) };
  const source = sourceOf(input, environment, overlay);
  const { dir, dirFound } = folderOf(input, merged.dir);
  const settings: Partial<RunSettings> = {
    strict: flags.strict ?? merged.strict ?? environment === "production",
    ...some("outOfOrder", flags.outOfOrder ?? merged.outOfOrder),
    ...some("continueOnError", flags.continueOnError ?? merged.continueOnError),
    ...some("lockTimeout", time("--lock-timeout", flags.lockTimeout) ?? time("lockTimeout", merged.lockTimeout)),
    ...some("concurrentLockTimeout", time("concurrentLockTimeout", merged.concurrentLockTimeout)),
    ...some(
      "statementTimeout",
      time("--statement-timeout", flags.statementTimeout) ?? time("statementTimeout", merged.statementTimeout),
    ),
    ...some("wait", time("--wait", flags.wait, "s") ?? time("wait", merged.wait)),
    ...some("reconnectFor", time("reconnectFor", merged.reconnectFor)),
    ...some("lockRetries", merged.lockRetries),
    ...some("rollbacks", merged.rollbacks),
    ...some("archive", merged.archive),
    ...some("archiveDays", merged.archiveDays),
  };
  return {
    environment,
    dir,
    dirFound,
    settings,
    ...(source ? { source } : {}),
    ...some("historyTable", merged.historyTable),
    ...some("platform", platformOf(flags.platform) ?? merged.platform),
    ...some("proof", merged.proof),
    ...some("scratch", scratchOf(flags.scratch) ?? merged.scratch),
  };
}

/** A path as it is shown: from the working directory where it is below that, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short || ".";
}

type Kind = "text" | "switch" | "time" | "number" | "folder" | "table" | "platform" | "proof" | "scratch";

const kinds: Readonly<Record<keyof Settings, Kind>> = {
  db: "text",
  embedded: "folder",
  dir: "text",
  strict: "switch",
  outOfOrder: "switch",
  continueOnError: "switch",
  lockTimeout: "time",
  concurrentLockTimeout: "time",
  statementTimeout: "time",
  wait: "time",
  reconnectFor: "time",
  lockRetries: "number",
  rollbacks: "switch",
  archive: "switch",
  archiveDays: "number",
  historyTable: "table",
  platform: "platform",
  proof: "proof",
  scratch: "scratch",
};

const scratches = "server, embedded, or the URL of a server";

const fits: Readonly<Record<Kind, readonly [wanted: string, fits: (value: unknown) => boolean]>> = {
  text: ["text", (value) => typeof value === "string"],
  switch: ["true or false", (value) => typeof value === "boolean"],
  time: ['milliseconds or a time such as "5s"', (value) => isTime(value)],
  number: ["a whole number from 0", (value) => Number.isInteger(value) && (value as number) >= 0],
  folder: ["a folder, or true", (value) => typeof value === "string" || value === true],
  table: ["{ schema, table }", (value) => isTable(value)],
  platform: ['"supabase" or "postgres"', (value) => value === "supabase" || value === "postgres"],
  proof: ['"optional", "required", or { except: { version: reason } }', (value) => isDemand(value)],
  scratch: [scratches, (value) => isScratch(value)],
};

/** Throws CONFIG_INVALID for what is no configuration, and names the nearest setting. */
export function checkConfig(written: Config, file: string): void {
  if (!isObject(written)) throw invalid(`${file}: the configuration is not an object`);
  const { environments = {}, ...settings } = written;
  checkSettings(settings, `${file}: `, ["environments"]);
  if (!isObject(environments)) throw invalid(`${file}: environments must be an object of settings by environment`);
  for (const [name, overlay] of Object.entries(environments)) {
    if (!isObject(overlay)) throw invalid(`${file}: environments.${name} must be an object`);
    checkSettings(overlay, `${file}: environments.${name}.`, []);
  }
}

function checkSettings(settings: Settings, where: string, others: readonly string[]): void {
  for (const [key, value] of Object.entries(settings)) {
    if (!Object.hasOwn(kinds, key)) {
      throw invalid(`${where}${key} is no setting${didYouMean(key, [...Object.keys(kinds), ...others])}`);
    }
    // What comes from process.env may be undefined; a database that is then wanted is asked for in sourceOf.
    const [wanted, fit] = fits[kinds[key as keyof Settings]];
    if (value !== undefined && !fit(value)) throw invalid(`${where}${key} must be ${wanted}`);
  }
}

function environmentOf({ flags, environment, written, file }: ConfigInput): string {
  const name = flags.env ?? (environment || "development");
  const known = [...new Set(["development", "production", ...Object.keys(written.environments ?? {})])];
  if (known.includes(name)) return name;
  const where = file ?? "no clew.config.ts was found";
  throw invalid(`there is no environment ${name} (${where})${didYouMean(name, known)}`);
}

/** The first that is given: flag, configuration of the environment, configuration, variable. */
function sourceOf(
  { flags, written, root, cwd, variable, file = "configuration" }: ConfigInput,
  environment: string,
  overlay: Settings,
): Source | undefined {
  const levels: readonly (readonly [settings: Settings, base: string, from: string])[] = [
    [{ ...some("db", flags.db), ...some("embedded", flags.embedded) }, cwd, "flag"],
    [overlay, root, `${file}, environments.${environment}`],
    [written, root, file],
  ];
  for (const [settings, base, from] of levels) {
    if (!("db" in settings) && settings.embedded === undefined) continue;
    if ("db" in settings && settings.embedded !== undefined) {
      throw invalid(`${from}: db and embedded were both given; which of the two is meant?`);
    }
    if (settings.embedded !== undefined) {
      const folder = settings.embedded === true ? join(root, ".clew") : resolve(base, settings.embedded);
      return { kind: "embedded", folder: shownPath(cwd, folder), from };
    }
    // Never another database than the one that is named here: the variable that it comes from is probably not set.
    if (!settings.db) throw invalid(`${from}: db is empty; is the environment variable set that it is taken from?`);
    return { kind: "url", url: settings.db, from };
  }
  return variable && { kind: "url", url: variable.url, from: variable.variable };
}

function folderOf(
  { flags, root, cwd, exists }: ConfigInput,
  written: string | undefined,
): Pick<ResolvedConfig, "dir" | "dirFound"> {
  const named = flags.dir === undefined ? written && resolve(root, written) : resolve(cwd, flags.dir);
  if (named) return { dir: shownPath(cwd, named), dirFound: true };
  const usual = [join(root, "supabase", "migrations"), join(root, "migrations")];
  const found = usual.find((path) => exists(path));
  if (found) return { dir: shownPath(cwd, found), dirFound: true };
  return { dir: shownPath(cwd, exists(join(root, "supabase")) ? usual[0]! : usual[1]!), dirFound: false };
}

function time(name: string, value: Duration | undefined, unit: "ms" | "s" = "ms"): number | undefined {
  if (value === undefined || typeof value === "number") return value;
  const ms = parseDuration(value, unit);
  if (ms === undefined) throw invalid(`${name}: ${value} is no time; write ${unit === "s" ? "60" : "500"}, 5s or 2min`);
  return ms;
}

function platformOf(name: string | undefined): Platform | undefined {
  if (name === undefined || name === "supabase" || name === "postgres") return name;
  throw invalid(`--platform is supabase or postgres, not ${name}`);
}

function isTime(value: unknown): boolean {
  if (typeof value === "string") return parseDuration(value) !== undefined;
  return Number.isInteger(value) && parseDuration(String(value)) !== undefined;
}

function isTable(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.keys(value).sort().join() === "schema,table" &&
    Object.values(value).every((one) => typeof one === "string")
  );
}

/** A version without a reason is not excepted. */
function isDemand(value: unknown): boolean {
  if (value === "optional" || value === "required") return true;
  if (!isObject(value) || Object.keys(value).join() !== "except") return false;
  const { except } = value as { readonly except: unknown };
  if (!isObject(except)) return false;
  return Object.entries(except).every(
    ([version, reason]) => /^\d+$/.test(version) && typeof reason === "string" && reason.trim() !== "",
  );
}

function isScratch(value: unknown): boolean {
  return typeof value === "string" && /^(?:server|embedded|postgres(?:ql)?:\/\/.+)$/.test(value);
}

function scratchOf(flag: string | undefined): ScratchPlace | undefined {
  if (flag !== undefined && !isScratch(flag)) throw invalid(`--scratch takes ${scratches}`);
  return flag;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function some<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: Value });
}

function defined(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function invalid(message: string): ClewError {
  return new ClewError("CONFIG_INVALID", message);
}
