// PostgreSQL's lexical rules: the one place that knows where comments, quoted texts, words and operators end.
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html and src/backend/parser/scan.l

/** Key word or identifier without quotes. */
export const WORD = 1;
/** `"identifier"`. */
const QUOTED = 2;
/** `'…'`, `E'…'` or `$tag$…$tag$`. */
export const STRING = 3;
const NUMBER = 4;
/** One character of punctuation or of an operator. */
export const SYMBOL = 5;
/** A backslash and the rest of its line: never SQL, psql reads its own commands there. */
export const PSQL = 6;

/**
 * Reads a text token by token: `while (lexer.next())`, then `kind`, `start`, `end`. Between tokens lie white space and
 * comments. Never fails: what is not closed ends with the text. Set `end` to go on from elsewhere.
 */
export class Lexer {
  readonly text: string;
  kind = 0;
  start = 0;
  end: number;
  #escape = false; // the token is an E'…' string

  constructor(text: string, from = 0) {
    this.text = text;
    this.end = from;
  }

  /** Moves to the next token; false at the text's end. */
  next(): boolean {
    const text = this.text;
    const length = text.length;
    const from = this.end;
    const escape = this.#escape;
    this.#escape = false;
    let i = from;
    let code = 0;
    for (; i < length; i++) {
      code = text.charCodeAt(i);
      if (code > 32 ? code !== 45 && code !== 47 : !isSpace(code)) break;
      if (code <= 32) continue;
      const following = text.charCodeAt(i + 1);
      if (code === 45 && following === 45) i = endOfLine(text, i) - 1;
      else if (code === 47 && following === 42) {
        const close = endOfBlockComment(text, i);
        i = close < 0 ? length : close - 1;
      } else break;
    }
    this.start = i;
    if (i >= length) {
      this.end = length;
      return false;
    }
    if (isWordStart(code)) {
      let end = i + 1;
      while (end < length && isWordPart(text.charCodeAt(end))) end++;
      if (end === i + 1 && (code | 32) === 101 && text.charCodeAt(end) === 39) {
        this.kind = STRING;
        this.end = endOfEscapeString(text, end);
        this.#escape = true;
      } else {
        this.kind = WORD;
        this.end = end;
      }
      return true;
    }
    switch (code) {
      case 39:
        this.kind = STRING;
        this.#escape = escape && continues(text, from, i);
        this.end = this.#escape ? endOfEscapeString(text, i) : endOfQuoted(text, i, "'");
        return true;
      case 34:
        this.kind = QUOTED;
        this.end = endOfQuoted(text, i, '"');
        return true;
      case 36: {
        const end = endOfDollarQuoted(text, i);
        this.kind = end > i ? STRING : SYMBOL;
        this.end = Math.max(end, i + 1);
        return true;
      }
      case 92:
        this.kind = PSQL;
        this.end = endOfText(text, i, endOfLine(text, i));
        return true;
      default:
    }
    if (code >= 48 && code <= 57) {
      let end = i + 1;
      // A dollar quote may follow a number, so a dollar is no part of one.
      while (end < length && text.charCodeAt(end) !== 36 && isWordPart(text.charCodeAt(end))) end++;
      this.kind = NUMBER;
      this.end = end;
    } else {
      this.kind = SYMBOL;
      this.end = i + 1;
    }
    return true;
  }

  /** Whether the token is this word (given in lower case), in whatever case it is written. */
  is(word: string): boolean {
    if (this.kind !== WORD || this.end - this.start !== word.length) return false;
    for (let i = 0; i < word.length; i++) {
      if ((this.text.charCodeAt(this.start + i) | 32) !== word.charCodeAt(i)) return false;
    }
    return true;
  }
}

/**
 * A text with its comments replaced by spaces, as many as they have bytes in UTF-8, so that no byte offset changes. One
 * that is not closed stays.
 */
export function withoutComments(text: string): string {
  const lexer = new Lexer(text);
  const out: string[] = [];
  let end = 0;
  for (let more = true; more;) {
    more = lexer.next();
    out.push(blank(text.slice(end, lexer.start)), text.slice(lexer.start, lexer.end));
    end = lexer.end;
  }
  return out.join("");
}

// What stands between two tokens, in which a slash or dash that is no space can only be a comment's.
function blank(between: string): string {
  let out = "";
  let i = 0;
  while (i < between.length) {
    const code = between.charCodeAt(i);
    const end = code === 45 ? endOfLine(between, i) : code === 47 ? endOfBlockComment(between, i) : i + 1;
    if (end < 0) return out + between.slice(i);
    out += end === i + 1 ? between[i] : " ".repeat(new TextEncoder().encode(between.slice(i, end)).length);
    i = end;
  }
  return out;
}

/** Space, tab, line feed, vertical tab, form feed, carriage return; a no-break space is a letter to PostgreSQL. */
export function isSpace(code: number): boolean {
  return code === 32 || (code <= 13 && code >= 9);
}

function isWordStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code > 127;
}

function isWordPart(code: number): boolean {
  return isWordStart(code) || (code >= 48 && code <= 57) || code === 36;
}

/** The end of the line at `from`, before its `\n`, `\r\n` or lone `\r`. */
export function endOfLine(text: string, from: number): number {
  const length = text.length;
  let i = from;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) break;
    i++;
  }
  return i;
}

/** The end of a block comment, with those nested in it; -1 when it is not closed. `start` is at its slash. */
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
  return -1;
}

function endOfQuoted(text: string, start: number, quote: string): number {
  let i = start + 1;
  for (;;) {
    i = text.indexOf(quote, i);
    if (i < 0) return text.length;
    if (text[i + 1] !== quote) return i + 1;
    i += 2;
  }
}

// A string goes on in the next line, in the same mode: E'a'⏎'b\'c' is one string. Line comments may stand between.
function continues(text: string, from: number, to: number): boolean {
  let broken = false;
  let i = from;
  while (i < to) {
    const code = text.charCodeAt(i);
    if (code === 47) return false;
    broken ||= code === 10 || code === 13;
    i = code === 45 ? endOfLine(text, i) : i + 1;
  }
  return broken;
}

function endOfEscapeString(text: string, quote: number): number {
  const length = text.length;
  let i = quote + 1;
  while (i < length) {
    const code = text.charCodeAt(i);
    if (code === 92) i += 2;
    else if (code !== 39) i++;
    else if (text.charCodeAt(i + 1) === 39) i += 2;
    else return i + 1;
  }
  return length;
}

// `start` itself when no dollar quote begins there.
function endOfDollarQuoted(text: string, start: number): number {
  const length = text.length;
  let i = start + 1;
  if (isWordStart(text.charCodeAt(i))) {
    i++;
    while (i < length && text.charCodeAt(i) !== 36 && isWordPart(text.charCodeAt(i))) i++;
  }
  if (text.charCodeAt(i) !== 36) return start;
  const tag = text.slice(start, i + 1);
  const close = text.indexOf(tag, i + 1);
  return close < 0 ? length : close + tag.length;
}

/** Where what stands from `start` to `end` ends without the white space behind it. */
export function endOfText(text: string, start: number, end: number): number {
  let i = end;
  while (i > start && isSpace(text.charCodeAt(i - 1))) i--;
  return i;
}
