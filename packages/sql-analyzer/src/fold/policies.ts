// Owns CREATE and ALTER POLICY.
import { keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { findTable, roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { text } from "./tree.ts";
import { usesOf } from "./uses.ts";

export const foldCreatePolicy: Fold = (scene, node) => {
  const table = findTable(scene, node["table"]);
  if (table === undefined) return;
  const name = text(node["policy_name"]) ?? "";
  const command = text(node["cmd_name"]);
  const uses = [...usesOf(scene, node["qual"], table), ...usesOf(scene, node["with_check"], table)];
  scene.add(
    "policy",
    { key: keyIn(table, "policy", name), name, parent: table, uses: [...new Set(uses)].sort() },
    {
      command:
        command === "select" || command === "insert" || command === "update" || command === "delete" ? command : "all",
      // libpg_query leaves out what is false, and permissive is the default.
      restrictive: node["permissive"] !== true,
      roles: rolesOf(scene, node),
      ...expressionsOf(scene, node),
    },
  );
};

export const foldAlterPolicy: Fold = (scene, node) => {
  const table = findTable(scene, node["table"]);
  if (table === undefined) return;
  const policy = scene.catalog.as(keyIn(table, "policy", text(node["policy_name"]) ?? ""), "policy");
  if (policy === undefined) return;
  const { using, check } = expressionsOf(scene, node);
  const uses = new Set([...usesOf(scene, node["qual"], table), ...usesOf(scene, node["with_check"], table)]);
  // What the other expression uses is still used.
  if (using === undefined || check === undefined) for (const key of policy.uses ?? []) uses.add(key);
  scene.change(policy.key, {
    ...(nodes(node["roles"]).length > 0 && { roles: rolesOf(scene, node) }),
    ...(using !== undefined && { using }),
    ...(check !== undefined && { check }),
    uses: uses.size > 0 ? [...uses].sort() : undefined,
  });
};

function rolesOf(scene: Scene, node: Fields): readonly string[] {
  const roles = nodes(node["roles"]).map((role) => roleOf(scene, role));
  // PUBLIC makes the others pointless, and Postgres drops them.
  return roles.length === 0 || roles.includes("public") ? ["public"] : [...new Set(roles)].sort();
}

function expressionsOf(scene: Scene, node: Fields) {
  const { cutter } = scene;
  const using = node["qual"] === undefined ? -1 : cutter.find("using");
  const check = node["with_check"] === undefined ? -1 : cutter.find("check");
  return {
    using: using < 0 ? undefined : scene.sql(cutter.inside(using)),
    check: check < 0 ? undefined : scene.sql(cutter.inside(check)),
  };
}
