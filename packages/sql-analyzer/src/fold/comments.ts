// Owns COMMENT ON.
import { findObject } from "./names.ts";
import type { Fold } from "./scene.ts";
import { text } from "./tree.ts";

export const foldComment: Fold = (scene, node) => {
  const comment = text(node["comment"]);
  const key = findObject(scene, node["objtype"], node["object"]);
  if (key === undefined) return;
  // What the schema public comes with is nobody's, and that it has none is said by an empty one, as pg_dump does.
  if (key === "schema public")
    scene.change(key, { comment: comment === "standard public schema" ? undefined : (comment ?? "") });
  else scene.change(key, { comment: comment === "" ? undefined : comment });
};
