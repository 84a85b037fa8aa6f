// Owns queries of Postgres's own catalogs: the rows that they would find.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { type Source, stepsOf } from "./joins.ts";
import { isKnown, type Known, lookupsOf, type SystemRow, systemRows } from "./system-rows.ts";
import { fields, strings, tagged, text } from "./tree.ts";

/** A row of an answer, and whether it is sure to be there. */
interface Answer {
  readonly values: { readonly [column: string]: Known };
  readonly sure: boolean;
}

/** How many combinations of rows a query may look at. */
const most = 200_000;

/** The rows of a SELECT; undefined where they cannot be known. */
export function answer(scope: Scope, query: Value | undefined): readonly Answer[] | undefined {
  const [tag, select] = tagged(query);
  if (tag !== "SelectStmt" || select["withClause"] !== undefined || select["groupClause"] !== undefined)
    return undefined;
  if (select["op"] !== undefined && select["op"] !== "SETOP_NONE") return undefined;
  const lists = nodes(select["valuesLists"]);
  if (lists.length > 0) return lists.map((list) => ({ values: listed(scope, list), sure: true }));
  const sources: Source[] = [];
  const conditions: Value[] = select["whereClause"] === undefined ? [] : [...conjuncts(select["whereClause"])];
  for (const from of nodes(select["fromClause"])) if (!collect(scope, from, sources, conditions)) return undefined;
  const targets = nodes(select["targetList"]).map((each) => fields(each["ResTarget"]));
  const counts =
    targets.length === 1 && strings(fields(fields(targets[0]!["val"])["FuncCall"])["funcname"]).at(-1) === "count";
  const steps = stepsOf(scope, sources, conditions);
  let budget = most;
  const found: Answer[] = [];
  const search = (index: number, rows: ReadonlyMap<string, SystemRow>, sure: boolean): boolean => {
    const step = steps[index];
    if (step === undefined) {
      found.push({ values: counts ? {} : output({ ...scope, rows: asWritten(scope, sources, rows) }, targets), sure });
      return true;
    }
    const { source, equal, conditions: decided } = step;
    for (const row of lookUp({ ...scope, rows }, source, equal)) {
      if (--budget < 0) return false;
      const next = new Map(rows);
      next.delete(source.alias);
      next.set(source.alias, row);
      const passes = all({ ...scope, rows: next }, decided);
      if (passes !== false && !search(index + 1, next, sure && passes === true)) return false;
    }
    return true;
  };
  if (!search(0, scope.rows, true)) return undefined;
  if (counts) {
    return found.some(({ sure }) => !sure) ? undefined : [{ values: { count: String(found.length) }, sure: true }];
  }
  return isDistinct(select) ? withoutDuplicates(found) : found;
}

function isDistinct(select: Fields): boolean {
  const [only, ...others] = nodes(select["distinctClause"]);
  return only !== undefined && others.length === 0 && tagged(only)[0] === "";
}

function withoutDuplicates(answers: readonly Answer[]): readonly Answer[] {
  const kept = new Map<string | Answer, Answer>();
  for (const answer of answers) {
    const values = Object.values(answer.values);
    const same = values.includes(undefined) ? answer : JSON.stringify(values);
    if (answer.sure || !kept.has(same)) kept.set(same, answer);
  }
  return [...kept.values()];
}

// A star gives the columns of the tables in the order in which the query names them.
function asWritten(
  scope: Scope,
  sources: readonly Source[],
  rows: ReadonlyMap<string, SystemRow>,
): ReadonlyMap<string, SystemRow> {
  return new Map([...scope.rows, ...sources.map(({ alias }) => [alias, rows.get(alias)!] as const)]);
}

/** Whether all conditions hold; undefined where that cannot be known. */
function all(scope: Scope, conditions: readonly Value[]): boolean | undefined {
  let passes: true | undefined = true;
  for (const condition of conditions) {
    const value = evaluate(scope, condition);
    if (value === false || value === null) return false;
    if (value !== true) passes = undefined;
  }
  return passes;
}

// The rows that equalities leave, found without evaluating anything for each of them.
function lookUp(
  scope: Scope,
  source: Source,
  comparisons: readonly (readonly [column: string, value: Value])[],
): readonly SystemRow[] {
  const equal = new Map<string, string>();
  for (const [column, expression] of comparisons) {
    const value = evaluate(scope, expression);
    if (typeof value === "string") equal.set(column, value);
  }
  let left = source.rows(equal);
  for (const [name, value] of equal) {
    left = left.filter((row) => !(name in row) || row[name] === undefined || row[name] === value);
  }
  return left;
}

function* conjuncts(expression: Value): Generator<Value> {
  const [tag, node] = tagged(expression);
  if (tag === "BoolExpr" && node["boolop"] === "AND_EXPR")
    for (const each of nodes(node["args"])) yield* conjuncts(each);
  else yield expression;
}

function collect(scope: Scope, from: Node, sources: Source[], conditions: Value[]): boolean {
  const [tag, node] = tagged(from);
  if (tag === "RangeVar") {
    const name = text(node["relname"]) ?? "";
    const schema = text(node["schemaname"]);
    const system =
      schema === undefined ? name.startsWith("pg_") : schema === "pg_catalog" || schema === "information_schema";
    if (!system || !isKnown(name)) return false;
    const alias = text(fields(node["alias"])["aliasname"]) ?? name;
    sources.push({ alias, rows: (equal) => systemRows(scope.scene, name, equal), lookups: lookupsOf(name) });
    return true;
  }
  if (tag === "RangeFunction") {
    const [call] = nodes(fields(nodes(node["functions"])[0]?.["List"])["items"]);
    const list =
      strings(fields(call?.["FuncCall"])["funcname"]).at(-1) === "unnest"
        ? evaluate(scope, nodes(fields(call?.["FuncCall"])["args"])[0])
        : undefined;
    if (!Array.isArray(list)) return false;
    const alias = fields(node["alias"]);
    const named = text(alias["aliasname"]) ?? "unnest";
    const column = strings(alias["colnames"])[0] ?? named;
    const rows = list.map((value: Known) => ({ [column]: value }));
    sources.push({ alias: named, rows: () => rows, lookups: new Set() });
    return true;
  }
  if (tag === "RangeSubselect") {
    const rows = answer(scope, node["subquery"]);
    if (rows === undefined || rows.some(({ sure }) => !sure)) return false;
    const alias = fields(node["alias"]);
    const names = strings(alias["colnames"]);
    const named = rows.map(({ values }) =>
      Object.fromEntries(Object.entries(values).map(([name, value], index) => [names[index] ?? name, value])),
    );
    sources.push({ alias: text(alias["aliasname"]) ?? "", rows: () => named, lookups: new Set() });
    return true;
  }
  if (tag !== "JoinExpr" || node["jointype"] !== "JOIN_INNER" || node["usingClause"] !== undefined) return false;
  if (node["quals"] !== undefined) conditions.push(...conjuncts(node["quals"]));
  return (
    collect(scope, fields(node["larg"]) as Node, sources, conditions) &&
    collect(scope, fields(node["rarg"]) as Node, sources, conditions)
  );
}

/** A row of VALUES. */
function listed(scope: Scope, list: Node): { readonly [column: string]: Known } {
  const values = nodes(fields(list["List"])["items"]).map((item) => evaluate(scope, item));
  return Object.fromEntries(values.map((value, index) => [`column${index + 1}`, value]));
}

function output(scope: Scope, targets: readonly Fields[]): { readonly [column: string]: Known } {
  const values: Record<string, Known> = {};
  for (const [index, target] of targets.entries()) {
    const [tag, node] = tagged(target["val"]);
    if (tag === "ColumnRef" && nodes(node["fields"]).some((field) => field["A_Star"] !== undefined)) {
      for (const row of scope.rows.values()) Object.assign(values, row);
      continue;
    }
    const inner = tag === "TypeCast" ? tagged(node["arg"]) : [tag, node];
    const own =
      inner[0] === "ColumnRef" ? strings((inner[1] as Fields)["fields"]).at(-1) : strings(node["funcname"]).at(-1);
    values[text(target["name"]) ?? own ?? `column${index + 1}`] = evaluate(scope, target["val"]);
  }
  return values;
}
