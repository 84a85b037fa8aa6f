// Reads a text: its statements with what each is, its directives, and what is wrong with it.
import { type Boundary, boundaryOf } from "./boundary.ts";
import { type Directives, readDirectives } from "./directives.ts";
import type { Finding } from "./finding.ts";
import type { Grammar, Node } from "./grammar.ts";
import { kindOf, kindOfData, kindOfWords } from "./kind.ts";
import { endOfText, Lexer } from "./lexer.ts";
import {
  copyFromStdin,
  downComment,
  downSection,
  mergeConflict,
  mergeConflicts,
  newWord,
  psqlCommand,
  syntaxError,
  tooDeep,
} from "./mistakes.ts";
import { Splitter } from "./split.ts";

/** One SQL command as PostgreSQL will run it, with its place in the text. Plain data. */
export interface Statement {
  /** As written, without the comments around it and without its semicolon. */
  readonly text: string;
  /** UTF-16 offsets into the script's text. */
  readonly start: number;
  readonly end: number;
  /** PostgreSQL's command tag, with CONCURRENTLY where it says so: `CREATE TABLE`, `CREATE INDEX CONCURRENTLY` … */
  readonly kind: string;
  readonly boundary: Boundary;
  /** The parse tree; undefined where the statement does not parse, and for plain DML in bulk mode. */
  readonly ast: Node | undefined;
}

/** A text that was read. Plain data. */
export interface Script {
  readonly text: string;
  readonly statements: readonly Statement[];
  /** In the order of their places. An error among them means that the text must not be run. */
  readonly findings: readonly Finding[];
  readonly directives: Directives;
}

/** How a text is read. */
export interface ReadOptions {
  /** A text longer than this many UTF-16 code units is read in bulk mode; default 1 MiB. */
  readonly bulkBytes?: number;
}

/**
 * Reads a text. Each statement is parsed by itself, so one that is broken is a finding and costs the others nothing; it
 * is still among the statements, with its kind guessed from its first words and without a tree.
 *
 * In bulk mode a statement that begins with INSERT, UPDATE, DELETE, MERGE, SELECT, VALUES, TABLE or WITH is not
 * parsed: it can never be a boundary, and a mistake in it is left for the server to find. Such a statement has no `ast`.
 *
 * The `\restrict` and `\unrestrict` that pg_dump writes around its statements are passed over.
 */
export function read(text: string, grammar: Grammar, options: ReadOptions = {}): Script {
  const bulk = text.length > (options.bulkBytes ?? 1024 * 1024);
  const statements: Statement[] = [];
  const findings: Finding[] = [];
  const splitter = new Splitter(text);
  const words = new Lexer(text);
  const guards: Finding[] = [];
  let patience = PATIENCE;
  while (splitter.next()) {
    const { start, end, kind, open } = splitter;
    if (kind === "psql") (isGuard(text, start) ? guards : findings).push(psqlCommand(text, start, end));
    if (kind !== "statement") continue;

    const own = text.slice(start, end);
    const data = bulk ? kindOfData(words, start) : undefined;
    if (data !== undefined) {
      statements.push({ text: own, start, end, kind: data, boundary: "none", ast: undefined });
      continue;
    }
    const parsed = grammar.parse(own);
    if (parsed.ok) {
      const node = parsed.statements[0]?.node;
      if (node === undefined) continue;
      for (const each of parsed.newWords ?? []) findings.push(newWord(start, each));
      if (isCopyFromStdin(node)) findings.push(copyFromStdin(start, end));
      const boundary = boundaryOf(node, own, grammar);
      statements.push({ text: own, start, end, kind: kindOf(node), boundary, ast: node });
      continue;
    }
    let last = end;
    if (parsed.reason === "too-deep") findings.push(tooDeep(start, end));
    else {
      const offset = start + parsed.offset;
      findings.push(syntaxError(text, start, end, offset, parsed.message));
      // A parenthesis that is never closed would take the rest of the file with it.
      const unclosed = (open || text[offset] === ";") && patience > 0;
      const semicolon = unclosed ? semicolonFrom(text, start, offset) : -1;
      patience -= end - start;
      if (semicolon >= 0 && semicolon < end) {
        last = semicolon;
        splitter.seek(semicolon + 1);
      }
    }
    const broken = text.slice(start, endOfText(text, start, last));
    const at = { text: broken, start, end: start + broken.length };
    statements.push({ ...at, kind: kindOfWords(broken), boundary: "none", ast: undefined });
  }
  findings.push(...guards.filter(({ at }) => isBetween(at!.start, statements)));
  findings.push(...unclosedComment(text, splitter.end, grammar), ...downSections(text, statements));
  return {
    text,
    statements,
    findings: nameConflicts(text, statements, findings).toSorted((a, b) => (a.at?.start ?? 0) - (b.at?.start ?? 0)),
    directives: readDirectives(text),
  };
}

// Each parenthesis that is never closed has the rest of the text read once more: so much of it and no more.
const PATIENCE = 32 * 1024 * 1024;

/** The lines around a dump that have psql obey no commands in it: where they stand around all statements nobody sends them. */
function isGuard(text: string, start: number): boolean {
  return /^\\(?:un)?restrict\b/.test(text.slice(start, start + 12));
}

function isBetween(place: number, statements: readonly Statement[]): boolean {
  return (statements[0]?.start ?? place) < place && place < (statements.at(-1)?.end ?? place);
}

function isCopyFromStdin(node: Node): boolean {
  const copy = node["CopyStmt"];
  return copy?.["is_from"] === true && copy["filename"] === undefined;
}

function semicolonFrom(text: string, start: number, offset: number): number {
  const lexer = new Lexer(text, start);
  while (lexer.next()) if (lexer.start >= offset && text[lexer.start] === ";") return lexer.start;
  return -1;
}

// After the last statement only a comment can still be wrong: one that is not closed, with all it has swallowed.
function unclosedComment(text: string, from: number, grammar: Grammar): readonly Finding[] {
  const rest = text.slice(from);
  const parsed = rest.includes("/*") ? grammar.parse(rest) : undefined;
  if (parsed?.ok !== false || parsed.reason !== "syntax") return [];
  const offset = from + parsed.offset;
  return [syntaxError(text, offset, text.length, offset, parsed.message)];
}

function downSections(text: string, statements: readonly Statement[]): readonly Finding[] {
  const found: Finding[] = [];
  for (const { index: start, 0: written } of text.matchAll(downComment)) {
    const inside = statements.some((statement) => statement.start < start && start < statement.end);
    const followed = (statements.at(-1)?.start ?? 0) > start;
    if (!inside && followed) found.push(downSection(start, start + written.length));
  }
  return found;
}

// A conflict breaks the statements it runs through, or hides in a routine's body; it is named once instead.
function nameConflicts(
  text: string,
  statements: readonly Statement[],
  findings: readonly Finding[],
): readonly Finding[] {
  let named = findings;
  for (const { start, end } of mergeConflicts(text)) {
    const touched = statements.filter((s) => s.start < end && s.end > start);
    if (!touched.some((s) => s.ast === undefined || hasBody.has(s.kind))) continue;
    const first = Math.min(start, touched[0]!.start);
    const last = Math.max(end, touched.at(-1)!.end);
    const others = named.filter(({ at }) => !(at && at.start >= first && at.start <= last));
    named = [...others, mergeConflict(start, end)];
  }
  return named;
}

const hasBody = new Set(["DO", "CREATE FUNCTION", "CREATE PROCEDURE"]);
