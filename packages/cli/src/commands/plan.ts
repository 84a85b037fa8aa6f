// Owns `clew plan`: what execute would do.
import type { Plan, ReportFinding } from "@clew/core";
import { writePlan } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import { gather } from "../company.ts";
import type { Context } from "../context.ts";
import { findingsText } from "../findings.ts";
import { planText, verdictText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";

export async function plan(context: Context): Promise<number> {
  const { args, flags } = context;
  const [version] = args;
  const force = flags.force === true;
  if (force && version === undefined) throw new UsageError("--force needs the version that is to run again");
  const project = await readProject(context);
  await using company = await gather({ ...context, flags: { ...flags, dryRun: true } }, project);
  await using executor = openExecutor(context, project, true, company);
  // Who approves a plan sees what its ways back are worth, where they must be worth something.
  const prove = flags.prove === true || (flags.out !== undefined && project.settings.proof !== "optional");
  const found = await executor.plan(version, { force, prove, ...(prove ? { signal: context.onInterrupt() } : {}) });
  if (flags.out !== undefined) await writePlan(context, flags.out, found);
  return showPlan(context, found);
}

/** Prints a plan, also that of a rollback. */
export function showPlan({ output }: Context, plan: Plan & { readonly findings: readonly ReportFinding[] }): number {
  output.result({ kind: "plan", ...plan }, (paint) =>
    [findingsText(plan.findings, paint), `${planText(plan, paint)}\n`, verdictText(plan)]
      .filter((part) => part !== "")
      .join("\n"),
  );
  return 0;
}
