// Owns queries of Postgres's own catalogs: the rows that they would find.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import { isKnown, type Known, type SystemRow, systemRows } from "./system-rows.ts";
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
  const sources: Source[] = [];
  const conditions: Value[] = select["whereClause"] === undefined ? [] : [...conjuncts(select["whereClause"])];
  for (const from of nodes(select["fromClause"])) if (!collect(scope, from, sources, conditions)) return undefined;
  const rowsOf = sources.map(({ alias, rows }) => narrowed(rows, equalities(scope, alias, conditions)));
  const targets = nodes(select["targetList"]).map((each) => fields(each["ResTarget"]));
  const counts =
    targets.length === 1 && strings(fields(fields(targets[0]!["val"])["FuncCall"])["funcname"]).at(-1) === "count";
  let budget = most;
  const found: Answer[] = [];
  const search = (index: number, rows: ReadonlyMap<string, SystemRow>, sure: boolean): boolean => {
    if (index === sources.length) {
      const inner = { ...scope, rows };
      found.push({ values: counts ? {} : output(inner, targets), sure });
      return true;
    }
    const { alias } = sources[index]!;
    for (const row of rowsOf[index]!) {
      if (--budget < 0) return false;
      const next = new Map([...rows, [alias, row]]);
      const inner = { ...scope, rows: next };
      let passes: Known = true;
      for (const condition of conditions) {
        const value = evaluate(inner, condition);
        if (value === true) continue;
        if (value === undefined && (index < sources.length - 1 || passes === true)) passes = undefined;
        else if (value === false || value === null) passes = false;
        if (passes === false) break;
      }
      if (passes === false) continue;
      if (!search(index + 1, next, index < sources.length - 1 ? sure : sure && passes === true)) return false;
    }
    return true;
  };
  if (!search(0, scope.rows, true)) return undefined;
  if (counts) {
    return found.some(({ sure }) => !sure) ? undefined : [{ values: { count: String(found.length) }, sure: true }];
  }
  return found;
}

/** What columns are to be, where conditions say it by `column = constant`. */
type Equalities = ReadonlyMap<string, string>;

interface Source {
  readonly alias: string;
  /** Its rows, without some that have a column otherwise. */
  readonly rows: (equal: Equalities) => readonly SystemRow[];
}

function equalities(scope: Scope, alias: string, conditions: readonly Value[]): Equalities {
  const equal = new Map<string, string>();
  for (const condition of conditions) {
    const [tag, node] = tagged(condition);
    if (tag !== "A_Expr" || node["kind"] !== "AEXPR_OP" || strings(node["name"])[0] !== "=") continue;
    const [kind, column] = tagged(node["lexpr"]);
    const names = kind === "ColumnRef" ? strings(column["fields"]) : [];
    const name = names.at(-1);
    if (
      name === undefined ||
      (names.length > 1 && names.at(-2) !== alias) ||
      (names.length === 1 && scope.variables.has(name))
    )
      continue;
    const value = evaluate(scope, node["rexpr"]);
    if (typeof value === "string") equal.set(name, value);
  }
  return equal;
}

// The rows that equalities leave, found without evaluating anything for each of them.
function narrowed(rows: Source["rows"], equal: Equalities): readonly SystemRow[] {
  let left = rows(equal);
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
    sources.push({ alias, rows: (equal) => systemRows(scope.scene, name, equal) });
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
    sources.push({ alias: named, rows: () => rows });
    return true;
  }
  if (tag !== "JoinExpr" || node["jointype"] !== "JOIN_INNER" || node["usingClause"] !== undefined) return false;
  if (node["quals"] !== undefined) conditions.push(...conjuncts(node["quals"]));
  return (
    collect(scope, fields(node["larg"]) as Node, sources, conditions) &&
    collect(scope, fields(node["rarg"]) as Node, sources, conditions)
  );
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
