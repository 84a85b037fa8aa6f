// Tests what is said of the cost of a run, and of statements that took long.
import type { RunFigures } from "@clew/core";
import { expect, test } from "vitest";
import { figuresText, slowFindings } from "./figures.ts";

const figures: RunFigures = {
  cpuMs: 2_000,
  memoryBytes: 90_000_000,
  blockedMs: 10,
  sentBytes: 2_000,
  slowest: [
    {
      version: "0001",
      name: "m",
      statement: 1,
      ms: 11_000,
      blockedMs: 10,
      rows: 7,
      kind: "UPDATE",
      at: { path: "migrations/0001_m.sql", line: 1 },
    },
    { version: "0001", name: "m", statement: 2, to: 3, ms: 500, at: { path: "migrations/0001_m.sql", line: 4 } },
  ],
  untold: [],
};

test("what a run costs, in a line; statements that took long, with what to do", () => {
  expect(figuresText(figures)).toBe("2.0 s of processor, 90 MB of memory, 2.0 kB sent, 10 ms waiting for locks");
  expect(slowFindings(figures)).toEqual([
    expect.objectContaining({
      message: "0001_m: statement 1 (migrations/0001_m.sql:1) took 11.0 s, 7 rows, 10 ms of it waiting for a lock",
      help: expect.stringContaining("in batches"),
    }),
  ]);
});

test.each([
  ["DELETE", 0, "in batches"],
  ["CREATE INDEX", 0, "CONCURRENTLY"],
  ["ALTER TABLE", 0, "NOT VALID"],
  [undefined, 0, "quiet hour"],
  ["UPDATE", 9_000, "Others held"],
])("a slow %s that waited %d ms: %s", (kind, blockedMs, advice) => {
  const slow = { version: "1", name: "m", statement: 1, ms: 10_000, blockedMs, at: { path: "1_m.sql", line: 1 } };
  const one = kind === undefined ? slow : { ...slow, kind };
  const [finding] = slowFindings({ cpuMs: 0, memoryBytes: 0, blockedMs, slowest: [one], untold: [] });
  expect(finding!.help).toContain(advice);
});
