// Owns the words that PostgreSQL has made key words since 15: files that older servers take use them as names.
import type { Node, Parsed, Value } from "./grammar.ts";
import { Lexer, WORD } from "./lexer.ts";

/** A word that stands where only its new meaning keeps it from being a name. `offset` is in UTF-16 code units. */
export interface NewWord {
  readonly word: string;
  readonly offset: number;
  /** The major version that made it a key word. */
  readonly since: number;
}

/** https://www.postgresql.org/docs/current/sql-keywords-appendix.html: those that may not be the name of a parameter or a function */
const sinceWhen: ReadonlyMap<string, number> = new Map([
  ...["json_array", "json_arrayagg", "json_object", "json_objectagg", "system_user"].map((word) => [word, 16] as const),
  ...[
    "json",
    "json_exists",
    "json_query",
    "json_scalar",
    "json_serialize",
    "json_table",
    "json_value",
    "merge_action",
  ].map((word) => [word, 17] as const),
]);

/** Parses a text that the grammar refuses at `offset` as an older one would, where that is why; undefined where it is not. */
export function parseWithNewWords(text: string, offset: number, parse: (text: string) => Parsed): Parsed | undefined {
  const words: NewWord[] = [];
  const meant = new Map<string, string>();
  let [tried, refusedAt] = [text, offset];
  while (words.length < most) {
    const word = newWordBefore(tried, refusedAt);
    if (word === undefined) return undefined;
    const end = word.offset + word.word.length;
    const standIn = standInFor(text, tried.slice(word.offset, end), meant.size);
    meant.set(standIn, word.word);
    words.push(word);
    tried = tried.slice(0, word.offset) + standIn + tried.slice(end);
    const parsed = parse(tried);
    if (parsed.ok) {
      const statements = parsed.statements.map((statement) => ({
        ...statement,
        node: named(statement.node, meant) as Node,
      }));
      return { ok: true, statements, newWords: words };
    }
    if (parsed.reason !== "syntax" || parsed.offset < refusedAt) return undefined;
    refusedAt = parsed.offset;
  }
  return undefined;
}

const most = 100;

/** The word at which a text is refused, or the one before it, which was taken for what it is now. */
function newWordBefore(text: string, offset: number): NewWord | undefined {
  const lexer = new Lexer(text);
  let found: NewWord | undefined;
  while (lexer.next() && lexer.start <= offset) {
    const word = lexer.kind === WORD ? text.slice(lexer.start, lexer.end).toLowerCase() : "";
    const since = sinceWhen.get(word);
    const here = since === undefined ? undefined : { word, offset: lexer.start, since };
    if (lexer.start === offset) return found ?? here;
    found = here;
  }
  return undefined;
}

/** A name as long, so that all else stays in its place, that the text does not have. */
function standInFor(text: string, word: string, from: number): string {
  for (let number = from; ; number++) {
    const name = `q${number.toString(36).padStart(word.length - 1, "0")}`;
    if (!text.toLowerCase().includes(name)) return name;
  }
}

function named(value: Value | undefined, meant: ReadonlyMap<string, string>): Value | undefined {
  if (typeof value === "string") return meant.get(value) ?? value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each: Value) => named(each, meant)!);
  return Object.fromEntries(Object.entries(value).map(([field, each]) => [field, named(each as Value, meant)]));
}
