// Owns how a difference of catalogs is said to a person.
import { type Difference, isSql } from "./diff.ts";
import type { Grant } from "./grants.ts";

/** A line for each difference; what came or went as a part of something else is said with that. */
export function describeDiff(differences: readonly Difference[]): readonly string[] {
  return differences.filter(({ within }) => within === undefined).map(describeDifference);
}

/** `column public.t.x: type integer → bigint`, `table public.t: added`, `table public.t: grants to anon SELECT → none`. */
export function describeDifference(difference: Difference): string {
  const words = describeChange(difference);
  return difference.unsure ? `${words} (may be no difference)` : words;
}

function describeChange({ key, what, field = "", part, before, after }: Difference): string {
  if (what !== "changed") return `${key}: ${what}`;
  const subject = part === undefined ? inWords(field) : `${inWords(field)}${field === "grants" ? " to" : ""} ${part}`;
  if (before === true || after === true) return `${key}: ${subject} ${yesOrNo(before)} → ${yesOrNo(after)}`;
  const [from, to] = sides(before, after, part === undefined && defaulted.has(field) ? "default" : "none");
  if (/\n/.test(from + to)) {
    const [line, was, is] = firstLine(from, to);
    return `${key}: ${subject}, line ${line}: ${sides(was, is, "nothing").join(" → ")}`;
  }
  return `${key}: ${subject} ${from} → ${to}`;
}

/** Fields whose absence is a value that has a name. */
const defaulted: ReadonlySet<string> = new Set([
  "accessMethod",
  "collation",
  "compression",
  "connectionLimit",
  "cost",
  "enabled",
  "parallel",
  "replicaIdentity",
  "rows",
  "statistics",
  "storage",
  "tablespace",
  "target",
  "volatility",
]);

/** A camel-case name as words. */
function inWords(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function yesOrNo(value: unknown): string {
  return value === true ? "yes" : "no";
}

/** Both sides, of two lists only what is not in both, each cut to where they begin to differ. */
function sides(before: unknown, after: unknown, absent: string): readonly [string, string] {
  const [from, to] = Array.isArray(before) && Array.isArray(after) ? unlike(before, after) : [before, after];
  const [one, two] = [say(from, absent), say(to, absent)];
  if ((one.length <= longest && two.length <= longest) || /\n/.test(one + two)) return [one, two];
  let at = 0;
  while (one[at] === two[at]) at++;
  const start = Math.max(0, at - longest / 4);
  return [cut(one, start), cut(two, start)];
}

const longest = 100;

function cut(text: string, start: number): string {
  const end = start + longest;
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

/** Lists of things that have no order among themselves are not told from lists that have: so only items in the same place. */
function unlike(before: readonly unknown[], after: readonly unknown[]): readonly [unknown, unknown] {
  if (before.length !== after.length || before.some((item) => typeof item !== "object")) return [before, after];
  const differs = before.map((item, index) => say(item, "") !== say(after[index], ""));
  return [before.filter((_, index) => differs[index]), after.filter((_, index) => differs[index])];
}

function say(value: unknown, absent: string): string {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return absent;
  if (value === "") return "''";
  if (typeof value !== "object") return String(value);
  if (isSql(value)) return value.sql;
  if (Array.isArray(value)) return value.map((item) => say(item, absent)).join(", ");
  if (isGrant(value)) return sayGrant(value);
  return Object.entries(value)
    .map(([name, part]) => (part === true ? inWords(name) : `${inWords(name)} ${say(part, absent)}`))
    .join(" ");
}

function isGrant(value: object): value is Grant {
  return "privileges" in value;
}

function sayGrant({ privileges, grantable }: Grant): string {
  if (privileges.length === 0) return "none";
  return privileges.map((name) => (grantable?.includes(name) ? `${name} with grant option` : name)).join(", ");
}

/** The first line that is not the same; a blank one is none. */
function firstLine(from: string, to: string): readonly [line: number, was: string | undefined, is: string | undefined] {
  const was = from.split("\n");
  const is = to.split("\n");
  const same = was.findIndex((line, index) => line !== is[index]);
  const at = same < 0 ? was.length : same;
  return [at + 1, was[at]?.trim() || undefined, is[at]?.trim() || undefined];
}
