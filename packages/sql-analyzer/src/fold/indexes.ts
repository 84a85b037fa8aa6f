// Owns CREATE INDEX and ALTER INDEX.
import type { Fact } from "../catalog/catalog.ts";
import type { IndexKey } from "../catalog/relations.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { collationOf } from "./columns.ts";
import { indexOptions, tablespaceOf } from "./constraints.ts";
import { joinColumns, relationName } from "./generated-names.ts";
import { classExtension, classOf } from "./index-classes.ts";
import { chooseColumnNames, columnNamesField, nameOfColumn } from "./index-names.ts";
import { findTable, isTemporary, rangeName } from "./names.ts";
import { adoptIndexes, childrenOf } from "./partitions.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields, strings, tagged, text } from "./tree.ts";
import { usesOf } from "./uses.ts";
import { relationKinds } from "./working.ts";

export const foldCreateIndex: Fold = (scene, node) => {
  const table = findTable(scene, node["relation"]);
  const fact = scene.catalog.get(table);
  const named = text(node["idxname"]);
  if (named !== undefined && isTemporary(scene, rangeName(fields(node["relation"])))) scene.temporary.add(named);
  if (table === undefined || fact === undefined || fact.parent === undefined) return;
  const schema = fact.parent;
  const params = nodes(node["indexParams"]).map((each) => withoutCollate(fields(each["IndexElem"])));
  const including = nodes(node["indexIncludingParams"]).map((each) => text(fields(each["IndexElem"])["name"]) ?? "");
  if (named !== undefined && node["if_not_exists"] === true) {
    if (relationKinds.some((kind) => scene.catalog.has(keyIn(schema, kind, named)))) return;
  }
  const unique = node["unique"] === true;
  const columns = chooseColumnNames([...params, ...including.map((column) => ({ name: column }))]);
  const name = named ?? relationName(scene, schema, [fact.name, joinColumns(columns), "idx"]);
  const { cutter } = scene;
  const on = cutter.find("on");
  const open = cutter.open(on);
  const parts = cutter.list(open + 1, cutter.close(open));
  const where = cutter.find("where", cutter.close(open));
  const method = text(node["accessMethod"]) ?? "btree";
  const classes = params.map((element) => classOf(scene, strings(element["opclass"]), method));
  const keys = params.map((element, index) => indexKey(scene, element, parts[index] ?? [0, 0], method, table));
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
      keys,
      include: including.length > 0 ? including : undefined,
      ...columnNamesField({ keys, include: including }, columns),
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
  if (fields(node["relation"])["inh"] !== true) {
    if (partitions.length > 0) scene.change(index.key, { invalid: true });
    return;
  }
  for (const each of partitions) adoptIndexes(scene, each, table, index.key);
  if (scene.catalog.users(index.key).some((user) => user.kind === "index" && user.invalid === true))
    scene.change(index.key, { invalid: true });
};

// `(x COLLATE y)` is `x COLLATE y`: ComputeIndexAttrs in indexcmds.c.
function withoutCollate(element: Fields): Fields {
  const [tag, clause] = tagged(element["expr"]);
  if (tag !== "CollateClause") return element;
  return withoutCollate({
    ...element,
    expr: clause["arg"]!,
    collation: element["collation"] ?? clause["collname"]!,
  });
}

const collate = /\s+collate\s+(?:"(?:[^"]|"")+"|[\w$]+)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[\w$]+))?\s*$/i;

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

function columnOf(scene: Scene, table: Key, element: Fields): Fact<"column"> | undefined {
  const name = nameOfColumn(scene, table, element);
  return name === undefined ? undefined : scene.catalog.as(keyIn(table, "column", name), "column");
}

// `(expression)`, or a call of a function, before what else an element says.
function expressionText(scene: Scene, from: number, to: number): string {
  const { cutter } = scene;
  const open = cutter.open(from);
  if (open < 0 || open >= to) return cutter.slice(from, to);
  if (open === from) return cutter.inside(from).replace(collate, "");
  return cutter.slice(from, cutter.close(open) + 1);
}
