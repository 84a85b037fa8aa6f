// Owns which facts are types, and which types a fact names.
import type { Catalog, Fact, Kind } from "./catalog.ts";
import { addressOf, keyIn, type Key } from "./keys.ts";
import type { TypeName } from "./relations.ts";

/** The facts that can be named as a type: types, and relations for their rows. */
const typeKinds: ReadonlySet<Kind> = new Set<Kind>([
  "base type",
  "composite type",
  "domain",
  "enum",
  "foreign table",
  "materialized view",
  "range",
  "table",
  "view",
]);

/** The fact of each type that is not the system's, by the type's name. */
export function typeIndex(catalog: Catalog): ReadonlyMap<TypeName, Key> {
  const found = new Map<TypeName, Key>();
  for (const fact of Object.values(catalog.facts)) {
    if (!typeKinds.has(fact.kind)) continue;
    found.set(addressOf(fact.key), fact.key);
    if (fact.kind === "range" && fact.multirange !== undefined && fact.parent !== undefined) {
      found.set(addressOf(keyIn(fact.parent, "range", fact.multirange)), fact.key);
    }
  }
  return found;
}

/** The types that a fact's own fields name, without modifiers and brackets; a `SETOF` or array of one is that one. */
export function typesOf(fact: Fact): readonly TypeName[] {
  return named(fact).map((type) => type.replace(/(?:\([^()]*\))?(?:\[\])*$/, ""));
}

function named(fact: Fact): readonly TypeName[] {
  switch (fact.kind) {
    case "column":
    case "attribute":
    case "domain":
      return [fact.type];
    case "table":
      return fact.ofType === undefined ? [] : [fact.ofType];
    case "function":
    case "procedure":
    case "aggregate":
      return [...fact.arguments.map(({ type }) => type), ...(fact.returns === undefined ? [] : [fact.returns])];
    case "range":
      return [fact.subtype];
    case "cast":
      return [fact.source, fact.target];
    case "operator":
      return [fact.right, fact.result, ...(fact.left === undefined ? [] : [fact.left])];
    case "operator class":
      return [fact.type];
    default:
      return [];
  }
}
