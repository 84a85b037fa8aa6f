// Each migration that others have published comes back: what is said to be whole is, by pg_dump and the rows.
// CLEW_MATRIX tries all packages; without it two of them are tried.
import { freshDatabase } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filesOf, published } from "../conformance/published.ts";
import { startDumper, type Dumper } from "./dump.ts";
import { roundTrip } from "./round-trip.ts";
import type { State } from "./state.ts";

/** Migrations that cannot come back whole: columns that went come back as the last ones. */
const limits: readonly string[] = [
  "0017_drop_charges_unavailable_columns.sql",
  "0022_adjust_plans.sql",
  "20250314000000_hot-updater_0.13.0.sql",
];

/** Some minutes for all of them. */
const tried = process.env["CLEW_MATRIX"]
  ? published
  : published.filter(({ package: name }) => name === "graphile-worker" || name === "@hot-updater/supabase");

let dumper: Dumper;
beforeAll(() => {
  dumper = startDumper();
});
afterAll(() => dumper[Symbol.asyncDispose]());

test.each(tried)("$package", { timeout: 600_000 }, async (it) => {
  await using db = await freshDatabase({ template: it.template });
  if (it.before !== "") await db.sql(it.before);
  const lost: Record<string, string> = {};
  const files = Object.entries(await filesOf(it));
  let before: State | undefined;
  for (const [name, text] of files) {
    const [version = ""] = name.split("_");
    const trip = await roundTrip(db, dumper, String(text), version, { databaseUrl: db.url }, before);
    before = trip.after;
    if (trip.class === "lossy" || trip.class === "impossible") lost[name] = trip.reason;
    else expect(trip, name).toMatchObject({ back: [], again: [] });
  }
  expect(Object.keys(lost)).toEqual(files.map(([name]) => name).filter((name) => limits.includes(name)));
  for (const reason of Object.values(lost)) expect(reason).toMatch(/^the order of the columns of table/);
});
