// Owns how the tables of a query are joined: in which order, and by which columns the rows of each are looked up.
import { nodes, type Value } from "../grammar.ts";
import { walkTree } from "../walk.ts";
import type { Scope } from "./evaluate.ts";
import type { SystemRow } from "./system-rows.ts";
import { strings, tagged } from "./tree.ts";

/** What columns are to be. */
export type Equalities = ReadonlyMap<string, string>;

/** A table of a query. */
export interface Source {
  readonly alias: string;
  /** Its rows, without some that have a column otherwise. */
  readonly rows: (equal: Equalities) => readonly SystemRow[];
  /** The columns by which rows are found without a look at all of them. */
  readonly lookups: ReadonlySet<string>;
}

/** One table after the other: what is asked of it where the tables before it have a row each. */
export interface Step {
  readonly source: Source;
  /** What columns are compared with. */
  readonly equal: readonly (readonly [column: string, value: Value])[];
  /** What can be decided as soon as it has a row. */
  readonly conditions: readonly Value[];
}

interface Condition {
  readonly expression: Value;
  readonly needs: ReadonlySet<string>;
  readonly equalities: readonly Equality[];
}

/** `column = value`; without an alias the column is of any table that has it. */
interface Equality {
  readonly alias: string | undefined;
  readonly column: string;
  readonly value: Value;
  readonly needs: ReadonlySet<string>;
}

/** The tables in an order that leaves few rows to look at, those that can be looked up by what is known before the others. */
export function stepsOf(scope: Scope, sources: readonly Source[], conditions: readonly Value[]): readonly Step[] {
  const left = new Set(conditions.map((expression) => conditionOf(scope, sources, expression)));
  const waiting = new Set(sources);
  const bound = new Set<string>();
  const steps: Step[] = [];
  while (waiting.size > 0) {
    let source: Source | undefined;
    let equal: readonly Equality[] = [];
    let best = Infinity;
    for (const each of waiting) {
      const found = equalitiesOf(each, left, bound);
      const rank = found.some(({ column }) => each.lookups.has(column)) ? 0 : found.length > 0 ? 1 : 2;
      if (rank < best) [source, equal, best] = [each, found, rank];
    }
    waiting.delete(source!);
    bound.add(source!.alias);
    const decided = [...left].filter(({ needs }) => isWithin(needs, bound));
    for (const condition of decided) left.delete(condition);
    steps.push({
      source: source!,
      equal: equal.map(({ column, value }) => [column, value]),
      conditions: decided.map(({ expression }) => expression),
    });
  }
  return steps;
}

function conditionOf(scope: Scope, sources: readonly Source[], expression: Value): Condition {
  const needs = (of: Value | undefined): ReadonlySet<string> => aliasesIn(scope, sources, of);
  const [tag, node] = tagged(expression);
  const compares = tag === "A_Expr" && node["kind"] === "AEXPR_OP" && strings(node["name"])[0] === "=";
  const sides = compares ? [[node["lexpr"], node["rexpr"]] as const, [node["rexpr"], node["lexpr"]] as const] : [];
  const equalities = sides.flatMap(([left, value]): readonly Equality[] => {
    const [kind, reference] = tagged(left);
    const names = kind === "ColumnRef" ? strings(reference["fields"]) : [];
    const column = names.at(-1);
    if (column === undefined || value === undefined) return [];
    if (names.length === 1 && scope.variables.has(column)) return [];
    return [{ alias: names.at(-2), column, value, needs: needs(value) }];
  });
  return { expression, needs: needs(expression), equalities };
}

function equalitiesOf(
  { alias }: Source,
  conditions: Iterable<Condition>,
  bound: ReadonlySet<string>,
): readonly Equality[] {
  const found: Equality[] = [];
  for (const { equalities } of conditions)
    for (const each of equalities)
      if ((each.alias === undefined || each.alias === alias) && isWithin(each.needs, bound)) found.push(each);
  return found;
}

/** The tables whose rows an expression needs; all of them where a name does not say of which it is, though the query around may have it. */
function aliasesIn(scope: Scope, sources: readonly Source[], expression: Value | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  walkTree(expression, undefined, (tag, node) => {
    if (tag !== "ColumnRef") return;
    const names = strings(node["fields"]);
    const qualified = names.length > 1 || nodes(node["fields"]).length > names.length;
    if (!qualified && scope.variables.has(names[0] ?? "")) return;
    for (const { alias } of sources) if (!qualified || alias === (names.at(-2) ?? names[0] ?? alias)) found.add(alias);
  });
  return found;
}

function isWithin(needs: ReadonlySet<string>, bound: ReadonlySet<string>): boolean {
  for (const alias of needs) if (!bound.has(alias)) return false;
  return true;
}
