// Owns ALTER … OWNER TO and REASSIGN OWNED.
import type { Key } from "../catalog/keys.ts";
import { nodes } from "../grammar.ts";
import { withNewOwner } from "./acl.ts";
import { findObject, findRelation, rangeName, roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields } from "./tree.ts";

export const foldAlterOwner: Fold = (scene, node) => {
  const key =
    node["relation"] === undefined
      ? findObject(scene, node["objectType"], node["object"])
      : findRelation(scene, rangeName(fields(node["relation"])));
  if (key !== undefined) changeOwner(scene, key, roleOf(scene, node["newowner"]));
};

/** Gives a thing and what goes with it (a table's sequences) to a role. */
export function changeOwner(scene: Scene, key: Key, owner: string): void {
  const fact = scene.catalog.get(key);
  if (fact?.owner === undefined || fact.owner === owner) return;
  const { major } = scene.catalog;
  scene.change(key, { owner, grants: withNewOwner(fact.grants, fact.kind, fact.owner, owner, major) });
  for (const column of scene.catalog.children(key, "column")) {
    if (column.grants !== undefined) {
      scene.change(column.key, { grants: withNewOwner(column.grants, "column", fact.owner, owner, major) });
    }
    for (const user of scene.catalog.users(column.key))
      if (user.kind === "sequence") changeOwner(scene, user.key, owner);
  }
}

export const foldReassignOwned: Fold = (scene, node) => {
  const roles = nodes(node["roles"]).map((role) => roleOf(scene, role));
  const owner = roleOf(scene, node["newrole"]);
  for (const fact of scene.catalog.all()) {
    if (fact.owner !== undefined && roles.includes(fact.owner)) changeOwner(scene, fact.key, owner);
  }
};
