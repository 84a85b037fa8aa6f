// Owns how a column stands in CREATE TABLE and ADD COLUMN.
// https://www.postgresql.org/docs/current/sql-createtable.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { kindOfKey } from "../catalog/keys.ts";
import { words } from "./emitted.ts";
import { wrapperOptions } from "./options.ts";
import { identityOptions } from "./sequence.ts";
import { within } from "./within.ts";

type Column = Fact<"column">;

/** A column of a table that is made with it. `typed`: its type comes from the table's. */
export function columnOfTable(column: Column, catalog: Catalog, typed: boolean): string {
  const value = valueOf(column, catalog, column.identity);
  return definition(column, typed ? "WITH OPTIONS" : typeOf(column), value, notNullOf(column, catalog));
}

/** A column that is added to a table that has rows: NOT NULL only where they get a value, if only one that stands for it. */
export function addedColumn(column: Column, catalog: Catalog): string {
  const notNull = notNullOf(column, catalog);
  if (isNumbered(column))
    return definition(column, typeOf(column), `DEFAULT ${noNumber(column)}`, notNull || "NOT NULL");
  const value = asksForDefault(column) ? "" : valueOf(column, catalog, column.identity);
  return definition(column, typeOf(column), value, value === "" ? "" : notNull);
}

/**
 * Whether a default asks a sequence or a function of the schema, which may count, write, or fail under another search_path:
 * it is not to be evaluated for rows that get the values back that they had.
 */
export function asksForDefault({ default: text, uses = [] }: Column): boolean {
  return text !== undefined && uses.some((key) => ["function", "sequence"].includes(kindOfKey(key)));
}

/** Whether a column has an identity of its own, and not that of the table that it is a part of. */
export function isNumbered({ identity, inherited }: Column): boolean {
  return identity !== undefined && !inherited;
}

/** What stands in an identity column until there is a number: the least of its type. */
export function noNumber({ type }: Column): string {
  return `'${-(2n ** (type === "bigint" ? 63n : type === "integer" ? 31n : 15n))}'`;
}

function definition(column: Column, type: string, value: string, notNull: string): string {
  const options = isForeign(column) ? wrapperOptions(column.options) : "";
  return words(quoteIdentifier(column.name), type, options, value, notNull);
}

export function typeOf({ type, collation }: Column): string {
  return words(type, collation && `COLLATE ${collation}`);
}

export function identityOf(column: Column, catalog: Catalog, identity: NonNullable<Column["identity"]>): string {
  const [sequence] = within(catalog, column.key, "sequence").filter((each) => each.identity);
  return words(`GENERATED ${identity.toUpperCase()} AS IDENTITY`, identityOptions(sequence, column));
}

function valueOf(column: Column, catalog: Catalog, identity: Column["identity"]): string {
  const { generated } = column;
  if (generated) return `GENERATED ALWAYS AS (${generated.as.sql}) ${generated.virtual ? "VIRTUAL" : "STORED"}`;
  // A partition's identity is that of the table that it is a part of.
  if (identity !== undefined) return column.inherited ? "" : identityOf(column, catalog, identity);
  return column.default === undefined ? "" : `DEFAULT ${column.default.sql}`;
}

/** NOT NULL, with the name that it has where that is not what Postgres would give it. */
function notNullOf(column: Column, catalog: Catalog): string {
  if (!column.notNull) return "";
  const named = notNullConstraint(column, catalog);
  if (named === undefined) return column.identity !== undefined && !column.inherited ? "" : "NOT NULL";
  if (named.notValid) return "";
  return words(`CONSTRAINT ${quoteIdentifier(named.name)} NOT NULL`, named.noInherit && "NO INHERIT");
}

/** The fact of a column's NOT NULL, from Postgres 18 on, where its flag does not say all of it. */
export function notNullConstraint(column: Column, catalog: Catalog): Fact<"constraint"> | undefined {
  return within(catalog, column.parent!, "constraint").find(
    ({ type, columns }) => type === "not null" && columns?.[0] === column.name,
  );
}

export function isForeign(column: Column): boolean {
  return column.parent!.startsWith("foreign table ");
}
