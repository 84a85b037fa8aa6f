// Tells whether two texts are the same SQL: by their words, and by their parse trees.
import type { Grammar } from "./grammar.ts";
import { split } from "./split.ts";

/**
 * A text with comments and white space folded, unquoted words in lower case and empty statements dropped. Equal texts
 * are the same SQL; needs no grammar, so it is worth trying before `fingerprint`.
 */
export function normalise(text: string): string {
  return split(text)
    .map(({ start, end }) => text.slice(start, end).replace(/\s+/g, " "))
    .join(";\n");
}

/**
 * A text's parse trees without places and comments, constants kept: `select  1 -- x` equals `SELECT 1`, not `SELECT 2`.
 * A statement that does not parse stands for itself, normalised.
 */
export function fingerprint(text: string, grammar: Grammar): string {
  return split(text)
    .map(({ start, end }) => {
      const own = text.slice(start, end);
      const parsed = grammar.parse(own);
      return parsed.ok ? JSON.stringify(parsed.statements[0]?.node, dropPlaces) : normalise(own);
    })
    .join(";\n");
}

function dropPlaces(key: string, value: unknown): unknown {
  return key === "location" ? undefined : value;
}
