// Owns what rows get in a column that is added, where they have no value to get back.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { dollarQuoted } from "./clauses.ts";
import { alterColumn } from "./column-default.ts";
import { asksForDefault, isNumbered, noNumber, typeOf } from "./column-definition.ts";
import { emitted, literal } from "./emitted.ts";
import type { Emitted } from "./emitter.ts";

type Column = Fact<"column">;

/** What must have a value gets its default, or its next number. */
export function fillColumn(column: Column): readonly Emitted[] {
  const name = quoteIdentifier(column.name);
  const table = addressOf(column.parent!);
  if (isNumbered(column)) {
    const sequence = `pg_get_serial_sequence(${literal(table)}, ${literal(column.name)})`;
    const value = `CASE ${name} WHEN ${noNumber(column)} THEN nextval(${sequence}) ELSE ${name} END`;
    return [fill(column, `${name} = ${noNumber(column)}`, value)];
  }
  if (!column.notNull || !asksForDefault(column)) return [];
  return [fill(column, `${name} IS NULL`, `coalesce(${name}, ${column.default!.sql})`)];
}

// As ADD COLUMN would: with no trigger, policy or rule, and no word to subscribers. Functions that a default calls may need
// the search_path that the role has where it logs in.
function fill(column: Column, lacks: string, value: string): Emitted {
  const body = `
DECLARE
  path text := current_setting('search_path');
BEGIN
  IF EXISTS (SELECT FROM ${addressOf(column.parent!)} WHERE ${lacks}) THEN
    PERFORM set_config('search_path', (SELECT reset_val FROM pg_settings WHERE pg_settings.name = 'search_path'), true);
    ${alterColumn(column)} TYPE ${typeOf(column)} USING ${value};
    PERFORM set_config('search_path', path, true);
  END IF;
END
`;
  return emitted(`DO ${dollarQuoted(body, "fill")}`, column.default);
}
