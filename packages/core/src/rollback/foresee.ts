// Owns what can be said of rollbacks before anything runs: how much the one of each pending migration will give back.
import { loadGrammar, read, startFold, type Catalog } from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";
import { introspect } from "../introspect/introspect.ts";
import { withoutOurs } from "../schema/ours.ts";
import { supabaseHistory, type HistoryTable } from "../store/bind.ts";
import { makeRollback } from "./make.ts";
import { withEffects } from "../plan/effects.ts";
import type { Plan, PlanStep, Step } from "../plan/plan.ts";
import type { ReportFinding } from "../report.ts";
import { foreseen } from "../run/gate.ts";
import type { Work } from "../run/run.ts";
import type { RunSettings } from "../run/settings.ts";

/**
 * The steps of a plan with how much the rollback of each will give back. Of a migration that cannot be read whole (`DO`,
 * dynamic SQL) that is told when it has run; parts of migrations are left as they are.
 */
async function withRollbacks(
  session: Session,
  steps: readonly Step[],
  role: string,
  history: HistoryTable,
): Promise<readonly PlanStep[]> {
  const planned = steps.map(({ step }) => step);
  if (steps.length === 0 || planned.some(({ mode }) => mode !== "whole")) return planned;
  const grammar = await loadGrammar();
  let before: Catalog = withoutOurs(await introspect(session), history);
  const folding = startFold(before, { grammar, role });
  return steps.map(({ step, script }) => {
    const { statements } = read(script.text, grammar);
    // Nothing is written by it: only what would be kept is asked.
    const archive = { id: "", version: step.version, run: "", days: 0 };
    const { inverse, class: verdict, reason } = makeRollback({ statements, before, folding, grammar, role, archive });
    before = inverse.after;
    if (step.rollback === "hand-written") return step;
    if (inverse.certainty !== "exact") return { ...step, rollback: "synthesised", reason: "told when it has run" };
    return { ...step, rollback: "synthesised", class: verdict, ...(reason === null ? {} : { reason }) };
  });
}

/** A plan with all that can be told of it before it runs. */
export async function foretell(
  session: Session,
  work: Work,
  settings: RunSettings,
  history: HistoryTable = supabaseHistory,
): Promise<Plan & { readonly findings: readonly ReportFinding[] }> {
  const { plan, steps, findings } = work;
  if (steps.length === 0) return { ...plan, findings };
  const planned = await withRollbacks(session, steps, plan.target.user, history);
  const told = await foreseen(settings, work, { session });
  return {
    ...plan,
    steps: await withEffects(session, steps, planned, plan.target.user),
    findings: [...findings, ...told],
  };
}
