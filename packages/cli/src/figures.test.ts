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
  tell(11, {
    type: "statement.finished",
    ...step,
    at: { path: "migrations/0001_m.sql", line: 4 },
    done: 1,
    of: 3,
    ms: 11_000,
  });
  tell(12, {
    type: "statement.finished",
    ...step,
    at: { path: "migrations/0001_m.sql", line: 4 },
    done: 3,
    of: 3,
    ms: 11_500,
  });
  tell(13, {
    type: "statement.finished",
    ...step,
    at: { path: "migrations/0001_m.sql", line: 4 },
    done: 1,
    of: 2,
    ms: 20,
  });
  const figures = meter.read();
  expect(figures).toEqual({
    cpuMs: 2_000,
    memoryBytes: 2_048,
    blockedMs: 10,
    slowest: [
      { version: "0001", name: "m", statement: 1, ms: 11_000 },
      { version: "0001", name: "m", statement: 2, to: 3, ms: 500 },
      { version: "0001", name: "m", statement: 1, ms: 20 },
    ],
  });
  expect(slowFindings(figures).map(({ message }) => message)).toEqual(["0001_m: statement 1 took 11.0 s"]);
});
