// Owns the schemas that a search_path names: the server passes over those that are not there, and so do we unless one is misspelt.
import { fields, text } from "../fold/tree.ts";
import { type Fields, nodes } from "../grammar.ts";
import { type Here, report } from "./here.ts";

/** Checks SET search_path, by itself or of a function. */
export function checkPath(here: Here, set: Fields): void {
  if (set["name"] !== "search_path" || set["kind"] !== "VAR_SET_VALUE") return;
  for (const each of nodes(set["args"])) {
    const constant = fields(each["A_Const"]);
    const name = text(fields(constant["sval"])["sval"]) ?? "";
    const missing = /^[a-z_]\w*$/.test(name) ? here.known.schema(name) : undefined;
    if (missing === undefined) continue;
    report(
      { ...here, severity: "warning" },
      {
        sort: "schema",
        name: { schema: undefined, name },
        span: here.source.find(name, here.source.at(constant["location"])) ?? here.source.findString(name),
        message: `There is no schema ${name}.`,
        certain: false,
        candidates: missing.candidates(),
      },
    );
  }
}
