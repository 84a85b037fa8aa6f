// Owns what a run is given to do: the steps as a plan, and what is said where there is nothing in it, or where it cannot run.
import type { Comparison } from "../plan/compare.ts";
import { findingsOf } from "../files/validate.ts";
import { makePlan, type Step } from "../plan/plan.ts";
import type { ReportFinding, RunReport } from "../report.ts";
import type { State } from "../store/state.ts";
import type { Work } from "./run.ts";

/** The steps as a plan against what was looked at, with the warnings that their files earn. */
export function workOf(
  {
    comparison,
    state,
    findings,
  }: {
    readonly comparison: Comparison;
    readonly state: State;
    readonly findings: readonly ReportFinding[];
  },
  steps: readonly Step[],
): Work {
  const plan = makePlan(
    steps.map(({ step }) => step),
    comparison.head,
    state.history,
    state.target,
  );
  const said = steps.flatMap(({ step, script }) => findingsOf(step.version, script));
  // A file with an error is refused before, or skipped with it.
  return { plan, steps, findings: [...findings, ...said.filter(({ severity }) => severity !== "error")] };
}

export function nothingToDo(kind: RunReport["kind"], { plan, findings }: Work): RunReport {
  return { kind, outcome: "nothing-to-do", run: null, target: plan.target, steps: [], findings, ms: 0 };
}
