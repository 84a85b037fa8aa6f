// Owns the cutting of a segment into what is sent, and the way back from a failing item to a statement. Pure.
import type { Fault, Sql } from "../driver.ts";
import type { Progress } from "../events.ts";
import type { PreparedSegment, Script } from "../files/prepare.ts";

/** Something that is sent: one statement, or, of a large file, a piece with many. */
export interface Item {
  readonly sql: Sql;
  /** First statement of the segment in it, and how many. */
  readonly first: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Where it begins in the file, from 1. */
  readonly line: number;
}

/** Beyond this length of text, or this many statements, a segment is sent in pieces: memory stays bounded, and the server parses less often. */
const bulkLength = 1 << 20;
const bulkStatements = 5_000;
const pieceLength = 1 << 18;

/** A segment's statements as they are sent, in order. */
export function itemsOf(
  { text }: Pick<Script, "text">,
  { statements }: Pick<PreparedSegment, "statements">,
): readonly Item[] {
  const first = statements[0];
  const last = statements.at(-1);
  if (!first || !last) return [];
  const lineAt = lineFinder(text);
  if (last.end - first.start <= bulkLength && statements.length <= bulkStatements) {
    return statements.map(({ start, end }, at) => ({
      sql: { text: text.slice(start, end) },
      first: at,
      count: 1,
      start,
      end,
      line: lineAt(start),
    }));
  }
  const items: Item[] = [];
  let from = 0;
  for (let at = 0; at < statements.length; at++) {
    const next = statements[at + 1];
    const start = statements[from]!.start;
    if (next && next.end - start <= pieceLength) continue;
    const end = statements[at]!.end;
    const sql = { text: text.slice(start, end), script: true };
    items.push({ sql, first: from, count: at - from + 1, start, end, line: lineAt(start) });
    from = at + 1;
  }
  return items;
}

/** The line of each place asked for, in ascending order: the text is read once, whatever the number of statements. */
function lineFinder(text: string): (offset: number) => number {
  let line = 1;
  let at = 0;
  return (offset) => {
    for (; at < offset; at++) {
      const code = text.charCodeAt(at);
      if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) line++;
    }
    return line;
  };
}

/** What is told of an item that has run. */
export function progressOf(
  { path }: Pick<Script, "path">,
  { statements }: Pick<PreparedSegment, "statements">,
  { first, count, line }: Item,
  rows?: number,
): Progress {
  const kind = count === 1 ? statements[first]?.kind : undefined;
  return {
    done: first + count,
    of: statements.length,
    at: { path, line },
    ...(kind === undefined ? {} : { kind }),
    ...(rows === undefined ? {} : { rows }),
  };
}

/** The statement of a segment in which an item failed. */
export function failingStatement(
  item: Item,
  fault: Fault,
  { statements }: Pick<PreparedSegment, "statements">,
): number {
  if (item.count === 1) return item.first;
  const inItem = statements.slice(item.first, item.first + item.count);
  if (fault.position !== undefined) {
    // Characters are at most as many as UTF-16 units, so this finds the statement or one before it; the place itself is counted exactly.
    const offset = item.start + fault.position - 1;
    const at = inItem.findLastIndex((statement) => statement.start <= offset);
    return item.first + Math.max(0, at);
  }
  return item.first + Math.min(fault.completed ?? 0, item.count - 1);
}
