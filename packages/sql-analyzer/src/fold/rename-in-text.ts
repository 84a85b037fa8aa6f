// Owns following a rename in SQL that is kept as it was written: the server keeps objects, and prints their new names.
import type { Fact, SqlText } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { type Key, schemaOf } from "../catalog/keys.ts";
import { clauses, next, outlineOf, type Token, tokensOf, written } from "./query-outline.ts";
import type { Scene } from "./scene.ts";

type Edit = readonly [start: number, end: number, by: string];
type Editor = (tokens: readonly Token[], text: string) => readonly Edit[];

/**
 * A column of a relation: every identifier of that name that is no function, no label, and not of another relation. In a list
 * of columns it keeps the old one as its label.
 */
export function renameColumnIn(scene: Scene, fact: Fact, relation: Key, from: string, to: string): void {
  const table = scene.catalog.get(relation);
  const schema = table && schemaOf(table);
  edit(scene, fact, from, (tokens, text) => {
    const { sources, places, items } = outlineOf(tokens, text);
    const isOther = (qualifier: string | undefined): boolean => {
      const source = qualifier === undefined ? undefined : sources.get(qualifier);
      return source !== undefined && (source.name !== table?.name || (source.schema ?? schema) !== schema);
    };
    return tokens.flatMap((token, index) => {
      const after = next(tokens, index, text);
      const before = written(tokens, index - 1, text);
      if (token.name !== from || places.has(index) || after === "(" || after === "." || before === "as") return [];
      const qualified = before === ".";
      if (qualified && isOther(tokens[index - 2]?.name)) return [];
      const label = after === "as" ? tokens[index + 2] : undefined;
      if (label?.name === to) return [[token.start, label.end, quoteIdentifier(to)] as const];
      let first = index;
      while (written(tokens, first - 1, text) === ".") first -= 2;
      const item = items.has(index) && itemBefore.has(written(tokens, first - 1, text)) && itemAfter.has(after);
      return [[token.start, token.end, quoteIdentifier(to) + (item ? ` AS ${quoteIdentifier(from)}` : "")] as const];
    });
  });
}

const itemBefore = new Set(["select", "distinct", "all", ","]);
const itemAfter = new Set(["from", ",", ""]);

/** A table, view or sequence, with its schema, and in the names that nextval is given. */
export function renameRelationIn(scene: Scene, fact: Fact, name: string, from: string, to: string): void {
  edit(scene, fact, name, (tokens, text) => {
    const edits: Edit[] = [];
    const qualifiers: Edit[] = [];
    for (const [index, token] of tokens.entries()) {
      if (token.string) {
        const value = text.slice(token.start + 1, token.end - 1);
        if (value === from || value === quoteIdentifier(name))
          edits.push([token.start, token.end, `'${to.replaceAll("'", "''")}'`]);
        continue;
      }
      if (token.name !== name) continue;
      const qualified =
        index >= 2 &&
        text.slice(tokens[index - 1]!.start, tokens[index - 1]!.end) === "." &&
        tokens[index - 2]!.name !== undefined;
      const start = qualified ? tokens[index - 2]!.start : token.start;
      let before = qualified ? index - 3 : index - 1;
      // The server prints every join in parentheses.
      const joined = written(tokens, before, text) === "(";
      while (written(tokens, before, text) === "(") before--;
      const word = written(tokens, before, text);
      const after = next(tokens, index, text);
      if (after === "." && !qualified) {
        qualifiers.push([start, token.end, quoteIdentifier(to.slice(to.lastIndexOf(".") + 1).replace(/^"|"$/g, ""))]);
      } else if (relationBefore.has(word) && (!joined || qualified || word !== ",")) {
        const aliased = after === "as" || (tokens[index + 1]?.name !== undefined && !clauses.has(after));
        edits.push([start, token.end, aliased ? to : `${to} ${quoteIdentifier(name)}`]);
      }
    }
    // Without a FROM that names it, the name before a column is the table's own.
    return edits.some(([start, end]) => text[start] !== "'" && end > start) ? edits : [...edits, ...qualifiers];
  });
}

export function renameRoutineIn(scene: Scene, fact: Fact, name: string, to: string): void {
  const address = to.slice(0, to.lastIndexOf("("));
  edit(scene, fact, name, (tokens, text) =>
    tokens.flatMap((token, index) =>
      token.name === name && next(tokens, index, text) === "("
        ? [[startOf(tokens, index, text), token.end, address] as const]
        : [],
    ),
  );
}

export function renameTypeIn(scene: Scene, fact: Fact, name: string, to: string): void {
  edit(scene, fact, name, (tokens, text) =>
    tokens.flatMap((token, index) => {
      const start = startOf(tokens, index, text);
      const cast = text.slice(Math.max(0, start - 2), start) === "::" || /\bas\s+$/i.test(text.slice(0, start));
      return token.name === name && cast ? [[start, token.end, to] as const] : [];
    }),
  );
}

const relationBefore = new Set(["from", "join", ",", "only", "into", "update", "table"]);
function startOf(tokens: readonly Token[], index: number, text: string): number {
  const dot = tokens[index - 1];
  const schema = tokens[index - 2];
  const qualified = dot !== undefined && schema?.name !== undefined && text.slice(dot.start, dot.end) === ".";
  return qualified ? schema.start : tokens[index]!.start;
}

// Applies an edit to all SQL of a fact in which the name stands; what is changed so is no more than assumed.
function edit(scene: Scene, fact: Fact, name: string, editor: Editor): void {
  const quoted = name.replaceAll('"', '""');
  const visit = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (isSql(value)) {
      const sql = holds(value.sql, quoted) ? edited(value.sql, editor) : value.sql;
      return sql === value.sql ? value : { ...value, sql };
    }
    let next = value as Record<string, unknown>;
    for (const [field, inner] of Object.entries(value)) {
      const after = visit(inner);
      if (after === inner) continue;
      if (next === value) next = (Array.isArray(value) ? [...value] : { ...value }) as typeof next;
      next[field] = after;
    }
    return next;
  };
  // A routine's own body is text to the server too.
  const next = visit(fact) as Fact;
  if (next !== fact) scene.catalog.put(next.certainty === "exact" ? { ...next, certainty: "assumed" } : next);
}

// Written in quotes as it is, or without in any case.
function holds(sql: string, name: string): boolean {
  return sql.includes(name) || sql.toLowerCase().includes(name);
}

function isSql(value: object): value is SqlText {
  return typeof (value as { sql?: unknown }).sql === "string";
}

function edited(sql: string, editor: Editor): string {
  const edits = [...editor(tokensOf(sql), sql)].sort((a, b) => b[0] - a[0]);
  let text = sql;
  for (const [start, end, by] of edits) text = text.slice(0, start) + by + text.slice(end);
  return text;
}
