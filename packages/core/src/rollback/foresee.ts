// Owns what can be said of rollbacks before anything runs: how much the one of each pending migration will give back.
import { loadGrammar, read, readDirectives, startFold, type Catalog } from "@clew/sql-analyzer";
import { describeExcess } from "../archive/limit.ts";
import type { ArchiveNeeds } from "../archive/needs.ts";
import { ClewError, errorCodes } from "../errors.ts";
import { liveSchema, type Live } from "../introspect/live.ts";
import type { Session } from "../driver.ts";
import type { ExecutorOptions } from "../options.ts";
import { withoutOurs } from "../schema/ours.ts";
import { supabaseHistory, type HistoryTable } from "../store/bind.ts";
import { makeRollback } from "./make.ts";
import { withEffects } from "../plan/effects.ts";
import { lossesOfRun } from "../plan/losses.ts";
import type { Plan, PlanStep, Step } from "../plan/plan.ts";
import type { ReportFinding } from "../report.ts";
import { foreseen } from "../run/gate.ts";
import type { Work } from "../run/run.ts";
import type { RunSettings } from "../run/settings.ts";

/**
 * The steps of a plan with how much the rollback of each will give back. Of a migration that cannot be read whole (`DO`,
 * dynamic SQL) that is told when it has run; parts of migrations are left as they are.
 */
async function withRollbacks(
  live: Live,
  steps: readonly Step[],
  role: string,
  history: HistoryTable,
  moveDropped: boolean,
): Promise<{ readonly planned: readonly PlanStep[]; readonly archives: readonly ArchiveNeeds[] }> {
  const planned = steps.map(({ step }) => step);
  const archives: ArchiveNeeds[] = [];
  if (steps.length === 0 || planned.some(({ mode }) => mode !== "whole")) return { planned, archives };
  const grammar = await loadGrammar();
  let before: Catalog = withoutOurs(await live.schema(), history);
  const folding = startFold(before, { grammar, role });
  const told = steps.map(({ step, script }): PlanStep => {
    const { statements } = read(script.text, grammar);
    // Nothing is written by it: only what would be kept is asked.
    const directives = readDirectives(script.text);
    const move = moveDropped || directives.moveDropped !== undefined;
    const archive = { id: "", version: step.version, run: "", days: 0, move };
    const made = makeRollback({ statements, before, folding, grammar, role, archive });
    const { inverse, class: verdict, reason } = made;
    if (made.archive && directives.noArchive === undefined) archives.push(made.archive.needs);
    before = inverse.after;
    if (step.rollback === "hand-written") return step;
    if (inverse.certainty !== "exact") return { ...step, rollback: "synthesised", reason: "told when it has run" };
    return { ...step, rollback: "synthesised", class: verdict, ...(reason === null ? {} : { reason }) };
  });
  return { planned: told, archives };
}

/** Says of migrations that they change or destroy more rows than the database may keep. */
async function tooLargeFindings(
  session: Session,
  archives: readonly ArchiveNeeds[],
  { archive, rollbacks, archiveLimit }: RunSettings,
  outside: boolean,
): Promise<readonly ReportFinding[]> {
  if (!archive || !rollbacks) return [];
  const findings: ReportFinding[] = [];
  for (const needs of archives) {
    const message = await describeExcess(session, needs, archiveLimit);
    if (message === undefined) continue;
    findings.push({
      code: "ARCHIVE_TOO_LARGE",
      message,
      version: needs.version,
      ...(outside
        ? { severity: "info", help: "They go into a backup, from which its rollback takes them." }
        : { severity: "warning", help: errorCodes.ARCHIVE_TOO_LARGE.help }),
    });
  }
  return findings;
}

/**
 * Throws ARCHIVE_TOO_LARGE where a migration changes or destroys more rows than may be kept, on a channel that has nothing
 * else to keep them in.
 */
export async function refuseTooLarge(live: Live, { plan, steps }: Work, settings: RunSettings): Promise<void> {
  if (!settings.archive || !settings.rollbacks) return;
  const { archives } = await withRollbacks(live, steps, plan.target.user, supabaseHistory, settings.moveDropped);
  for (const needs of archives) {
    const excess = await describeExcess(live.session, needs, settings.archiveLimit);
    if (excess === undefined) continue;
    throw new ClewError("ARCHIVE_TOO_LARGE", `${excess}; nothing was run`, {
      version: needs.version,
      help: "This channel has no COPY, so there is no backup over it. Run it over a direct connection (--db) with --backup scoped; or raise archiveLimit.",
    });
  }
}

/** A plan with all that can be told of it before it runs. */
export async function foretell(
  session: Session,
  work: Work,
  settings: RunSettings,
  { historyTable = supabaseHistory, outside }: Pick<ExecutorOptions, "historyTable" | "outside">,
): Promise<Plan & { readonly findings: readonly ReportFinding[] }> {
  const { plan, steps, findings } = work;
  if (steps.length === 0) return { ...plan, findings };
  const live = liveSchema(session);
  const { planned, archives } = await withRollbacks(live, steps, plan.target.user, historyTable, settings.moveDropped);
  const lost = await lossesOfRun(live, steps, plan.target.user);
  const told = await foreseen(settings, work, live, lost);
  const large = await tooLargeFindings(session, archives, settings, outside?.save !== undefined);
  return {
    ...plan,
    steps: await withEffects(live, steps, planned, lost),
    findings: [...findings, ...told, ...large],
  };
}
