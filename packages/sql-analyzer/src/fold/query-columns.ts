// Owns the columns that a query gives a view or a table: their names, and their types as far as they can be told.
import type { Certainty, Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { columnsOf } from "./columns.ts";
import { expressionName } from "./column-name.ts";
import { findCalled, findTable, nameOf } from "./names.ts";
import { typeOfFunction, typeOfOperation } from "./result-types.ts";
import type { Scene } from "./scene.ts";
import { fields, strings, tagged, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";

interface Output {
  readonly name: string;
  readonly type: string | undefined;
  readonly collation?: string | undefined;
  /** Whether the type is that of a column, or said by a cast, and not worked out. */
  readonly certainty?: Certainty | undefined;
}

/** What FROM brings under one name. */
interface Source {
  readonly alias: string;
  readonly columns: readonly Output[];
}

/** What an element of FROM brings. What cannot be told is undefined: it may bring any column. */
interface From {
  readonly sources: readonly (Source | undefined)[];
  /** What `*` stands for. */
  readonly all: readonly Output[] | undefined;
}

/** Puts the columns of a view, materialized view or CREATE TABLE AS. None where even their names cannot be told. */
export function addQueryColumns(scene: Scene, relation: Key, query: Fields, aliases: readonly Node[]): void {
  const outputs = outputsOf(scene, query, new Map());
  const before = new Map(columnsOf(scene, relation).map((column) => [column.name, column]));
  for (const { key } of before.values()) scene.catalog.remove(key);
  if (outputs === undefined) {
    // The server is asked for them once they are there.
    scene.catalog.change(relation, "assumed", {});
    return;
  }
  const names = strings(aliases);
  for (const [index, output] of outputs.entries()) {
    const name = names[index] ?? output.name;
    const kept: Fact<"column"> | undefined = before.get(name);
    scene.add(
      "column",
      {
        key: keyIn(relation, "column", name),
        name,
        parent: relation,
        certainty: output.certainty === "exact" ? undefined : "assumed",
        comment: kept?.comment,
        grants: kept?.grants,
      },
      { position: index + 1, type: output.type ?? "unknown", collation: output.collation, default: kept?.default },
    );
  }
}

type Ctes = ReadonlyMap<string, readonly Output[] | undefined>;

function outputsOf(scene: Scene, query: Value | undefined, outer: Ctes): readonly Output[] | undefined {
  const [tag, inner] = tagged(query);
  return tag === "SelectStmt" ? selectOutputs(scene, inner, outer) : undefined;
}

function selectOutputs(scene: Scene, select: Fields, outer: Ctes): readonly Output[] | undefined {
  const ctes = new Map(outer);
  for (const { CommonTableExpr: cte } of nodes(fields(select["withClause"])["ctes"])) {
    if (cte === undefined) continue;
    const found = outputsOf(scene, cte["ctequery"], ctes);
    ctes.set(text(cte["ctename"]) ?? "", renamed(found, strings(cte["aliascolnames"])));
  }
  if (select["op"] !== undefined && select["op"] !== "SETOP_NONE") {
    const left = selectOutputs(scene, fields(select["larg"]), ctes);
    const right = selectOutputs(scene, fields(select["rarg"]), ctes);
    return left?.map((output, index) => ({
      ...output,
      type: output.type === right?.[index]?.type ? output.type : undefined,
      certainty: undefined,
    }));
  }
  const { sources, all } = joined(nodes(select["fromClause"]).map((node) => fromOf(scene, node, ctes)));
  const [values] = nodes(select["valuesLists"]);
  if (values !== undefined) {
    return nodes(fields(values["List"])["items"]).map((node, index) => ({
      name: `column${index + 1}`,
      type: typeOfExpression(scene, node, []),
    }));
  }
  const known = sources.filter((source) => source !== undefined);
  const outputs: Output[] = [];
  for (const { ResTarget: target } of nodes(select["targetList"])) {
    const [tag, value] = tagged(target?.["val"]);
    const star = tag === "ColumnRef" && nodes(value["fields"]).some((field) => field["A_Star"] !== undefined);
    if (star) {
      const of = strings(value["fields"]).at(-1);
      const columns = of === undefined ? all : known.find(({ alias }) => alias === of)?.columns;
      if (columns === undefined) return undefined;
      outputs.push(...columns);
      continue;
    }
    const node = fields(target?.["val"]);
    const named = text(target?.["name"]) ?? expressionName(target?.["val"]) ?? "?column?";
    const column = tag === "ColumnRef" ? columnOf(value, known) : undefined;
    outputs.push({
      name: named,
      type: column?.type ?? typeOfExpression(scene, node, known),
      collation: column?.collation,
      certainty: column?.certainty ?? (isKnownCast(scene, tag, value) ? "exact" : undefined),
    });
  }
  return outputs;
}

function isKnownCast(scene: Scene, tag: string, node: Fields): boolean {
  return tag === "TypeCast" && typeOf(scene, fields(node["typeName"])).known;
}

function renamed(outputs: readonly Output[] | undefined, names: readonly string[]): readonly Output[] | undefined {
  return outputs?.map((output, index) => ({ ...output, name: names[index] ?? output.name }));
}

function fromOf(scene: Scene, node: Node, ctes: Ctes): From {
  const [tag, inner] = tagged(node);
  const alias = fields(inner["alias"]);
  const named = text(alias["aliasname"]);
  const columnNames = strings(alias["colnames"]);
  switch (tag) {
    case "RangeVar": {
      const name = text(inner["relname"]) ?? "";
      const cte = inner["schemaname"] === undefined ? ctes.get(name) : undefined;
      const table = cte === undefined ? findTable(scene, inner) : undefined;
      const columns = cte ?? (table && columnsOf(scene, table));
      return columns?.length === 0 ? unknown : under(named ?? name, renamed(columns, columnNames));
    }
    case "RangeSubselect":
      return under(named ?? "", renamed(outputsOf(scene, inner["subquery"], ctes), columnNames));
    case "JoinExpr": {
      const from = joinOf(scene, inner, ctes);
      return named === undefined ? from : under(named, renamed(from.all, columnNames));
    }
    default:
      return unknown;
  }
}

const unknown: From = { sources: [undefined], all: undefined };

function under(alias: string, columns: readonly Output[] | undefined): From {
  return columns === undefined ? unknown : { sources: [{ alias, columns }], all: columns };
}

function joined(parts: readonly From[]): From {
  const all = parts.map((part) => part.all);
  return {
    sources: parts.flatMap(({ sources }) => sources),
    all: all.includes(undefined) ? undefined : all.flatMap((columns) => columns ?? []),
  };
}

/** Columns in USING stand once, and first. https://www.postgresql.org/docs/current/queries-table-expressions.html#QUERIES-JOIN */
function joinOf(scene: Scene, join: Fields, ctes: Ctes): From {
  const left = fromOf(scene, fields(join["larg"]) as Node, ctes);
  const right = fromOf(scene, fields(join["rarg"]) as Node, ctes);
  const both = joined([left, right]);
  if (left.all === undefined || right.all === undefined) return both;
  const there = new Map(right.all.map((column) => [column.name, column]));
  const common = left.all.filter(({ name }) => there.has(name)).map(({ name }) => name);
  const using = join["isNatural"] === true ? common : strings(join["usingClause"]);
  const merged = using.flatMap((name) => {
    const one = left.all?.find((column) => column.name === name);
    const other = there.get(name);
    if (one === undefined || other === undefined) return [];
    return one.type === other.type ? one : { name, type: undefined };
  });
  const rest = (columns: readonly Output[]): readonly Output[] => columns.filter(({ name }) => !using.includes(name));
  const alias = text(fields(join["join_using_alias"])["aliasname"]);
  return {
    sources: alias === undefined ? both.sources : [...both.sources, { alias, columns: merged }],
    all: [...merged, ...rest(left.all), ...rest(right.all)],
  };
}

function columnOf(node: Fields, sources: readonly Source[]): Output | undefined {
  const names = strings(node["fields"]);
  const of = names.length > 1 ? names.at(-2) : undefined;
  for (const source of sources) {
    if (of !== undefined && source.alias !== of) continue;
    const found = source.columns.find(({ name }) => name === names.at(-1));
    if (found !== undefined) return found;
  }
  return undefined;
}

function typeOfExpression(scene: Scene, node: Fields, sources: readonly Source[]): string | undefined {
  const [tag, inner] = tagged(node);
  switch (tag) {
    case "ColumnRef":
      return columnOf(inner, sources)?.type;
    case "TypeCast": {
      const { type, known } = typeOf(scene, fields(inner["typeName"]));
      // What is left unknown becomes text. resolveTargetListUnknowns in parse_target.c
      if (type === "unknown") return "text";
      return known ? type : undefined;
    }
    case "A_Const":
      return inner["isnull"] === true || inner["sval"] !== undefined
        ? "text"
        : inner["boolval"] !== undefined
          ? "boolean"
          : inner["ival"] !== undefined
            ? "integer"
            : inner["fval"] !== undefined
              ? typeOfNumber(text(fields(inner["fval"])["fval"]) ?? "")
              : undefined;
    case "BoolExpr":
    case "NullTest":
    case "BooleanTest":
      return "boolean";
    case "SubLink":
      return inner["subLinkType"] === "EXISTS_SUBLINK" ||
        inner["subLinkType"] === "ANY_SUBLINK" ||
        inner["subLinkType"] === "ALL_SUBLINK"
        ? "boolean"
        : inner["subLinkType"] === "EXPR_SUBLINK"
          ? outputsOf(scene, inner["subselect"], new Map())?.[0]?.type
          : inner["subLinkType"] === "ARRAY_SUBLINK"
            ? arrayOf(outputsOf(scene, inner["subselect"], new Map())?.[0]?.type)
            : undefined;
    case "A_ArrayExpr":
      return arrayOf(typeOfAll(scene, nodes(inner["elements"]), sources));
    case "CollateClause":
      return typeOfExpression(scene, fields(inner["arg"]), sources);
    case "CoalesceExpr":
    case "MinMaxExpr":
      return typeOfAll(scene, nodes(inner["args"]), sources);
    case "CaseExpr": {
      const results = nodes(inner["args"]).map((each) => fields(fields(each["CaseWhen"])["result"]));
      const otherwise = inner["defresult"] === undefined ? [] : [fields(inner["defresult"])];
      return typeOfAll(scene, [...results, ...otherwise] as readonly Node[], sources);
    }
    case "A_Expr":
      return typeOfOperator(scene, inner, sources);
    case "FuncCall":
      return typeOfCall(scene, inner, sources);
    case "SQLValueFunction":
      return sqlValueTypes[String(inner["op"])];
    default:
      return undefined;
  }
}

function arrayOf(type: string | undefined): string | undefined {
  return type === undefined || type.endsWith("[]") ? type : `${type}[]`;
}

// What no integer holds is a number with a point or an exponent, or a large one.
function typeOfNumber(written: string): string {
  return /^\d{1,18}$/.test(written) ? "bigint" : "numeric";
}

// Each goes over into the next, and not back.
const orders = [
  ["smallint", "integer", "bigint", "numeric", "real", "double precision"],
  ["date", "timestamp without time zone", "timestamp with time zone"],
];

/**
 * The type that several expressions come to be of: strings and NULL have none of their own.
 * https://www.postgresql.org/docs/current/typeconv-union-case.html
 */
function typeOfAll(scene: Scene, all: readonly Node[], sources: readonly Source[]): string | undefined {
  const typed = all.filter(
    ({ A_Const: constant }) => constant?.["isnull"] !== true && constant?.["sval"] === undefined,
  );
  if (typed.length === 0) return "text";
  const [first, ...rest] = typed.map((each) => typeOfExpression(scene, each, sources));
  if (first === undefined) return undefined;
  const same = rest.every((type) => type === first);
  if (same && typed.length === all.length) return first;
  const [bare, ...others] = [first, ...rest].map((type) => type?.replace(/\(.*\)/, "") ?? "");
  if (same || others.every((type) => type === bare)) return bare;
  for (const order of orders) {
    const places = [bare, ...others].map((type) => order.indexOf(type!));
    if (!places.includes(-1)) return order[Math.max(...places)];
  }
  return undefined;
}

const sqlValueTypes: { readonly [op: string]: string | undefined } = {
  SVFOP_CURRENT_DATE: "date",
  SVFOP_CURRENT_TIMESTAMP: "timestamp with time zone",
  SVFOP_CURRENT_USER: "name",
  SVFOP_SESSION_USER: "name",
};

const comparing = new Set(["=", "<>", "!=", "<", ">", "<=", ">=", "~", "!~", "~*", "@>", "<@", "&&", "?", "@@"]);

function typeOfOperator(scene: Scene, node: Fields, sources: readonly Source[]): string | undefined {
  const kind = String(node["kind"]);
  if (kind === "AEXPR_NULLIF") return typeOfExpression(scene, fields(node["lexpr"]), sources);
  if (!computes(node)) return "boolean";
  // Not by recursion: a chain of operators is a tree as deep as it is long.
  const chain = [node];
  for (
    let [tag, inner] = tagged(node["lexpr"]);
    tag === "A_Expr" && computes(inner);
    [tag, inner] = tagged(inner["lexpr"])
  )
    chain.push(inner);
  const first = chain.at(-1)!["lexpr"];
  let type = first === undefined ? "none" : typeOfExpression(scene, fields(first), sources);
  for (const each of chain.reverse())
    type = typeOfOperation(operatorOf(each), type, typeOfExpression(scene, fields(each["rexpr"]), sources));
  return type;
}

const operatorOf = (node: Fields): string => strings(node["name"]).at(-1) ?? "";

function computes(node: Fields): boolean {
  return node["kind"] === "AEXPR_OP" && !comparing.has(operatorOf(node));
}

function typeOfCall(scene: Scene, node: Fields, sources: readonly Source[]): string | undefined {
  const name = nameOf(node["funcname"]);
  const args = nodes(node["args"]);
  const [called] = findCalled(scene, name, args.length);
  const returns = scene.catalog.as(called, "function")?.returns;
  if (returns !== undefined || (name.schema !== undefined && name.schema !== "pg_catalog")) return returns;
  return typeOfFunction(
    name.name,
    args.map((each) => typeOfExpression(scene, each, sources)),
  );
}

/** The * of a view means the columns that there were when it was made: those that read a relation which gets more are in doubt. */
export function doubtStars(scene: Scene, table: Key): void {
  for (const user of scene.catalog.users(table)) {
    if (
      (user.kind === "view" || user.kind === "materialized view") &&
      user.query.path !== undefined &&
      user.query.sql.includes("*")
    ) {
      scene.catalog.change(user.key, "assumed", {});
    }
  }
}
