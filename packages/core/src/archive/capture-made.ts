// Owns the functions that all archives of a database have in common: they are made once, and found by what they are.
import { createHash } from "node:crypto";
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import { beginFunction, copyFunction } from "./capture-functions.ts";
import { finishFunction } from "./finish-function.ts";
import { moveFunction } from "./move-function.ts";
import { closing } from "./schema.ts";
import { own } from "./text.ts";
import {
  announcedFunction,
  announceFunction,
  emptyFunction,
  keepFunction,
  largeFunction,
  numberFunction,
} from "./trigger-functions.ts";

const words = ["announced", "announce", "number", "large", "keep", "empty", "copy", "move", "begin", "finish"] as const;

type Names = Readonly<Record<(typeof words)[number], string>>;

/** As SQL, with what tells them from those of another release. */
const namesWith = (sign: string): Names =>
  Object.fromEntries(words.map((word) => [word, own(word, sign)])) as unknown as Names;

const textsOf = (names: Names): readonly string[] => [
  announcedFunction(names.announced),
  announceFunction(names.announce, names.announced),
  numberFunction(names.number),
  largeFunction(names.large),
  keepFunction(names.keep),
  emptyFunction(names.empty),
  copyFunction(names.copy),
  moveFunction(names.move),
  beginFunction(names.begin, names),
  finishFunction(names.finish, names.copy),
];

/** Another text is another function: a run never meets one that another release has made. */
const sign: string = createHash("sha256")
  .update(textsOf(namesWith("")).join(""))
  .digest("hex")
  .slice(0, 12);

/** What they are called, as SQL. */
export const capture: Names = namesWith(sign);

/** What pg_proc.proname says of them. */
export const captureNames: readonly string[] = words.map((word) => `${word} ${sign}`);

/**
 * Makes them where they are missing. Whatever a session has planned of a function stays with it until it ends, also when the function
 * is gone, and is looked through at each change of the schema: with functions of its own each archive would take longer than the last.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/cache/plancache.c
 */
export const ensureCapture: Sql = {
  text: `DO $make$DECLARE command text; BEGIN
IF pg_catalog.to_regproc(${literal(capture.finish)}) IS NULL THEN
  PERFORM pg_catalog.pg_advisory_xact_lock(4991253804172);
  FOREACH command IN ARRAY ARRAY[${textsOf(capture).map(literal).join(", ")}] LOOP EXECUTE command; END LOOP;
  ${closing("command", "true")}
END IF;
END$make$`,
};
