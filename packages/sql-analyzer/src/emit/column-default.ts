// Owns how the default of a column is set.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
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

export function dropDefault(column: Fact<"column">): Emitted {
  return { sql: `${alterColumn(column, "only")} DROP DEFAULT` };
}

/** `ALTER TABLE app.t ALTER COLUMN a`. `only`: without the columns that inherit from it. */
export function alterColumn(column: Fact<"column">, only?: "only"): string {
  return `${alterRelation(column.parent!, only)} ALTER COLUMN ${quoteIdentifier(column.name)}`;
}
