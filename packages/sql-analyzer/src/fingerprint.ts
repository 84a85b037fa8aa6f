// Tells whether two texts are the same SQL: by their words, and by their parse trees.
import type { Grammar } from "./grammar.ts";
import { Lexer, PSQL, STRING, WORD } from "./lexer.ts";
import { split } from "./split.ts";

/** A text, or its statements as a history table keeps them, cut wherever. */
export type Sql = string | readonly string[];

/**
 * A text with its comments dropped, white space folded, unquoted words in lower case and empty statements removed.
 * Texts with the same result are the same SQL; the reverse holds only for `fingerprint`. Needs no grammar and is fast,
 * so try it first. What is in quotes is kept, but for line ends, which a checkout may have changed.
 */
export function normalise(sql: Sql): string {
  const text = joined(sql);
  const lexer = new Lexer(text);
  const out: string[] = [];
  let last = ";"; // the token before
  let lastKind = 0;
  let end = 0;
  while (lexer.next()) {
    let token = text.slice(lexer.start, lexer.end);
    if (token === ";" && last === ";") continue;
    if (lexer.kind === WORD) token = lowerCase(token);
    else if (lexer.kind === STRING && token.startsWith("E'")) token = `e${token.slice(1)}`;
    else if (lexer.kind === PSQL) token += "\n";
    if (lexer.start > end && !tight.has(last) && !tight.has(token)) {
      // Strings in two lines are one string, in one line they are an error.
      const broken = lastKind === STRING && lexer.kind === STRING && text.slice(end, lexer.start).includes("\n");
      out.push(broken ? "\n" : " ");
    }
    out.push(token);
    last = token;
    lastKind = lexer.kind;
    end = lexer.end;
  }
  if (last === ";") out.pop();
  return out.join("");
}

// White space beside these separates nothing.
const tight = new Set(["(", ")", ",", ";", "[", "]"]);

// PostgreSQL folds ASCII alone: É and é are two names. https://www.postgresql.org/docs/current/sql-syntax-lexical.html
function lowerCase(word: string): string {
  return word.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * The parse trees of a text without places: `select  1 -- x` equals `SELECT 1`, but not `SELECT 2`, for constants are
 * kept. Two texts have the same fingerprint exactly if PostgreSQL's grammar reads the same in them. A statement that
 * does not parse, or is longer than a megabyte, stands in it normalised. The result is some ten times as long as the
 * text: hash it to keep it.
 */
export function fingerprint(sql: Sql, grammar: Grammar): string {
  const text = joined(sql);
  return split(text)
    .map(({ start, end }) => fingerprintOf(text.slice(start, end), grammar))
    .join(";\n");
}

function fingerprintOf(statement: string, grammar: Grammar): string {
  const parsed = statement.length > 1024 * 1024 ? undefined : grammar.parse(statement);
  if (!parsed?.ok) return normalise(statement);
  try {
    return parsed.statements.map(({ node }) => JSON.stringify(node, withoutPlaces)).join(";\n");
  } catch {
    return normalise(statement); // nested too deeply for JSON.stringify
  }
}

const places = new Set([
  "location",
  "name_location",
  "list_start",
  "list_end",
  "rexpr_list_start",
  "rexpr_list_end",
  "stmt_location",
  "stmt_len",
]);

// CREATE TABLESPACE has a location too, but as text.
function withoutPlaces(key: string, value: unknown): unknown {
  return typeof value === "number" && places.has(key) ? undefined : value;
}

// The line break ends a comment that a piece may end with.
function joined(sql: Sql): string {
  return (typeof sql === "string" ? sql : sql.join("\n;\n")).replace(/\r\n?/g, "\n");
}
