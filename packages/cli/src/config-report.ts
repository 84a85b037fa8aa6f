// Owns how a resolved configuration is shown: flat, each value with where it is from, and no secret.
import { keys, type KeyName } from "./config/keys.ts";
import * as kinds from "./config/kinds.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import { formatDuration } from "./durations.ts";
import { hostOf } from "./project.ts";
import { formatSize } from "./sizes.ts";

/** A value, and where it is from. */
export interface Shown {
  readonly value: unknown;
  readonly from: string;
}

/** Every setting that comes to something, in the order of the table. URLs are shown by their host and database alone. */
export function flatten(
  { source, dir, dirFrom, dirFound, settings, from }: ResolvedConfig,
  /** The Supabase project that the environment names, taken where no database is. */
  channel?: string,
): Readonly<Record<string, Shown>> {
  const shown = Object.entries(settings).map(
    ([name, value]) => [name, { value: withoutSecret(value), from: from[name as keyof typeof from]! }] as const,
  );
  return {
    ...(source?.kind === "url" ? { db: { value: hostOf(source.url), from: source.from } } : {}),
    ...(source?.kind === "embedded" ? { embedded: { value: source.folder, from: source.from } } : {}),
    ...(source === undefined && channel !== undefined ? { db: { value: channel, from: "SUPABASE_… variables" } } : {}),
    dir: { value: dir, from: dirFound ? dirFrom : `${dirFrom}; it is not there` },
    ...Object.fromEntries(shown),
  };
}

/** The value for people: times and sizes with their unit. */
export function settingText(name: string, shown: Shown): string {
  const { value } = shown;
  const kind: unknown = keys[name as KeyName]?.kind;
  if (kind === kinds.time) return value === 0 ? "no limit" : formatDuration(Number(value));
  if (kind === kinds.size) return value === 0 ? "no limit" : formatSize(Number(value));
  return valueText(shown);
}

export function valueText(shown: Shown | undefined): string {
  if (shown === undefined) return "";
  return typeof shown.value === "string" ? shown.value : JSON.stringify(shown.value);
}

/** Of a hook only its name. */
function withoutSecret(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => (kinds.isObject(one) && "name" in one ? one.name : one));
  return typeof value === "string" && /^postgres(?:ql)?:/.test(value) ? hostOf(value) : value;
}
