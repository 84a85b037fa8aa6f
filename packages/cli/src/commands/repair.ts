// Owns `clew repair`: history and files are brought into step, or one migration is marked by hand.
import type { HistoryDesk, Mark } from "@clew/core";
import { UsageError } from "../arguments.ts";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { markText, mismatches, repairText } from "../repair-report.ts";

export async function repair(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const [version] = args;
  const keep = oneOf("--keep", flags.keep, ["files", "history"]);
  const status = oneOf("--status", flags.status, ["applied", "reverted"]);
  if ((version === undefined) !== (status === undefined))
    throw new UsageError("repair marks one migration with a version and --status applied or --status reverted, both");
  if (status !== undefined && keep !== undefined) throw new UsageError("repair takes --status or --keep, not both");
  await using executor = openExecutor(context, await readProject(context));
  if (status !== undefined) return mark(context, executor.history, version!, status);
  const options = keep === undefined ? {} : { keep };
  const plan = await executor.history.planRepair(options);
  if (flags.dryRun || plan.mends.length === 0) {
    output.result(plan, (paint) => repairText(plan, paint));
    return plan.left.length > 0 ? 3 : 0;
  }
  if (!flags.yes) output.log.info(repairText(plan, output.paint));
  await confirm(
    context,
    context.onInterrupt(),
    "a repair",
    `Mend ${mismatches(plan.mends.length)} on ${plan.target.database}?`,
  );
  const report = await executor.history.repair({ ...options, expected: plan.id });
  output.result(report, (paint) => repairText(report, paint));
  return report.left.length > 0 ? 3 : 0;
}

async function mark(context: Context, desk: HistoryDesk, version: string, status: Mark): Promise<number> {
  const { flags, output } = context;
  const plan = await desk.mark(version, status, { dryRun: true });
  if (plan.outcome === "proposed" && !flags.dryRun) {
    const question = `Mark ${version} as ${status} on ${plan.target.database}, without running anything?`;
    await confirm(context, context.onInterrupt(), "a mark", question);
  }
  const report = plan.outcome === "in-step" || flags.dryRun ? plan : await desk.mark(version, status);
  output.result(report, () => markText(report));
  return 0;
}

function oneOf<Word extends string>(flag: string, given: string | undefined, words: readonly Word[]): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word === undefined) throw new UsageError(`${flag} takes ${words.join(" or ")}, not ${given}`);
  return word;
}
