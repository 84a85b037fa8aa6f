// Cuts a text into statements where PostgreSQL's grammar would, without the grammar.
import {
  classOf,
  DIGIT,
  endOfBlockComment,
  endOfDollarQuoted,
  endOfEscapeString,
  endOfLineComment,
  endOfNumber,
  endOfQuoted,
  endOfWord,
  isWord,
  SPACE,
  WORD,
} from "./lex.ts";

/**
 * A piece of a text: a statement (without the comments around it and without its semicolon), a psql command line such
 * as `\connect`, or the lines of data after `COPY … FROM stdin`, with their closing `\.`. Offsets are UTF-16.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: "statement" | "psql" | "copy-data";
}

/**
 * The statements of a text, in order. What lies between the spans is white space, comments and semicolons. A text that
 * PostgreSQL would parse is cut exactly as PostgreSQL cuts it; any other text is still cut, at the semicolons outside
 * quotes and parentheses. Linear in time, without recursion.
 */
export function split(text: string): readonly Span[] {
  const spans: Span[] = [];
  splitFrom(text, 0, (start, end, kind) => {
    spans.push({ start, end, kind });
  });
  return spans;
}

// How a statement began, as far as it decides where the statement ends.
const START = 0;
const CREATE = 1;
const CREATE_OR = 2;
const CREATE_OR_REPLACE = 3;
const ROUTINE = 4;
const ROUTINE_BEGIN = 5;
const COPY = 6;
const COPY_FROM = 7;
const COPY_FROM_STDIN = 8;
const OTHER = 9;

/** As `split`, from an offset on, without an array between. `take` may return true to stop. */
export function splitFrom(
  text: string,
  from: number,
  take: (start: number, end: number, kind: Span["kind"]) => boolean | void,
): void {
  const length = text.length;
  let start = -1; // of the statement, once its first token was seen
  let end = from; // of the last token
  let head = START;
  let depth = 0; // of parentheses
  let atomic = 0; // of BEGIN ATOMIC bodies
  let i = from;

  while (i < length) {
    const code = text.charCodeAt(i);
    const kind = classOf(code);
    if (kind === SPACE) {
      i++;
      continue;
    }
    if (kind === WORD) {
      if (start < 0) start = i;
      const word = i;
      i = end = endOfWord(text, i);
      if (i === word + 1 && (code | 32) === 101 && text.charCodeAt(i) === 39) {
        i = end = endOfEscapeString(text, i);
        head = head === ROUTINE || head === ROUTINE_BEGIN ? ROUTINE : OTHER;
      } else if (head !== OTHER) {
        if (head === START && atomic > 0 && depth === 0 && isWord(text, word, i, "end")) {
          // A body's END follows a semicolon (or ATOMIC itself); the END of a CASE and a column named "end" never do.
          atomic--;
          head = OTHER;
        } else if (head === ROUTINE_BEGIN && depth === 0 && isWord(text, word, i, "atomic")) {
          atomic++;
          head = START;
        } else head = next(head, text, word, i, depth);
      }
      continue;
    }
    if (code === 45 && text.charCodeAt(i + 1) === 45) {
      i = endOfLineComment(text, i);
      continue;
    }
    if (code === 47 && text.charCodeAt(i + 1) === 42) {
      i = endOfBlockComment(text, i);
      continue;
    }
    if (code === 59 && depth === 0) {
      i++;
      if (atomic > 0) {
        end = i;
        head = START;
        continue;
      }
      if (start >= 0) {
        if (take(start, end, "statement") === true) return;
        if (head === COPY_FROM_STDIN) {
          const data = copyData(text, i);
          if (data !== undefined) {
            if (take(data.start, data.end, "copy-data") === true) return;
            i = data.end;
          }
        }
      }
      start = -1;
      head = START;
      continue;
    }
    if (code === 92) {
      // Never SQL outside quotes: psql reads its own command there, up to the end of the line.
      if (start >= 0 && take(start, end, "statement") === true) return;
      const line = endOfLineComment(text, i - 1);
      if (take(i, trimmedEnd(text, i, line), "psql") === true) return;
      i = line;
      start = -1;
      head = START;
      depth = atomic = 0;
      continue;
    }
    if (start < 0) start = i;
    if (kind === DIGIT) i = endOfNumber(text, i);
    else if (code === 39 || code === 34) i = endOfQuoted(text, i);
    else if (code === 36) i = Math.max(endOfDollarQuoted(text, i), i + 1);
    else {
      if (code === 40) depth++;
      else if (code === 41 && depth > 0) depth--;
      i++;
    }
    end = i;
    if (head < ROUTINE) head = OTHER;
    else if (head === ROUTINE_BEGIN) head = ROUTINE;
    else if (head === COPY_FROM) head = COPY;
  }
  if (start >= 0) take(start, end, "statement");
}

function next(head: number, text: string, start: number, end: number, depth: number): number {
  switch (head) {
    case START:
      return isWord(text, start, end, "create") ? CREATE : isWord(text, start, end, "copy") ? COPY : OTHER;
    case CREATE:
      if (isWord(text, start, end, "or")) return CREATE_OR;
      return isRoutine(text, start, end) ? ROUTINE : OTHER;
    case CREATE_OR:
      return isWord(text, start, end, "replace") ? CREATE_OR_REPLACE : OTHER;
    case CREATE_OR_REPLACE:
      return isRoutine(text, start, end) ? ROUTINE : OTHER;
    case ROUTINE:
    case ROUTINE_BEGIN:
      return depth === 0 && isWord(text, start, end, "begin") ? ROUTINE_BEGIN : ROUTINE;
    case COPY:
      return depth === 0 && isWord(text, start, end, "from") ? COPY_FROM : COPY;
    case COPY_FROM:
      return isWord(text, start, end, "stdin") || isWord(text, start, end, "stdout") ? COPY_FROM_STDIN : COPY;
    default:
      return head;
  }
}

function isRoutine(text: string, start: number, end: number): boolean {
  return isWord(text, start, end, "function") || isWord(text, start, end, "procedure");
}

const endOfData = /^\\\.[ \t]*$/gm;

// Data is there only if its end is: without a `\.` the text after the statement is read as SQL.
function copyData(text: string, from: number): { start: number; end: number } | undefined {
  const line = endOfLineComment(text, from - 2);
  endOfData.lastIndex = line;
  if (!endOfData.test(text)) return undefined;
  const start = text.startsWith("\r\n", line) ? line + 2 : line + 1;
  return { start, end: endOfData.lastIndex };
}

function trimmedEnd(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && classOf(text.charCodeAt(i - 1)) === SPACE) i--;
  return i;
}
