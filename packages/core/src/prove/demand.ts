// Owns the demand that what is applied can be taken back: a run proves its migrations first, and refuses what is not proved.
import { isSessionError, type Session } from "../driver.ts";
import { ClewError, isClewError } from "../errors.ts";
import { readFolder, type MigrationFile } from "../files/read.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { ReportFinding, RunReport } from "../report.ts";
import { readProofs } from "../rollback/proof.ts";
import type { Work } from "../run/run.ts";
import { binder, type HistoryTable } from "../store/bind.ts";
import { readState, type State } from "../store/state.ts";
import type { ProofReport, ProofStep } from "./report.ts";
import { keepProofs, provePending, type ProofContext } from "./request.ts";

/**
 * `optional`: nobody asks. `required`: a run refuses migrations whose rollbacks are not proved, at least for the schema. `except` names, by version,
 * why one may run without: the reason is in the report of the run.
 */
export type ProofDemand = "optional" | "required" | { readonly except: Readonly<Record<string, string>> };

/** What was proved, and what is to be said of it. */
export interface Demanded {
  readonly report: ProofReport;
  readonly files: readonly MigrationFile[];
  readonly findings: readonly ReportFinding[];
}

/** Proves what a run is about to apply. Throws UNPROVED. */
export async function proveDemanded(
  session: Session,
  state: State,
  { plan }: Work,
  context: ProofContext,
  demand: ProofDemand,
): Promise<Demanded> {
  const whole = new Set(plan.steps.filter(({ mode }) => mode === "whole").map(({ version }) => version));
  const resumed = plan.steps.find(({ mode }) => mode === "resume");
  if (resumed !== undefined && whole.size > 0) throw behind(resumed);
  const { files } = await readFolder(context.dir);
  const report = await provePending(
    session,
    state,
    files.filter(({ version }) => whole.has(version)),
    [],
    context,
  );
  const forced = plan.steps.filter(({ mode }) => mode === "again").map(waivedByForce);
  return { report, files, findings: [...forced, ...judge(report.steps, demand)] };
}

/** A plan that was made anew, because another run was at work: what is in it must have been proved. Throws UNPROVED. */
export function refuseOthers(work: Work, { report }: Demanded): Work {
  const proved = new Set(report.steps.map(({ version }) => version));
  const other = work.steps.find(({ step }) => step.mode === "whole" && !proved.has(step.version));
  if (other === undefined) return work;
  const { version, path } = other.step;
  throw new ClewError("UNPROVED", `${path}: it was not there when this run proved what it would apply`, {
    version,
    help: "Run again.",
  });
}

/** Keeps the proofs with the rollbacks of what was applied, and tells those that are of the same rollbacks. */
export async function keepDemanded(
  session: Session,
  { report: { steps, ...proof }, files }: Demanded,
  report: RunReport,
  history: HistoryTable,
): Promise<RunReport> {
  const applied = new Set(report.steps.filter(({ status }) => status === "applied").map(({ version }) => version));
  try {
    await keepProofs(session, { ...proof, steps: steps.filter(({ version }) => applied.has(version)) }, history);
    const { rollbacks } = await readState(session, history, binder(history));
    const known = await readProofs(files, rollbacks);
    const told = report.steps.map((step) => {
      const verdict = applied.has(step.version) ? known.get(step.version) : undefined;
      return verdict === undefined ? step : { ...step, proof: verdict };
    });
    return { ...report, steps: told };
  } catch (error) {
    // What is applied is applied; without its proof it is shown as unproved.
    if (isSessionError(error) || isClewError(error)) return report;
    throw error;
  }
}

/** Throws UNPROVED for what may not run. Of what may run without a proof a warning says why. */
function judge(steps: readonly ProofStep[], demand: ProofDemand): readonly ReportFinding[] {
  const except = typeof demand === "string" ? {} : demand.except;
  const findings: ReportFinding[] = [];
  const refused: ProofStep[] = [];
  for (const step of steps) {
    const { version, path, proof, reason = "" } = step;
    const accepted = except[version];
    if (proof === "proved") continue;
    if (proof === "proved-structure") {
      const message = `${path}: its rollback gives the schema back; rows are not proved: ${reason}`;
      findings.push({ code: "ROWS_UNPROVED", severity: "warning", version, message });
    } else if (accepted === undefined) refused.push(step);
    else {
      const message = `${path}: its rollback is ${words(step)}, which the configuration accepts: ${accepted}`;
      findings.push({ code: "PROOF_WAIVED", severity: "warning", version, message });
    }
  }
  if (refused.length === 0) return findings;
  throw new ClewError(
    "UNPROVED",
    [...refused.map((step) => `${step.path}: its rollback is ${words(step)}`), "nothing was run"].join("\n"),
    { version: refused[0]!.version },
  );
}

function words({ proof, reason, differences }: ProofStep): string {
  const shown = (differences?.words ?? []).slice(0, 5).map((word) => `\n  ${word}`);
  return `${proof === "disproved" ? "disproved" : "not provable"} (${reason ?? ""})${shown.join("")}`;
}

function waivedByForce({ version, path }: PlanStep): ReportFinding {
  const message = `${path}: run again by force, which no proof was made for`;
  return { code: "PROOF_WAIVED", severity: "warning", version, message };
}

/** What was proved of a part that is left says nothing of the whole. */
function behind({ version, path }: PlanStep): ClewError {
  return new ClewError(
    "UNPROVED",
    `${path} is partly applied, and what comes after it cannot be proved before it is finished`,
    {
      version,
      help: `Run \`clew execute ${version}\` first: it was proved when it began.`,
    },
  );
}
