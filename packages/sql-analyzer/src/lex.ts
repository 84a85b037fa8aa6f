// The lexical rules of PostgreSQL: where a comment, a quoted text or a word that begins here ends.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html (and src/backend/parser/scan.l)

export const SPACE = 1;
export const WORD = 2;
export const DIGIT = 3;

/** The class of a code unit: `SPACE`, `WORD` (may begin an identifier), `DIGIT`, or 0 for all else. */
export function classOf(code: number): number {
  return code > 127 ? WORD : classes[code]!;
}

const classes = new Uint8Array(128);
for (const code of [9, 10, 11, 12, 13, 32]) classes[code] = SPACE;
for (let code = 48; code <= 57; code++) classes[code] = DIGIT;
for (let code = 65; code <= 90; code++) classes[code] = classes[code + 32] = WORD;
classes[95] = WORD;

/** `--` up to, not including, the line's end: `\n`, `\r\n` or a lone `\r`. */
export function endOfLineComment(text: string, start: number): number {
  const length = text.length;
  let i = start + 2;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) break;
    i++;
  }
  return i;
}

/** A block comment, with those nested inside it. */
export function endOfBlockComment(text: string, start: number): number {
  const length = text.length;
  let depth = 1;
  let i = start + 2;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code === 42 && text.charCodeAt(i + 1) === 47) {
      i += 2;
      if (--depth === 0) return i;
    } else if (code === 47 && text.charCodeAt(i + 1) === 42) {
      i += 2;
      depth++;
    } else i++;
  }
  return length;
}

/** White space and comments from here on. */
export function endOfBlank(text: string, start: number): number {
  const length = text.length;
  let i = start;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (classOf(code) === SPACE) i++;
    else if (code === 45 && text.charCodeAt(i + 1) === 45) i = endOfLineComment(text, i);
    else if (code === 47 && text.charCodeAt(i + 1) === 42) i = endOfBlockComment(text, i);
    else break;
  }
  return i;
}

/** A `'…'` or `"…"` in which only the doubled quote is special; `start` is at the opening quote. */
export function endOfQuoted(text: string, start: number): number {
  const quote = text.charCodeAt(start) === 34 ? '"' : "'";
  let i = start + 1;
  for (;;) {
    i = text.indexOf(quote, i);
    if (i < 0) return text.length;
    if (text[i + 1] !== quote) return i + 1;
    i += 2;
  }
}

// A string that ends on one line goes on after a line break, in the same mode: E'a'⏎'b\'c' is one string.
const continuation = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:\s+|--[^\n\r]*[\n\r])*'/y;

/** An `E'…'` string; `start` is at the opening quote. */
export function endOfEscapeString(text: string, start: number): number {
  const length = text.length;
  let i = start + 1;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code === 92) i += 2;
    else if (code !== 39) i++;
    else if (text.charCodeAt(i + 1) === 39) i += 2;
    else {
      continuation.lastIndex = i + 1;
      if (!continuation.test(text)) return i + 1;
      i = continuation.lastIndex;
    }
  }
  return length;
}

/** A `$tag$…$tag$`; `start` itself when no dollar quote begins there. */
export function endOfDollarQuoted(text: string, start: number): number {
  const length = text.length;
  let i = start + 1;
  if (classOf(text.charCodeAt(i)) === WORD) {
    i++;
    while (i < length && classOf(text.charCodeAt(i)) >= WORD) i++;
  }
  if (text.charCodeAt(i) !== 36) return start;
  const tag = text.slice(start, i + 1);
  const close = text.indexOf(tag, i + 1);
  return close < 0 ? length : close + tag.length;
}

/** An identifier or key word without quotes. */
export function endOfWord(text: string, start: number): number {
  const length = text.length;
  let i = start + 1;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (classOf(code) < WORD && code !== 36) break;
    i++;
  }
  return i;
}

/** A number: ends before a `$`, which may begin a dollar quote there. */
export function endOfNumber(text: string, start: number): number {
  const length = text.length;
  let i = start + 1;
  while (i < length && classOf(text.charCodeAt(i)) >= WORD) i++;
  return i;
}

/** Whether the word from `start` to `end` is `word` (given in lower case), in whatever case it is written. */
export function isWord(text: string, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if ((text.charCodeAt(start + i) | 32) !== word.charCodeAt(i)) return false;
  }
  return true;
}
