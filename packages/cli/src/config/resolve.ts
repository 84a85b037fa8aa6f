// Owns what the configuration comes to: each setting with its value, and where that is from.
import { isAbsolute, join, relative, resolve } from "node:path";
import type { Flags } from "../arguments.ts";
import { parseDuration } from "../durations.ts";
import { parseSize } from "../sizes.ts";
import { invalid } from "./check.ts";
import { keys, type Key, type KeyName, type Value } from "./keys.ts";
import * as kinds from "./kinds.ts";
import type { Config, Duration, Settings } from "./settings.ts";

/** A database, and where it was named. */
export type Source =
  | { readonly kind: "url"; readonly url: string; readonly from: string }
  | { readonly kind: "embedded"; readonly folder: string; readonly from: string };

/** Settings that say where something is: what they come to is decided together. */
type Place = "db" | "embedded" | "dir";

export type PlainName = Exclude<KeyName, Place>;

/** Every setting with what it comes to; absent where there is nothing to come to. */
export type ResolvedSettings = { readonly [Name in PlainName]?: Value<NonNullable<Settings[Name]>> };

/** Configuration with everything decided. */
export interface ResolvedConfig {
  readonly environment: string;
  /** Absent where no database was given. */
  readonly source?: Source;
  /** As it is shown: from the working directory. */
  readonly dir: string;
  readonly dirFrom: string;
  /** False where no folder was named and none of the usual ones is there. */
  readonly dirFound: boolean;
  readonly settings: ResolvedSettings;
  /** Where each setting is from: a flag, a file, `default`. */
  readonly from: Readonly<Partial<Record<PlainName, string>>>;
}

export interface ConfigInput {
  readonly written: Config;
  /** The file that it is written in. */
  readonly file?: string;
  /** Where that file is, or the working directory. */
  readonly root: string;
  readonly cwd: string;
  readonly flags: Flags;
  readonly environment: string;
  /** The first of the environment's database variables that is set. */
  readonly variable: { readonly url: string; readonly variable: string } | undefined;
  readonly exists: (path: string) => boolean;
}

/** Decides everything, flags first; `written` has been checked. Throws CONFIG_INVALID. */
export function resolveConfig(input: ConfigInput): ResolvedConfig {
  const source = sourceOf(input);
  const decided = plainNames.flatMap((name) => {
    const found = decide(input, name, keys[name] as Key<unknown>);
    return found === undefined ? [] : [[name, found] as const];
  });
  return {
    environment: input.environment,
    ...folderOf(input),
    settings: Object.fromEntries(decided.map(([name, { value }]) => [name, value])) as ResolvedSettings,
    from: Object.fromEntries(decided.map(([name, { from }]) => [name, from])),
    ...(source ? { source } : {}),
  };
}

/** A path as it is shown: from the working directory where it is below that, else absolute. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short || ".";
}

const places: readonly string[] = ["db", "embedded", "dir"] satisfies readonly Place[];

const plainNames = Object.keys(keys).filter((name) => !places.includes(name)) as PlainName[];

interface Decided {
  readonly value: unknown;
  readonly from: string;
}

/** The first that is given: flag, configuration of the environment, configuration, the environment's default, the default. */
function decide(input: ConfigInput, name: PlainName, key: Key<unknown>): Decided | undefined {
  const { flags, environment } = input;
  const flag = key.flag === undefined ? undefined : flags[key.flag];
  if (flag !== undefined) return { value: ofFlag(key, flag), from: flagName(key.flag!) };
  for (const [settings, from] of writtenLevels(input)) {
    const value = settings[name];
    if (value !== undefined) return { value: meaning(input, name, key, value), from };
  }
  const { environments = {} } = key;
  if (Object.hasOwn(environments, environment))
    return { value: environments[environment], from: `default in ${environment}` };
  if (key.otherwise === undefined) return undefined;
  return { value: meaning(input, name, key, key.otherwise), from: "default" };
}

/** Times as milliseconds, sizes as bytes, folders from where the configuration is. */
function meaning({ root, cwd }: ConfigInput, name: string, { kind }: Key<unknown>, value: unknown): unknown {
  if (kind === kinds.time) return milliseconds(name, value);
  if (kind === kinds.size && typeof value === "string") return parseSize(value);
  return kind === kinds.path ? shownPath(cwd, resolve(root, String(value))) : value;
}

function writtenLevels({
  written,
  environment,
  file = "configuration",
}: ConfigInput): readonly (readonly [Settings, string])[] {
  const overlay = Object.hasOwn(written.environments ?? {}, environment) ? written.environments![environment]! : {};
  return [
    [overlay, `${file}, environments.${environment}`],
    [written, file],
  ];
}

/** What a flag says. Throws CONFIG_INVALID. */
function ofFlag({ kind, flag, unit }: Key<unknown>, given: string | true): unknown {
  const name = flagName(flag!);
  if (kind === kinds.time) return milliseconds(name, given as Duration, unit);
  if (!kind.fits(given)) throw invalid(`${name} must be ${kind.wanted}, not ${given}`);
  return given;
}

function milliseconds(name: string, value: unknown, unit: "ms" | "s" = "ms"): number {
  const ms = typeof value === "number" ? value : parseDuration(String(value), unit);
  if (ms === undefined) throw invalid(`${name}: ${value} is no time; write ${unit === "s" ? "60" : "500"}, 5s or 2min`);
  return ms;
}

/** `lockTimeout` is `--lock-timeout`. */
function flagName(flag: string): string {
  return `--${flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The first that is given: flag, configuration of the environment, configuration, variable. */
function sourceOf(input: ConfigInput): Source | undefined {
  const { flags, root, cwd, variable } = input;
  const { db, embedded } = flags;
  const given: Settings = { ...(db === undefined ? {} : { db }), ...(embedded === undefined ? {} : { embedded }) };
  const levels: readonly (readonly [settings: Settings, base: string, from: string])[] = [
    [given, cwd, db === undefined ? "--embedded" : "--db"],
    ...writtenLevels(input).map(([settings, from]) => [settings, root, from] as const),
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

function folderOf(input: ConfigInput): Pick<ResolvedConfig, "dir" | "dirFrom" | "dirFound"> {
  const { flags, root, cwd, exists } = input;
  if (flags.dir !== undefined)
    return { dir: shownPath(cwd, resolve(cwd, flags.dir)), dirFrom: "--dir", dirFound: true };
  const [named] = writtenLevels(input).filter(([{ dir }]) => dir !== undefined);
  if (named) return { dir: shownPath(cwd, resolve(root, named[0].dir!)), dirFrom: named[1], dirFound: true };
  const usual = [join(root, "supabase", "migrations"), join(root, "migrations")];
  const found = usual.find((path) => exists(path));
  if (found) return { dir: shownPath(cwd, found), dirFrom: "default", dirFound: true };
  const wanted = exists(join(root, "supabase")) ? usual[0]! : usual[1]!;
  return { dir: shownPath(cwd, wanted), dirFrom: "default", dirFound: false };
}
