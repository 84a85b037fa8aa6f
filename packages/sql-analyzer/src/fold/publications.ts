// Owns CREATE and ALTER PUBLICATION.
import { addressOf, type Key, keyAlone, publishedKey } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { findTable } from "./names.ts";
import { descendantsOf } from "./partitions.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, optionOn, optionText, strings, text } from "./tree.ts";
import { usesOf } from "./uses.ts";

const actions = ["insert", "update", "delete", "truncate"] as const;

export const foldCreatePublication: Fold = (scene, node) => {
  const name = text(node["pubname"]) ?? "";
  const key = keyAlone("publication", name);
  const options = elements(node["options"]);
  scene.add(
    "publication",
    { key, name, owner: scene.role },
    { allTables: node["for_all_tables"] === true, ...optionsOf(options), publish: publishOf(options) ?? actions },
  );
  addObjects(scene, name, key, node);
};

function publishOf(options: ReadonlyMap<string, Fields>): readonly (typeof actions)[number][] | undefined {
  const said = optionText(options.get("publish"));
  return said === undefined
    ? undefined
    : actions.filter((action) => said.split(",").some((word) => word.trim() === action));
}

function optionsOf(options: ReadonlyMap<string, Fields>) {
  const root = options.get("publish_via_partition_root");
  const generated = optionText(options.get("publish_generated_columns"));
  return {
    ...(root !== undefined && { viaPartitionRoot: optionOn(root) ? (true as const) : undefined }),
    ...(generated !== undefined && { generatedColumns: generated === "stored" ? ("stored" as const) : undefined }),
  };
}

export const foldAlterPublication: Fold = (scene, node) => {
  const name = text(node["pubname"]) ?? "";
  const key = keyAlone("publication", name);
  if (!scene.catalog.has(key)) return;
  const options = elements(node["options"]);
  const publish = publishOf(options);
  if (options.size > 0) scene.change(key, { ...optionsOf(options), ...(publish !== undefined && { publish }) });
  switch (node["action"]) {
    case "AP_SetObjects":
      for (const user of scene.catalog.users(key)) if (user.parent === key) scene.catalog.remove(user.key);
      addObjects(scene, name, key, node);
      break;
    case "AP_DropObjects":
      for (const published of objectsOf(scene, name, node)) scene.catalog.remove(published.key);
      break;
    default:
      addObjects(scene, name, key, node);
  }
};

function* objectsOf(scene: Scene, publication: string, node: Fields) {
  for (const { PublicationObjSpec: object } of nodes(node["pubobjects"])) {
    if (object === undefined) continue;
    const table = fields(object["pubtable"]);
    if (object["pubobjtype"] === "PUBLICATIONOBJ_TABLE") {
      const named = findTable(scene, table["relation"]);
      const all = fields(table["relation"])["inh"] === true;
      for (const target of named === undefined ? [] : all ? [named, ...heirs(scene, named)] : [named])
        yield { key: publishedKey("publication table", publication, target), target, table };
    } else {
      const current = object["pubobjtype"] === "PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA";
      const target = keyAlone("schema", current ? scene.home : (text(object["name"]) ?? ""));
      yield { key: publishedKey("publication schema", publication, target), target, table: undefined };
    }
  }
}

/** The tables that inherit from one, and theirs. Partitions come with their table. */
function heirs(scene: Scene, table: Key): readonly Key[] {
  const fact = scene.catalog.as(table, "table");
  if (fact === undefined || fact.partitionBy !== undefined) return [];
  return descendantsOf(scene, table);
}

function addObjects(scene: Scene, name: string, parent: Key, node: Fields): void {
  for (const { key, target, table } of objectsOf(scene, name, node)) {
    const about = { key, name: addressOf(target), parent };
    if (table === undefined) {
      scene.add("publication schema", { ...about, name: schemaName(target) }, { schema: target });
      continue;
    }
    const columns = strings(table["columns"]);
    const where = table["whereClause"];
    scene.add(
      "publication table",
      { ...about, uses: usesOf(scene, where, target) },
      {
        table: target,
        columns: columns.length > 0 ? columns : undefined,
        where: where === undefined ? undefined : scene.sql(whereOf(scene, table)),
      },
    );
  }
}

function whereOf(scene: Scene, table: Fields): string {
  const { cutter } = scene;
  const at = cutter.at(Number(fields(table["relation"])["location"] ?? 0));
  return cutter.inside(cutter.find("where", at));
}
