// Owns what a migration makes and drops again, which neither of its catalogs has: its own statements may call it and set it off.
import { factsOf, startFold, type Catalog, type Fact, type Grammar, type Statement } from "@clew/sql-analyzer";

/** What runs code, or leads to tables under it. */
const kinds = ["function", "procedure", "rule", "trigger", "view"] as const;

export type Passing = Fact<(typeof kinds)[number]>;

/** What would be there without any DROP, and is not. */
export function passing(
  statements: readonly Statement[],
  before: Catalog,
  after: Catalog,
  grammar: Grammar,
): readonly Passing[] {
  const first = statements.findIndex(({ kind }) => /^CREATE (?:FUNCTION|PROCEDURE|RULE|TRIGGER|VIEW)$/.test(kind));
  const drops = ({ kind }: Statement): boolean => kind.startsWith("DROP");
  if (first < 0 || !statements.slice(first).some(drops)) return [];
  const folding = startFold(before, { grammar });
  folding.apply(statements.filter((statement) => !drops(statement)));
  return factsOf(folding.catalog(), ...kinds).filter(({ key }) => !before.facts[key] && !after.facts[key]);
}
