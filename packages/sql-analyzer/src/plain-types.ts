// Owns PL/pgSQL whose variables are of types that the parser, which has no catalog, cannot place: they are made plain for it.
import { isOwnType } from "./fold/type-names.ts";
import type { Grammar, Value } from "./grammar.ts";
import { Lexer, STRING } from "./lexer.ts";

/** A type that stands in DECLARE, and on which line of the body, from 1. */
export interface DeclaredType {
  readonly name: string;
  readonly line: number;
}

export interface ParsedBody {
  readonly tree: Value;
  /** Types that the tree has otherwise than they are written. */
  readonly replaced: readonly DeclaredType[];
}

/**
 * The PL/pgSQL of a whole `CREATE FUNCTION` or `DO` statement; undefined when it does not parse. To the parser a variable of a
 * type that it does not know is a record, which takes no single value, and one of `t%ROWTYPE` has no fields.
 */
export function parseBody(grammar: Grammar, text: string): ParsedBody | undefined {
  const tree = grammar.parsePlpgsql(text);
  if (tree !== undefined) return { tree, replaced: [] };
  const plain = withPlainTypes(text);
  const again = plain === undefined ? undefined : grammar.parsePlpgsql(plain.text);
  return plain === undefined || again === undefined ? undefined : { tree: again, replaced: plain.replaced };
}

/** The statement with `record` for the types of rows, and `text` for other types, every place as it was. */
function withPlainTypes(
  text: string,
): { readonly text: string; readonly replaced: readonly DeclaredType[] } | undefined {
  const [start, end] = bodyIn(text) ?? [0, 0];
  const body = text.slice(start, end);
  const replaced: DeclaredType[] = [];
  let plain = text;
  for (const { name, from, to } of declared(body)) {
    const type = body.slice(from, to);
    const [first] = /^[\w.]+/.exec(type) ?? [""];
    const row = /%\s*rowtype$/i.test(type);
    if (!row && (isOwnType(first.toLowerCase()) || new RegExp(`\\b${name}\\s*\\.\\s*[\\w"]`, "i").test(body))) continue;
    const other = row ? "record" : "text";
    if (other.length > type.length) continue;
    plain =
      plain.slice(0, start + from) + other + type.slice(other.length).replaceAll(/\S/g, " ") + plain.slice(start + to);
    replaced.push({ name: type, line: body.slice(0, from).split("\n").length });
  }
  return replaced.length === 0 ? undefined : { text: plain, replaced };
}

/** Where the body in dollar quotes stands. */
function bodyIn(text: string): readonly [start: number, end: number] | undefined {
  const lexer = new Lexer(text);
  while (lexer.next()) {
    const tag = lexer.kind === STRING ? /^\$[^$]*\$/.exec(text.slice(lexer.start, lexer.end))?.[0].length : undefined;
    if (tag !== undefined) return [lexer.start + tag, lexer.end - tag];
  }
  return undefined;
}

const afterType = /^(?::|:=|=|;|default|not|collate)$/i;

/**
 * The variables that DECLARE names, and where their types stand.
 * https://www.postgresql.org/docs/current/plpgsql-declarations.html
 */
function* declared(body: string): Generator<{ readonly name: string; readonly from: number; readonly to: number }> {
  const lexer = new Lexer(body);
  const word = (): string => body.slice(lexer.start, lexer.end);
  let declaring = false;
  while (lexer.next()) {
    const name = word();
    if (!declaring) {
      declaring = /^declare$/i.test(name);
      continue;
    }
    if (/^begin$/i.test(name)) {
      declaring = false;
      continue;
    }
    let from = -1;
    let to = -1;
    let ended = false;
    while (lexer.next() && word() !== ";") {
      ended ||= afterType.test(word());
      if (ended || (from < 0 && /^constant$/i.test(word()))) continue;
      if (from < 0) from = lexer.start;
      to = lexer.end;
    }
    if (from >= 0 && !/^(?:alias|cursor|no|scroll)\b/i.test(body.slice(from, to)) && /^\w+$/.test(name))
      yield { name, from, to };
  }
}
