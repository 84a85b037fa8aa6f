// Enum values that a statement adds, and statements that name one: a new value may be used only after a commit.
// https://www.postgresql.org/docs/current/sql-altertype.html (ADD VALUE)
import { Lexer, STRING } from "./lexer.ts";
import type { Statement } from "./read.ts";

/** The value that `ALTER TYPE … ADD VALUE` adds; undefined for any other statement. */
export function addedValue(statement: Statement): string | undefined {
  if (statement.boundary !== "commit-after") return undefined;
  const value = statement.ast?.["AlterEnumStmt"]?.["newVal"];
  return typeof value === "string" ? value : undefined;
}

/** Whether the value stands, as a whole word, in a string or a body of the statement. */
export function mentionsValue(statement: Statement, value: string): boolean {
  const { text } = statement;
  const quoted = value.replaceAll("'", "''");
  // Beside another value it is not being used.
  if (statement.boundary === "commit-after" || !(text.includes(value) || text.includes(quoted))) return false;
  const lexer = new Lexer(text);
  while (lexer.next()) {
    if (lexer.kind !== STRING) continue;
    const string = text.slice(lexer.start, lexer.end);
    if (hasWord(string, value) || hasWord(string, quoted)) return true;
  }
  return false;
}

function hasWord(text: string, word: string): boolean {
  if (word === "") return text.includes("''");
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!wordPart.test(text.charAt(at - 1)) && !wordPart.test(text.charAt(at + word.length))) return true;
  }
  return false;
}

const wordPart = /[\p{L}\p{N}_]/u;
