// Owns `clew rollback`: the newest applied migrations are taken back.
import { UsageError } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { count } from "../table.ts";
import { showRun } from "./execute.ts";
import { showPlan } from "./plan.ts";

export async function rollback(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const steps = stepsOf(args[0]);
  await using executor = openExecutor(context, await readProject(context));
  if (flags.dryRun) return showPlan(context, await executor.planRollback(steps));
  const signal = context.onInterrupt();
  if (!flags.yes) {
    const plan = await executor.planRollback(steps);
    if (plan.steps.length > 0) {
      output.log.info(planText(plan, output.paint));
      await confirm(
        context,
        signal,
        "a rollback",
        `Roll back ${count(plan.steps.length, "migration")} on ${plan.target.database}?`,
      );
    }
  }
  return showRun(context, await executor.rollback(steps, { signal }));
}

/** A version here would be taken for a number of migrations: those have few digits. */
function stepsOf(text = "1"): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(`rollback takes a number of migrations, from 1 to 9999, not ${text}`);
}
