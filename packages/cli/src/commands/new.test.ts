// Owns the proof that a new version is newer than all, as text compares.
import { expect, test } from "vitest";
import { newVersion, stamp } from "./new.ts";

test("the stamp is in UTC", () => {
  expect(stamp(new Date("2026-11-22T23:59:58.999+09:00"))).toBe("20261122145958");
});

test.each([
  [[], "20261122145958"],
  [["0001", "0002"], "20261122145958"],
  [["20261122145957"], "20261122145958"],
  [["20261122145958"], "20261122145959"],
  [["20991231235959"], "20991231235960"],
  [["20991231235959", "0001"], "20991231235960"],
  [["9"], "91"],
  [["0099"], "20261122145958"],
  [["99999999999999"], "999999999999991"],
  [["20261122145958123456"], "20261122145958123457"],
])("after %j comes %s", (versions, next) => {
  expect(newVersion("20261122145958", versions)).toBe(next);
  for (const version of versions) expect(next > version).toBe(true);
});
