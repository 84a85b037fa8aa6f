// Reads a text: its statements with what each is, its directives, and what is wrong with it.
import { type Boundary, boundaryOf } from "./boundary.ts";
import { type Directives, readDirectives } from "./directives.ts";
import type { Finding } from "./finding.ts";
import type { Grammar, Node } from "./grammar.ts";
import { kindOf } from "./kind.ts";
import { Splitter } from "./split.ts";

export interface Statement {
  /** The statement as written, without its semicolon. */
  readonly text: string;
  /** UTF-16 offsets into the script's text. */
  readonly start: number;
  readonly end: number;
  /** PostgreSQL's command tag, with CONCURRENTLY where it says so: `CREATE TABLE`, `CREATE INDEX CONCURRENTLY` … */
  readonly kind: string;
  readonly boundary: Boundary;
  /** Undefined for a statement that does not parse, and for plain DML in bulk mode. */
  readonly ast: Node | undefined;
}

export interface Script {
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly findings: readonly Finding[];
  readonly directives: Directives;
}

const DML = /^(insert|update|delete|select|values|with|table|merge)\b/i;

/**
 * Reads a text. Each statement is parsed by itself, so a broken one is a finding and costs the others nothing.
 *
 * A text longer than `bulkBytes` (default 1 MiB) is read in bulk mode: statements that begin with INSERT, UPDATE,
 * DELETE, SELECT, VALUES, WITH, TABLE or MERGE can never be a boundary and are not parsed, so that their `ast` is
 * undefined and their mistakes are the server's to find.
 */
export function read(text: string, grammar: Grammar, options: { readonly bulkBytes?: number } = {}): Script {
  const bulk = text.length > (options.bulkBytes ?? 1024 * 1024);
  const statements: Statement[] = [];
  const findings: Finding[] = [];
  const splitter = new Splitter(text);
  while (splitter.next()) {
    const { start, end, kind } = splitter;
    if (kind === "psql") {
      findings.push({
        code: "PSQL_COMMAND",
        severity: "error",
        message: `${text.slice(start, end).split(/\s/, 1)[0]} is a command of psql, not SQL.`,
        help: "Remove the line, or write in SQL what it does.",
        at: { start, end },
      });
      continue;
    }
    if (kind === "copy-data") continue;
    const own = text.slice(start, end);
    const word = bulk ? DML.exec(own)?.[1] : undefined;
    if (word !== undefined) {
      statements.push({ text: own, start, end, kind: word.toUpperCase(), boundary: "none", ast: undefined });
      continue;
    }
    const parsed = grammar.parse(own);
    if (!parsed.ok) {
      if (parsed.reason === "syntax") {
        const at = start + parsed.offset;
        findings.push({
          code: "SYNTAX_ERROR",
          severity: "error",
          message: parsed.message,
          at: { start: at, end: at + 1 },
        });
      }
      statements.push({ text: own, start, end, kind: "", boundary: "none", ast: undefined });
      continue;
    }
    const node = parsed.statements[0]?.node;
    if (node === undefined) continue;
    statements.push({
      text: own,
      start,
      end,
      kind: kindOf(node),
      boundary: boundaryOf(node, own, grammar),
      ast: node,
    });
  }
  return { text, statements, findings, directives: readDirectives(text) };
}
