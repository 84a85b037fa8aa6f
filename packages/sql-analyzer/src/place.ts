// Places in a text: offset to line and column, and the lines around a place with a caret under it.

/** A place: `offset` in UTF-16 code units from 0, `line` and `column` from 1; `column` counts code points. */
export interface Place {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** The line and column of an offset. A line ends with `\n`, `\r\n` or a lone `\r`. */
export function locate(text: string, offset: number): Place {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (const end of lineEnds(text, at)) {
    line++;
    lineStart = end;
  }
  return { offset: at, line, column: codePoints(text, lineStart, at) + 1 };
}

function* lineEnds(text: string, before: number): Generator<number> {
  let lf = text.indexOf("\n");
  let cr = text.indexOf("\r");
  for (;;) {
    let end: number;
    if (lf >= 0 && (cr < 0 || lf < cr)) {
      end = lf + 1;
      lf = text.indexOf("\n", end);
    } else if (cr >= 0) {
      end = lf === cr + 1 ? cr + 2 : cr + 1;
      if (lf >= 0 && lf < end) lf = text.indexOf("\n", end);
      cr = text.indexOf("\r", end);
    } else return;
    if (end > before) return;
    yield end;
  }
}

function codePoints(text: string, start: number, end: number): number {
  let count = end - start;
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && i > start) count--;
  return count;
}

/**
 * The line at an offset with `context` lines (default 2) before and after it, numbered, and a line of carets under
 * the text from `offset` to `end` (default: one caret). Long lines are cut around the caret, tabs expanded, control
 * characters made visible; carets stand right under wide characters too.
 */
export function excerpt(
  text: string,
  offset: number,
  options: { readonly end?: number; readonly context?: number } = {},
): string {
  const place = locate(text, offset);
  const lines = text.split(/\r\n|\r|\n/);
  const context = options.context ?? 2;
  const first = Math.max(1, place.line - context);
  const last = Math.min(lines.length, place.line + context);
  const width = String(last).length;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    out.push(`${String(n).padStart(width)} | ${lines[n - 1]}`);
    if (n === place.line) out.push(`${" ".repeat(width)} | ${" ".repeat(place.column - 1)}^`);
  }
  return out.join("\n");
}
