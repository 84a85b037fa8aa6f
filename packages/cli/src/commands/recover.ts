// Owns `clew recover`: what an earlier run has left is told, and what is chosen is done.
import type { MigrationExecutor, RecoveryAction, RecoveryReport, RunReport, Situation } from "@clew/core";
import { orApproved } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import { choose, confirm, isAttended } from "../confirm.ts";
import type { Context } from "../context.ts";
import { planText } from "../plan-report.ts";
import { openExecutor, readProject } from "../project.ts";
import { recoveryText } from "../recovery-report.ts";
import { markText } from "../repair-report.ts";
import { showRun } from "./execute.ts";

const actions: readonly RecoveryAction[] = [
  "resume",
  "mark-applied",
  "mark-not-applied",
  "rollback",
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
  await using executor = openExecutor(context, project);
  const signal = context.onInterrupt();
  const report = await executor.recovery.look();
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
  const ran = await perform(context, executor, signal, choice);
  if (ran) return showRun(context, ran);
  const after = await executor.recovery.look();
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

/** Does it; gives the report where that is a run. */
async function perform(
  context: Context,
  executor: MigrationExecutor,
  signal: AbortSignal,
  { situation, action }: Choice,
): Promise<RunReport | undefined> {
  const { flags } = context;
  const version = situation.version!;
  const options = { signal, ...(flags.approve === undefined ? {} : { approve: flags.approve }) };
  switch (action) {
    case "resume":
      return orApproved(
        context,
        signal,
        options,
        (more) => executor.execute(version, more),
        () => executor.plan(version),
        planText,
      );
    case "rollback":
      return orApproved(
        context,
        signal,
        options,
        (more) => executor.rollback(1, more),
        () => executor.planRollback(1),
        planText,
      );
    case "skip":
      await orApproved(
        context,
        signal,
        options,
        ({ approve }) => executor.history.mark(version, "applied", { approve }),
        () => executor.history.mark(version, "applied", { dryRun: true }),
        markText,
      );
      return undefined;
    case "rebuild-indexes":
      await executor.recovery.rebuildIndexes();
      return undefined;
    default:
      await executor.recovery.settle(version, action === "mark-applied");
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
