// Owns which tables and columns statements drop, though others have their names afterwards: what was in them went, whatever the catalogs say.
import { factsOf, type Catalog, type Fact } from "../catalog/catalog.ts";
import { schemaOf, type Key } from "../catalog/keys.ts";
import { classify } from "../classify/classify.ts";
import { fold, type DroppedColumn, type FoldOptions, type Move } from "../fold/fold.ts";
import { columnBefore } from "../fold/moves.ts";
import type { Statement } from "../read.ts";

/**
 * The tables that are there before and after, and were dropped in between, under their own name or under one that they were
 * moved to. What was moved and is still there is none of them.
 */
export function madeAnew(
  statements: readonly Statement[],
  before: Catalog,
  after: Catalog,
  moves: readonly Move[],
  options: FoldOptions,
): ReadonlySet<Key> {
  const last = statements.findLastIndex(({ kind }) => /^(?:CREATE|SELECT|ALTER)\b/.test(kind));
  const there = factsOf(before, "table").filter(({ key }) => after.facts[key]?.kind === "table");
  const place = (key: Key): Key => moves.reduce((at, { from, to }) => (from === at ? to : at), key);
  const stay = there.filter(({ key }) => !moves.some(({ from }) => from === key));
  // What inherits from a table goes with it.
  const parentsOf = (fact: Fact): readonly (Fact | undefined)[] =>
    fact.kind === "table" ? (fact.inherits ?? []).map((key) => before.facts[key]) : [];
  const found = new Set(there.flatMap(({ key }) => (after.facts[place(key)] === undefined ? [key] : [])));
  for (const [index, statement] of statements.slice(0, Math.max(last, 0)).entries()) {
    const dropped = droppedBy(statement);
    if (dropped.length === 0) continue;
    const isNamed = (fact: Fact | undefined): boolean =>
      fact !== undefined &&
      (dropped.includes(fact.name) || dropped.includes(schemaOf(fact) ?? "") || parentsOf(fact).some(isNamed));
    const named = stay.filter((fact) => !found.has(fact.key) && isNamed(fact));
    if (named.length === 0) continue;
    const { facts } = fold(before, statements.slice(0, index + 1), options).catalog;
    for (const { key } of named) if (facts[key] === undefined) found.add(key);
  }
  return found;
}

/** The columns that went while their tables stayed, as they were called before; others may have their names. */
export function columnsGone(
  dropped: readonly DroppedColumn[],
  moves: readonly Move[],
  { facts }: Catalog,
): readonly Key[] {
  return dropped.flatMap(({ key, moves: count }) => {
    const before = columnBefore(key, moves.slice(0, count));
    return before !== undefined && facts[before]?.parent!.startsWith("table ") ? [before] : [];
  });
}

/** The names, without their schemas, of tables and schemas that a statement drops. */
function droppedBy(statement: Statement): readonly string[] {
  if (!statement.kind.startsWith("DROP")) return [];
  return classify(statement).destroys.flatMap((loss) =>
    loss.what === "object" && (loss.type === "TABLE" || loss.type === "SCHEMA") ? [loss.name.at(-1)!] : [],
  );
}

/** Tables with all that is a part of them. */
export function withParts(tables: ReadonlySet<Key>, { facts }: Catalog): ReadonlySet<Key> {
  if (tables.size === 0) return tables;
  const isPart = (fact: Fact | undefined): boolean => {
    if (fact === undefined) return false;
    const whole = "table" in fact && typeof fact.table === "string" ? fact.table : fact.parent;
    return tables.has(fact.key) || (whole !== undefined && isPart(facts[whole as Key]));
  };
  return new Set(Object.values(facts).flatMap((fact) => (isPart(fact) ? [fact.key] : [])));
}
