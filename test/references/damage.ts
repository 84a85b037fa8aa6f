// Owns how a name in a migration is damaged, as a slip of the hand would: two letters swapped, one lost, doubled or wrong.
import { Lexer } from "../../packages/sql-analyzer/src/lexer.ts";

/** A random number generator that gives the same numbers for the same seed: mulberry32. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** An identifier of a text. */
export interface Token {
  readonly start: number;
  readonly end: number;
  readonly name: string;
  /** It stands in a body, which the server does not resolve before it runs. */
  readonly inBody: boolean;
}

/** The identifiers of a statement from `start` to `end` of a text, those in bodies as well. */
export function identifiers(text: string, start: number, end: number, inBody = false): readonly Token[] {
  const lexer = new Lexer(text, start);
  const found: Token[] = [];
  while (lexer.next() && lexer.start < end) {
    const written = text.slice(lexer.start, lexer.end);
    const tag = /^\$[^$]*\$/.exec(written)?.[0].length;
    // A string inside a body is dynamic SQL.
    if (tag !== undefined && !inBody) found.push(...identifiers(text, lexer.start + tag, lexer.end - tag, true));
    else if (/^[A-Za-z_"]/.test(written) && !written.endsWith("'")) {
      const name = written.startsWith('"') ? written.slice(1, -1) : written.toLowerCase();
      found.push({ start: lexer.start, end: lexer.end, name, inBody });
    }
  }
  return found;
}

/** The text with one identifier damaged. */
export function damaged(text: string, { start, end }: Token, random: () => number): string {
  const written = text.slice(start, end);
  const quote = written.startsWith('"') ? '"' : "";
  const name = quote ? written.slice(1, -1) : written;
  const at = Math.floor(random() * name.length);
  const letter = String.fromCharCode(97 + Math.floor(random() * 26));
  const ways = [
    `${name.slice(0, at)}${name[at + 1] ?? ""}${name[at]}${name.slice(at + 2)}`,
    `${name.slice(0, at)}${name.slice(at + 1)}`,
    `${name.slice(0, at)}${name[at]}${name.slice(at)}`,
    `${name.slice(0, at)}${letter}${name.slice(at + 1)}`,
  ];
  const way = ways[Math.floor(random() * ways.length)]!;
  const same = way.toLowerCase() === name.toLowerCase() || !/^[A-Za-z_]/.test(way);
  return text.slice(0, start) + quote + (same ? `${name}x` : way) + quote + text.slice(end);
}

/** Whether an identifier of a body is surely a name of the schema, not a variable, an alias or a column of a record. */
export function namesSchema(text: string, { start, end }: Token): boolean {
  const before = text.slice(Math.max(0, start - 200), start);
  const after = text.slice(end, end + 40);
  if (/\b(?:from|join|update|insert\s+into|delete\s+from)\s+(?:only\s+)?(?:"?\w+"?\s*\.\s*)?$/i.test(before)) {
    return !/^\s*\(/.test(after) || /insert\s+into\s+(?:"?\w+"?\s*\.\s*)?$/i.test(before);
  }
  if (/^\s*\(/.test(after)) return !/\b(?:into|as|with|,)\s*(?:"?\w+"?\s*\.\s*)?$/i.test(before);
  // alias.column, where the alias is a table's
  const alias = /([A-Za-z_]\w*)\s*\.\s*$/.exec(before)?.[1];
  if (alias === undefined || /\.\s*$/.test(before.slice(0, -alias.length - 1))) return false;
  return new RegExp(`\\b(?:from|join|update)\\s+(?:\\w+\\.)?\\w+\\s+(?:as\\s+)?${alias}\\b(?!\\s*\\.)`, "i").test(text);
}
