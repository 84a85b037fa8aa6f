// Owns the steps of a transition: statements that say what they are about, and places for rows.
import type { Key } from "../catalog/keys.ts";
import type { Alteration, Emitted } from "../emit/emitter.ts";

/**
 * One statement of the way, or a place where rows are given back: those of a table that was made again, and, once all
 * tables and columns are there and before what constrains them, all others.
 */
export type Action =
  | (Emitted & { readonly key: Key; readonly what: "check" | "move" | "drop" | "alter" | "create" | "finish" })
  | { readonly what: "rows"; readonly key?: Key };

/** What an alteration wants to be looked for first. */
export function checksOf(key: Key, { preconditions = [] }: Alteration): readonly Action[] {
  return preconditions.map((check) => ({ ...check, key, what: "check" }));
}

/** Statements with what they are about. */
export function label(
  statements: readonly Emitted[],
  key: Key,
  what: "drop" | "alter" | "create" | "finish",
): readonly Action[] {
  return statements.map((statement) => ({ ...statement, key, what }));
}

export function isOwner(action: Action): boolean {
  return action.what !== "rows" && /^ALTER [^']* OWNER TO [^']*$/.test(action.sql);
}
