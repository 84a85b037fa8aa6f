// Owns the gate that every run passes, whoever starts it: nothing lost that may not be, no warning in a strict run.
import { refuseErrors, runChecks, type Check, type CheckContext } from "../checks.ts";
import type { Driver } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { liveSchema, type Live } from "../introspect/live.ts";
import type { ScriptLosses } from "../plan/losses.ts";
import type { Step } from "../plan/plan.ts";
import type { ReportFinding, RunReport } from "../report.ts";
import type { Work } from "./run.ts";
import type { RunSettings } from "./settings.ts";

/** What a run is told before it begins. */
export interface Gate {
  readonly kind: RunReport["kind"];
  readonly settings: RunSettings;
  readonly checks: readonly Check[];
  readonly driver: Driver;
}

/** Gives what there is to say of a run that may begin. Throws CHECK_BLOCKED, DESTRUCTIVE, STRICT, ARCHIVE_TOO_LARGE. */
export async function passGate(
  { kind, settings, checks, driver }: Gate,
  work: Work,
  context: CheckContext,
): Promise<readonly ReportFinding[]> {
  const live = liveSchema(context.session);
  const found = kind === "execute" ? await foreseen(settings, work, live) : [];
  const lost = found.filter(({ code, severity }) => code === "DESTRUCTIVE" && severity === "error");
  if (lost.length > 0) throw refusal("DESTRUCTIVE", lost);
  const before = [...found, ...(await runChecks(checks, "before", context))];
  refuseErrors(before);
  if (kind === "execute" && !driver.supports.autocommit && work.steps.some(destroys))
    await (await import("../rollback/foresee.ts")).refuseTooLarge(live, work, settings);
  if (settings.strict && kind === "execute") refuseWarnings([...work.findings, ...before], settings);
  return before;
}

/** Whether a file may lose rows at all: to know more takes questions. */
const destroys = ({ script }: Step): boolean => /\b(?:drop|truncate|delete|update|alter)\b/i.test(script.text);

/** What can be foreseen of a run: names that nothing has, and what is lost where that is not allowed; `lost`, where it is known. */
export async function foreseen(
  settings: RunSettings,
  work: Work,
  live: Live,
  lost?: readonly ScriptLosses[],
): Promise<readonly ReportFinding[]> {
  const unknown = await (await import("../schema/names.ts")).foreseeRun(live, work, settings);
  if (settings.allowDestructiveOperations) return unknown;
  const { lossesOfRun, lossFindings } = await import("../plan/losses.ts");
  return [
    ...unknown,
    ...lossFindings(work.steps, lost ?? (await lossesOfRun(live, work.steps, work.plan.target.user))),
  ];
}

/** Throws STRICT. That a late migration runs was asked for. */
function refuseWarnings(findings: readonly ReportFinding[], { outOfOrder }: RunSettings): void {
  const warnings = findings.filter(
    ({ code, severity }) => severity === "warning" && !(outOfOrder && code === "OUT_OF_ORDER"),
  );
  if (warnings.length > 0) throw refusal("STRICT", warnings);
}

function refusal(code: "DESTRUCTIVE" | "STRICT", findings: readonly ReportFinding[]): ClewError {
  const said = findings.map(({ at, message }) =>
    at ? `${at.path}:${at.line}:${at.column}: ${message}\n${at.excerpt}` : message,
  );
  const { help, version, at } = findings[0]!;
  return new ClewError(code, [...said, "nothing was run"].join("\n"), {
    ...(help === undefined ? {} : { help }),
    ...(version === undefined ? {} : { version }),
    ...(at === undefined ? {} : { at }),
  });
}
