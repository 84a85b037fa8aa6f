// Owns finding what lives in a relation, and which relations inherit from it.
import { factsOf, mergeFacts, type Catalog, type Fact, type Kind } from "../catalog/catalog.ts";
import { keptWith } from "../catalog/descent.ts";
import type { Key } from "../catalog/keys.ts";

/** The facts of a kind that have this parent; indexes and statistics of a table, and the sequence of a column. */
export function within<K extends Kind>(catalog: Catalog, parent: Key, kind: K): readonly Fact<K>[] {
  return (partsIn(catalog).get(parent) ?? []).filter((fact) => fact.kind === kind) as Fact[] as Fact<K>[];
}

const partsIn = keptWith<ReadonlyMap<Key | undefined, readonly Fact[]>>(
  ({ facts }) => Map.groupBy(Object.values(facts), whole),
  (known, { facts }, before, changed) => {
    const parts = new Map(known);
    const came = Map.groupBy(
      [...changed].flatMap((key) => facts[key] ?? []),
      whole,
    );
    const went = [...changed].flatMap((key) => (before[key] ? [whole(before[key])] : []));
    for (const key of new Set([...came.keys(), ...went])) {
      const stayed = (known.get(key) ?? []).filter((fact) => !changed.has(fact.key));
      parts.set(key, mergeFacts(stayed, came.get(key) ?? []));
    }
    return parts;
  },
);

function whole(fact: Fact): Key | undefined {
  if (fact.kind === "sequence") return fact.ownedBy ?? fact.parent;
  return fact.kind === "index" || fact.kind === "statistics" ? fact.table : fact.parent;
}

/** The columns of a relation, in their order. */
export function columnsOf(catalog: Catalog, relation: Key): readonly Fact<"column">[] {
  return within(catalog, relation, "column").toSorted((a, b) => a.position - b.position);
}

/** The table or foreign table of a key. */
export function tableOf(catalog: Catalog, key: Key | undefined): Fact<"table"> | Fact<"foreign table"> | undefined {
  const fact = key === undefined ? undefined : catalog.facts[key];
  return fact?.kind === "table" || fact?.kind === "foreign table" ? fact : undefined;
}

/** The tables that inherit from a table or are partitions of it; not those that inherit from these. */
export function heirsOf(catalog: Catalog, table: Key): readonly Key[] {
  return heirsIn(catalog).get(table) ?? [];
}

function findHeirs(catalog: Catalog): ReadonlyMap<Key, readonly Key[]> {
  const found = new Map<Key, Key[]>();
  for (const { key, inherits = [] } of factsOf(catalog, "table", "foreign table")) {
    for (const from of inherits) {
      const known = found.get(from);
      if (known) known.push(key);
      else found.set(from, [key]);
    }
  }
  return found;
}

const heirsIn = keptWith(findHeirs, (known, { facts }, before, changed) =>
  [...changed].some((key) => (facts[key] ?? before[key])?.kind.endsWith("table")) ? undefined : known,
);
