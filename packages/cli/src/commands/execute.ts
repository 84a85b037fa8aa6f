// Owns `clew execute`: pending migrations are applied.
import { outcomeExit, type RunReport } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { gather } from "../company.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { errorText } from "../errors.ts";
import { findingsText } from "../findings.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { runText } from "../run-report.ts";
import { count } from "../table.ts";
import { showPlan } from "./plan.ts";

export async function execute(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const [version] = args;
  const force = flags.force === true;
  if (force && version === undefined) throw new UsageError("--force needs the version that is to run again");
  const project = await readProject(context);
  await using company = await gather(context, project);
  await using executor = openExecutor(context, project, true, company);
  if (flags.dryRun) return showPlan(context, await executor.plan(version, { force }));
  const signal = context.onInterrupt();
  if (project.environment === "production" && !flags.yes) {
    const plan = await executor.plan(version, { force });
    if (plan.steps.length > 0) {
      output.log.info(planText(plan, output.paint));
      const question = `Apply ${count(plan.steps.length, "migration")} in production?`;
      await confirm(context, signal, "a run in production", question);
    }
  }
  const options = { signal, autoRollback: flags.autoRollback === true };
  const report =
    version === undefined ? await executor.executeAll(options) : await executor.execute(version, { ...options, force });
  return showRun(context, await company.dismiss(report));
}

/** Prints a run's errors and findings, and its summary; gives the exit status. */
export function showRun({ output }: Context, report: RunReport): number {
  const { log, paint, spinner } = output;
  spinner.stop();
  if (!output.json && report.findings.length > 0) log.warn.raw(findingsText(report.findings, paint));
  const errors = report.steps.flatMap((step) => step.error ?? []);
  for (const error of errors) log.error(errorText(error, paint));
  if (report.error && !errors.some((error) => error.message === report.error?.message)) {
    log.error(errorText(report.error, paint));
  }
  output.result(report, (paint) => runText(report, paint));
  return outcomeExit[report.outcome];
}
