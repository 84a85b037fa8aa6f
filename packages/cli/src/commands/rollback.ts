// Owns `clew rollback`: the newest applied migrations are taken back.
import type { Extent } from "@clew/core";
import { orApproved } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import { gather } from "../company.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { count } from "../table.ts";
import { showRun } from "./execute.ts";
import { showPlan } from "./plan.ts";

export async function rollback(context: Context): Promise<number> {
  const { flags, output } = context;
  const extent = extentOf(context);
  const project = await readProject(context);
  await using company = await gather(context, project);
  await using executor = openExecutor(context, project, true, company);
  if (flags.dryRun) return showPlan(context, await executor.planRollback(extent));
  if (flags.write) {
    const { writeRollbacks } = await import("../rollback-files.ts");
    return writeRollbacks(context, project.dir, await executor.planRollback(extent));
  }
  const signal = context.onInterrupt();
  const { approve } = flags;
  if (!flags.yes && approve === undefined && project.settings.approval === "none") {
    const plan = await executor.planRollback(extent);
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
  const report = await orApproved(
    context,
    signal,
    { signal, ...(approve === undefined ? {} : { approve }) },
    (options) => executor.rollback(extent, options),
    () => executor.planRollback(extent),
    planText,
  );
  const { giveBack } = await import("../backup-gate.ts");
  return showRun(context, await company.dismiss(await giveBack(context, project, report, company.outside)));
}

function extentOf({ args, flags }: Context): Extent {
  if (flags.to === undefined) return stepsOf(args[0]);
  if (args[0] !== undefined) throw new UsageError("rollback takes a number of migrations or --to, not both");
  if (/^\d+$/.test(flags.to)) return { to: flags.to };
  throw new UsageError(`--to takes the version of a migration, not ${flags.to}`);
}

/** A version here would be taken for a number of migrations: those have few digits. */
function stepsOf(text = "1"): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UsageError(
    `rollback takes a number of migrations, from 1 to 9999, not ${text}; \`--to\` takes a version to go back to`,
  );
}
