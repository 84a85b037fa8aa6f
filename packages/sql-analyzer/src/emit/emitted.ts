// Owns how statements are put together: their search_path, string constants.
import type { SqlText } from "../catalog/catalog.ts";
import type { Emitted } from "./emitter.ts";

/** A statement that has these texts of facts in it; the search_path that they were written under is the statement's. */
export function emitted(sql: string, ...texts: readonly (SqlText | undefined)[]): Emitted {
  const path = texts.find((text) => text?.path !== undefined)?.path;
  return path === undefined ? { sql } : { sql, path };
}

/** A string constant, the same whatever standard_conforming_strings is. */
export function literal(value: string): string {
  const quotes = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? `E${quotes}` : quotes;
}
