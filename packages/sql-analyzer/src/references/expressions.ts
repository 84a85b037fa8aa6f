// Owns expressions: the columns, functions, types and subqueries that they name.
import { type Fields, nodes, type Value } from "../grammar.ts";
import { nameOf } from "../fold/names.ts";
import { checkJob } from "./bodies.ts";
import { walkTree } from "../walk.ts";
import { fields, strings, tagged, text } from "../fold/tree.ts";
import { type Here, report, reportMissing } from "./here.ts";
import type { Columns } from "./known.ts";
import { nearest } from "./nearest.ts";
import { checkSelect } from "./queries.ts";
import { type Item, levels, type Scope, systemColumns } from "./scope.ts";
import type { Span } from "./source.ts";
import type { Arity } from "./system.ts";

/** Checks every name in an expression, or in a list of them. */
export function checkExpression(here: Here, tree: Value | undefined, scope: Scope): void {
  walkTree(tree, undefined, (tag, node) => {
    switch (tag) {
      case "ColumnRef":
        checkColumnRef(here, node, scope);
        return false;
      case "SelectStmt":
        checkSelect(here, node, scope);
        return false;
      case "TypeName":
        checkType(here, node);
        return false;
      case "FuncCall":
        checkCall(here, node, scope);
        return undefined;
      case "TypeCast":
        checkLiteralCast(here, node);
        return undefined;
      case "CollateClause":
        checkExpression(here, node["arg"], scope);
        return false;
      case "A_Const":
        return false;
      default:
        return undefined;
    }
  });
}

/** A window: PARTITION BY and ORDER BY name columns. */
export function checkWindow(here: Here, node: Fields, scope: Scope): void {
  for (const field of ["partitionClause", "orderClause", "startOffset", "endOffset"])
    checkExpression(here, node[field], scope);
}

/** Where the parts of a dotted name are that begins at a node's location. */
export function partsAt(here: Here, location: unknown): (index: number, name: string) => Span | undefined {
  const from = here.source.at(location);
  return (index, name) => here.source.part(from, index, name);
}

function checkColumnRef(here: Here, node: Fields, scope: Scope): void {
  const names = nodes(node["fields"]).map((field) => field["String"]?.["sval"]);
  const parts = partsAt(here, node["location"]);
  if (names.at(-1) === undefined) {
    if (names.length === 2) findItem(here, undefined, String(names[0]), scope, parts);
    return;
  }
  const [first, second, third] = names.map(String);
  if (names.length === 1) checkBare(here, first!, scope, parts(0, first!));
  else if (names.length === 2) {
    if (checkArgument(here, first!, second!, scope, parts(1, second!))) return;
    const item = findItem(here, undefined, first!, scope, parts);
    if (item !== undefined) checkIn(here, item, second!, parts(1, second!));
  } else if (names.length === 3) {
    // block.record.field of a body, or schema.table.column
    if (hasVariable(scope, first!)) return;
    const item = findItem(here, first!, second!, scope, parts);
    if (item !== undefined) checkIn(here, item, third!, parts(2, third!));
  }
}

function checkBare(here: Here, name: string, scope: Scope, span: Span | undefined): void {
  let partial = false;
  let table = false;
  for (const level of levels(scope)) {
    if (level.open === true || level.variables?.has(name) === true) return;
    for (const { alias, columns } of level.items) {
      if (columns.names === undefined || columns.names.has(name) || alias === name) return;
      partial ||= columns.partial === true;
      table = true;
    }
  }
  if (table && systemColumns.has(name)) return;
  report(here, {
    sort: "column",
    name: { schema: undefined, name },
    span,
    message: `There is no column ${name} here.`,
    certain: !partial,
    candidates: namesIn(scope),
  });
}

function* namesIn(scope: Scope): Iterable<string> {
  for (const level of levels(scope)) {
    yield* level.variables ?? [];
    for (const { columns } of level.items) yield* columns.names ?? [];
  }
}

function findItem(
  here: Here,
  schema: string | undefined,
  name: string,
  scope: Scope,
  parts: (index: number, name: string) => Span | undefined,
): Item | undefined {
  const aliases: string[] = [];
  // A table without a schema may be in the one that is said.
  let unsaid = false;
  for (const level of levels(scope)) {
    for (const item of level.items) {
      unsaid ||= item.alias === name && item.schema === undefined;
      if (item.alias === name && (schema === undefined || item.schema === schema)) return item;
      aliases.push(item.alias);
    }
    if (level.open === true || (schema === undefined && level.variables?.has(name) === true)) return undefined;
  }
  if (schema !== undefined && unsaid) return undefined;
  report(here, {
    sort: "table",
    name: { schema, name },
    span: schema === undefined ? parts(0, name) : aliases.includes(name) ? parts(0, schema) : parts(1, name),
    message: `There is no table or alias ${schema === undefined ? "" : `${schema}.`}${name} in this query.`,
    certain: true,
    candidates: aliases,
  });
  return undefined;
}

// function.argument inside that function; whether it is one.
function checkArgument(here: Here, first: string, name: string, scope: Scope, span: Span | undefined): boolean {
  for (const { items, routine } of levels(scope)) {
    if (items.some(({ alias }) => alias === first)) return false;
    if (routine?.name !== first) continue;
    if (!routine.arguments.has(name)) {
      reportColumn(here, first, { names: routine.arguments }, name, span);
    }
    return true;
  }
  return false;
}

function hasVariable(scope: Scope, name: string): boolean {
  for (const { variables, open } of levels(scope)) if (open === true || variables?.has(name) === true) return true;
  return false;
}

function checkIn(here: Here, { alias, columns }: Item, name: string, span: Span | undefined): void {
  if (columns.names === undefined || columns.names.has(name) || systemColumns.has(name)) return;
  // t.f is f(t) where there is no such column.
  if (!("missing" in here.known.routine({ schema: undefined, name }, 1))) return;
  reportColumn(here, alias, columns, name, span);
}

/** Notes that a table has no such column. */
export function reportColumn(here: Here, table: string, columns: Columns, name: string, span: Span | undefined): void {
  report(here, {
    sort: "column",
    name: { schema: undefined, name },
    of: table,
    span,
    message: `${table} has no column ${name}.`,
    certain: columns.partial !== true,
    candidates: columns.names ?? [],
  });
}

/** Checks a TypeName. */
export function checkType(here: Here, node: Fields): void {
  const names = strings(node["names"]);
  if (names.length === 0) return;
  const parts = partsAt(here, node["location"]);
  if (node["pct_type"] === true) {
    checkColumnType(here, names, parts);
    return;
  }
  const name = nameOf(node["names"]);
  const missing = here.known.type(name);
  if (missing !== undefined) reportMissing(here, "type", name, missing, parts);
}

// table.column%TYPE
function checkColumnType(
  here: Here,
  names: readonly string[],
  parts: (index: number, name: string) => Span | undefined,
): void {
  const [column, table, schema] = names.toReversed();
  if (table === undefined || column === undefined) return;
  const name = { schema, name: table };
  const found = here.known.table(name);
  if ("missing" in found) {
    // In a body it may be a variable's type.
    if (here.variables !== undefined && schema === undefined && hasVariable(here.variables, table)) return;
    reportMissing(here, "table", name, found.missing, parts);
    return;
  }
  const columns = "key" in found ? here.known.columns(found.key) : found.columns;
  if (columns.names?.has(column) === false) {
    reportColumn(here, table, columns, column, parts(names.length - 1, column));
  }
}

/** Checks that a function of this name takes so many arguments. */
export function checkCall(here: Here, node: Fields, scope: Scope | undefined): void {
  const name = nameOf(node["funcname"]);
  checkSequenceArgument(here, node, name.name);
  if (name.schema === "cron" && name.name.startsWith("schedule")) checkJob(here, node);
  if (node["funcformat"] === "COERCE_SQL_SYNTAX") return;
  const args = nodes(node["args"]);
  const ordered = node["agg_within_group"] === true ? nodes(node["agg_order"]).length : 0;
  const count = node["func_variadic"] === true || ordered > 0 ? undefined : args.length;
  const result = here.known.routine(name, count);
  if (!("missing" in result)) return;
  let { missing } = result;
  if (args.length === 1) {
    // type(x) is a cast, and column(t) is t.column.
    if (here.known.type(name) === undefined) return;
    const row = strings(args[0]?.["ColumnRef"]?.["fields"]).at(-1);
    const rows = [...levels(scope)].map(({ items }) => items.find(({ alias }) => alias === row));
    // Of a variable, or what a function gives, it is not known which columns it has.
    if (rows.every((item) => item === undefined) && here.known.namesColumn(name.name)) return;
    for (const item of rows) {
      if (item?.columns.names?.has(name.name) === true) return;
      if (item !== undefined && item.columns.names === undefined) missing = { ...missing, certain: false };
    }
  }
  // The most common call of all, and its name is too short for a misspelling to stand out beside what an extension may bring.
  if (count === 0 && name.schema === undefined && nearest(name.name, ["now"]) !== undefined)
    missing = { ...missing, certain: true };
  reportRoutine(here, name, { ...result, missing }, count, partsAt(here, node["location"]));
}

/** Notes that there is no function of a name, or none with so many arguments. */
export function reportRoutine(
  here: Here,
  name: { readonly schema: string | undefined; readonly name: string },
  { missing, arities }: { readonly missing: Parameters<typeof reportMissing>[3]; readonly arities: readonly Arity[] },
  count: number | undefined,
  parts: (index: number, name: string) => Span | undefined,
): void {
  if (arities.length === 0 || missing.part === "schema") {
    reportMissing(here, "function", name, missing, parts);
    return;
  }
  if (!missing.certain || count === undefined) return;
  report(here, {
    sort: "argument count",
    name,
    span: parts(name.schema === undefined ? 0 : 1, name.name),
    message: `No function ${name.name} takes ${count} argument${count === 1 ? "" : "s"}; there is one with ${inWords(arities)}.`,
    certain: true,
    candidates: [],
  });
}

function inWords(arities: readonly Arity[]): string {
  const all = arities.map(({ least, most }) => {
    if (most === Infinity) return `${least} or more`;
    return least === most ? `${least}` : `${least} to ${most}`;
  });
  return [...new Set(all)].sort().join(", ");
}

const sequenceFunctions = new Set(["nextval", "currval", "setval"]);

// nextval('s') is resolved as soon as it is read.
function checkSequenceArgument(here: Here, node: Fields, name: string): void {
  if (!sequenceFunctions.has(name)) return;
  const [argument] = nodes(node["args"]);
  const constant = argument?.["A_Const"];
  if (constant !== undefined) checkLiteral(here, constant, "sequence");
}

const literalTypes: { readonly [type: string]: "role" | "schema" | "sequence" | "table" | "type" | undefined } = {
  regclass: "table",
  regnamespace: "schema",
  regrole: "role",
  regtype: "type",
};

// 'name'::regclass is resolved as soon as it is read.
function checkLiteralCast(here: Here, node: Fields): void {
  const type = strings(fields(node["typeName"])["names"]).at(-1) ?? "";
  const [tag, argument] = tagged(node["arg"]);
  const sort = literalTypes[type];
  if (sort !== undefined && tag === "A_Const" && nodes(fields(node["typeName"])["arrayBounds"]).length === 0) {
    checkLiteral(here, argument, sort);
  }
}

function checkLiteral(here: Here, constant: Fields, sort: "role" | "schema" | "sequence" | "table" | "type"): void {
  const value = text(fields(constant["sval"])["sval"]);
  if (value === undefined || !/^(?:"[^"]+"|[a-z_][\w$]*)(?:\.(?:"[^"]+"|[a-z_][\w$]*))?$/i.test(value)) return;
  const names = value.split(".").map((part) => (part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase()));
  const from = here.source.at(constant["location"]);
  const parts = (_: number, part: string): Span | undefined => here.source.findString(part, from);
  const name = { schema: names.length > 1 ? names[0] : undefined, name: names.at(-1)! };
  // The guard would find the name in its own string.
  const { body } = here;
  const elsewhere = (body?.strings.get(name.name.toLowerCase()) ?? 0) > 1;
  const unguarded: Here = body === undefined || elsewhere ? here : { ...here, body: { ...body, strings: new Map() } };
  if (sort === "role" || sort === "schema") {
    const missing = here.known.alone(name.name, sort);
    if (missing !== undefined) reportMissing(unguarded, sort, { schema: undefined, name: name.name }, missing, parts);
  } else if (sort === "type") {
    if (name.schema === undefined) return; // 'double precision', 'integer' and the like
    const missing = here.known.type(name);
    if (missing !== undefined) reportMissing(unguarded, "type", name, missing, parts);
  } else {
    const found = here.known.table(name);
    if ("missing" in found && here.known.inSchema(name, "index") !== undefined) {
      reportMissing(unguarded, sort, name, found.missing, parts);
    }
  }
}
