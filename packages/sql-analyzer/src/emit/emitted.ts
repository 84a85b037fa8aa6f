// Owns how statements are put together: their search_path, string constants, lists of names.
import type { SqlText } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, kindOfKey } from "../catalog/keys.ts";
import type { Emitted } from "./emitter.ts";

/** A statement that has these texts of facts in it; the search_path that they were written under is the statement's. */
export function emitted(sql: string, ...texts: readonly (SqlText | undefined)[]): Emitted {
  const path = texts.find((text) => text?.path !== undefined)?.path;
  return path === undefined ? { sql } : { sql, path };
}

/** Whether two texts can stand in one statement. */
export function together(one: SqlText | undefined, other: SqlText | undefined): boolean {
  if (one?.path === undefined || other?.path === undefined) return true;
  return one.path.length === other.path.length && one.path.every((schema, index) => schema === other.path![index]);
}

/** A string constant, the same whatever standard_conforming_strings is. */
export function literal(value: string): string {
  const quotes = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? `E${quotes}` : quotes;
}

/** Identifiers, quoted, with commas. */
export function names(identifiers: readonly string[]): string {
  return identifiers.map(quoteIdentifier).join(", ");
}

/** Parts of a statement that are there, with spaces. */
export function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false && part !== "").join(" ");
}

/** `ALTER TABLE app.t`, with the word for what it is. `only`: without what inherits from it. */
export function alterRelation(relation: Key, only?: "only"): string {
  const kind = kindOfKey(relation);
  const heirs = kind === "table" || kind === "foreign table";
  return words(`ALTER ${kind.toUpperCase()}`, only && heirs && "ONLY", addressOf(relation));
}
