// Owns the statement that stops a way back where rows do not fit what is to come, and names them.
import type { Catalog } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { dollarQuoted } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Emitted } from "./emitter.ts";
import { within } from "./within.ts";

export interface InTheWay {
  /** The condition of rows that do not fit. */
  readonly where: string;
  /** What is wrong with them: `column email has no value`. */
  readonly message: string;
}

/** Raises where a table has such rows: how many, and the primary keys of the first five, or their places where it has none. */
export function rowsInTheWay(catalog: Catalog, table: Key, { where, message }: InTheWay): Emitted {
  const primary = within(catalog, table, "constraint").find(({ type }) => type === "primary key");
  const key = (primary?.columns ?? ["ctid"]).map(quoteIdentifier).join(", ");
  // A column may have the name of a variable.
  const body = `
#variable_conflict use_column
DECLARE
  found bigint;
  keys text;
BEGIN
  SELECT count(*), string_agg(key, '; ' ORDER BY place) FILTER (WHERE place <= 5) INTO found, keys
  FROM (SELECT concat_ws(', ', ${key}) AS key, row_number() OVER (ORDER BY ${key}) AS place FROM ${addressOf(table)} WHERE ${where}) rows;
  IF found > 0 THEN
    RAISE EXCEPTION USING ERRCODE = 'check_violation',
      MESSAGE = ${literal(`${addressOf(table)}: ${message}: `)} || found || ${literal(` rows (${key}: `)} || keys || ')';
  END IF;
END
`;
  return { sql: `DO ${dollarQuoted(body, "check")}` };
}
