// Owns the proof that every end of a run is summed up.
import { outcomeExit, type RunOutcome, type RunReport, type StepReport } from "@clew/core";
import { expect, test } from "vitest";
import { plain } from "./colors.ts";
import { runText } from "./run-report.ts";

function report(
  outcome: RunOutcome,
  statuses: readonly StepReport["status"][],
  kind: RunReport["kind"] = "execute",
): RunReport {
  const target = { database: "portfolio", user: "postgres", server: "17.10" };
  const steps = statuses.map((status, at): StepReport => ({ version: String(at), name: "a", status }));
  return { kind, outcome, run: null, target, steps, findings: [], ms: 1_234 };
}

test.each<[RunOutcome, readonly StepReport["status"][], string]>([
  ["applied", ["applied"], "Applied 1 migration to portfolio in 1.2 s."],
  [
    "applied",
    ["applied", "applied-elsewhere"],
    "Applied 1 migration to portfolio in 1.2 s (1 applied, 1 applied by another run).",
  ],
  ["nothing-to-do", [], "Nothing to do: no migration is pending on portfolio."],
  ["nothing-to-do", ["applied-elsewhere"], "Nothing left to do on portfolio: 1 applied by another run."],
  ["failed", ["applied", "failed", "not-run"], "Failed after 1.2 s: 1 applied, 1 failed, 1 not run.\nNext: "],
  ["partly-applied", ["skipped", "applied"], "Partly applied in 1.2 s: 1 applied, 1 skipped.\nNext: "],
  ["in-doubt", ["in-doubt"], "In doubt after 1.2 s: 1 in doubt.\nNext: "],
  ["another-run", ["not-run"], "Another run is at work, or won: 1 not run.\nNext: "],
  ["interrupted", ["applied", "not-run"], "Interrupted after 1.2 s: 1 applied, 1 not run.\nNext: `clew execute`"],
  ["unverified", ["applied"], "Applied in 1.2 s, but not verified: 1 applied.\nNext: "],
])("%s, %j", (outcome, statuses, text) => {
  expect(runText(report(outcome, statuses), plain).startsWith(text)).toBe(true);
});

test("a rollback", () => {
  expect(runText(report("rolled-back", ["rolled-back", "rolled-back"], "rollback"), plain)).toBe(
    "Rolled back 2 migrations on portfolio in 1.2 s.\nNext: `clew execute` applies them again.",
  );
  expect(runText(report("nothing-to-do", [], "rollback"), plain)).toContain("no migration is applied");
});

test("every outcome has a summary and an exit status", () => {
  for (const outcome of Object.keys(outcomeExit) as RunOutcome[])
    expect(runText(report(outcome, []), plain)).not.toBe("");
});
