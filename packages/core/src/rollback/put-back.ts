// Owns what is taken back when a run has failed: how far, and how the two runs are told as one.
import { ClewError, isClewError, type ErrorData } from "../errors.ts";
import type { ExecuteOptions } from "../options.ts";
import type { Step } from "../plan/plan.ts";
import type { RunReport, StepReport } from "../report.ts";
import { isTransient } from "../run/again.ts";
import { staysHelp } from "../run/explain.ts";
import type { RunSettings } from "../run/settings.ts";

/** What of a database's migrations is to be taken back, and nothing else. */
export interface Left {
  readonly versions: readonly string[];
  /** Only what has run of one of which a part has, and where nothing is lost by it: nobody has asked for it. */
  readonly part: boolean;
}

/** Takes back what a run has left that failed, or was not verified, as far as that is wanted. */
export async function takeBack(
  report: RunReport,
  { onPartial, rollbacks, rollbackUnverified }: RunSettings,
  { autoRollback = false, force = false }: ExecuteOptions,
  rollback: (left: Left) => Promise<RunReport>,
): Promise<RunReport> {
  const all = leftBehind(report, autoRollback, rollbackUnverified);
  // Of one that is run again, the rollback is of the first time.
  const part = all.length === 0 && onPartial === "rollback" && rollbacks && !force && leavesPart(report);
  const versions = part ? report.steps.filter(isPart).map(({ version }) => version) : all;
  if (versions.length === 0) return report;
  try {
    return afterRollback(report, await rollback({ versions, part }));
  } catch (error) {
    if (!isClewError(error)) throw error;
    return { ...report, findings: [...report.findings, stopped(error.message)] };
  }
}

/** Throws NO_ROLLBACK where a rollback would take back anything else, or not all that it should. */
export function refuseOthers(steps: readonly Step[], { versions, part }: Left): void {
  const wanted = new Set(versions);
  const other = steps.find(({ step }) => !wanted.has(step.version) || (part && step.mode !== "part"));
  if (other !== undefined || steps.length !== wanted.size)
    throw new ClewError("NO_ROLLBACK", "it is not the newest that is applied");
  const lossy = part ? steps.find(({ step }) => step.class !== "exact" && step.class !== "needs-data") : undefined;
  if (lossy === undefined) return;
  const { class: verdict = "not known", reason } = lossy.step;
  throw new ClewError("NO_ROLLBACK", `its rollback is ${verdict}${reason === undefined ? "" : `: ${reason}`}`, {
    version: lossy.step.version,
  });
}

/** The migrations that are to be taken back, one of which only a part has run among them. */
function leftBehind({ outcome, steps }: RunReport, failed: boolean, unverified: boolean): readonly string[] {
  if (!(outcome === "failed" && failed) && !(outcome === "unverified" && unverified)) return [];
  return steps.filter((step) => step.status === "applied" || isPart(step)).map(({ version }) => version);
}

/**
 * Whether a part of a migration has run and its file is at fault. Where only the moment was wrong (a lock that was not to be
 * had, a lost connection), the next run goes on: what has run may have taken hours.
 */
function leavesPart({ outcome, error, steps }: RunReport): boolean {
  if (outcome !== "failed" || error === undefined) return false;
  return !isTransient(error.sqlstate) && error.code !== "CONNECTION_LOST" && steps.some(isPart);
}

function isPart({ status, segments }: StepReport): boolean {
  return status === "failed" && (segments?.done ?? 0) > 0;
}

/** The report of a failed run when its rollback has ended, one way or the other. */
function afterRollback(failed: RunReport, back: RunReport): RunReport {
  const undone = new Set(back.steps.filter(({ status }) => status === "rolled-back").map(({ version }) => version));
  const steps = failed.steps.map((step): StepReport => {
    if (!undone.has(step.version)) return step;
    if (step.status === "applied") return { ...step, status: "rolled-back" };
    const { segments, error } = step;
    return {
      ...step,
      ...(segments ? { segments: { ...segments, done: 0 } } : {}),
      ...(error ? { error: withoutPart(error) } : {}),
    };
  });
  const whole = back.outcome === "rolled-back";
  const findings = whole ? [] : [stopped(back.error?.message ?? back.outcome)];
  const { error } = failed;
  return {
    ...failed,
    steps,
    ...(error ? { error: undone.has(error.version ?? "") ? withoutPart(error) : error } : {}),
    findings: [...failed.findings, ...back.findings, ...findings],
  };
}

function withoutPart(error: ErrorData): ErrorData {
  if (error.help !== staysHelp) return error;
  return { ...error, help: "Correct the statement and run again; what had run of the migration was rolled back." };
}

function stopped(reason: string): RunReport["findings"][number] {
  return {
    code: "NOT_ROLLED_BACK",
    severity: "error",
    message: `what the run had applied was not all rolled back: ${reason}`,
    help: "`clew status` shows what is applied, `clew recover` what can be done.",
  };
}
