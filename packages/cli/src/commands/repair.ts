// Owns `clew repair`: history and files are brought into step, or one migration is marked by hand.
import type { HistoryDesk, Mark } from "@clew/core";
import { allowed } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
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
  const project = await readProject(context);
  await using executor = openExecutor(context, project);
  if (status !== undefined) return await mark(context, project, executor.history, version!, status);
  const options = keep === undefined ? {} : { keep };
  const plan = await executor.history.planRepair(options);
  if (flags.dryRun || plan.mends.length === 0) {
    output.result(plan, (paint) => repairText(plan, paint));
    return plan.left.length > 0 ? 3 : 0;
  }
  const question = `Mend ${mismatches(plan.mends.length)} on ${plan.target.database}?`;
  const report = await allowed(context, project, plan, { what: "a repair", question }, repairText, (approve) =>
    executor.history.repair({ ...options, expected: plan.id, approve }),
  );
  output.result(report, (paint) => repairText(report, paint));
  return report.left.length > 0 ? 3 : 0;
}

async function mark(
  context: Context,
  project: ResolvedConfig,
  desk: HistoryDesk,
  version: string,
  status: Mark,
): Promise<number> {
  const { flags, output } = context;
  const shown = await desk.mark(version, status, { dryRun: true });
  const question = `Mark ${version} as ${status} on ${shown.target.database}, without running anything?`;
  const report =
    shown.outcome === "in-step" || flags.dryRun
      ? shown
      : await allowed(context, project, shown, { what: "a mark", question }, markText, (approve) =>
          desk.mark(version, status, { approve }),
        );
  output.result(report, () => markText(report));
  return 0;
}

function oneOf<Word extends string>(flag: string, given: string | undefined, words: readonly Word[]): Word | undefined {
  if (given === undefined) return undefined;
  const word = words.find((one) => one === given);
  if (word === undefined) throw new UsageError(`${flag} takes ${words.join(" or ")}, not ${given}`);
  return word;
}
