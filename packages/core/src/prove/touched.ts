// Owns which tables a migration has to do with: those in which it changed something, those it names, and what they refer to.
import { classify, diff, factsOf, type Catalog, type Fact, type Key, type Statement } from "@clew/sql-analyzer";

/** Tables of the catalog before that a migration changes, locks, reads or writes; all of them where it cannot be read whole. */
export function touchedTables(
  before: Catalog,
  after: Catalog,
  statements: readonly Statement[],
): readonly Fact<"table">[] {
  const touched = new Set<Key>();
  for (const { key } of diff(before, after)) {
    const table = tableOf(before.facts[key] ?? after.facts[key], before, after);
    if (table !== undefined) touched.add(table);
  }
  const tables = factsOf(before, "table");
  for (const statement of statements) {
    const { locks, reads, writes, destroys, unknown } = classify(statement);
    if (unknown.length > 0) return tables;
    const losing = destroys.flatMap((loss) => ("relation" in loss ? [loss.relation] : []));
    const locked = locks.flatMap(({ relation }) => relation ?? []);
    for (const { schema, name } of [...locked, ...reads, ...writes, ...losing]) {
      for (const table of tables) {
        if (table.name === name && (schema === undefined || table.parent === `schema ${schema}`))
          touched.add(table.key);
      }
    }
  }
  return tables.filter(({ key }) => touched.has(key));
}

/** Tables with those that their foreign keys refer to, these first. */
export function withReferenced(tables: readonly Fact<"table">[], catalog: Catalog): readonly Fact<"table">[] {
  const found = new Map<Key, Fact<"table">>();
  const seen = new Set<Key>();
  const foreign = Map.groupBy(
    factsOf(catalog, "constraint").filter(({ references }) => references !== undefined),
    ({ parent }) => parent,
  );
  const add = (table: Fact<"table">): void => {
    if (seen.has(table.key)) return;
    seen.add(table.key);
    for (const { references } of foreign.get(table.key) ?? []) {
      const other = catalog.facts[references!.table];
      if (other?.kind === "table") add(other);
    }
    found.set(table.key, table);
  };
  for (const table of tables) add(table);
  return [...found.values()];
}

/** The table that a fact is a part of, or that it hangs on. */
function tableOf(fact: Fact | undefined, before: Catalog, after: Catalog): Key | undefined {
  if (fact === undefined) return undefined;
  if (fact.kind === "table") return before.facts[fact.key] === undefined ? undefined : fact.key;
  const whole = fact.kind === "index" ? fact.table : fact.kind === "sequence" ? fact.ownedBy : fact.parent;
  return whole === undefined ? undefined : tableOf(before.facts[whole] ?? after.facts[whole], before, after);
}
