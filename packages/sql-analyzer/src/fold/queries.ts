// Owns SELECT and CALL: mostly without effect on the schema, but for SELECT INTO, set_config, and functions that change it.
import type { Fact } from "../catalog/catalog.ts";
import { keyAlone, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { walkTree } from "../walk.ts";
import { findCalled, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { followSetConfig } from "./settings.ts";
import { foldCreateTableAs } from "./tables.ts";
import { scalar } from "./tree.ts";

/** Follows a call of a routine that changes the schema. */
export type FollowCall = (scene: Scene, routine: Fact<"function"> | Fact<"procedure">, call: Fields) => void;

/** Folds SELECT and CALL, given what follows the routines that they call. */
export function queryFolds(followCall: FollowCall): { readonly select: Fold; readonly call: Fold } {
  const calls = (scene: Scene, node: Fields): void => {
    walkTree(node, undefined, (tag, call) => {
      if (tag !== "FuncCall" || followSetConfig(scene, call)) return;
      const called = findCalled(scene, nameOf(call["funcname"]), nodes(call["args"]).length);
      if (called.length === 0) makeQueue(scene, call);
      for (const key of called) {
        const routine = scene.catalog.as(key, "function") ?? scene.catalog.as(key, "procedure");
        if (routine?.body !== undefined && changesSchema(routine.body)) followCall(scene, routine, call);
      }
    });
  };
  return {
    call: (scene, node) => calls(scene, { FuncCall: node["funccall"] ?? {} }),
    select(scene, node) {
      if (node["intoClause"] === undefined) calls(scene, node);
      else {
        const { intoClause, ...query } = node;
        foldCreateTableAs(scene, { into: intoClause, query: { SelectStmt: query }, objtype: "OBJECT_TABLE" });
      }
    },
  };
}

/** Whether a body has a statement that may change the schema. A word in a string or a comment is no statement. */
function changesSchema(body: string): boolean {
  return statement.test(body);
}

const statement =
  /(?:^|;|\b(?:then|begin|else|loop)\b)\s*(?:--[^\n]*\s*)*(?:(?:create|alter|drop|grant|revoke|comment)\s+\w|execute\s*(?:\(\s*)*(?:format\s*\(\s*)?(?:'\s*(?:create|alter|drop|grant|revoke|comment)\b|[$\w]))/i;

// pgmq.create makes tables whose columns are its version's own matter.
function makeQueue(scene: Scene, call: Fields): void {
  const { schema, name } = nameOf(call["funcname"]);
  if (schema !== "pgmq" || !name.startsWith("create")) return;
  const queue = scalar(nodes(call["args"])[0])?.toLowerCase();
  const home = keyAlone("schema", "pgmq");
  for (const table of queue === undefined ? [] : [`q_${queue}`, `a_${queue}`]) {
    const about = { key: keyIn(home, "table", table), name: table, parent: home, owner: scene.role };
    scene.add("table", { ...about, certainty: "tainted" }, {});
  }
  scene.cannotRead("unknown-object", [home]);
}
