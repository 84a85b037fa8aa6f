// Owns what the catalog only knows to be there: access methods, conversions, transforms, subscriptions.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { type Key, keyAlone } from "../catalog/keys.ts";
import { transformIdentity, type Unmodelled, unmodelledKey } from "./identities.ts";
import { findRoutine, findType, homeOf, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { fields, text } from "./tree.ts";

function add(scene: Scene, type: Unmodelled, identity: string, parent?: Key, uses: readonly Key[] = []): void {
  scene.add("object", { key: unmodelledKey(type, identity), name: identity, parent, uses }, { type });
}

export const foldCreateAccessMethod: Fold = (scene, node) => {
  add(scene, "access method", quoteIdentifier(text(node["amname"]) ?? ""));
};

export const foldCreateSubscription: Fold = (scene, node) => {
  add(scene, "subscription", quoteIdentifier(text(node["subname"]) ?? ""));
};

export const foldDropSubscription: Fold = (scene, node) => {
  scene.catalog.remove(unmodelledKey("subscription", quoteIdentifier(text(node["subname"]) ?? "")));
};

export const foldCreateConversion: Fold = (scene, node) => {
  const name = nameOf(node["conversion_name"]);
  const schema = schemaName(homeOf(scene, name));
  const home = keyAlone("schema", schema);
  add(scene, "conversion", `${quoteIdentifier(schema)}.${quoteIdentifier(name.name)}`, home);
};

export const foldCreateTransform: Fold = (scene, node) => {
  const type = findType(scene, nameOf(fields(node["type_name"])["names"]));
  const functions = [node["fromsql"], node["tosql"]].flatMap((object) =>
    object === undefined ? [] : (findRoutine(scene, fields(object)) ?? []),
  );
  const identity = transformIdentity(scene, node["type_name"], text(node["lang"]) ?? "");
  add(scene, "transform", identity, undefined, type === undefined ? functions : [type, ...functions]);
};
