// Owns `clew execute`: pending migrations are applied.
import { outcomeExit, type ExecuteOptions, type Plan, type RunReport } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { gather } from "../company.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { errorText } from "../errors.ts";
import { tellFindings } from "../findings.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { publish } from "../publish.ts";
import { runText } from "../run-report.ts";
import { count } from "../table.ts";
import { extentOf, orApproved, readPlan } from "../approve.ts";
import { showPlan } from "./plan.ts";

export async function execute(context: Context): Promise<number> {
  const { args, flags } = context;
  const { approve } = flags;
  if (flags.plan !== undefined && (args[0] !== undefined || flags.force))
    throw new UsageError("--plan says what runs: it goes without a version and without --force");
  const plan = flags.plan === undefined ? undefined : await readPlan(flags.plan);
  const { version, force } = plan ? extentOf(plan) : { version: args[0], force: flags.force === true };
  if (force && version === undefined) throw new UsageError("--force needs the version that is to run again");
  const project = await readProject(context);
  await using company = await gather(context, project);
  await using executor = openExecutor(context, project, true, company);
  if (flags.dryRun) return showPlan(context, await executor.plan(version, { force }));
  const signal = context.onInterrupt();
  const settled = approve !== undefined || plan !== undefined || project.settings.approval !== "none";
  if (project.environment === "production" && !flags.yes && !settled) {
    const found = await executor.plan(version, { force });
    await confirmRun(context, signal, found);
  }
  const options: ExecuteOptions = {
    signal,
    autoRollback: flags.autoRollback === true,
    ...(approve === undefined ? {} : { approve }),
    ...(plan === undefined ? {} : { plan }),
  };
  const run = (more: ExecuteOptions): Promise<RunReport> =>
    version === undefined ? executor.executeAll(more) : executor.execute(version, { ...more, force });
  const report = await orApproved(context, signal, options, run, () => executor.plan(version, { force }), planText);
  return showRun(context, await company.dismiss(report));
}

async function confirmRun(context: Context, signal: AbortSignal, plan: Plan): Promise<void> {
  if (plan.steps.length === 0) return;
  context.output.log.info(planText(plan, context.output.paint));
  const question = `Apply ${count(plan.steps.length, "migration")} in production?`;
  await confirm(context, signal, "a run in production", question);
}

/** Prints a run's errors and findings, and its summary; gives the exit status. */
export function showRun(context: Context, report: RunReport): number {
  const { output } = context;
  const { log, paint, spinner } = output;
  spinner.stop();
  if (!output.json && report.findings.length > 0) tellFindings(output, report.findings);
  const errors = report.steps.flatMap((step) => step.error ?? []);
  for (const error of errors) log.error(errorText(error, paint));
  if (report.error && !errors.some((error) => error.message === report.error?.message)) {
    log.error(errorText(report.error, paint));
  }
  output.result(report, (paint) => runText(report, paint));
  publish(context, report);
  return outcomeExit[report.outcome];
}
