// Owns COMMENT ON.
import { findObject } from "./names.ts";
import type { Fold } from "./scene.ts";
import { text } from "./tree.ts";

export const foldComment: Fold = (scene, node) => {
  const comment = text(node["comment"]);
  const key = findObject(scene, node["objtype"], node["object"]);
  // An empty comment is none.
  if (key !== undefined) scene.change(key, { comment: comment === "" ? undefined : comment });
};
