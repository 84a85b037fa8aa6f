// Owns the functions that all archives of a database have in common: they are made once, and found by what they are.
import { createHash } from "node:crypto";
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import { beginFunction, copyFunction } from "./capture-functions.ts";
import { finishFunction } from "./finish-function.ts";
import { moveFunction } from "./move-function.ts";
import { own } from "./text.ts";

/** Another text is another function: a run never meets one that another release has made. */
const sign = createHash("sha256").update(texts("").join("")).digest("hex").slice(0, 12);

function texts(id: string): readonly string[] {
  const [begin, copy, move, finish] = ["begin", "copy", "move", "finish"].map((word) => own(word, id)) as [
    string,
    string,
    string,
    string,
  ];
  return [copyFunction(copy), moveFunction(move), beginFunction(begin, copy, move), finishFunction(finish, copy)];
}

/** What they are called, as SQL; `names` are what pg_proc.proname says. */
export const capture: { readonly begin: string; readonly finish: string; readonly names: readonly string[] } = {
  begin: own("begin", sign),
  finish: own("finish", sign),
  names: ["begin", "copy", "move", "finish"].map((word) => `${word} ${sign}`),
};

/**
 * Makes them where they are missing. Whatever a session has planned of a function stays with it until it ends, also when the function
 * is gone, and is looked through at each change of the schema: with functions of its own each archive would take longer than the last.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/cache/plancache.c
 */
export const ensureCapture: Sql = {
  text: `DO $make$DECLARE command text; BEGIN
IF pg_catalog.to_regproc(${literal(capture.finish)}) IS NULL THEN
  PERFORM pg_catalog.pg_advisory_xact_lock(4991253804172);
  FOREACH command IN ARRAY ARRAY[${texts(sign).map(literal).join(", ")}] LOOP EXECUTE command; END LOOP;
END IF;
END$make$`,
};
