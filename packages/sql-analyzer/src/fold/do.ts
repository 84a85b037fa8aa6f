// Owns DO blocks.
import type { Fold } from "./scene.ts";

export const foldDo: Fold = (scene) => {
  scene.cannotRead("dynamic-sql");
};
