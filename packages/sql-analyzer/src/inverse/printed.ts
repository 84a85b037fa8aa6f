// Owns that what a server has printed is printed again as it was, once a transition has given it back.
import { holdArrayCasts } from "../emit/array-cast.ts";
import type { Action } from "./action.ts";
import type { Transition } from "./transition.ts";

/** A transition whose texts a server prints as they are in its goal; where one cannot be written so, that is said. */
export function printedAgain(way: Transition): Transition {
  const loses = [...way.loses];
  const actions = way.actions.map((action): Action => {
    // What somebody wrote means what it says.
    if (action.what === "rows" || action.path !== undefined) return action;
    const { sql, whole } = holdArrayCasts(action.sql);
    if (!whole) loses.push(`how a cast in ${action.key} is printed`);
    return sql === action.sql ? action : { ...action, sql };
  });
  return { ...way, actions, loses };
}
