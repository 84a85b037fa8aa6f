// Owns how a transition is written down: statements with the settings that they need, rows where they belong.
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Key } from "../catalog/keys.ts";
import type { Action } from "./action.ts";

/** What gives rows back, in pieces to be placed among the statements of a transition. Keys are those of its goal. */
export interface RowsBack {
  /** Before everything. */
  readonly first: readonly string[];
  /** The rows of a table that was made again. */
  table(key: Key): readonly string[];
  /** What stands after USING where a column gets its former type; undefined where a cast does. */
  using(column: Key): string | undefined;
  /** All others: what was written, the values of columns that were dropped. */
  readonly rows: readonly string[];
  /** After everything. */
  readonly last: readonly string[];
}

/** What stands before the statements: names are qualified, and bodies may name what comes later. */
const opening: readonly string[] = ["SET LOCAL search_path = ''", "SET LOCAL check_function_bodies = off"];

/**
 * The statements of a transition in the order in which they run, without semicolons; none where there is nothing to do. With
 * `rows`, what would stand in the way is looked for when they are back.
 */
export function scriptOf(actions: readonly Action[], rows?: RowsBack): readonly string[] {
  const statements: string[] = [];
  let path = "";
  for (const action of rows ? actions : checksFirst(actions)) {
    if (action.what === "rows") {
      statements.push(...((action.key === undefined ? rows?.rows : rows?.table(action.key)) ?? []));
      continue;
    }
    const wanted = (action.path ?? []).map(quoteIdentifier).join(", ");
    if (wanted !== path) statements.push(`SET LOCAL search_path = ${wanted === "" ? "''" : wanted}`);
    path = wanted;
    const { using } = action;
    statements.push(using ? `${action.sql} USING ${rows?.using(using.column) ?? using.value}` : action.sql);
  }
  if (path !== "") statements.push("SET LOCAL search_path = ''");
  const whole = rows ? [...rows.first, ...statements, ...rows.last] : statements;
  // What runs outside any transaction needs no setting that lasts for one.
  const alone = actions.every((action) => action.what === "rows" || action.alone);
  return whole.length === 0 || (alone && !rows) ? whole : [...opening, ...whole];
}

/** What stands in the way is told before anything is done, but for moves, without which names are not right. */
function checksFirst(actions: readonly Action[]): readonly Action[] {
  const place = ({ what }: Action): number => (what === "move" ? 0 : what === "check" ? 1 : 2);
  return actions.toSorted((a, b) => place(a) - place(b));
}
