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
  /** The tokens of lists of columns that others see by their names: of the whole query, of those in FROM and in WITH. */
  readonly seen: ReadonlySet<number>;
}

interface Level {
  clause: string;
  /** Whether others see the columns of a query here by their names. */
  readonly seen: boolean;
}

export function outlineOf(tokens: readonly Token[], text: string): Outline {
  const sources = new Map<string, Source>();
  const places = new Set<number>();
  const seen = new Set<number>();
  const levels: Level[] = [{ clause: "", seen: true }];
  for (const [index] of tokens.entries()) {
    const level = levels.at(-1)!;
    const word = written(tokens, index, text);
    const before = written(tokens, index - 1, text);
    // What a query in FROM, or a function, is called.
    const closed = before === ")" || (before === "as" && written(tokens, index - 2, text) === ")");
    if (word === "(") {
      const inFrom = level.clause === "from" && (startsSource.has(before) || before === "(");
      const labels = places.has(index - 1);
      levels.push({
        clause: labels ? "labels" : inFrom ? "from" : "",
        seen: inFrom || (level.clause === "with" && before === "as"),
      });
    } else if (word === ")" && levels.length > 1) levels.pop();
    else if (level.clause === "labels") places.add(index);
    else if (word === "select" || word === "with") level.clause = word;
    else if (word === "from") level.clause = level.clause === "select" || before === "delete" ? word : level.clause;
    else if (word === "join" && level.clause === "on") level.clause = "from";
    else if (ends.has(word) && level.clause !== "" && before !== ".") level.clause = word;
    else if (level.clause === "select" && level.seen) seen.add(index);
    else if (level.clause === "from" && (startsSource.has(before) || before === "(")) {
      const found = sourceAt(tokens, index, text);
      if (found === undefined) continue;
      sources.set(found.alias, found.source);
      for (const place of found.places) places.add(place);
    } else if (level.clause === "from" && closed && tokens[index]!.name !== undefined && !clauses.has(word)) {
      sources.set(word, { schema: undefined, name: "" });
      places.add(index);
    }
  }
  return { sources, places, seen };
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
