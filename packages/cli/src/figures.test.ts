// Tests that a run's events come to what its statements took, and how long it waited.
import type { RunEvent } from "@clew/core";
import { expect, test } from "vitest";
import { makeMeter, slowFindings } from "./figures.ts";

const step = { version: "0001", name: "m", direction: "up" } as const;
const usage = (): { userCPUTime: number; systemCPUTime: number; maxRSS: number } => ({
  userCPUTime: 1_500_000,
  systemCPUTime: 500_000,
  maxRSS: 2,
});

test("statements, also of several segments and told together; waits for locks", () => {
  let clock = 0;
  const meter = makeMeter(usage, () => clock);
  const tell = (at: number, event: RunEvent): void => {
    clock = at;
    meter.observe(event);
  };
  tell(0, { type: "step.started", ...step, statements: 5, at: 1, of: 1 });
  tell(1, { type: "step.blocked", ...step, blockers: [] });
  tell(5, { type: "step.blocked", ...step, blockers: [] });
  const at = (line: number) => ({ path: "migrations/0001_m.sql", line });
  const sql = { type: "statement.finished", ...step } as const;
  tell(11, { ...sql, at: at(1), kind: "UPDATE", rows: 7, done: 1, of: 3, ms: 11_000 });
  tell(12, { ...sql, at: at(4), done: 3, of: 3, ms: 11_500 });
  tell(13, { ...sql, at: at(9), done: 1, of: 2, ms: 20 });
  const figures = meter.read();
  expect(figures).toEqual({
    cpuMs: 2_000,
    memoryBytes: 2_048,
    blockedMs: 10,
    slowest: [
      { version: "0001", name: "m", statement: 1, ms: 11_000, blockedMs: 10, rows: 7, kind: "UPDATE", at: at(1) },
      { version: "0001", name: "m", statement: 2, to: 3, ms: 500, at: at(4) },
      { version: "0001", name: "m", statement: 1, ms: 20, at: at(9) },
    ],
  });
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
  const [finding] = slowFindings({ cpuMs: 0, memoryBytes: 0, blockedMs, slowest: [one] });
  expect(finding!.help).toContain(advice);
});
