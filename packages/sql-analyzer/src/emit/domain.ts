// Owns domains as SQL; their constraints are facts of their own.
import { addressOf } from "../catalog/keys.ts";
import { objectName } from "./address.ts";
import { emitted } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { constraint, isOfDomain } from "./constraint.ts";
import { createDomain, holdersOf, rebuild } from "./rebuild.ts";
import { rowsInTheWay } from "./rows-in-the-way.ts";
import { within } from "./within.ts";

/** https://www.postgresql.org/docs/current/sql-createdomain.html */
export const domain: Emitter<"domain"> = {
  create(fact, catalog) {
    const checks = within(catalog, fact.key, "constraint").filter(isOfDomain);
    return [createDomain(fact), ...checks.flatMap((check) => constraint.create(check, catalog) ?? [])];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter,
};

function alter(change: Change<"domain">): Alteration {
  const { from, to, fields } = change;
  const preconditions = to.notNull && !from.notNull ? withoutNulls(change) : [];
  if (fields.has("type") || fields.has("collation")) {
    return { ...rebuild(change, holdersOf(change), createDomain(to)), preconditions };
  }
  const alter = `ALTER DOMAIN ${addressOf(to.key)}`;
  const statements: Emitted[] = [];
  if (fields.has("default")) {
    statements.push(
      to.default === undefined
        ? { sql: `${alter} DROP DEFAULT` }
        : emitted(`${alter} SET DEFAULT ${to.default.sql}`, to.default),
    );
  }
  if (fields.has("notNull")) statements.push({ sql: `${alter} ${to.notNull ? "SET" : "DROP"} NOT NULL` });
  return { statements, preconditions };
}

function withoutNulls(change: Change<"domain">): readonly Emitted[] {
  const stored = holdersOf(change).columns.filter(({ column, isArray }) => !column.inherited && !isArray);
  return stored.map(({ column, name }) =>
    rowsInTheWay(change.before, column.parent!, {
      where: `${name} IS NULL`,
      message: `column ${name} has no value, and ${addressOf(change.to.key)} is about to be NOT NULL`,
    }),
  );
}
