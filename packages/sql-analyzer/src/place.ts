// Places in a text: the line and column of an offset, and the lines around it with a caret below.
import { endOfLine } from "./lexer.ts";

/** `offset` counts UTF-16 code units from 0; `line` and `column` count from 1, `column` in code points. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * The line and column of an offset; one that is outside the text is taken for its nearest end. A line ends with `\n`,
 * `\r\n` or a lone `\r`. Linear in the offset.
 */
export function locate(text: string, offset: number): Place {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let start = 0;
  for (;;) {
    const next = nextLine(text, start);
    if (next === undefined || next > at) break;
    line++;
    start = next;
  }
  return { offset: at, line, column: codePoints(text, start, at) + 1 };
}

function codePoints(text: string, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count++;
  return count;
}

// Where the line after the one that holds `from` begins.
function nextLine(text: string, from: number): number | undefined {
  const end = endOfLine(text, from);
  if (end >= text.length) return undefined;
  return text.startsWith("\r\n", end) ? end + 2 : end + 1;
}

/**
 * The line that holds an offset, with its number and carets below from `offset` to `end` (default: one caret), and
 * `context` lines (default 2) before and after it. Carets stand right under and after wide characters; tabs are shown
 * as spaces, control characters as their pictures, and a long line is cut around the caret.
 */
export function excerpt(
  text: string,
  offset: number,
  options: { readonly end?: number; readonly context?: number } = {},
): string {
  const { line, offset: at } = locate(text, offset);
  const context = options.context ?? 2;
  const starts = lineStarts(text, line + context);
  const gutter = String(starts.length).length;
  const out: string[] = [];
  for (let n = Math.max(1, line - context); n <= starts.length; n++) {
    const start = starts[n - 1]!;
    const end = endOfLine(text, start);
    const here = n === line;
    const caret = here ? Math.min(at, end) : start;
    const shown = show(text, start, end, caret, here ? Math.min(Math.max(options.end ?? at, caret), end) : start);
    out.push(`${here ? ">" : " "} ${String(n).padStart(gutter)} | ${shown.text}`.trimEnd());
    if (here) out.push(`  ${" ".repeat(gutter)} | ${" ".repeat(shown.caret)}${"^".repeat(shown.carets)}`);
  }
  return out.join("\n");
}

function lineStarts(text: string, count: number): readonly number[] {
  const starts = [0];
  while (starts.length < count) {
    const next = nextLine(text, starts.at(-1)!);
    if (next === undefined) break;
    starts.push(next);
  }
  return starts;
}

// Columns of a terminal that a line may take, and code units on either side of the caret that are looked at.
const WIDTH = 120;
const REACH = 512;
const TAB = 4;

/** What a terminal shows as one unit, and the columns it takes. */
interface Cell {
  readonly text: string;
  readonly width: number;
}

// The line from `start` to `end` as it is shown, and where the carets from `caret` to `stop` stand.
function show(text: string, start: number, end: number, caret: number, stop: number) {
  const from = wholePair(text, Math.max(start, caret - REACH));
  const to = wholePair(text, Math.min(end, caret + REACH));
  const before = cells(text.slice(from, caret), 0);
  const column = width(before);
  const marked = cells(text.slice(caret, Math.min(stop, to)), column);
  const after = cells(text.slice(Math.min(Math.max(caret, stop), to), to), column + width(marked));
  const line = [...before, ...marked, ...after];

  const total = width(line);
  const fits = total <= WIDTH && from === start && to === end;
  const left = fits ? 0 : Math.max(0, Math.min(column - WIDTH / 2, total - WIDTH));
  const right = fits ? total : left + WIDTH;
  let shown = "";
  let first: number | undefined;
  let at = 0;
  for (const cell of line) {
    if (at >= left && at + cell.width <= right) {
      first ??= at;
      shown += cell.text;
    }
    at += cell.width;
  }
  const head = left > 0 || from > start ? "…" : "";
  const tail = right < total || to < end ? "…" : "";
  const place = column - (first ?? 0) + head.length;
  const carets = Math.max(1, Math.min(width(marked), WIDTH - place));
  return { text: head + shown + tail, caret: place, carets };
}

function wholePair(text: string, offset: number): number {
  return (text.charCodeAt(offset) & 0xfc00) === 0xdc00 && offset > 0 ? offset - 1 : offset;
}

function cells(line: string, column: number): readonly Cell[] {
  const out: Cell[] = [];
  let at = column;
  graphemes ??= new Intl.Segmenter("und", { granularity: "grapheme" });
  for (const { segment } of graphemes.segment(line)) {
    const cell = cellOf(segment, at);
    out.push(cell);
    at += cell.width;
  }
  return out;
}

let graphemes: Intl.Segmenter | undefined;

function cellOf(grapheme: string, column: number): Cell {
  const code = grapheme.codePointAt(0)!;
  if (code === 9) return { text: " ".repeat(TAB - (column % TAB)), width: TAB - (column % TAB) };
  if (code < 32) return { text: String.fromCodePoint(0x2400 + code), width: 1 };
  if (code < 0x300) return { text: code === 127 ? "␡" : grapheme, width: 1 };
  if (/^[\p{Mark}\p{Format}]+$/u.test(grapheme)) return { text: grapheme, width: 0 };
  return { text: grapheme, width: wide.test(grapheme) ? 2 : 1 };
}

// East Asian Wide and Fullwidth blocks, and what is shown as an emoji: https://www.unicode.org/reports/tr11/
const wide =
  /\p{Emoji_Presentation}|\u{fe0f}|[\u{1100}-\u{115f}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe30}-\u{fe6f}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;

function width(line: readonly Cell[]): number {
  return line.reduce((sum, cell) => sum + cell.width, 0);
}
