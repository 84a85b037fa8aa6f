// Owns composite types with their attributes, ranges and base types as SQL.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyIn, type Key } from "../catalog/keys.ts";
import { objectName, parentAddress } from "./address.ts";
import { collate } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Emitted, Emitter } from "./emitter.ts";
import { isStored } from "./rebuild.ts";
import { createRoutine, routinesOfType } from "./routine.ts";
import { within } from "./within.ts";

/** https://www.postgresql.org/docs/current/sql-createtype.html */
export const composite: Emitter<"composite type"> = {
  create(fact, catalog) {
    const attributes = attributesOf(fact.key, catalog).map(attributeClause);
    return [{ sql: `CREATE TYPE ${addressOf(fact.key)} AS (${attributes.join(", ")})` }];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter: ({ to, fields }) => ({
    statements: [],
    loses: fields.has("columns") ? [`the order of the attributes of ${to.key}`] : [],
  }),
};

/** CASCADE reaches the tables that are of this type, and nothing else. https://www.postgresql.org/docs/current/sql-altertype.html */
export const attribute: Emitter<"attribute"> = {
  create: (fact) => [{ sql: `ALTER TYPE ${parentAddress(fact)} ADD ATTRIBUTE ${attributeClause(fact)} CASCADE` }],
  drop: (fact) => [{ sql: `ALTER TYPE ${parentAddress(fact)} DROP ATTRIBUTE ${quoteIdentifier(fact.name)} CASCADE` }],
  alter({ to, before }) {
    if (isStored(to.parent!, before)) return { statements: [], loses: [`the type of ${to.key}`] };
    const sql = `ALTER TYPE ${parentAddress(to)} ALTER ATTRIBUTE ${quoteIdentifier(to.name)} TYPE ${to.type}${collate(to.collation)} CASCADE`;
    return { statements: [{ sql }], displaces: true };
  },
  madeWith: (fact) => fact.parent,
};

function attributeClause({ name, type, collation }: Fact<"attribute">): string {
  return `${quoteIdentifier(name)} ${type}${collate(collation)}`;
}

/** The attributes of a composite type, in their order. */
function attributesOf(type: Key, catalog: Catalog): readonly Fact<"attribute">[] {
  return within(catalog, type, "attribute").toSorted((a, b) => a.position - b.position);
}

export const range: Emitter<"range"> = {
  create(fact, catalog) {
    const { subtype, multirange, operatorClass, collation, canonical, subtypeDiff } = fact;
    const properties = [
      `SUBTYPE = ${subtype}`,
      operatorClass && `SUBTYPE_OPCLASS = ${operatorClass}`,
      collation && `COLLATION = ${collation}`,
      canonical && `CANONICAL = ${canonical}`,
      subtypeDiff && `SUBTYPE_DIFF = ${subtypeDiff}`,
      multirange && `MULTIRANGE_TYPE_NAME = ${addressOf(keyIn(fact.parent!, "range", multirange))}`,
    ];
    const name = addressOf(fact.key);
    return [
      ...shell(fact, catalog),
      { sql: `CREATE TYPE ${name} AS RANGE (${properties.filter(Boolean).join(", ")})` },
    ];
  },
  drop: dropType,
};

export const baseType: Emitter<"base type"> = {
  create(fact, catalog) {
    const name = addressOf(fact.key);
    const properties = Object.entries(fact.properties);
    if (properties.length === 0 || fact.properties["INPUT"] === undefined) return [{ sql: `CREATE TYPE ${name}` }];
    const said = properties.map(([property, value]) => baseProperty(property, value));
    return [...shell(fact, catalog), { sql: `CREATE TYPE ${name} (${said.join(", ")})` }];
  },
  drop: dropType,
};

/** What a type and its own functions need: the name first, then the functions, then the type. */
function shell(fact: Fact<"base type" | "range">, catalog: Catalog): readonly Emitted[] {
  const routines = routinesOfType(fact, catalog);
  if (routines.length === 0) return [];
  return [{ sql: `CREATE TYPE ${addressOf(fact.key)}` }, ...routines.map((each) => createRoutine(each, "CREATE"))];
}

/** A type and its functions stand on each other: nothing but CASCADE drops them, when all else is gone. */
function dropType(fact: Fact<"base type" | "range">, catalog: Catalog): readonly Emitted[] {
  const cascade = routinesOfType(fact, catalog).length > 0 ? " CASCADE" : "";
  return [{ sql: `DROP TYPE ${addressOf(fact.key)}${cascade}` }];
}

function baseProperty(name: string, value: string): string {
  switch (name) {
    case "INTERNALLENGTH":
      return `${name} = ${value === "-1" ? "VARIABLE" : value}`;
    case "ALIGNMENT":
    case "STORAGE":
      return `${name} = ${letters[name][value] ?? value}`;
    case "PASSEDBYVALUE":
      return name;
    case "CATEGORY":
    case "DEFAULT":
    case "DELIMITER":
      return `${name} = ${literal(value)}`;
    default:
      return `${name} = ${value}`;
  }
}

/** As pg_type keeps them. */
const letters: Readonly<Record<"ALIGNMENT" | "STORAGE", Readonly<Record<string, string>>>> = {
  ALIGNMENT: { c: "char", s: "int2", i: "int4", d: "double" },
  STORAGE: { p: "plain", e: "external", x: "extended", m: "main" },
};
