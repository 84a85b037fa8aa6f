// Owns what follows from the fields of a fact about what it stands on.
import type { Catalog, Fact } from "./catalog.ts";
import type { Dependency } from "./dependencies.ts";
import { keyAlone, keyIn, type Key } from "./keys.ts";
import { typeNamed, typesOf } from "./type-names.ts";

type Keys = readonly (Key | undefined)[];

/** What a fact goes with, beside its parent. */
export function partsOf(fact: Fact, catalog: Catalog): Keys {
  switch (fact.kind) {
    case "index":
      return [fact.table, fact.constraint, fact.partitionOf, ...columnKeys(fact.table, keyColumns(fact))];
    case "column":
      return fact.inherited ? ofParents(fact, catalog) : [];
    case "constraint":
      return [
        fact.index,
        ...columnKeys(fact.parent!, fact.columns),
        ...(fact.inherited ? ofParents(fact, catalog) : []),
      ];
    case "trigger":
      return relation(catalog, fact.parent)?.bound ? ofParents(fact, catalog) : [];
    case "sequence":
      return [fact.ownedBy];
    case "statistics":
      return [fact.table, ...columnKeys(fact.table, fact.columns)];
    case "table":
    case "foreign table":
      return fact.bound ? (fact.inherits ?? []) : [];
    case "operator class":
      return [fact.family];
    case "privileges":
      return [fact.extension];
    case "publication table":
      return [fact.table];
    case "publication schema":
      return [fact.schema];
    default:
      return [];
  }
}

/** What a fact names in its own fields and cannot be without. */
export function standsOn(fact: Fact, catalog: Catalog): Keys {
  switch (fact.kind) {
    case "table":
      return fact.inherits ?? [];
    case "foreign table":
      return [fact.server, ...(fact.inherits ?? [])];
    case "column":
      return [attributeOf(fact, catalog)];
    case "constraint":
      return fact.references
        ? [fact.references.table, ...columnKeys(fact.references.table, fact.references.columns)]
        : [];
    case "trigger":
      return [fact.function, fact.references, ...columnKeys(fact.parent!, fact.columns)];
    case "event trigger":
    case "operator":
      return [fact.function];
    case "cast":
      return fact.method === "inout" || fact.method === "binary" ? [] : [fact.method];
    case "server":
      return [fact.wrapper];
    case "publication table":
      return columnKeys(fact.table, fact.columns);
    case "extension":
      return [keyAlone("schema", fact.schema)];
    case "default privileges":
      return fact.schema === undefined ? [] : [keyAlone("schema", fact.schema)];
    case "function":
    case "procedure":
      return [keyAlone("language", fact.language)];
    default:
      return [];
  }
}

/** Whether `partsOf` and `standsOn` look at other facts as well. */
export function readsOthers(fact: Fact, catalog: Catalog): boolean {
  if (fact.kind === "trigger") return true;
  if (fact.kind === "constraint") return fact.inherited === true;
  return fact.kind === "column" && (fact.inherited === true || attributeOf(fact, catalog) !== undefined);
}

/** The roles that a fact belongs to, is granted to, or is about. */
export function rolesOf(fact: Fact): readonly string[] {
  const roles = (fact.grants ?? []).flatMap(({ to, by }) => (by === undefined ? [to] : [to, by]));
  if (fact.owner !== undefined) roles.push(fact.owner);
  if (fact.kind === "policy") roles.push(...fact.roles);
  if (fact.kind === "default privileges") roles.push(fact.role);
  if (fact.kind === "user mapping") roles.push(fact.name);
  if (fact.kind === "role") roles.push(...(fact.memberOf ?? []).map(({ role }) => role));
  return roles;
}

/** How a fact stands on what its SQL uses. */
export function typeOfUse(fact: Fact, used: Fact | undefined, catalog: Catalog): Dependency["type"] {
  if (fact.kind === "column" && fact.default && used) return isOfColumn(fact, used, catalog) ? "normal" : "default";
  if (used?.kind !== "column") return "normal";
  // An index, a constraint and statistics go with the columns of their own table, also with those in expressions.
  const table = fact.kind === "constraint" ? fact.parent : hasTable(fact) ? fact.table : undefined;
  return used.parent === table ? "part" : "normal";
}

/** Whether a column itself uses this, rather than its default: as its collation, or as the extension of its type. */
function isOfColumn(column: Fact<"column">, used: Fact, catalog: Catalog): boolean {
  if (used.kind === "collation") return true;
  return (
    used.kind === "extension" &&
    typesOf(column).some((type) => type.includes(".") && typeNamed(catalog, type) === undefined)
  );
}

function hasTable(fact: Fact): fact is Fact<"index" | "statistics"> {
  return fact.kind === "index" || fact.kind === "statistics";
}

function relation(catalog: Catalog, key: Key | undefined): Fact<"table" | "foreign table"> | undefined {
  const fact = key && catalog.facts[key];
  return fact?.kind === "table" || fact?.kind === "foreign table" ? fact : undefined;
}

/** What the tables that its table inherits from have of the same name; of a key, what its index is attached to. */
function ofParents(fact: Fact<"column" | "constraint" | "trigger">, catalog: Catalog): Keys {
  const parents = relation(catalog, fact.parent)?.inherits ?? [];
  const named = parents.map((parent) => keyIn(parent, fact.kind, fact.name));
  const index = fact.kind === "constraint" && fact.index ? catalog.facts[fact.index] : undefined;
  const attached = index?.kind === "index" && index.partitionOf ? catalog.facts[index.partitionOf] : undefined;
  return attached?.kind === "index" ? [...named, attached.constraint] : named;
}

/** The attribute that a column of a typed table is made from. */
function attributeOf(column: Fact<"column">, catalog: Catalog): Key | undefined {
  const table = relation(catalog, column.parent);
  if (table?.kind !== "table" || table.ofType === undefined) return undefined;
  return keyIn(`composite type ${table.ofType}`, "attribute", column.name);
}

function keyColumns(index: Fact<"index">): readonly string[] {
  return [...index.keys.flatMap(({ column }) => column ?? []), ...(index.include ?? [])];
}

function columnKeys(table: Key, columns: readonly string[] = []): readonly Key[] {
  return columns.map((column) => keyIn(table, "column", column));
}
