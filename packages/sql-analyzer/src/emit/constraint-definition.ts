// Owns what follows CONSTRAINT name.
// https://www.postgresql.org/docs/current/sql-createtable.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { names, words } from "./emitted.ts";
import { withOptions } from "./options.ts";

type Constraint = Fact<"constraint">;

export function constraintSql(fact: Constraint, catalog: Catalog): string {
  return words(
    contentOf(fact, catalog),
    fact.noInherit && "NO INHERIT",
    deferrability(fact),
    fact.notEnforced ? "NOT ENFORCED" : fact.notValid && "NOT VALID",
  );
}

function contentOf(fact: Constraint, catalog: Catalog): string {
  const { columns = [] } = fact;
  switch (fact.type) {
    case "check":
      return `CHECK (${fact.check!.sql})`;
    case "not null":
      return words("NOT NULL", names(columns));
    case "exclude":
      return `EXCLUDE ${fact.exclude!.sql}`;
    case "foreign key":
      return foreignKey(fact);
    case "primary key":
      return words("PRIMARY KEY", keyColumns(fact), indexParameters(fact, catalog));
    case "unique": {
      const nulls = fact.nullsNotDistinct && "NULLS NOT DISTINCT";
      return words("UNIQUE", nulls, keyColumns(fact), indexParameters(fact, catalog));
    }
  }
}

function keyColumns({ columns = [], period }: Constraint): string {
  return `(${names(columns)}${period ? " WITHOUT OVERLAPS" : ""})`;
}

function indexParameters(fact: Constraint, catalog: Catalog): string {
  const index = fact.index && catalog.facts[fact.index];
  if (index?.kind !== "index") return "";
  return words(
    index.include && `INCLUDE (${names(index.include)})`,
    withOptions(index.options),
    index.tablespace && `USING INDEX TABLESPACE ${quoteIdentifier(index.tablespace)}`,
  );
}

function foreignKey({ columns = [], references, period }: Constraint): string {
  const { table, columns: target, matchFull, onUpdate, onDelete, onDeleteColumns } = references!;
  return words(
    `FOREIGN KEY (${withPeriod(columns, period)}) REFERENCES ${addressOf(table)} (${withPeriod(target, period)})`,
    matchFull && "MATCH FULL",
    onUpdate && `ON UPDATE ${onUpdate.toUpperCase()}`,
    onDelete && `ON DELETE ${onDelete.toUpperCase()}`,
    onDeleteColumns && `(${names(onDeleteColumns)})`,
  );
}

function withPeriod(columns: readonly string[], period: true | undefined): string {
  if (!period) return names(columns);
  return words(`${names(columns.slice(0, -1))},`, `PERIOD ${names(columns.slice(-1))}`);
}

/** DEFERRABLE as it stands in a constraint and in a constraint trigger. */
export function deferrability(fact: Pick<Constraint, "deferrable" | "initiallyDeferred">): string {
  return words(fact.deferrable && "DEFERRABLE", fact.initiallyDeferred && "INITIALLY DEFERRED");
}
