// Owns format() and LIKE, as Postgres has them.
// https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Known } from "./system-rows.ts";

/** format(): %s, %I and %L, with or without a position. */
export function formatted(args: readonly Known[]): Known {
  const [template, ...values] = args;
  if (typeof template !== "string") return undefined;
  let at = 0;
  let known = true;
  const result = template.replaceAll(/%(?:(\d+)\$)?([sIL%])/g, (_, position: string | undefined, kind: string) => {
    if (kind === "%") return "%";
    if (position !== undefined) at = Number(position) - 1;
    const value = values[at++];
    if (value === undefined || typeof value === "object") {
      known &&= value === null && kind !== "I";
      return kind === "L" ? "NULL" : "";
    }
    return kind === "I" ? quoteIdentifier(String(value)) : kind === "L" ? literal(String(value)) : String(value);
  });
  return known ? result : undefined;
}

export function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Whether a text is LIKE a pattern; `fold` for ILIKE. */
export function likeMatches(value: string, pattern: string, fold: boolean): boolean {
  const source = pattern.replaceAll(/\\?[\s\S]/g, (letter) => {
    if (letter === "%") return "[\\s\\S]*";
    if (letter === "_") return "[\\s\\S]";
    const plain = letter.startsWith("\\") && letter.length > 1 ? letter.slice(1) : letter;
    return plain.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${source}$`, fold ? "i" : "").test(value);
}
