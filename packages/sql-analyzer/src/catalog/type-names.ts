// Owns which facts are types, and which types a fact names.
import { factsOf, type Catalog, type Fact, type Kind } from "./catalog.ts";
import { addressOf, keyIn, keyOf, type Key } from "./keys.ts";
import type { TypeName } from "./relations.ts";

/** The kinds that can be named as a type: types, and relations for their rows. */
const typeKinds: readonly Kind[] = [
  "table",
  "enum",
  "composite type",
  "domain",
  "view",
  "range",
  "base type",
  "materialized view",
  "foreign table",
];

/** The fact of a type that is not the system's, by the type's name. */
export function typeNamed(catalog: Catalog, name: TypeName): Key | undefined {
  // The system's have no schema.
  if (!name.includes(".")) return undefined;
  const key = typeKinds.map((kind) => keyOf(kind, name)).find((one) => catalog.facts[one] !== undefined);
  return key ?? factsOf(catalog, "range").find((range) => multirangeOf(range) === name)?.key;
}

/** The names that a fact has as a type; none where it is no type. */
export function typeNamesOf(fact: Fact): readonly TypeName[] {
  if (!typeKinds.includes(fact.kind)) return [];
  const multirange = fact.kind === "range" ? multirangeOf(fact) : undefined;
  return [addressOf(fact.key), ...(multirange === undefined ? [] : [multirange])];
}

function multirangeOf({ parent, multirange }: Fact<"range">): TypeName | undefined {
  return multirange === undefined || parent === undefined ? undefined : addressOf(keyIn(parent, "range", multirange));
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
