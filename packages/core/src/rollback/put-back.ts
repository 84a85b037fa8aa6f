// Owns what is taken back when a run has failed: how far, and how the two runs are told as one.
import { isClewError } from "../errors.ts";
import type { RunReport } from "../report.ts";

/** How many migrations a run that failed, or was not verified, has left applied where they are to be taken back, one of which only a part has run among them. */
export function leftBehind(
  { outcome, steps }: RunReport,
  takenBack: { readonly failed: boolean; readonly unverified: boolean },
): number {
  if (!(outcome === "failed" && takenBack.failed) && !(outcome === "unverified" && takenBack.unverified)) return 0;
  return steps.filter(
    ({ status, segments }) => status === "applied" || (status === "failed" && (segments?.done ?? 0) > 0),
  ).length;
}

/** The report of a failed run when its rollback has ended, one way or the other. */
export function afterRollback(failed: RunReport, back: RunReport): RunReport {
  const undone = new Set(back.steps.filter(({ status }) => status === "rolled-back").map(({ version }) => version));
  const steps = failed.steps.map((step) =>
    step.status === "applied" && undone.has(step.version) ? { ...step, status: "rolled-back" as const } : step,
  );
  const whole = back.outcome === "rolled-back";
  const findings = whole ? [] : [stopped(back.error?.message ?? back.outcome)];
  return { ...failed, steps, findings: [...failed.findings, ...back.findings, ...findings] };
}

/** The report of a failed run that could not be taken back at all. */
export function withoutRollback(failed: RunReport, error: unknown): RunReport {
  if (!isClewError(error)) throw error;
  return { ...failed, findings: [...failed.findings, stopped(error.message)] };
}

function stopped(reason: string): RunReport["findings"][number] {
  return {
    code: "NOT_ROLLED_BACK",
    severity: "error",
    message: `what the run had applied was not all rolled back: ${reason}`,
    help: "`clew status` shows what is applied.",
  };
}
