// Owns when the turn of a kind comes in a transition.
import type { Kind } from "../catalog/catalog.ts";

/** `rows`: those that were kept come back, those that came since are filled up. `guard` is what rows must obey. */
export const ranks = { drop: 0, alter: 1, make: 2, rows: 3, guard: 4 } as const;

export const guards: ReadonlySet<Kind> = new Set<Kind>([
  "constraint",
  "index",
  "policy",
  "rule",
  "statistics",
  "trigger",
]);

/** What rows are in, and their numbers come from. */
export const hasRows: ReadonlySet<Kind> = new Set<Kind>(["table", "column", "sequence"]);

/** What is part of a table and calls functions. */
export const calling: ReadonlySet<Kind> = new Set<Kind>(["constraint", "policy", "rule", "trigger"]);
