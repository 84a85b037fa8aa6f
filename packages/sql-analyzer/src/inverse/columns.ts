// Owns the columns and attributes of a whole, in their order.
import { factsOf, type Catalog, type Fact } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";

export function isColumn(fact: Fact): fact is Fact<"column" | "attribute"> {
  return fact.kind === "column" || fact.kind === "attribute";
}

export function columnsOf(catalog: Catalog, whole: Key): readonly Key[] {
  const columns: Fact<"column" | "attribute">[] = [];
  for (const fact of factsOf(catalog, "column", "attribute")) if (fact.parent === whole) columns.push(fact);
  return columns.sort((a, b) => a.position - b.position).map(({ key }) => key);
}

/** Each column or attribute that is added, with the one before it. */
export function* inTheirOrder(made: ReadonlySet<Key>, to: Catalog): Generator<readonly [Key, Key]> {
  const last = new Map<Key, Key>();
  const added = [...made].map((key) => to.facts[key]!).filter(isColumn);
  for (const { key, parent } of added.sort((a, b) => a.position - b.position)) {
    const before = last.get(parent!);
    if (before !== undefined) yield [before, key];
    last.set(parent!, key);
  }
}

export function isGenerated(fact: Fact): boolean {
  return fact.kind === "column" && fact.generated !== undefined;
}
