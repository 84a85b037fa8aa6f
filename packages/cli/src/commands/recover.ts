// Owns `clew recover`: what an earlier run has left is told, and what is chosen is done.
import type { MigrationExecutor, RecoveryAction, RecoveryReport, RunReport, Situation } from "@clew/core";
import { orApproved } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import { choose, confirm, isAttended } from "../confirm.ts";
import { gather } from "../company.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import type { Context } from "../context.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { recoveryText } from "../recovery-report.ts";
import { markText } from "../repair-report.ts";
import { restoreFor, withRestores } from "../recovery-restore.ts";
import type { RowsOutside } from "../rows-outside.ts";
import { showRun } from "./execute.ts";

const actions: readonly RecoveryAction[] = [
  "resume",
  "mark-applied",
  "mark-not-applied",
  "rollback",
  "restore",
  "skip",
  "rebuild-indexes",
];

/** A situation, and what is to be done about it. */
interface Choice {
  readonly situation: Situation;
  readonly action: RecoveryAction;
}

export async function recover(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const wanted = flags.do === undefined ? undefined : actions.find((action) => action === flags.do);
  if (flags.do !== undefined && wanted === undefined)
    throw new UsageError(`--do takes ${actions.join(", ")}, not ${flags.do}`);
  const project = await readProject(context);
  const signal = context.onInterrupt();
  const look = (): Promise<RecoveryReport> =>
    withExecutor(context, project, async ({ recovery }) => withRestores(context, project, await recovery.look()));
  const report = await look();
  const situations = report.situations.filter(({ version }) => args[0] === undefined || version === args[0]);
  const choice =
    wanted === undefined
      ? await ask(context, signal, report, situations)
      : chosen(wanted, situations, args[0] ?? "this database");
  if (choice === undefined) {
    if (wanted !== undefined || output.json || !isAttended(context))
      output.result(report, (paint) => recoveryText(report, paint));
    return recoveryExit[report.outcome];
  }
  const { situation, action } = choice;
  // Going on and taking back ask for what a run asks; the rest is somebody's word, that Clew cannot check.
  if (action !== "resume" && wanted !== undefined) {
    const what = `${action} ${situation.version ?? ""}`.trim();
    await confirm(context, signal, what, `${what}: ${situation.words[0]}. Go on?`);
  }
  const ran = await perform(context, project, report, signal, choice);
  if (ran) return showRun(context, ran);
  const after = await look();
  output.result(after, (paint) => recoveryText(after, paint));
  return recoveryExit[after.outcome];
}

/** The exit status that stands for what was found. */
export const recoveryExit: Readonly<Record<RecoveryReport["outcome"], number>> = {
  sound: 0,
  broken: 1,
  running: 5,
  "in-doubt": 6,
};

/** An executor for one thing: an embedded database is opened by one at a time. */
async function withExecutor<T>(
  context: Context,
  project: ResolvedConfig,
  work: (executor: MigrationExecutor) => Promise<T>,
): Promise<T> {
  await using executor = openExecutor(context, project);
  return await work(executor);
}

/** A run as any other: backed up, logged, told to those who are told of runs. */
async function asRun(
  context: Context,
  project: ResolvedConfig,
  work: (executor: MigrationExecutor, outside: RowsOutside) => Promise<RunReport>,
): Promise<RunReport> {
  await using company = await gather(context, project);
  await using executor = openExecutor(context, project, true, company);
  return await company.dismiss(await work(executor, company.outside));
}

/** Does it; gives the report where that is a run. */
async function perform(
  context: Context,
  project: ResolvedConfig,
  report: RecoveryReport,
  signal: AbortSignal,
  { situation, action }: Choice,
): Promise<RunReport | undefined> {
  const { flags } = context;
  const version = situation.version!;
  const options = { signal, ...(flags.approve === undefined ? {} : { approve: flags.approve }) };
  switch (action) {
    case "resume":
      return asRun(context, project, (executor) =>
        orApproved(
          context,
          signal,
          options,
          (more) => executor.execute(version, more),
          () => executor.plan(version),
          planText,
        ),
      );
    case "rollback":
      return asRun(context, project, async (executor, outside) => {
        const back = await orApproved(
          context,
          signal,
          options,
          (more) => executor.rollback(1, more),
          () => executor.planRollback(1),
          planText,
        );
        const { giveBack } = await import("../backup-gate.ts");
        return giveBack(context, project, back, outside);
      });
    case "restore":
      await restoreFor(context, project, report, version, signal);
      return undefined;
    case "skip":
      await withExecutor(context, project, ({ history }) =>
        orApproved(
          context,
          signal,
          options,
          ({ approve }) => history.mark(version, "applied", { approve }),
          () => history.mark(version, "applied", { dryRun: true }),
          markText,
        ),
      );
      return undefined;
    case "rebuild-indexes":
      await withExecutor(context, project, ({ recovery }) => recovery.rebuildIndexes());
      return undefined;
    default:
      await withExecutor(context, project, ({ recovery }) => recovery.settle(version, action === "mark-applied"));
      return undefined;
  }
}

/** The situation that an action is meant for. Throws UsageError where there is none, or more than one. */
function chosen(action: RecoveryAction, situations: readonly Situation[], where: string): Choice | undefined {
  if (situations.length === 0) return undefined;
  const fitting = situations.filter((one) => one.actions.some((offered) => offered.do === action));
  if (fitting.length === 1) return { situation: fitting[0]!, action };
  if (fitting.length > 1) {
    const versions = fitting.map(({ version }) => version).join(", ");
    throw new UsageError(
      `${action} is offered for ${versions}: which is meant? \`clew recover <version> --do ${action}\``,
    );
  }
  const offered = [...new Set(situations.flatMap((one) => one.actions.map((each) => each.do)))];
  throw new UsageError(
    `${action} is not what is right for ${where}: there is ${offered.join(", ") || "nothing to choose"}`,
  );
}

async function ask(
  context: Context,
  signal: AbortSignal,
  report: RecoveryReport,
  situations: readonly Situation[],
): Promise<Choice | undefined> {
  if (!isAttended(context)) return undefined;
  const { output } = context;
  output.spinner.stop();
  process.stderr.write(`${recoveryText(report, output.paint)}\n`);
  const choices = situations.flatMap((situation) => situation.actions.map((action) => ({ situation, action })));
  if (choices.length === 0) return undefined;
  const lines = choices.map(
    ({ situation, action }) => `${[action.do, situation.version].filter(Boolean).join(" ")}: ${action.words}`,
  );
  const at = await choose(context, signal, lines);
  const found = at === undefined ? undefined : choices[at];
  return found && { situation: found.situation, action: found.action.do };
}
