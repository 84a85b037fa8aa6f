// Owns the joining of a compiled query with its values and with the name of the history table.
import type { Sql } from "../driver.ts";

/** A query as it was compiled: its text, and the name of each parameter in order. */
export interface Compiled<Names extends string> {
  readonly text: string;
  readonly parameters: readonly Names[];
}

/** Makes the compiled queries runnable for one history table. */
export type Bind = <Names extends string>(
  query: Compiled<Names>,
  ...values: [Names] extends [never] ? [] : [{ readonly [Name in Names]: string | null }]
) => Sql;

const supabaseTable = '"supabase_migrations"."schema_migrations"';

/** Binds queries to a history table, given as `schema.table`. */
export function binder(historyTable: HistoryTable): Bind {
  const table = quoted(historyTable);
  return (query, ...[values]) => ({
    text: query.text.replaceAll(supabaseTable, table),
    values: query.parameters.map((name) => values?.[name] ?? null),
  });
}

/** Where the history is kept. */
export interface HistoryTable {
  readonly schema: string;
  readonly table: string;
}

export const supabaseHistory: HistoryTable = { schema: "supabase_migrations", table: "schema_migrations" };

/** The table's name as SQL. */
export function quoted({ schema, table }: HistoryTable): string {
  return `${identifier(schema)}.${identifier(table)}`;
}

/** Quotes an identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a string constant. https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-STRINGS-ESCAPE */
export function literal(value: string): string {
  const quotes = `'${value.replaceAll("'", "''").replaceAll("\\", "\\\\")}'`;
  return value.includes("\\") ? `E${quotes}` : quotes;
}

/** A text[] constant as Postgres reads it. */
export function textArray(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}
