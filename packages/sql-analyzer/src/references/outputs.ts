// Owns the names that a query gives its columns.
import { fields, strings, tagged, text } from "../fold/tree.ts";
import { type Node, nodes, type Value } from "../grammar.ts";
import { type Columns, unknownColumns } from "./known.ts";
import type { Item, Scope } from "./scope.ts";

/** The names of a query's columns. https://www.postgresql.org/docs/current/sql-select.html (Select List) */
export function outputsOf(targets: readonly Node[], scope: Scope): Columns {
  const names = new Set<string>();
  let partial = false;
  for (const { ResTarget: target } of targets) {
    const [tag, value] = tagged(target?.["val"]);
    const parts = tag === "ColumnRef" ? nodes(value["fields"]) : [];
    if (parts.at(-1)?.["A_Star"] !== undefined) {
      const of = strings(parts).at(-1);
      const items = of === undefined ? scope.items : itemNamed(scope, of);
      if (items.length === 0) return unknownColumns;
      for (const { columns } of items) {
        if (columns.names === undefined) return unknownColumns;
        partial ||= columns.partial === true;
        for (const name of columns.names) names.add(name);
      }
    } else if (tag === "A_Indirection" && nodes(value["indirection"]).at(-1)?.["A_Star"] !== undefined)
      return unknownColumns;
    else names.add(text(target?.["name"]) ?? expressionName(target?.["val"]) ?? "?column?");
  }
  return { names, partial };
}

function itemNamed(scope: Scope, name: string): readonly Item[] {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    const found = level.items.filter(({ alias }) => alias === name);
    if (found.length > 0) return found;
  }
  return [];
}

// As FigureColname in src/backend/parser/parse_target.c.
function expressionName(tree: Value | undefined): string | undefined {
  const [tag, node] = tagged(tree);
  switch (tag) {
    case "ColumnRef":
    case "A_Indirection": {
      const list = tag === "ColumnRef" ? node["fields"] : node["indirection"];
      return strings(list).at(-1) ?? (tag === "ColumnRef" ? undefined : expressionName(node["arg"]));
    }
    case "FuncCall":
      return strings(node["funcname"]).at(-1);
    case "TypeCast":
      return expressionName(node["arg"]) ?? strings(fields(node["typeName"])["names"]).at(-1);
    case "CollateClause":
      return expressionName(node["arg"]);
    case "A_Expr":
      return node["kind"] === "AEXPR_NULLIF" ? "nullif" : undefined;
    case "CaseExpr":
      return expressionName(node["defresult"]) ?? "case";
    case "A_ArrayExpr":
      return "array";
    case "RowExpr":
      return "row";
    case "CoalesceExpr":
      return "coalesce";
    case "MinMaxExpr":
      return node["op"] === "IS_LEAST" ? "least" : "greatest";
    case "GroupingFunc":
      return "grouping";
    case "SQLValueFunction":
      return String(node["op"]).replace("SVFOP_", "").replace(/_N$/, "").toLowerCase();
    case "XmlExpr":
      return String(node["op"]).replace("IS_", "").toLowerCase();
    case "XmlSerialize":
      return "xmlserialize";
    case "JsonFuncExpr":
    case "JsonObjectConstructor":
    case "JsonArrayConstructor":
    case "JsonArrayQueryConstructor":
    case "JsonParseExpr":
    case "JsonScalarExpr":
    case "JsonSerializeExpr":
    case "JsonObjectAgg":
    case "JsonArrayAgg":
      return jsonNames[tag];
    case "SubLink": {
      if (node["subLinkType"] === "EXISTS_SUBLINK") return "exists";
      if (node["subLinkType"] === "ARRAY_SUBLINK") return "array";
      const [target] = nodes(fields(fields(node["subselect"])["SelectStmt"])["targetList"]);
      return node["subLinkType"] === "EXPR_SUBLINK"
        ? (text(target?.["ResTarget"]?.["name"]) ?? expressionName(target?.["ResTarget"]?.["val"]))
        : undefined;
    }
    default:
      return undefined;
  }
}

const jsonNames: { readonly [tag: string]: string } = {
  JsonObjectConstructor: "json_object",
  JsonArrayConstructor: "json_array",
  JsonArrayQueryConstructor: "json_array",
  JsonParseExpr: "json",
  JsonScalarExpr: "json_scalar",
  JsonSerializeExpr: "json_serialize",
  JsonObjectAgg: "json_objectagg",
  JsonArrayAgg: "json_arrayagg",
};
