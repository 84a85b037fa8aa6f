// Statements that change the session beyond their transaction: a run that resumes after one has to run it again.
import type { Statement } from "./read.ts";

/**
 * Whether a statement leaves a setting in the session: SET, RESET, SET ROLE, SET SESSION CHARACTERISTICS, DISCARD ALL,
 * and `SELECT set_config(…)` unless its last argument is `true`. SET LOCAL and SET TRANSACTION end with the transaction.
 */
export function isSetting({ kind, ast, text }: Statement): boolean {
  const set = ast?.["VariableSetStmt"];
  if (set !== undefined) {
    return set["is_local"] !== true && (set["kind"] !== "VAR_SET_MULTI" || set["name"] === "SESSION CHARACTERISTICS");
  }
  return kind === "DISCARD ALL" || (setConfig.test(text) && !local.test(text));
}

const setConfig = /^select\s+(?:pg_catalog\s*\.\s*)?set_config\s*\(/i;
const local = /,\s*(?:true|'t(?:rue)?')\s*\)\s*$/i;
