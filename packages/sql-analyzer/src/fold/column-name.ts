// Owns the name that an expression gives a column which says none itself.
import { nodes, type Value } from "../grammar.ts";
import { fields, strings, tagged, text } from "./tree.ts";

/** The name of an expression's column; undefined where it has none of its own, which is `?column?`, or `expr` in an index. */
export function expressionName(tree: Value | undefined): string | undefined {
  return figure(tree)?.name;
}

interface Figured {
  readonly name: string;
  /** A cast around it, or a CASE that ends in it, has a better one. */
  readonly weak?: true;
}

// FigureColnameInternal in parse_target.c
function figure(tree: Value | undefined): Figured | undefined {
  const [tag, node] = tagged(tree);
  switch (tag) {
    case "ColumnRef":
      return named(strings(node["fields"]).at(-1));
    case "A_Indirection":
      return named(strings(node["indirection"]).at(-1)) ?? figure(node["arg"]);
    case "FuncCall":
      return named(strings(node["funcname"]).at(-1));
    case "A_Expr":
      return node["kind"] === "AEXPR_NULLIF" ? { name: "nullif" } : undefined;
    case "TypeCast":
      return strong(node["arg"]) ?? weak(strings(fields(node["typeName"])["names"]).at(-1)) ?? figure(node["arg"]);
    case "CollateClause":
      return figure(node["arg"]);
    case "CaseExpr":
      return strong(node["defresult"]) ?? weak("case");
    case "MinMaxExpr":
      return { name: node["op"] === "IS_LEAST" ? "least" : "greatest" };
    case "SQLValueFunction":
      return { name: String(node["op"]).replace("SVFOP_", "").replace(/_N$/, "").toLowerCase() };
    case "XmlExpr":
      return node["op"] === "IS_DOCUMENT" ? undefined : { name: String(node["op"]).replace("IS_", "").toLowerCase() };
    case "JsonFuncExpr":
      return { name: String(node["op"]).replace("_OP", "").toLowerCase() };
    case "SubLink":
      return figureSubquery(node["subLinkType"], node["subselect"]);
    default:
      return named(names[tag]);
  }
}

function figureSubquery(type: Value | undefined, query: Value | undefined): Figured | undefined {
  if (type === "EXISTS_SUBLINK") return { name: "exists" };
  if (type === "ARRAY_SUBLINK") return { name: "array" };
  if (type !== "EXPR_SUBLINK") return undefined;
  const [, select] = tagged(query);
  const target = fields(nodes(select["targetList"])[0]?.["ResTarget"]);
  return named(text(target["name"]) ?? expressionName(target["val"]) ?? "?column?");
}

function strong(tree: Value | undefined): Figured | undefined {
  const found = figure(tree);
  return found?.weak === true ? undefined : found;
}

function named(name: string | undefined): Figured | undefined {
  return name === undefined ? undefined : { name };
}

function weak(name: string | undefined): Figured | undefined {
  return name === undefined ? undefined : { name, weak: true };
}

const names: { readonly [tag: string]: string | undefined } = {
  A_ArrayExpr: "array",
  CoalesceExpr: "coalesce",
  GroupingFunc: "grouping",
  JsonArrayAgg: "json_arrayagg",
  JsonArrayConstructor: "json_array",
  JsonArrayQueryConstructor: "json_array",
  JsonObjectAgg: "json_objectagg",
  JsonObjectConstructor: "json_object",
  JsonParseExpr: "json",
  JsonScalarExpr: "json_scalar",
  JsonSerializeExpr: "json_serialize",
  MergeSupportFunc: "merge_action",
  RowExpr: "row",
  XmlSerialize: "xmlserialize",
};
