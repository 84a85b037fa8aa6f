// Owns the checks: awaited before and after a run; an error among their findings stops it.
import type { Destroyed } from "./archive/destroyed.ts";
import type { Session } from "./driver.ts";
import { ClewError } from "./errors.ts";
import type { Plan } from "./plan/plan.ts";
import { redact } from "./redact.ts";
import type { ReportFinding, RunReport } from "./report.ts";
import type { Work } from "./run/run.ts";
import type { HistoryTable } from "./store/bind.ts";

/** What a check looks at. */
export interface CheckContext {
  readonly plan: Plan;
  readonly session: Session;
  readonly signal?: AbortSignal;
  /** What the plan destroys, as far as its statements and the catalog tell. */
  destroyed(): Promise<Destroyed>;
}

/** Something that must hold. `before`: it may refuse the run. `after`: it says whether the result is what was wanted. */
export interface Check {
  readonly name: string;
  readonly when: "before" | "after";
  run(context: CheckContext): Promise<readonly ReportFinding[]>;
}

/** What the checks of a run look at; what takes long to find out is found out when it is asked for. */
export function contextOf(
  session: Session,
  { plan, steps }: Work,
  signal: AbortSignal | undefined,
  history: HistoryTable | undefined,
): CheckContext {
  let destroyed: Promise<Destroyed> | undefined;
  const look = async (): Promise<Destroyed> => {
    const { destroyedBy } = await import("./archive/destroyed.ts");
    return destroyedBy(session, steps, plan.target.user, history);
  };
  return { plan, session, ...(signal ? { signal } : {}), destroyed: () => (destroyed ??= look()) };
}

/** Runs the checks of one kind, one after another. */
export async function runChecks(
  checks: readonly Check[],
  when: Check["when"],
  context: CheckContext,
): Promise<readonly ReportFinding[]> {
  const findings: ReportFinding[] = [];
  for (const check of checks.filter((one) => one.when === when)) findings.push(...(await check.run(context)));
  return findings;
}

/** Throws CHECK_BLOCKED when a finding is an error. */
export function refuseErrors(findings: readonly ReportFinding[]): void {
  const errors = findings.filter((finding) => finding.severity === "error");
  if (errors.length === 0) return;
  const { help, at, version } = errors[0]!;
  throw new ClewError("CHECK_BLOCKED", errors.map(withPlace).join("\n"), {
    ...(help === undefined ? {} : { help }),
    ...(at === undefined ? {} : { at }),
    ...(version === undefined ? {} : { version }),
  });
}

/** A line that says where, too; the help of the first is the error's. */
function withPlace({ message, at, help }: ReportFinding, index: number): string {
  const line = at === undefined ? message : `${at.path}:${at.line}:${at.column}: ${message}`;
  return help === undefined || index === 0 ? line : `${line}\n  ${help}`;
}

/** The report with what the checks after the run found: an error among it makes the run unverified. */
export function withFindings(report: RunReport, findings: readonly ReportFinding[]): RunReport {
  const all = { ...report, findings: [...report.findings, ...findings] };
  const wrong = findings.filter((finding) => finding.severity === "error");
  if (wrong.length === 0) return all;
  const error = new ClewError("UNVERIFIED", wrong.map((finding) => finding.message).join("\n"));
  return { ...all, outcome: "unverified", error: error.data };
}

/** A check that fails after the run must not take the report with it. */
export function notChecked(cause: unknown): readonly ReportFinding[] {
  const message = `a check could not be made: ${redact(cause instanceof Error ? cause.message : String(cause))}`;
  return [{ code: "UNVERIFIED", severity: "error", message }];
}
