// Owns the table of what prints each kind of fact as SQL.
import type { Emitters } from "./emitter.ts";

export const emitters: Emitters = {};
