// Owns CREATE INDEX and ALTER INDEX.
import type { Fact } from "../catalog/catalog.ts";
import type { IndexKey } from "../catalog/relations.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { collationOf } from "./columns.ts";
import { indexOptions, tablespaceOf } from "./constraints.ts";
import { joinColumns, relationName } from "./generated-names.ts";
import { classExtension, classOf } from "./index-classes.ts";
import { findTable } from "./names.ts";
import { adoptIndexes, childrenOf } from "./partitions.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields, strings, tagged, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";
import { usesOf } from "./uses.ts";
import { relationKinds } from "./working.ts";

export const foldCreateIndex: Fold = (scene, node) => {
  const table = findTable(scene, node["relation"]);
  const fact = scene.catalog.get(table);
  if (table === undefined || fact === undefined || fact.parent === undefined) return;
  const schema = fact.parent;
  const params = nodes(node["indexParams"]).map((each) => fields(each["IndexElem"]));
  const including = nodes(node["indexIncludingParams"]).map((each) => text(fields(each["IndexElem"])["name"]) ?? "");
  const named = text(node["idxname"]);
  if (named !== undefined && node["if_not_exists"] === true) {
    if (relationKinds.some((kind) => scene.catalog.has(keyIn(schema, kind, named)))) return;
  }
  const unique = node["unique"] === true;
  const columns = columnNames([...params.map((each) => each), ...including.map((name) => ({ name }))]);
  const name = named ?? relationName(scene, schema, [fact.name, joinColumns(columns), "idx"]);
  const { cutter } = scene;
  const on = cutter.find("on");
  const open = cutter.open(on);
  const parts = cutter.list(open + 1, cutter.close(open));
  const where = cutter.find("where", cutter.close(open));
  const method = text(node["accessMethod"]) ?? "btree";
  const classes = params.map((element) => classOf(scene, strings(element["opclass"]), method));
  const uses = [
    ...usesOf(scene, node["indexParams"], table),
    ...usesOf(scene, node["whereClause"], table),
    ...classes.flatMap(({ key }) => key ?? []),
    ...params.flatMap((element) => classExtension(scene, method, columnOf(scene, table, element)?.type)),
  ];
  scene.add(
    "index",
    {
      key: keyIn(schema, "index", name),
      name,
      parent: schema,
      uses: [...new Set(uses)].sort(),
      certainty: classes.every(({ known }) => known) ? undefined : "assumed",
    },
    {
      table,
      method,
      unique,
      keys: params.map((element, index) => indexKey(scene, element, parts[index] ?? [0, 0], method, table)),
      include: including.length > 0 ? including : undefined,
      predicate: where < 0 ? undefined : scene.sql(cutter.slice(where + 1, cutter.tokens.length)),
      nullsNotDistinct: node["nulls_not_distinct"] === true,
      options: indexOptions(node["options"]),
      tablespace: tablespaceOf(node["tableSpace"]),
    },
  );
  const index = scene.catalog.as(keyIn(schema, "index", name), "index");
  const isPartitioned = scene.catalog.as(table, "table")?.partitionBy !== undefined;
  if (index === undefined || !isPartitioned) return;
  const partitions = childrenOf(scene, table);
  if (fields(node["relation"])["inh"] === true) for (const each of partitions) adoptIndexes(scene, each, table);
  else if (partitions.length > 0) scene.change(index.key, { invalid: true });
};

// ChooseIndexColumnNames in indexcmds.c: an expression has its function's name, or expr; names are numbered apart.
function columnNames(elements: readonly Fields[]): readonly string[] {
  const names: string[] = [];
  for (const element of elements) {
    const base =
      text(element["name"]) ?? text(element["indexcolname"]) ?? expressionName(fields(element["expr"])) ?? "expr";
    let name = base;
    for (let i = 1; names.includes(name); i++) name = `${base}${i}`;
    names.push(name);
  }
  return names;
}

// FigureColname in parse_target.c
export function expressionName(node: Fields): string | undefined {
  const [tag, inner] = tagged(node);
  switch (tag) {
    case "ColumnRef":
      return strings(inner["fields"]).at(-1);
    case "FuncCall":
      return strings(inner["funcname"]).at(-1);
    case "A_Indirection":
      return strings(inner["indirection"]).at(-1) ?? expressionName(fields(inner["arg"]));
    case "TypeCast":
      return expressionName(fields(inner["arg"])) ?? strings(fields(inner["typeName"])["names"]).at(-1);
    case "CollateClause":
      return expressionName(fields(inner["arg"]));
    case "CoalesceExpr":
      return "coalesce";
    case "MinMaxExpr":
      return inner["op"] === "IS_LEAST" ? "least" : "greatest";
    case "CaseExpr":
      return expressionName(fields(inner["defresult"])) ?? "case";
    case "A_ArrayExpr":
      return "array";
    case "RowExpr":
      return "row";
    case "SubLink":
      if (inner["subLinkType"] === "EXISTS_SUBLINK") return "exists";
      if (inner["subLinkType"] === "ARRAY_SUBLINK") return "array";
      if (inner["subLinkType"] === "EXPR_SUBLINK") {
        const [, select] = tagged(inner["subselect"]);
        const target = fields(nodes(select["targetList"])[0]?.["ResTarget"]);
        return text(target["name"]) ?? expressionName(fields(target["val"]));
      }
      return undefined;
    case "SQLValueFunction":
      return sqlValues[String(inner["op"])];
    case "A_Expr":
      return inner["kind"] === "AEXPR_NULLIF" ? "nullif" : undefined;
    default:
      return undefined;
  }
}

const sqlValues: { readonly [op: string]: string | undefined } = {
  SVFOP_CURRENT_DATE: "current_date",
  SVFOP_CURRENT_TIME: "current_time",
  SVFOP_CURRENT_TIMESTAMP: "current_timestamp",
  SVFOP_LOCALTIMESTAMP: "localtimestamp",
  SVFOP_CURRENT_USER: "current_user",
  SVFOP_CURRENT_ROLE: "current_role",
  SVFOP_SESSION_USER: "session_user",
};

function indexKey(
  scene: Scene,
  element: Fields,
  [from, to]: readonly [number, number],
  method: string,
  table: Key,
): IndexKey {
  const descending = element["ordering"] === "SORTBY_DESC";
  const nulls = element["nulls_ordering"];
  const { operatorClass } = classOf(scene, strings(element["opclass"]), method);
  const options = indexOptions(element["opclassopts"]);
  const column = nameOfColumn(scene, table, element);
  const own = columnOf(scene, table, element)?.collation;
  const said = collationOf(scene, element["collation"]);
  const collation = said === own ? undefined : said;
  return {
    ...(column === undefined ? { expression: scene.sql(expressionText(scene, from, to)) } : { column }),
    ...(operatorClass !== undefined && { operatorClass }),
    ...(options !== undefined && { operatorClassOptions: options }),
    ...(collation !== undefined && { collation }),
    ...(descending && { descending: true as const }),
    ...(nulls === "SORTBY_NULLS_FIRST" && !descending && { nulls: "first" as const }),
    ...(nulls === "SORTBY_NULLS_LAST" && descending && { nulls: "last" as const }),
  };
}

// `(column)` is the column, and so is `(column::type)` where that is its own type.
function nameOfColumn(scene: Scene, table: Key, element: Fields): string | undefined {
  const named = text(element["name"]);
  if (named !== undefined) return named;
  const [tag, expression] = tagged(element["expr"]);
  const [inner, reference] = tag === "TypeCast" ? tagged(expression["arg"]) : [tag, expression];
  const [name, ...more] = inner === "ColumnRef" ? strings(reference["fields"]) : [];
  if (name === undefined || more.length > 0 || tag !== "TypeCast") return more.length > 0 ? undefined : name;
  const type = scene.catalog.as(keyIn(table, "column", name), "column")?.type;
  return type === typeOf(scene, fields(expression["typeName"])).type ? name : undefined;
}

function columnOf(scene: Scene, table: Key, element: Fields): Fact<"column"> | undefined {
  const name = nameOfColumn(scene, table, element);
  return name === undefined ? undefined : scene.catalog.as(keyIn(table, "column", name), "column");
}

// `(expression)`, or a call of a function, before what else an element says.
function expressionText(scene: Scene, from: number, to: number): string {
  const { cutter } = scene;
  const open = cutter.open(from);
  if (open < 0 || open >= to) return cutter.slice(from, to);
  if (open === from) return cutter.inside(from);
  return cutter.slice(from, cutter.close(open) + 1);
}
