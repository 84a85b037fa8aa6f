// Owns how a difference of catalogs is said to a person.
import { type Difference, isSql } from "./diff.ts";
import type { Grant } from "./grants.ts";

/** A line for each difference; what came or went as a part of something else is said with that. */
export function describe(differences: readonly Difference[]): readonly string[] {
  return differences.filter(({ within }) => within === undefined).map(describeOne);
}

/** `column public.t.x: type integer → bigint`, `table public.t: added`, `table public.t: grants to anon SELECT → none`. */
export function describeOne({ key, what, field = "", part, before, after }: Difference): string {
  if (what !== "changed") return `${key}: ${what}`;
  const label = field.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  const subject = part === undefined ? label : `${label}${field === "grants" ? " to" : ""} ${part}`;
  const [from, to] = [inWords(before), inWords(after)];
  const flag = before === true || after === true;
  if (flag) return `${key}: ${subject} ${yesOrNo(before)} → ${yesOrNo(after)}`;
  if (from.length <= longest && to.length <= longest && !/\n/.test(from + to))
    return `${key}: ${subject} ${from} → ${to}`;
  const [line, was, is] = firstDifference(from, to);
  return `${key}: ${subject}, line ${line}: ${cut(was)} → ${cut(is)}`;
}

const longest = 100;

function yesOrNo(value: unknown): string {
  return value === true ? "yes" : "no";
}

function inWords(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return "none";
  if (typeof value === "string") return value === "" ? "''" : value;
  if (isSql(value)) return value.sql;
  if (Array.isArray(value)) return value.map(inWords).join(", ");
  if (isGrant(value)) return grantInWords(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isGrant(value: unknown): value is Grant {
  return typeof value === "object" && value !== null && "privileges" in value;
}

function grantInWords({ privileges, grantable }: Grant): string {
  if (privileges.length === 0) return "none";
  return privileges.map((name) => (grantable?.includes(name) ? `${name} with grant option` : name)).join(", ");
}

function firstDifference(from: string, to: string): readonly [line: number, was: string, is: string] {
  const was = from.split("\n");
  const is = to.split("\n");
  const at = was.findIndex((line, index) => line !== is[index]);
  const line = at < 0 ? was.length : at;
  return [line + 1, was[line] ?? "", is[line] ?? ""];
}

/** The line around what matters cannot be told, so it is its beginning. */
function cut(line: string): string {
  const text = line.trim();
  return text === "" ? "nothing" : text.length > longest ? `${text.slice(0, longest)}…` : text;
}
