// Owns cutting expressions and queries out of the text of a statement, for a parse tree says only where they begin.
import { Lexer, SYMBOL, WORD } from "../lexer.ts";
import { offsetsOf } from "../offsets.ts";

export interface Token {
  readonly start: number;
  readonly end: number;
  /** A key word in lower case, or one character of punctuation; empty for all else. */
  readonly word: string;
  /** How many parentheses and brackets are open around it; those themselves stand outside. */
  readonly depth: number;
}

/** A statement's text in tokens. */
export class Cutter {
  readonly text: string;
  #tokens: readonly Token[] | undefined;
  #fromBytes: ((bytes: number) => number) | undefined;

  constructor(text: string, tokens?: readonly Token[]) {
    this.text = text;
    this.#tokens = tokens;
  }

  /** The same text, of which only these tokens count. */
  within(from: number, to: number): Cutter {
    return new Cutter(this.text, this.tokens.slice(from, to));
  }

  /** Whether it says OR REPLACE. */
  get replaces(): boolean {
    return this.tokens[1]?.word === "or" && this.tokens[2]?.word === "replace";
  }

  get tokens(): readonly Token[] {
    this.#tokens ??= tokensOf(this.text);
    return this.#tokens;
  }

  /** The index of the token at, or after, a place that the parse tree names in bytes. */
  at(bytes: number): number {
    this.#fromBytes ??= offsetsOf(this.text).fromBytes;
    const offset = this.#fromBytes(bytes);
    const { tokens } = this;
    let low = 0;
    let high = tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (tokens[middle]!.start < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The index of the first such word at a depth, in a stretch; -1 where there is none. */
  find(word: string, from = 0, depth = 0, to: number = this.tokens.length): number {
    const { tokens } = this;
    for (let i = from; i < to; i++) if (tokens[i]!.word === word && tokens[i]!.depth === depth) return i;
    return -1;
  }

  /** What stands in the parentheses that open at, or after, a token. */
  inside(from: number): string {
    const open = this.open(from);
    return open < 0 ? "" : this.slice(open + 1, this.close(open));
  }

  /** The index of the next opening parenthesis; -1 where there is none. */
  open(from: number): number {
    const { tokens } = this;
    for (let i = from; i < tokens.length; i++) if (tokens[i]!.word === "(") return i;
    return -1;
  }

  /** The index of the parenthesis that closes the one at `open`, or the number of tokens. */
  close(open: number): number {
    const { tokens } = this;
    const depth = tokens[open]?.depth ?? 0;
    for (let i = open + 1; i < tokens.length; i++) {
      if (tokens[i]!.depth === depth && (tokens[i]!.word === ")" || tokens[i]!.word === "]")) return i;
    }
    return tokens.length;
  }

  /** Where the stretch that begins at a token ends: before the comma or the parenthesis that closes around it. */
  stretch(from: number): number {
    const { tokens } = this;
    const depth = tokens[from]?.depth ?? 0;
    for (let i = from; i < tokens.length; i++) {
      const token = tokens[i]!;
      if (token.depth < depth || (token.depth === depth && token.word === ",")) return i;
    }
    return tokens.length;
  }

  /** The text from one token to before another. */
  slice(from: number, to: number): string {
    const { tokens } = this;
    return from < to && from < tokens.length ? this.text.slice(tokens[from]!.start, tokens[to - 1]!.end) : "";
  }

  /** Stretches between the commas of one depth: the commands of an ALTER TABLE, the elements of a list. */
  list(from: number, to: number): readonly (readonly [number, number])[] {
    const { tokens } = this;
    const depth = tokens[from]?.depth ?? 0;
    const found: (readonly [number, number])[] = [];
    let start = from;
    for (let i = from; i < to; i++) {
      if (tokens[i]!.word !== "," || tokens[i]!.depth !== depth) continue;
      found.push([start, i]);
      start = i + 1;
    }
    if (start < to) found.push([start, to]);
    return found;
  }
}

function tokensOf(text: string): readonly Token[] {
  const lexer = new Lexer(text);
  const tokens: Token[] = [];
  let depth = 0;
  while (lexer.next()) {
    const { start, end, kind } = lexer;
    const word = kind === WORD ? text.slice(start, end).toLowerCase() : kind === SYMBOL ? text.charAt(start) : "";
    if (word === ")" || word === "]") depth--;
    tokens.push({ start, end, word, depth });
    if (word === "(" || word === "[") depth++;
  }
  return tokens;
}
