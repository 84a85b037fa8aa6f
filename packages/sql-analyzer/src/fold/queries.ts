// Owns SELECT: mostly without effect on the schema, but for SELECT INTO, set_config, and functions that may do anything.
import { nodes } from "../grammar.ts";
import { findCalled, nameOf } from "./names.ts";
import type { Fold } from "./scene.ts";
import { followSetConfig } from "./settings.ts";
import { foldCreateTableAs } from "./tables.ts";
import { walk } from "./tree.ts";

export const foldSelect: Fold = (scene, node) => {
  if (node["intoClause"] !== undefined) {
    const { intoClause, ...query } = node;
    foldCreateTableAs(scene, { into: intoClause, query: { SelectStmt: query }, objtype: "OBJECT_TABLE" });
    return;
  }
  for (const [tag, call] of walk(node)) {
    if (tag !== "FuncCall" || followSetConfig(scene, call)) continue;
    for (const key of findCalled(scene, nameOf(call["funcname"]), nodes(call["args"]).length)) {
      const routine = scene.catalog.as(key, "function");
      if (routine?.body !== undefined && changesSchema.test(routine.body)) scene.cannotRead("dynamic-sql");
    }
  }
};

/** Words in a body that may change the schema. */
export const changesSchema: RegExp =
  /\b(?:create|alter|drop|grant|revoke|execute\s+(?!function|procedure|on\b)|comment\s+on)\b/i;
