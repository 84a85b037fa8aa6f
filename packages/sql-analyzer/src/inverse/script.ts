// Owns how a transition is written down: statements with the settings that they need, rows where they belong.
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Key } from "../catalog/keys.ts";
import type { Action } from "./transition.ts";

/** What stands before the statements: names are qualified, and bodies may name what comes later. */
const opening: readonly string[] = ["SET LOCAL search_path = ''", "SET LOCAL check_function_bodies = off"];

/**
 * The statements of a transition in the order in which they run, without semicolons; none where there is nothing to do.
 * `rows` gives the statements that put a table's or column's rows back.
 */
export function scriptOf(
  actions: readonly Action[],
  rows: (key: Key) => readonly string[] = () => [],
): readonly string[] {
  const statements: string[] = [];
  let path = "";
  for (const action of actions) {
    if (action.what === "rows") {
      statements.push(...rows(action.key));
      continue;
    }
    const wanted = (action.path ?? []).map(quoteIdentifier).join(", ");
    if (wanted !== path) statements.push(`SET LOCAL search_path = ${wanted === "" ? "''" : wanted}`);
    path = wanted;
    statements.push(action.sql);
  }
  if (path !== "") statements.push("SET LOCAL search_path = ''");
  return statements.length === 0 ? [] : [...opening, ...statements];
}
