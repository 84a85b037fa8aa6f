// Owns a piece of SQL with its place in the file: a statement, or an expression inside a body.
import { Lexer, WORD } from "../lexer.ts";
import { offsetsOf, type Offsets } from "../offsets.ts";

/** UTF-16 offsets into a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where an offset of a piece is in the file; undefined for what is not written there. */
export type Mapping = (offset: number) => number | undefined;

export class Source {
  readonly text: string;
  readonly #toFile: Mapping;
  #offsets: Offsets | undefined;

  constructor(text: string, toFile: Mapping) {
    this.text = text;
    this.#toFile = toFile;
  }

  /** The offset of a place that a parse tree names in bytes. */
  at(bytes: unknown): number {
    this.#offsets ??= offsetsOf(this.text);
    return this.#offsets.fromBytes(typeof bytes === "number" ? bytes : 0);
  }

  /** The part of a dotted name that begins at an offset; the next place of that name where it is not there. */
  part(from: number, index: number, name: string): Span | undefined {
    const lexer = new Lexer(this.text, from);
    let left = index;
    while (lexer.next()) {
      const found = identifier(lexer);
      if (found === undefined) {
        if (this.text[lexer.start] === ".") continue;
        break;
      }
      if (left-- > 0) continue;
      if (found === name) return { start: lexer.start, end: lexer.end };
      break;
    }
    return this.find(name, from);
  }

  /** The first identifier of that name at or after an offset. */
  find(name: string, from = 0): Span | undefined {
    const lexer = new Lexer(this.text, from);
    while (lexer.next()) if (identifier(lexer) === name) return { start: lexer.start, end: lexer.end };
    return undefined;
  }

  /** The last identifier of that name before an offset. */
  findBefore(name: string, before: number): Span | undefined {
    const lexer = new Lexer(this.text);
    let last: Span | undefined;
    while (lexer.next() && lexer.start < before) {
      if (identifier(lexer) === name) last = { start: lexer.start, end: lexer.end };
    }
    return last;
  }

  /** The first dotted name of these parts at or after an offset: each of its parts. */
  findDotted(parts: readonly string[], from = 0): readonly Span[] | undefined {
    const lexer = new Lexer(this.text, from);
    let found: Span[] = [];
    let dotted = false;
    while (lexer.next()) {
      if (this.text[lexer.start] === "." && lexer.end === lexer.start + 1) {
        dotted = true;
        continue;
      }
      const name = identifier(lexer);
      if (name === undefined || (found.length > 0 && !dotted)) found = [];
      dotted = false;
      if (name === undefined) continue;
      if (name !== parts[found.length]) found = [];
      if (name !== parts[found.length]) continue;
      found.push({ start: lexer.start, end: lexer.end });
      if (found.length === parts.length) return found;
    }
    return undefined;
  }

  /** The string that holds this text at or after an offset; the span is that of its content. */
  findString(content: string, from = 0): Span | undefined {
    const at = this.text.indexOf(content, from);
    return at < 0 ? undefined : { start: at, end: at + content.length };
  }

  toFile({ start, end }: Span): Span | undefined {
    const first = this.#toFile(start);
    return first === undefined ? undefined : { start: first, end: first + end - start };
  }

  get mapping(): Mapping {
    return this.#toFile;
  }
}

function identifier(lexer: Lexer): string | undefined {
  const written = lexer.text.slice(lexer.start, lexer.end);
  if (lexer.kind === WORD) return written.toLowerCase();
  return written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : undefined;
}
