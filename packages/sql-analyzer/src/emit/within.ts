// Owns finding what lives in a relation, and which relations inherit from it.
import type { Catalog, Fact, Kind } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";

const parents = new WeakMap<Catalog, ReadonlyMap<Key | undefined, readonly Fact[]>>();
const heirs = new WeakMap<Catalog, ReadonlyMap<Key, readonly Key[]>>();

/** The facts of a kind that have this parent; indexes and statistics of a table, and the sequence of a column. */
export function within<K extends Kind>(catalog: Catalog, parent: Key, kind: K): readonly Fact<K>[] {
  let known = parents.get(catalog);
  if (known === undefined) parents.set(catalog, (known = Map.groupBy(Object.values(catalog.facts), whole)));
  return (known.get(parent) ?? []).filter((fact) => fact.kind === kind) as Fact[] as Fact<K>[];
}

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
  let known = heirs.get(catalog);
  if (known === undefined) heirs.set(catalog, (known = findHeirs(catalog)));
  return known.get(table) ?? [];
}

function findHeirs(catalog: Catalog): ReadonlyMap<Key, readonly Key[]> {
  const found = new Map<Key, Key[]>();
  for (const { key } of Object.values(catalog.facts)) {
    for (const from of tableOf(catalog, key)?.inherits ?? []) {
      const known = found.get(from);
      if (known) known.push(key);
      else found.set(from, [key]);
    }
  }
  return found;
}
