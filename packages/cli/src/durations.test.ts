// Owns the proof that times are read and written as people do.
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "./durations.ts";

test.each([
  ["500", 500],
  ["5s", 5_000],
  ["1.5 s", 1_500],
  ["2min", 120_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["0", 0],
  ["", undefined],
  ["-1", undefined],
  ["5 days", undefined],
  ["1e3", undefined],
  ["99999999999", undefined],
])("%j is read as %j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test("a bare number may count in seconds", () => {
  expect(parseDuration("60", "s")).toBe(60_000);
  expect(parseDuration("60ms", "s")).toBe(60);
});

test.each([
  [0.2, "0 ms"],
  [999.4, "999 ms"],
  [999.6, "1.0 s"],
  [59_949, "59.9 s"],
  [59_960, "1 min 0 s"],
  [125_000, "2 min 5 s"],
  [3_600_000 + 180_000, "1 h 3 min"],
])("%d ms is written %j", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
