// Owns COMMENT ON.
import { findObject } from "./names.ts";
import type { Fold } from "./scene.ts";
import { text } from "./tree.ts";

export const foldComment: Fold = (scene, node) => {
  const comment = text(node["comment"]);
  const key = findObject(scene, node["objtype"], node["object"]);
  // An empty comment is none, and what the schema public comes with is nobody's.
  const none = comment === "" || (key === "schema public" && comment === "standard public schema");
  if (key !== undefined) scene.change(key, { comment: none ? undefined : comment });
};
