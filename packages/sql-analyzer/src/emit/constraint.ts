// Owns how constraints of tables and domains are printed.
// https://www.postgresql.org/docs/current/sql-altertable.html
import { factsOf, type Catalog, type Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyIn, kindOfKey, type Key } from "../catalog/keys.ts";
import { constraintSql } from "./constraint-definition.ts";
import { alterRelation, emitted, literal, words } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { tableOf, within } from "./within.ts";

type Constraint = Fact<"constraint">;

export const constraint: Emitter<"constraint"> = {
  create(fact, catalog) {
    // A foreign key needs the other table's rows, and its key on all partitions.
    if (fact.type === "foreign key" || isInherited(fact)) return [];
    if (fact.type === "not null") return addNotNull(fact, catalog);
    return add(fact, catalog);
  },
  finish(fact, catalog) {
    if (fact.type !== "foreign key") return [];
    return [...add(fact, catalog), ...disabled(fact, fact.disabledOn, "DISABLE")];
  },
  drop(fact, catalog) {
    if (isInherited(fact) || isAttached(fact, catalog)) return [];
    return fact.type === "not null" ? unname(fact) : [change(fact, "DROP CONSTRAINT")];
  },
  alter,
  madeWith(fact, catalog) {
    if (fact.type === "not null" && !fact.notValid) return keyIn(fact.parent!, "column", fact.columns?.[0] ?? "");
    if (isOfDomain(fact)) return fact.parent;
    if (fact.type === "check" && fact.inherited && !fact.notValid && tableOf(catalog, fact.parent)?.bound)
      return fact.parent;
    return undefined;
  },
};

/** Values of a domain in arrays and in composite types cannot be checked later on. */
export function isOfDomain({ parent, notValid, uses = [] }: Constraint): boolean {
  return parent?.startsWith("domain ") === true && notValid !== true && uses.length === 0;
}

/** Checks come from the parent's by themselves; keys do not, so that their indexes keep their names. */
function isInherited(fact: Constraint): boolean {
  return fact.inherited === true && (fact.type === "check" || fact.type === "not null");
}

/** Whether it goes with that of the table that its table is a partition of. */
function isAttached(fact: Constraint, catalog: Catalog): boolean {
  const index = fact.index && catalog.facts[fact.index];
  return index?.kind === "index" && index.partitionOf !== undefined;
}

function add(fact: Constraint, catalog: Catalog): readonly Emitted[] {
  const name = quoteIdentifier(fact.name);
  const only = fact.index && heldByPartitions(fact, catalog) ? "only" : undefined;
  const sql = `${alterParent(fact, only)} ADD CONSTRAINT ${name} ${constraintSql(fact, catalog)}`;
  return [emitted(sql, fact.check, fact.exclude)];
}

/** Whether each partition has a key of its own that is to be attached to this one. */
function heldByPartitions(fact: Constraint, catalog: Catalog): boolean {
  return factsOf(catalog, "index").some(({ partitionOf }) => partitionOf === fact.index);
}

function alterParent(fact: Constraint, only?: "only"): string {
  return alterRelation(fact.parent!, only);
}

function change(fact: Constraint, clause: string, after = ""): Emitted {
  return { sql: words(alterParent(fact), clause, quoteIdentifier(fact.name), after) };
}

/** NOT NULL may be there under the name that Postgres gave it. */
function addNotNull(fact: Constraint, catalog: Catalog): readonly Emitted[] {
  const name = quoteIdentifier(fact.name);
  if (kindOfKey(fact.parent!) === "domain")
    return [`DROP NOT NULL`, `ADD CONSTRAINT ${name} NOT NULL`].map((clause) => ({
      sql: words(alterParent(fact), clause),
    }));
  const column = fact.columns?.[0] ?? "";
  const primary = within(catalog, fact.parent!, "constraint").some(
    ({ type, columns }) => type === "primary key" && columns?.includes(column),
  );
  if (primary)
    return [{ sql: `${alterParent(fact)} RENAME CONSTRAINT ${quoteIdentifier(givenName(fact))} TO ${name}` }];
  const drop = `ALTER COLUMN ${quoteIdentifier(column)} DROP NOT NULL`;
  return [{ sql: `${alterParent(fact)} ${drop}, ADD CONSTRAINT ${name} ${constraintSql(fact, catalog)}` }];
}

/** NOT NULL itself goes with the flag of its column or domain; only what is said beside that goes here. */
function unname(fact: Constraint): readonly Emitted[] {
  const given = givenName(fact);
  return [
    ...(fact.noInherit ? [change(fact, "ALTER CONSTRAINT", "INHERIT")] : []),
    ...(fact.comment === undefined
      ? []
      : [{ sql: `COMMENT ON CONSTRAINT ${quoteIdentifier(fact.name)} ON ${addressOf(fact.parent!)} IS NULL` }]),
    ...(fact.name === given ? [] : [change(fact, "RENAME CONSTRAINT", `TO ${quoteIdentifier(given)}`)]),
  ];
}

/** The name that Postgres gives a NOT NULL. */
function givenName({ parent, columns }: Constraint): string {
  const address = addressOf(parent!);
  const table = /("(?:[^"]|"")*"|[^."]+)$/.exec(address)![1]!;
  const name = table.startsWith('"') ? table.slice(1, -1).replaceAll('""', '"') : table;
  return [name, ...(columns ?? []), "not_null"].join("_");
}

function alter({ from, to, fields }: Change<"constraint">): Alteration | undefined {
  const statements: Emitted[] = [];
  const loses: string[] = [];
  const left = new Set(fields);
  if (left.delete("inherited") && !isInherited(from) && isInherited(to))
    loses.push(`that ${addressOf(to.key)} is only inherited`);
  const foreign = to.type === "foreign key";
  if (foreign && (left.has("deferrable") || left.has("initiallyDeferred"))) {
    const deferrable = to.deferrable ? "DEFERRABLE" : "NOT DEFERRABLE";
    const initially = to.initiallyDeferred ? "INITIALLY DEFERRED" : "INITIALLY IMMEDIATE";
    statements.push(change(to, "ALTER CONSTRAINT", words(deferrable, initially)));
    left.delete("deferrable");
    left.delete("initiallyDeferred");
  }
  if (foreign && left.delete("notEnforced")) {
    statements.push(change(to, "ALTER CONSTRAINT", to.notEnforced ? "NOT ENFORCED" : "ENFORCED"));
    // Postgres checks the rows when it is enforced, and forgets that they were when it is not.
    if (from.notValid !== to.notValid) left.delete("notValid");
  }
  if (!to.notValid && left.delete("notValid")) statements.push(change(to, "VALIDATE CONSTRAINT"));
  if (to.type === "not null" && left.delete("noInherit"))
    statements.push(change(to, "ALTER CONSTRAINT", to.noInherit ? "NO INHERIT" : "INHERIT"));
  if (left.delete("disabledOn")) statements.push(...disabledAnew(from, to));
  return left.size > 0 ? undefined : { statements, loses };
}

function disabledAnew(from: Constraint, to: Constraint): readonly Emitted[] {
  const [was = [], is = []] = [from.disabledOn, to.disabledOn];
  return [
    ...disabled(
      to,
      was.filter((table) => !is.includes(table)),
      "ENABLE",
    ),
    ...disabled(
      to,
      is.filter((table) => !was.includes(table)),
      "DISABLE",
    ),
  ];
}

/** The triggers behind a foreign key have names that are not known beforehand. */
function disabled(fact: Constraint, tables: readonly Key[] = [], verb: "ENABLE" | "DISABLE"): readonly Emitted[] {
  return tables.map((table) => {
    const [on, home] = [literal(addressOf(table)), literal(addressOf(fact.parent!))];
    return {
      sql: `DO $state$
DECLARE
  trigger name;
BEGIN
  FOR trigger IN SELECT t.tgname FROM pg_trigger t JOIN pg_constraint c ON c.oid = t.tgconstraint
    WHERE t.tgrelid = ${on}::regclass AND c.conrelid = ${home}::regclass AND c.conname = ${literal(fact.name)}
  LOOP
    EXECUTE format('ALTER TABLE ${addressOf(table).replaceAll("'", "''").replaceAll("%", "%%")} ${verb} TRIGGER %I', trigger);
  END LOOP;
END
$state$`,
    };
  });
}
