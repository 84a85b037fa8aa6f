// Owns the outline of SQL that is kept as text: its words, what its queries read from, and where lists of columns stand.
import { Lexer, STRING, WORD } from "../lexer.ts";

export interface Token {
  readonly start: number;
  readonly end: number;
  /** An identifier's name, folded; undefined for all else. */
  readonly name: string | undefined;
  readonly string: boolean;
}

/** What a query reads from, by the name it has there. */
interface Source {
  readonly schema: string | undefined;
  readonly name: string;
}

interface Outline {
  readonly sources: ReadonlyMap<string, Source>;
  /** The tokens that name relations, aliases and their columns in FROM. */
  readonly places: ReadonlySet<number>;
  /** The tokens of lists of columns. */
  readonly items: ReadonlySet<number>;
}

export function outlineOf(tokens: readonly Token[], text: string): Outline {
  const sources = new Map<string, Source>();
  const places = new Set<number>();
  const items = new Set<number>();
  /** The clause at hand, in each of the parentheses that are open. */
  const levels = [""];
  const enter = (clause: string): void => void (levels[levels.length - 1] = clause);
  for (const [index] of tokens.entries()) {
    const clause = levels.at(-1)!;
    const word = written(tokens, index, text);
    const before = written(tokens, index - 1, text);
    // What a query in FROM, or a function, is called.
    const closed = before === ")" || (before === "as" && written(tokens, index - 2, text) === ")");
    if (word === "(") {
      const inFrom = clause === "from" && (startsSource.has(before) || before === "(");
      levels.push(places.has(index - 1) ? "labels" : inFrom ? "from" : "");
    } else if (word === ")" && levels.length > 1) levels.pop();
    else if (clause === "labels") places.add(index);
    else if (word === "select" || word === "with") enter(word);
    else if (word === "from") enter(clause === "select" || before === "delete" ? word : clause);
    else if (word === "join" && clause === "on") enter("from");
    else if (ends.has(word) && clause !== "" && before !== ".") enter(word);
    else if (clause === "select") items.add(index);
    else if (clause === "from" && (startsSource.has(before) || before === "(")) {
      const found = sourceAt(tokens, index, text);
      if (found === undefined) continue;
      sources.set(found.alias, found.source);
      for (const place of found.places) places.add(place);
    } else if (clause === "from" && closed && tokens[index]!.name !== undefined && !clauses.has(word)) {
      sources.set(word, { schema: undefined, name: "" });
      places.add(index);
    }
  }
  return { sources, places, items };
}

const startsSource = new Set(["from", "join", ",", "lateral", "only"]);
const ends = new Set(["where", "group", "order", "having", "limit", "window", "on", "union", "except", "intersect"]);

interface Found {
  readonly alias: string;
  readonly source: Source;
  readonly places: readonly number[];
}

function sourceAt(tokens: readonly Token[], index: number, text: string): Found | undefined {
  const first = tokens[index]!.name;
  if (first === undefined || first === "select" || first === "lateral" || first === "only") return undefined;
  const qualified = next(tokens, index, text) === ".";
  const at = qualified ? index + 2 : index;
  const name = tokens[at]?.name;
  if (name === undefined || next(tokens, at, text) === "(") return undefined;
  const labelled = next(tokens, at, text) === "as" ? at + 2 : at + 1;
  const label = tokens[labelled]?.name;
  const aliased = label !== undefined && !clauses.has(label);
  return {
    alias: aliased ? label : name,
    source: { schema: qualified ? first : undefined, name },
    places: [index, at, ...(aliased ? [labelled] : [])],
  };
}

/** Words that can follow a relation in FROM, and are no alias of it. */
export const clauses: ReadonlySet<string> = new Set(
  "where on join left right inner full cross natural group order limit union except intersect having using for offset window returning set values lateral tablesample fetch"
    .split(" ")
    .concat(""),
);

export function next(tokens: readonly Token[], index: number, text: string): string {
  return written(tokens, index + 1, text);
}

/** A token as it is written, an identifier folded; empty where there is none. */
export function written(tokens: readonly Token[], index: number, text: string): string {
  const token = tokens[index];
  return token === undefined ? "" : (token.name ?? text.slice(token.start, token.end));
}

export function tokensOf(sql: string): readonly Token[] {
  const lexer = new Lexer(sql);
  const tokens: Token[] = [];
  while (lexer.next()) {
    const { start, end, kind } = lexer;
    const text = sql.slice(start, end);
    const name =
      kind === WORD ? text.toLowerCase() : text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : undefined;
    tokens.push({ start, end, name, string: kind === STRING });
  }
  return tokens;
}
