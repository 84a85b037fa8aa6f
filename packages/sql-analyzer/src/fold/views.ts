// Owns CREATE [OR REPLACE] VIEW and REFRESH MATERIALIZED VIEW.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { keyIn } from "../catalog/keys.ts";
import type { Fields, Value } from "../grammar.ts";
import { walkTree } from "../walk.ts";
import { grantsOfNew } from "./acl.ts";
import { columnsOf } from "./columns.ts";
import { indexOptions } from "./constraints.ts";
import { findRelation, homeOf, isTemporary, rangeName } from "./names.ts";
import { addQueryColumns, doubtStars } from "./query-columns.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { fields, items, strings } from "./tree.ts";
import { usesOf } from "./uses.ts";

export const foldCreateView: Fold = (scene, node) => {
  const rangeVar = fields(node["view"]);
  const name = rangeName(rangeVar);
  if (rangeVar["relpersistence"] === "t" || readsTemporary(scene, node["query"])) {
    scene.temporary.add(name.name);
    return;
  }
  const schema = homeOf(scene, name);
  const key = keyIn(schema, "view", name.name);
  const before = scene.catalog.as(key, "view");
  const owner = before?.owner ?? scene.role;
  scene.add(
    "view",
    {
      key,
      name: name.name,
      parent: schema,
      owner,
      grants: before === undefined ? grantsOfNew(scene, "view", owner, schemaName(schema)) : before.grants,
      comment: before?.comment,
      uses: usesOf(scene, node["query"]),
    },
    { query: scene.sql(queryText(scene, node)), options: optionsOf(node) },
  );
  const columns = columnsOf(scene, key).length;
  addQueryColumns(scene, key, fields(node["query"]), items(node["aliases"]));
  if (before !== undefined && columnsOf(scene, key).length !== columns) doubtStars(scene, key);
};

/** A view on what is temporary is temporary itself. */
function readsTemporary(scene: Scene, query: Value | undefined): boolean {
  if (scene.temporary.size === 0) return false;
  let found = false;
  walkTree(query, undefined, (tag, node) => {
    found ||= tag === "RangeVar" && isTemporary(scene, rangeName(node));
  });
  return found;
}

function optionsOf(node: Fields): Readonly<Record<string, string>> | undefined {
  const check = checkOptions[String(node["withCheckOption"])];
  const options = { ...indexOptions(node["options"]), ...(check !== undefined && { check_option: check }) };
  return Object.keys(options).length > 0 ? options : undefined;
}

const checkOptions: { readonly [option: string]: string | undefined } = {
  LOCAL_CHECK_OPTION: "local",
  CASCADED_CHECK_OPTION: "cascaded",
};

function queryText(scene: Scene, node: Fields): string {
  const { cutter } = scene;
  const { tokens } = cutter;
  const as = cutter.find("as");
  if (isRecursive(scene)) return recursive(node, cutter.slice(as + 1, tokens.length));
  const end =
    checkOptions[String(node["withCheckOption"])] === undefined
      ? tokens.length
      : tokens.findLastIndex(({ word }) => word === "with");
  return cutter.slice(as + 1, end);
}

function isRecursive({ cutter }: Scene): boolean {
  return cutter.tokens
    .slice(1, 6)
    .some(({ word }, index, tokens) => word === "recursive" && tokens[index + 1]?.word === "view");
}

// CREATE RECURSIVE VIEW v (a) AS q is CREATE VIEW v AS WITH RECURSIVE v (a) AS (q) SELECT a FROM v.
function recursive(node: Fields, query: string): string {
  const name = quoteIdentifier(rangeName(fields(node["view"])).name);
  const columns = strings(node["aliases"]).map(quoteIdentifier).join(", ");
  return `WITH RECURSIVE ${name} (${columns}) AS (${query}) SELECT ${columns} FROM ${name}`;
}

export const foldRefresh: Fold = (scene, node) => {
  const key = findRelation(scene, rangeName(fields(node["relation"])), ["materialized view"]);
  scene.change(key, { unpopulated: node["skipData"] === true ? true : undefined });
};
