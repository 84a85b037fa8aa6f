// Owns how the default of a column is set.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { dollarQuoted } from "./clauses.ts";
import { alterRelation, emitted } from "./emitted.ts";
import type { Emitted } from "./emitter.ts";

/**
 * Sets the default that a column has, or takes away what it is not to have. What inherits it has one of its own. `heirs`:
 * it gets this one as well.
 */
export function setDefault(column: Fact<"column">, heirs?: "heirs"): Emitted {
  return column.default === undefined
    ? dropDefault(column)
    : emitted(`${alterColumn(column, heirs ? undefined : "only")} SET DEFAULT ${column.default.sql}`, column.default);
}

/**
 * Gives a column's default to rows that have no value. Only then it is evaluated, and under the search_path that the role
 * has where it logs in, as functions that are called in a default may need it.
 */
export function fillWithDefault({ parent, name }: Fact<"column">): Emitted {
  const table = addressOf(parent!);
  const column = quoteIdentifier(name);
  const body = `
DECLARE
  path text := current_setting('search_path');
BEGIN
  IF EXISTS (SELECT FROM ${table} WHERE ${column} IS NULL) THEN
    PERFORM set_config('search_path', (SELECT s.reset_val FROM pg_settings s WHERE s.name = 'search_path'), true);
    UPDATE ${table} SET ${column} = DEFAULT WHERE ${column} IS NULL;
    PERFORM set_config('search_path', path, true);
  END IF;
END
`;
  return { sql: `DO ${dollarQuoted(body, "fill")}` };
}

export function dropDefault(column: Fact<"column">): Emitted {
  return { sql: `${alterColumn(column, "only")} DROP DEFAULT` };
}

/** `ALTER TABLE app.t ALTER COLUMN a`. `only`: without the columns that inherit from it. */
export function alterColumn(column: Fact<"column">, only?: "only"): string {
  return `${alterRelation(column.parent!, only)} ALTER COLUMN ${quoteIdentifier(column.name)}`;
}
