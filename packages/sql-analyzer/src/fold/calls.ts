// Owns calls of functions and procedures that change the schema: their bodies are followed with what they are given.
import { nodes, type Value } from "../grammar.ts";
import { walkTree } from "../walk.ts";
import { Follower } from "./do.ts";
import { evaluate } from "./evaluate.ts";
import { namedBy } from "./named.ts";
import { bodyOf, givenTo } from "./plpgsql.ts";
import type { FollowCall } from "./queries.ts";
import type { Fold } from "./scene.ts";
import { pathOf } from "./settings.ts";
import type { Known, SystemRow } from "./system-rows.ts";
import { fields, text } from "./tree.ts";

/** How deep calls of calls are followed. */
const deepest = 8;
let depth = 0;

/** Follows a call of a function or procedure, given what folds any node. */
export function followCall(foldNode: Fold): FollowCall {
  return (scene, routine, call) => {
    const { grammar } = scene;
    const root = depth < deepest && routine.language === "plpgsql" ? bodyOf(grammar, routine) : undefined;
    // What it is given may hold names, and statements.
    const body = [routine.body ?? "", ...texts(call["args"])].join("\n");
    if (grammar === undefined || root === undefined) {
      scene.within(body, () => scene.cannotRead("dynamic-sql", namedBy(scene, body)));
      return;
    }
    const scope = { scene, variables: new Map<string, Known>(), rows: new Map<string, SystemRow>() };
    const variables = new Map<string, Known>();
    for (const [name, value] of givenTo(grammar, routine, call)) variables.set(name, evaluate(scope, value));
    const { role, setting } = scene;
    if (routine.securityDefiner === true) scene.role = routine.owner ?? role;
    const path = routine.settings?.["search_path"];
    if (path !== undefined) scene.setPath(pathOf(path), true);
    depth++;
    const follower = new Follower(scene, grammar, foldNode, nodes(root["datums"]), body, variables);
    scene.within(body, () => follower.follow(root["action"]));
    depth--;
    scene.role = role;
    scene.setPath(setting, true);
  };
}

function texts(tree: Value | undefined): readonly string[] {
  const found: string[] = [];
  walkTree(tree, undefined, (tag, node) => {
    if (tag === "A_Const") found.push(text(fields(node["sval"])["sval"]) ?? "");
  });
  return found;
}
