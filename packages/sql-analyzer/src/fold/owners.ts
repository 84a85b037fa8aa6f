// Owns ALTER … OWNER TO, REASSIGN OWNED and DROP OWNED.
import type { Fact } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";
import { nodes } from "../grammar.ts";
import { withNewOwner } from "./acl.ts";
import { drop } from "./drop.ts";
import { revokeAll } from "./grants.ts";
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

/**
 * DROP OWNED: what the roles own, their default privileges and mappings go; what they were granted is taken back, and a
 * policy that was for them alone goes as well.
 */
export const foldDropOwned: Fold = (scene, node) => {
  const { catalog } = scene;
  const roles = nodes(node["roles"]).map((role) => roleOf(scene, role));
  const cascade = node["behavior"] === "DROP_CASCADE";
  for (const { key, kind, owner } of catalog.all()) {
    if (owner !== undefined && roles.includes(owner) && kind !== "database") drop(scene, key, cascade);
  }
  for (const fact of catalog.all()) {
    if (fact.kind === "default privileges" && roles.includes(fact.role)) catalog.remove(fact.key);
    else if (fact.kind === "user mapping" && roles.includes(fact.name)) catalog.remove(fact.key);
    else {
      revokeAll(scene, fact, roles);
      if (fact.kind === "policy") dropFromPolicy(scene, fact, roles);
    }
  }
  // Whose an extension is, no fact says.
  for (const extension of catalog.allOf("extension")) {
    if (extension.name !== "plpgsql") catalog.change(extension.key, "assumed", {});
  }
  scene.forgetPath();
};

function dropFromPolicy(scene: Scene, policy: Fact<"policy">, roles: readonly string[]): void {
  const left = policy.roles.filter((role) => !roles.includes(role));
  if (left.length === policy.roles.length) return;
  if (left.length === 0) drop(scene, policy.key, false);
  else scene.change(policy.key, { roles: left });
}
