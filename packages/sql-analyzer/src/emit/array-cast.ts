// Owns casts of arrays in printed texts, which the server reads otherwise than it has printed them.
import { Lexer } from "../lexer.ts";

export interface Held {
  readonly sql: string;
  /** Whether all of it is printed again as it was: the elements of one array may not tell their type. */
  readonly whole: boolean;
}

/**
 * `(ARRAY['a'::character varying])::text[]`, which is how `v IN ('a')` is printed where v is a varchar, casts each element
 * when it is read, and is printed as `ARRAY[('a'::character varying)::text]`: the parser hands a cast down into an ARRAY[…]
 * that stands right under it. A cast to the type that the array has, which is no cast, keeps it whole.
 * https://git.postgresql.org/gitweb/?p=postgresql.git;a=blob;f=src/backend/parser/parse_expr.c (transformTypeCast)
 */
export function holdArrayCasts(sql: string): Held {
  if (!sql.includes("(ARRAY[")) return { sql, whole: true };
  const tokens = tokensOf(sql);
  const insertions: (readonly [at: number, text: string])[] = [];
  let whole = true;
  for (const [index, { text, start }] of tokens.entries()) {
    const array = tokens[index + 2];
    if (text !== "(" || tokens[index + 1]?.text !== "ARRAY" || array?.text !== "[") continue;
    const after = array.closes! + 1;
    if (!sql.startsWith(")::", tokens[after]?.start)) continue;
    const type = elementType(sql, tokens, index + 2);
    whole &&= type !== undefined;
    if (type !== undefined) insertions.push([start, "("], [tokens[after]!.end, `::${type}[])`]);
  }
  let [held, from] = ["", 0];
  for (const [at, text] of insertions.toSorted(([a], [b]) => a - b)) {
    held += sql.slice(from, at) + text;
    from = at;
  }
  return { sql: held + sql.slice(from), whole };
}

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Of an opening bracket: the index of the one that closes it. */
  closes?: number;
}

function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  const open: Token[] = [];
  const lexer = new Lexer(sql);
  while (lexer.next()) {
    const { start, end } = lexer;
    const token: Token = { text: sql.slice(start, end), start, end };
    if (token.text === "(" || token.text === "[") open.push(token);
    const opened = token.text === ")" || token.text === "]" ? open.pop() : undefined;
    if (opened) opened.closes = tokens.length;
    tokens.push(token);
  }
  return tokens;
}

/** The type of an array's elements, as those say that have a cast or are plain constants; undefined where they do not agree. */
function elementType(sql: string, tokens: readonly Token[], open: number): string | undefined {
  const close = tokens[open]!.closes!;
  const types = new Set<string>();
  let [first, cast] = [open + 1, 0];
  for (let at = first; at <= close; at++) {
    const { text, start, closes } = tokens[at]!;
    if (sql.startsWith("::", start)) cast = at + 2;
    if (text === "," || at === close) {
      const type = cast > first ? sql.slice(tokens[cast]!.start, tokens[at - 1]!.end) : typeOf(sql, tokens, first, at);
      if (type !== undefined) types.add(type);
      first = at + 1;
    }
    at = closes ?? at;
  }
  const [type] = types;
  return types.size === 1 ? type : undefined;
}

/** The type of an element without a cast. */
function typeOf(sql: string, tokens: readonly Token[], first: number, end: number): string | undefined {
  if (tokens[first]!.text === "ARRAY") return elementType(sql, tokens, first + 1);
  const text = sql.slice(tokens[first]!.start, tokens[end - 1]!.end);
  if (/^\d+$/.test(text)) return "integer";
  if (/^\d+\.\d+$/.test(text)) return "numeric";
  return text === "true" || text === "false" ? "boolean" : undefined;
}
