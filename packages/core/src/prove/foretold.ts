// Owns what a plan carries of proofs: of each migration that it would apply whole, what was seen of its rollback in a scratch database.
import type { Session } from "../driver.ts";
import { readFolder } from "../files/read.ts";
import type { Foretold, PlanEvidence, PlanStep } from "../plan/plan.ts";
import type { State } from "../store/state.ts";
import type { ProofReport, ProofStep } from "./report.ts";
import { provePending, type ProofContext } from "./request.ts";

/** The plan with the proofs of its rollbacks. They are no part of its id: what would run is the same. */
export async function withProofs(
  session: Session,
  state: State,
  plan: Foretold,
  context: ProofContext,
): Promise<Foretold> {
  const steps = plan.steps.filter(({ mode }) => mode === "whole");
  // What was proved of a part that is left says nothing of the whole.
  if (steps.length === 0 || plan.steps.some(({ mode }) => mode === "resume"))
    return { ...plan, steps: plan.steps.map((step) => ({ ...step, proof: "unproved" })) };
  const versions = new Set(steps.map(({ version }) => version));
  const { files } = await readFolder(context.dir);
  const wanted = files.filter(({ version }) => versions.has(version));
  const report = await provePending(session, state, wanted, [], context);
  const proved = new Map(report.steps.map((step) => [step.version, step]));
  return {
    ...plan,
    steps: plan.steps.map((step) => told(step, proved.get(step.version), report.scratch)),
    findings: [...plan.findings, ...report.findings],
  };
}

function told(step: PlanStep, proved: ProofStep | undefined, scratch: ProofReport["scratch"]): PlanStep {
  if (proved === undefined) return { ...step, proof: "unproved" };
  const { proof, class: verdict, reason, differences, rows, inverse, before, after } = proved;
  const evidence: PlanEvidence = {
    ...(scratch ? { scratch } : {}),
    ...(reason === undefined ? {} : { reason }),
    ...(differences ? { differences: differences.words } : {}),
    ...(rows ? { rows: rows.rows } : {}),
    ...(inverse === undefined ? {} : { inverse }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
  if (step.class !== undefined || verdict === undefined) return { ...step, proof, evidence };
  // That it is told when it has run is true no more.
  const { reason: _, ...rest } = step;
  return { ...rest, class: verdict, proof, evidence };
}
