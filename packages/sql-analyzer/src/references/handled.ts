// Owns which unknown names the handlers of a PL/pgSQL block wait for.
import { fields, text } from "../fold/tree.ts";
import { nodes, type Value } from "../grammar.ts";
import type { Suspect } from "./here.ts";

/** The conditions of a block's handlers, as they are written. */
export function conditionsOf(exceptions: Value): readonly string[] {
  return nodes(fields(fields(exceptions)["PLpgSQL_exception_block"])["exc_list"])
    .flatMap((each) => nodes(fields(each["PLpgSQL_exception"])["conditions"]))
    .flatMap((each) => text(fields(each["PLpgSQL_condition"])["condname"])?.toLowerCase() ?? []);
}

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const names: { readonly [sort in Suspect["sort"]]?: readonly string[] } = {
  "argument count": ["undefined_function", "42883"],
  column: ["undefined_column", "42703"],
  function: ["undefined_function", "42883"],
  schema: ["invalid_schema_name", "3f000"],
  table: ["undefined_table", "42p01"],
};
const others = ["undefined_object", "42704", "undefined_table", "42p01"];

/**
 * Whether the errors that are caught are those of a name of this sort that nothing has. Who catches all errors of a block
 * that runs now has seen it fail; who catches all of a function may never know.
 */
export function isAwaited(sort: Suspect["sort"], caught: readonly string[], late: boolean): boolean {
  const awaited = names[sort] ?? others;
  return caught.some(
    (condition) => awaited.includes(condition) || condition === everyName || (condition === "others" && !late),
  );
}

const everyName = "syntax_error_or_access_rule_violation";
