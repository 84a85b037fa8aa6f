// Tests of files against history.
import { expect, test } from "vitest";
import { compare } from "./compare.ts";
import type { MigrationFile } from "../files/read.ts";
import type { JournalRow } from "../store/state.ts";

const file = (version: string, checksum = "same"): MigrationFile => ({
  version,
  name: "n",
  path: `${version}_n.sql`,
  checksum,
});
const row = (version: string) => ({ version, name: "n" });
const journal = (version: string, checksum = "same"): JournalRow => ({
  version,
  name: "n",
  checksum,
  who: "me",
  tool: "clew",
  appliedAt: "",
});
const versions = (files: readonly { version: string }[]) => files.map((one) => one.version);

test("applied, pending, changed, foreign, missing and out of order", () => {
  const found = compare([file("01"), file("02", "other"), file("03"), file("04"), file("06")], {
    history: [row("01"), row("02"), row("03"), row("05")],
    migrations: [journal("01"), journal("02"), journal("05")],
    segments: [{ version: "06", direction: "up", ordinal: 0, fingerprint: "", state: "done", before: null }],
  });
  expect(versions(found.applied.map((one) => one.file))).toEqual(["01", "02", "03"]);
  expect(versions(found.pending)).toEqual(["04", "06"]);
  expect(versions(found.changed)).toEqual(["02"]);
  expect(versions(found.foreign)).toEqual(["03"]);
  expect(versions(found.missing)).toEqual(["05"]);
  expect(versions(found.outOfOrder)).toEqual(["04"]);
  expect([...found.partly]).toEqual(["06"]);
  expect(found.head).toBe("05");
});

test("versions compare as text: 10 comes before 9, and 0002 is not 2", () => {
  const found = compare([file("10"), file("0002"), file("2")], {
    history: [row("9"), row("0002")],
    migrations: [],
    segments: [],
  });
  expect(found.head).toBe("9");
  expect(versions(found.outOfOrder)).toEqual(["10", "2"]);
  expect(versions(found.pending)).toEqual(["10", "2"]);
});
