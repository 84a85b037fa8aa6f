// Owns checks of single names that several statements have.
import { rangeName } from "../fold/names.ts";
import type { Fields } from "../grammar.ts";
import { partsAt } from "./expressions.ts";
import { type Here, reportMissing } from "./here.ts";

/** Checks the names of one statement, given the fields of its node. */
export type Check = (here: Here, node: Fields) => void;

/** Checks a thing that no schema holds, by a name that stands at or after an offset. */
export function checkAlone(
  here: Here,
  sort: "extension" | "publication" | "role" | "schema",
  name: string | undefined,
  from = 0,
): void {
  if (name === undefined) return;
  const missing = here.known.alone(name, sort);
  if (missing === undefined) return;
  reportMissing(here, sort, { schema: name, name }, { ...missing, part: sort === "schema" ? "schema" : "name" }, () =>
    here.source.find(name, from),
  );
}

/** Checks an index or a sequence. */
export function checkNamed(here: Here, sort: "index" | "sequence", rangeVar: Fields): void {
  const name = rangeName(rangeVar);
  const missing = here.known.inSchema(name, sort);
  if (missing !== undefined) reportMissing(here, sort, name, missing, partsAt(here, rangeVar["location"]));
}

/** Where the first of these words ends after which the others follow: what comes then is what they introduce. */
export function afterWord(here: Here, ...words: readonly string[]): number {
  let at = 0;
  for (const word of words) at = here.source.find(word, at)?.end ?? at;
  return at;
}
