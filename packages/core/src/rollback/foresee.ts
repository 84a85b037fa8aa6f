// Owns what can be said of rollbacks before anything runs: how much the one of each pending migration will give back.
import { invert, loadGrammar, read, type Catalog } from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";
import { introspect } from "../introspect/introspect.ts";
import type { PlanStep, Step } from "../plan/plan.ts";

/**
 * The steps of a plan with how much the rollback of each will give back. Of a migration that cannot be read whole (`DO`,
 * dynamic SQL) that is told when it has run; parts of migrations are left as they are.
 */
export async function withRollbacks(
  session: Session,
  steps: readonly Step[],
  role: string,
): Promise<readonly PlanStep[]> {
  const planned = steps.map(({ step }) => step);
  if (steps.length === 0 || planned.some(({ mode }) => mode !== "whole")) return planned;
  const grammar = await loadGrammar();
  let before: Catalog = await introspect(session);
  return steps.map(({ step, script }) => {
    const inverse = invert(read(script.text, grammar).statements, before, { grammar, role });
    before = inverse.after;
    if (step.rollback === "hand-written") return step;
    const { class: verdict, reason } = inverse;
    if (inverse.certainty !== "exact") return { ...step, rollback: "synthesised", reason: "told when it has run" };
    return { ...step, rollback: "synthesised", class: verdict, ...(reason === undefined ? {} : { reason }) };
  });
}
