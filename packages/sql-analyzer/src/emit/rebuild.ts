// Owns making an enum or a domain anew under the columns that store it, where Postgres cannot alter it.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { dependencies, dependents } from "../catalog/dependencies.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyIn, type Key } from "../catalog/keys.ts";
import { objectName } from "./address.ts";
import { collate } from "./clauses.ts";
import { emitted, literal } from "./emitted.ts";
import type { Alteration, Change, Emitted } from "./emitter.ts";
import { envelopeSql } from "./envelope.ts";
import { within } from "./within.ts";

type Rebuilt = Fact<"enum" | "domain">;

/** A column that stores the type, or an array of it, before and after. */
interface Holder {
  readonly column: Fact<"column">;
  readonly name: string;
  /** The type, without brackets. */
  readonly type: string;
  readonly isArray: boolean;
}

export interface Holders {
  /** Domains over it, each after the one that it is over. */
  readonly domains: readonly Fact<"domain">[];
  readonly columns: readonly Holder[];
  /** Attributes of composite types that no column stores. */
  readonly attributes: readonly Fact<"attribute">[];
  /** What holds the type and cannot get another one. */
  readonly fixed: readonly Key[];
}

/** What has the type in it, and stays. */
export function holdersOf({ from, before, after }: Change<"enum"> | Change<"domain">): Holders {
  const facts = Object.values(before.facts).filter(({ key }) => after.facts[key] !== undefined);
  const names = new Set([addressOf(from.key)]);
  const domains: Fact<"domain">[] = [];
  for (let size = -1; size !== names.size;) {
    size = names.size;
    for (const fact of facts) {
      if (fact.kind !== "domain" || !names.has(elementOf(fact.type)) || names.has(addressOf(fact.key))) continue;
      names.add(addressOf(fact.key));
      domains.push(fact);
    }
  }
  const columns: Holder[] = [];
  const attributes: Fact<"attribute">[] = [];
  const fixed = new Set<Key>();
  for (const fact of facts) {
    if (fact.kind === "range" && names.has(fact.subtype)) fixed.add(fact.key);
    // What only names it in an expression that cannot be taken away for the time being holds it as well.
    const expression =
      fact.kind === "column" ? fact.generated : fact.kind === "domain" && !domains.includes(fact) && fact.default;
    if (expression && fact.uses?.includes(from.key)) fixed.add(fact.key);
    if (fact.kind !== "column" && fact.kind !== "attribute") continue;
    const type = elementOf(fact.type);
    if (!names.has(type)) continue;
    if (fact.kind === "attribute") {
      if (isStored(fact.parent!, before) || isOfTables(fact.parent!, before)) fixed.add(fact.key);
      else attributes.push(fact);
    } else if (storesRows(fact, before)) {
      const other = after.facts[fact.key];
      if (other?.kind !== "column" || other.type !== fact.type) continue;
      if (isFixed(fact, before)) fixed.add(fact.key);
      columns.push({ column: fact, name: quoteIdentifier(fact.name), type, isArray: type !== fact.type });
    }
  }
  return { domains, columns, attributes, fixed: [...fixed] };
}

/**
 * The type under another name, the new one, what holds it moved over by way of text, the old one gone. What uses it in SQL
 * has to be out of the way.
 */
export function rebuild(change: Change<"enum"> | Change<"domain">, holders: Holders, create: Emitted): Alteration {
  const { from, before } = change;
  const { domains, columns, attributes, fixed } = holders;
  if (fixed.length > 0) return { statements: [], loses: [`${from.key} as it was, which ${fixed.join(", ")} holds`] };
  const types: readonly Rebuilt[] = [from, ...domains];
  const statements: Emitted[] = [
    ...types.map((type, index) => ({
      sql: `ALTER ${objectName(type)} RENAME TO ${quoteIdentifier(aside(type, index))}`,
    })),
    create,
    ...domains.map(createDomain),
    ...moved(columns, change),
    ...attributes.map((attribute) => ({
      sql: `ALTER TYPE ${addressOf(attribute.parent!)} ALTER ATTRIBUTE ${quoteIdentifier(attribute.name)} TYPE ${attribute.type}`,
    })),
    ...types
      .map((type, index) => ({
        sql: `DROP ${type.kind === "domain" ? "DOMAIN" : "TYPE"} ${addressOf(keyIn(type.parent!, type.kind, aside(type, index)))}`,
      }))
      .reverse(),
    ...types.flatMap((type) => envelopeSql(undefined, type, { before, after: before })),
  ];
  return { statements, displaces: true };
}

export function createEnum({ key, values }: Fact<"enum">): Emitted {
  return { sql: `CREATE TYPE ${addressOf(key)} AS ENUM (${values.map(literal).join(", ")})` };
}

export function createDomain({ key, type, collation, notNull, default: standard }: Fact<"domain">): Emitted {
  const parts = [
    `CREATE DOMAIN ${addressOf(key)} AS ${type}${collate(collation)}`,
    standard && `DEFAULT ${standard.sql}`,
    notNull && "NOT NULL",
  ];
  return emitted(parts.filter(Boolean).join(" "), standard);
}

/** The columns of each table moved over in one pass through its rows; defaults, which are of the old type, are set anew. */
function moved(columns: readonly Holder[], { from, before, after }: Change): readonly Emitted[] {
  const withDefault = columns.filter(({ column }) => column.default !== undefined);
  const falls = withDefault.length === 0 ? [] : dependents(dependencies(before), [from.key]);
  const gone = new Set(falls.map(({ key }) => key).filter((key) => before.facts[key]?.kind === "function"));
  const back = withDefault.flatMap(({ column, name }) => {
    const other = after.facts[column.key];
    const standard = other?.kind === "column" ? other.default : undefined;
    // One that calls what is not there at the moment is set when that is.
    const ready = other?.uses?.every((key) => before.facts[key] !== undefined && !gone.has(key)) ?? true;
    if (standard === undefined || !ready) return [];
    return [emitted(`${tableStart(column)} ALTER COLUMN ${name} SET DEFAULT ${standard.sql}`, standard)];
  });
  const moves = columns
    .filter(({ column }) => !column.inherited)
    .map(({ column, name, type, isArray }) => {
      const change = `ALTER COLUMN ${name} TYPE ${column.type}${collate(column.collation)}`;
      const using = isArray ? `${name}::text[]::${type}[]` : `${name}::text::${type}`;
      // A foreign table has no rows to move, and USING is refused there.
      const isForeign = before.facts[column.parent!]?.kind === "foreign table";
      return [column.parent!, isForeign ? change : `${change} USING ${using}`] as const;
    });
  return [
    ...withDefault.map(({ column, name }) => ({ sql: `${tableStart(column)} ALTER COLUMN ${name} DROP DEFAULT` })),
    ...[...Map.groupBy(moves, ([table]) => table)].map(([table, each]) => ({
      sql: `ALTER TABLE ${addressOf(table)} ${each.map(([, step]) => step).join(", ")}`,
    })),
    ...back,
  ];
}

/** ONLY: what inherits from it has defaults of its own. */
function tableStart({ parent }: Fact<"column">): string {
  return `ALTER TABLE ONLY ${addressOf(parent!)}`;
}

function elementOf(type: string): string {
  return type.replace(/(?:\[\])+$/, "");
}

function storesRows(column: Fact<"column">, { facts }: Catalog): boolean {
  const kind = facts[column.parent!]?.kind;
  return kind === "table" || kind === "foreign table";
}

/** Whether a column or another type stores a composite type, so that its attributes keep their types. */
export function isStored(type: Key, { facts }: Catalog): boolean {
  const name = addressOf(type);
  return Object.values(facts).some(
    (fact) =>
      (fact.kind === "column" || fact.kind === "attribute" || fact.kind === "domain") && elementOf(fact.type) === name,
  );
}

function isOfTables(type: Key, { facts }: Catalog): boolean {
  return Object.values(facts).some((fact) => fact.kind === "table" && fact.ofType === addressOf(type));
}

/** A column of a partition key, one that is generated or that others are generated from: Postgres lets no type be changed there. */
function isFixed(column: Fact<"column">, catalog: Catalog): boolean {
  const table = catalog.facts[column.parent!];
  if (table?.kind === "table" && table.partitionBy !== undefined) {
    const names = table.partitionBy.sql.match(/"(?:[^"]|"")*"|[\w$]+/g) ?? [];
    if (names.slice(1).includes(quoteIdentifier(column.name))) return true;
  }
  if (column.generated !== undefined) return true;
  return within(catalog, column.parent!, "column").some(
    (other) => other.generated !== undefined && other.uses?.includes(column.key),
  );
}

/** A name for the old type while both are there; names are cut at 63 bytes, and this leaves room for the longest letters. */
function aside({ name }: Rebuilt, index: number): string {
  return `${[...name].slice(0, 12).join("")}_clew_${index}`;
}
