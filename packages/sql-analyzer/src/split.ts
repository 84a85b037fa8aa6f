// Cuts a text into statements where PostgreSQL's grammar would, without the grammar.
import { endOfLine, Lexer, PSQL, SYMBOL, WORD } from "./lexer.ts";

/**
 * A piece of a text: a statement (without the comments around it and without its semicolon), a psql command line such
 * as `\connect`, or the lines of data after `COPY … FROM stdin` with the `\.` that ends them. Offsets are UTF-16.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: "statement" | "psql" | "copy-data";
}

/**
 * The statements of a text, in order. Between the spans lie white space, comments and semicolons, nothing else.
 *
 * A text that PostgreSQL would parse is cut exactly as PostgreSQL cuts it, with standard strings (the default since
 * PostgreSQL 9.1). Any other text is cut too, at the semicolons outside quotes, parentheses and `BEGIN ATOMIC` bodies.
 * Linear in time, without recursion.
 */
export function split(text: string): readonly Span[] {
  const splitter = new Splitter(text);
  const spans: Span[] = [];
  while (splitter.next()) spans.push({ start: splitter.start, end: splitter.end, kind: splitter.kind });
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

/** `split` one piece at a time: `while (splitter.next())`, then `kind`, `start`, `end`. */
export class Splitter {
  kind: Span["kind"] = "statement";
  start = 0;
  end = 0;
  /** Whether the text ended inside parentheses or a `BEGIN ATOMIC` body of this statement. */
  open = false;
  readonly #lexer: Lexer;
  #pending = false; // a token was read that belongs to the next piece
  #data = false; // the last piece was a COPY … FROM stdin
  #lastData = Infinity; // no data ends after this offset

  constructor(text: string, from = 0) {
    this.#lexer = new Lexer(text, from);
  }

  /** Goes on from an offset, whatever came before it. */
  seek(offset: number): void {
    this.#lexer.end = offset;
    this.#pending = this.#data = false;
  }

  /** Moves to the next piece; false at the text's end. */
  next(): boolean {
    if (this.#data && this.#copyData()) return true;
    const lexer = this.#lexer;
    let head = START;
    let depth = 0; // of parentheses
    let atomic = 0; // of BEGIN ATOMIC bodies
    this.kind = "statement";
    this.start = -1;
    this.open = false;
    while (this.#pending || lexer.next()) {
      this.#pending = false;
      if (lexer.kind === WORD) {
        // A body's END follows a semicolon, or ATOMIC itself; the END of a CASE and a column "end" never do.
        if (head === START && atomic > 0 && lexer.is("end")) {
          atomic--;
          head = OTHER;
        } else if (head === ROUTINE_BEGIN && depth === 0 && lexer.is("atomic")) {
          atomic++;
          head = START;
        } else if (head !== OTHER) head = following(head, lexer, depth);
      } else if (lexer.kind === SYMBOL) {
        const code = lexer.text.charCodeAt(lexer.start);
        if (code === 59 && depth === 0) {
          if (atomic > 0) {
            head = START;
            this.end = lexer.end;
            continue;
          }
          if (this.start < 0) continue; // an empty statement
          this.#data = head === COPY_FROM_STDIN;
          return true;
        }
        if (code === 40) depth++;
        else if (code === 41 && depth > 0) depth--;
        head = afterOther(head);
      } else if (lexer.kind === PSQL) {
        if (this.start >= 0) {
          this.#pending = true;
          return true;
        }
        this.kind = "psql";
        this.start = lexer.start;
        this.end = lexer.end;
        return true;
      } else head = afterOther(head);
      if (this.start < 0) this.start = lexer.start;
      this.end = lexer.end;
    }
    this.open = depth > 0 || atomic > 0;
    return this.start >= 0;
  }

  // Data is there only if its end is: without a `\.` what follows the statement is read as SQL.
  #copyData(): boolean {
    this.#data = false;
    const text = this.#lexer.text;
    const line = endOfLine(text, this.#lexer.end);
    if (line > this.#lastData) return false;
    endOfData.lastIndex = line;
    if (!endOfData.test(text)) {
      this.#lastData = line;
      return false;
    }
    const behind = new Lexer(text.slice(this.#lexer.end, line)); // the semicolon, in its line
    this.kind = "copy-data";
    this.start = behind.next() ? this.#lexer.end + behind.start : line + (text.startsWith("\r\n", line) ? 2 : 1);
    this.end = this.#lexer.end = endOfData.lastIndex;
    return true;
  }
}

const endOfData = /(?<=[\n\r])\\\.(?=[ \t]*(?:[\n\r]|$))/g;

function following(head: number, lexer: Lexer, depth: number): number {
  switch (head) {
    case START:
      return lexer.is("create") ? CREATE : lexer.is("copy") ? COPY : OTHER;
    case CREATE:
      return lexer.is("or") ? CREATE_OR : routine(lexer);
    case CREATE_OR:
      return lexer.is("replace") ? CREATE_OR_REPLACE : OTHER;
    case CREATE_OR_REPLACE:
      return routine(lexer);
    case ROUTINE:
    case ROUTINE_BEGIN:
      return lexer.is("begin") ? ROUTINE_BEGIN : ROUTINE;
    case COPY:
      return depth === 0 && lexer.is("from") ? COPY_FROM : COPY;
    case COPY_FROM:
      return lexer.is("stdin") || lexer.is("stdout") ? COPY_FROM_STDIN : COPY;
    default:
      return head;
  }
}

function routine(lexer: Lexer): number {
  return lexer.is("function") || lexer.is("procedure") ? ROUTINE : OTHER;
}

function afterOther(head: number): number {
  if (head < ROUTINE) return OTHER;
  if (head === ROUTINE_BEGIN) return ROUTINE;
  return head === COPY_FROM ? COPY : head;
}
