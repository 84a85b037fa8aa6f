// Owns queries and data-changing statements: what FROM brings, and which expressions see it.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { nameOf, rangeName } from "../fold/names.ts";
import { fields, items as listItems, strings, tagged, text } from "../fold/tree.ts";
import { checkExpression, checkType, checkWindow, partsAt, reportColumn } from "./expressions.ts";
import { type Here, reportMissing } from "./here.ts";
import { type Columns, unknownColumns } from "./known.ts";
import { outputsOf } from "./outputs.ts";
import { type Item, queryNamed, type Scope, scopeIn } from "./scope.ts";
import type { Span } from "./source.ts";
import { ownFunctionColumns } from "./system.ts";

/** Checks a query; gives the columns of its result. */
export function checkSelect(here: Here, select: Fields, outer: Scope | undefined): Columns {
  const scope = scopeIn(outer);
  checkWith(here, select, scope);
  if (select["op"] !== undefined && select["op"] !== "SETOP_NONE") {
    const columns = checkSelect(here, fields(select["larg"]), scope);
    checkSelect(here, fields(select["rarg"]), scope);
    // ORDER BY sees the columns of the result alone.
    const result = scopeIn(scope, [{ alias: "", columns }]);
    checkExpression(here, select["sortClause"], result);
    checkLimits(here, select, scope);
    return columns;
  }
  const values = nodes(select["valuesLists"]);
  if (values.length > 0) {
    checkExpression(here, values, scope);
    checkExpression(here, select["sortClause"], { ...scope, open: true });
    const width = listItems(values[0]).length;
    return { names: new Set(Array.from({ length: width }, (_, index) => `column${index + 1}`)) };
  }
  for (const node of nodes(select["fromClause"])) scope.items.push(...checkFrom(here, node, scope));
  const targets = nodes(select["targetList"]);
  checkExpression(here, targets, scope);
  checkExpression(here, select["whereClause"], scope);
  checkExpression(here, select["havingClause"], scope);
  for (const { WindowDef: window } of nodes(select["windowClause"])) if (window) checkWindow(here, window, scope);
  const columns = outputsOf(targets, scope);
  // GROUP BY, DISTINCT ON and ORDER BY may name a column of the result, but only by itself.
  const withResult = scopeIn(scope, [
    { alias: "", columns: columns.names === undefined ? { names: new Set() } : columns },
  ]);
  for (const field of ["groupClause", "distinctClause", "sortClause"]) {
    for (const node of nodes(select[field])) {
      const inner = node["SortBy"]?.["node"] ?? (node as Value);
      checkExpression(here, inner, tagged(inner)[0] === "ColumnRef" || field === "groupClause" ? withResult : scope);
    }
  }
  checkLimits(here, select, scope);
  checkExpression(here, fields(select["intoClause"])["options"], scope);
  return columns;
}

function checkLimits(here: Here, select: Fields, scope: Scope): void {
  checkExpression(here, select["limitCount"], scope);
  checkExpression(here, select["limitOffset"], scope);
}

/** Puts the queries of WITH into a scope. */
function checkWith(here: Here, statement: Fields, scope: Scope): void {
  const clause = fields(statement["withClause"]);
  const recursive = clause["recursive"] === true;
  const queries = nodes(clause["ctes"]).map(({ CommonTableExpr: query }) => fields(query));
  // They may name each other, whatever their order.
  if (recursive) for (const query of queries) scope.queries.set(text(query["ctename"]) ?? "", unknownColumns);
  for (const query of queries) {
    const name = text(query["ctename"]) ?? "";
    const aliases = strings(query["aliascolnames"]);
    const extended = query["search_clause"] !== undefined || query["cycle_clause"] !== undefined;
    if (recursive && !extended) {
      // It may name itself, by the columns of its first part.
      const first = firstPart(query["ctequery"]);
      const silent: Here = { ...here, found: [] };
      const inner = scopeIn(scope);
      inner.queries.set(name, unknownColumns);
      const columns = first === undefined ? unknownColumns : checkSelect(silent, first, inner);
      scope.queries.set(name, renamed(columns, aliases));
    }
    const columns = checkStatementInside(here, query["ctequery"], scope);
    scope.queries.set(name, extended ? unknownColumns : renamed(columns, aliases));
  }
}

function firstPart(query: Value | undefined): Fields | undefined {
  const [tag, node] = tagged(query);
  if (tag !== "SelectStmt") return undefined;
  return node["op"] === undefined || node["op"] === "SETOP_NONE" ? node : fields(node["larg"]);
}

function renamed(columns: Columns, aliases: readonly string[]): Columns {
  if (aliases.length === 0) return columns;
  if (columns.names === undefined) return columns;
  return { ...columns, names: new Set([...aliases, ...[...columns.names].slice(aliases.length)]) };
}

/** A query or data-changing statement of any kind; gives the columns of its result. */
export function checkStatementInside(here: Here, tree: Value | undefined, outer: Scope | undefined): Columns {
  const [tag, node] = tagged(tree);
  switch (tag) {
    case "SelectStmt":
      return checkSelect(here, node, outer);
    case "InsertStmt":
      return checkInsert(here, node, outer);
    case "UpdateStmt":
      return checkUpdate(here, node, outer);
    case "DeleteStmt":
      return checkDelete(here, node, outer);
    case "MergeStmt":
      return checkMerge(here, node, outer);
    default:
      return unknownColumns;
  }
}

function checkInsert(here: Here, node: Fields, outer: Scope | undefined): Columns {
  const scope = scopeIn(outer);
  checkWith(here, node, scope);
  const target = checkRelation(here, node["relation"], undefined);
  checkColumns(here, target, nodes(node["cols"]));
  if (node["selectStmt"] !== undefined) checkStatementInside(here, node["selectStmt"], scope);
  const inner = scopeIn(scope, [target]);
  const conflict = fields(node["onConflictClause"]);
  const infer = fields(conflict["infer"]);
  checkIndexElements(here, infer["indexElems"], target, inner, infer["location"]);
  checkExpression(here, infer["whereClause"], inner);
  const excluded = scopeIn(scope, [target, { alias: "excluded", columns: target.columns }]);
  // A bare name is the table's: excluded has the same, which is no matter here.
  checkColumns(here, target, nodes(conflict["targetList"]));
  checkExpression(here, nodes(conflict["targetList"]), excluded);
  checkExpression(here, conflict["whereClause"], excluded);
  return checkReturning(here, node, inner);
}

function checkUpdate(here: Here, node: Fields, outer: Scope | undefined): Columns {
  const scope = scopeIn(outer);
  checkWith(here, node, scope);
  const target = checkRelation(here, node["relation"], undefined);
  scope.items.push(target);
  for (const from of nodes(node["fromClause"])) scope.items.push(...checkFrom(here, from, scope));
  checkColumns(here, target, nodes(node["targetList"]));
  checkExpression(here, nodes(node["targetList"]), scope);
  checkExpression(here, node["whereClause"], scope);
  return checkReturning(here, node, scope);
}

function checkDelete(here: Here, node: Fields, outer: Scope | undefined): Columns {
  const scope = scopeIn(outer);
  checkWith(here, node, scope);
  scope.items.push(checkRelation(here, node["relation"], undefined));
  for (const from of nodes(node["usingClause"])) scope.items.push(...checkFrom(here, from, scope));
  checkExpression(here, node["whereClause"], scope);
  return checkReturning(here, node, scope);
}

function checkMerge(here: Here, node: Fields, outer: Scope | undefined): Columns {
  const scope = scopeIn(outer);
  checkWith(here, node, scope);
  const target = checkRelation(here, node["relation"], undefined);
  scope.items.push(target, ...checkFrom(here, (node["sourceRelation"] ?? {}) as Node, scope));
  checkExpression(here, node["joinCondition"], scope);
  for (const { MergeWhenClause: when } of nodes(node["mergeWhenClauses"])) {
    if (when === undefined) continue;
    checkExpression(here, when["condition"], scope);
    checkColumns(here, target, nodes(when["targetList"]));
    checkExpression(here, nodes(when["targetList"]), scope);
    checkExpression(here, when["values"], scope);
  }
  return checkReturning(here, node, scope, ["merge_action"]);
}

/** RETURNING, which from Postgres 18 on has `old` and `new` as well. */
function checkReturning(here: Here, node: Fields, scope: Scope, extra: readonly string[] = []): Columns {
  const clause = fields(node["returningClause"]);
  const targets = nodes(clause["exprs"] ?? node["returningList"]);
  if (targets.length === 0) return unknownColumns;
  const target = scope.items[0]!;
  const rows = nodes(clause["options"]).map(({ ReturningOption: option }) => text(option?.["value"]) ?? "");
  const names = [...rows, ...(here.known.scene.catalog.major >= 18 ? ["old", "new"] : [])];
  const inner: Scope = {
    ...scopeIn(
      scope,
      names.map((alias) => ({ alias, columns: target.columns })),
    ),
    variables: new Set(extra),
  };
  checkExpression(here, targets, inner);
  return outputsOf(targets, scope);
}

/** Names of the table's columns in an INSERT's list, or on the left of SET. */
function checkColumns(here: Here, { alias, columns }: Item, targets: readonly Node[]): void {
  for (const { ResTarget: target } of targets) {
    const name = text(target?.["name"]);
    if (name === undefined || columns.names?.has(name) !== false) continue;
    reportColumn(here, alias, columns, name, partsAt(here, target!["location"])(0, name));
  }
}

/** The columns and expressions of an index, a primary key, a partition key. */
export function checkIndexElements(
  here: Here,
  elements: Value | undefined,
  { alias, columns }: Item,
  scope: Scope,
  location: unknown,
): void {
  let from = here.source.at(location);
  for (const node of nodes(elements)) {
    const element = node["IndexElem"] ?? node["PartitionElem"] ?? node["StatsElem"];
    if (element === undefined) continue;
    const name = text(element["name"]);
    if (name === undefined) {
      checkExpression(here, element["expr"], scope);
      continue;
    }
    const span: Span | undefined = here.source.find(name, from);
    from = span?.end ?? from;
    if (columns.names?.has(name) === false) reportColumn(here, alias, columns, name, span);
  }
}

/** Checks an element of FROM; gives what it brings. Those before it are in the scope already. */
function checkFrom(here: Here, node: Node, scope: Scope): readonly Item[] {
  const [tag, from] = tagged(node);
  const alias = fields(from["alias"]);
  const name = text(alias["aliasname"]);
  const columns = strings(alias["colnames"]);
  switch (tag) {
    case "RangeVar":
      return [checkRelation(here, from, scope)];
    case "RangeSubselect": {
      const result = checkStatementInside(here, from["subquery"], scope);
      return [{ alias: name ?? "", columns: renamed(result, columns) }];
    }
    case "JoinExpr":
      return checkJoin(here, from, scope, name, columns);
    case "RangeFunction":
      return [checkRangeFunction(here, from, scope, name, columns)];
    case "RangeTableSample":
      checkExpression(here, from["args"], scope);
      return checkFrom(here, from["relation"] as Node, scope);
    default:
      // XMLTABLE, JSON_TABLE: they say their columns in ways of their own.
      checkExpression(here, from["docexpr"] ?? from["context_item"], scope);
      return [{ alias: name ?? (tag === "JsonTable" ? "json_table" : "xmltable"), columns: unknownColumns }];
  }
}

function checkJoin(
  here: Here,
  join: Fields,
  scope: Scope,
  alias: string | undefined,
  renames: readonly string[],
): readonly Item[] {
  const left = checkFrom(here, join["larg"] as Node, scope);
  const besides = { ...scope, items: [...scope.items, ...left] };
  const right = checkFrom(here, join["rarg"] as Node, besides);
  const all = [...left, ...right];
  checkExpression(here, join["quals"], { ...scope, items: [...scope.items, ...all] });
  const using = strings(join["usingClause"]);
  let from = lastLocation(join["rarg"]);
  for (const name of using) {
    for (const side of [left, right]) {
      const closed = side.every(({ columns }) => columns.names !== undefined && columns.partial !== true);
      if (!closed || side.some(({ columns }) => columns.names?.has(name))) continue;
      const span = here.source.find(name, here.source.at(from));
      reportColumn(here, side.length === 1 ? side[0]!.alias : "this join", { names: namesOf(side) }, name, span);
      break;
    }
    from += 1;
  }
  const usingAlias = text(fields(join["join_using_alias"])["aliasname"]);
  if (alias !== undefined) {
    const names = all.every(({ columns }) => columns.names !== undefined) ? namesOf(all) : undefined;
    return [{ alias, columns: renames.length > 0 ? unknownColumns : { names } }];
  }
  return usingAlias === undefined ? all : [...all, { alias: usingAlias, columns: { names: new Set(using) } }];
}

function lastLocation(tree: Value | undefined): number {
  const [, node] = tagged(tree);
  const own = node["location"];
  return typeof own === "number" ? own : 0;
}

function namesOf(all: readonly Item[]): ReadonlySet<string> {
  return new Set(all.flatMap(({ columns }) => [...(columns.names ?? [])]));
}

/** Checks the name of a relation; gives its columns under its alias. WITH's names hide others. */
export function checkRelation(here: Here, tree: Value | undefined, scope: Scope | undefined): Item {
  const rangeVar = fields(tree);
  const name = rangeName(rangeVar);
  const alias = fields(rangeVar["alias"]);
  const shown = text(alias["aliasname"]);
  const renames = strings(alias["colnames"]);
  const item = (columns: Columns): Item => ({
    alias: shown ?? name.name,
    schema: shown === undefined ? name.schema : undefined,
    columns: renamed(columns, renames),
  });
  if (name.schema === undefined) {
    const query = queryNamed(scope, name.name);
    if (query !== undefined) return item(query);
    // A trigger's transition table is a variable of its function.
    if (here.variables?.variables?.has(name.name) === true) return item(unknownColumns);
  }
  const found = here.known.table(name);
  if ("key" in found) {
    const columns = here.body?.made.has("table", name.name) === true ? unknownColumns : here.known.columns(found.key);
    return item(columns);
  }
  if ("columns" in found) return item(found.columns);
  reportMissing(here, "table", name, found.missing, partsAt(here, rangeVar["location"]));
  return item(unknownColumns);
}

function checkRangeFunction(
  here: Here,
  from: Fields,
  scope: Scope,
  alias: string | undefined,
  renames: readonly string[],
): Item {
  const calls = nodes(from["functions"]).map((each) => nodes(fields(each["List"])["items"]));
  // unnest of several arrays is one for each of them.
  // https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-TABLEFUNCTIONS
  for (const [call] of calls) checkExpression(here, arraysOf(call) ?? call, scope);
  const definitions = [...nodes(from["coldeflist"]), ...calls.flatMap(([, list]) => listItems(list))];
  for (const { ColumnDef: column } of definitions) if (column) checkType(here, fields(column["typeName"]));
  const [tag, call] = tagged(calls[0]?.[0]);
  const name = tag === "FuncCall" ? nameOf(call["funcname"]) : { schema: undefined, name: "" };
  const shown = alias ?? name.name;
  const ordinality = from["ordinality"] === true ? ["ordinality"] : [];
  if (calls.length !== 1 || tag !== "FuncCall") return { alias: shown, columns: unknownColumns };
  const declared = definitions.flatMap(({ ColumnDef: column }) => text(column?.["colname"]) ?? []);
  const columns = declared.length > 0 ? declared : columnsOfCall(here, name, nodes(call["args"]).length, shown);
  if (columns === undefined) return { alias: shown, columns: unknownColumns };
  return { alias: shown, columns: renamed({ names: new Set([...columns, ...ordinality]) }, renames) };
}

function arraysOf(call: Node | undefined): readonly Node[] | undefined {
  const { funcname, args } = fields(call?.["FuncCall"]);
  return strings(funcname).join(".") === "unnest" ? nodes(args) : undefined;
}

/** The columns that a function gives in FROM; undefined where they are not known. */
function columnsOfCall(
  here: Here,
  name: { readonly schema: string | undefined; readonly name: string },
  count: number,
  alias: string,
): readonly string[] | undefined {
  const found = here.known.routine(name, count);
  if ("missing" in found) return undefined;
  if (found.own) {
    const columns = ownFunctionColumns(name.name);
    return columns?.length === 0 ? [alias] : columns;
  }
  const [fact] = found.facts;
  if (fact === undefined || found.facts.length > 1 || fact.kind !== "function" || fact.certainty !== "exact")
    return undefined;
  const outs = fact.arguments.filter(({ mode }) => mode === "out" || mode === "inout" || mode === "table");
  if (outs.length > 0) {
    const names = outs.map(({ name }) => name);
    return names.every((each) => each !== undefined) ? names : undefined;
  }
  // A plain type gives one column; a row of a table or composite type gives its own.
  const type = fact.returns ?? "";
  return /^[a-z ]+(?:\([\d,]+\))?(?:\[\])?$/.test(type) && !/^(?:record|any)/.test(type) ? [alias] : undefined;
}
