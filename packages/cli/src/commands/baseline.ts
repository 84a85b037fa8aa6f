// Owns `clew baseline`: files count as applied on a database that already has what they make.
import type { BaselineReport } from "@clew/core";
import { confirm } from "../confirm.ts";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { baselineText } from "../repair-report.ts";
import { count } from "../table.ts";

export async function baseline(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const version = args[0]!;
  const force = flags.force === true;
  await using executor = openExecutor(context, await readProject(context));
  const desk = executor.history;
  const shown = await desk.baseline(version, { force, dryRun: true });
  if (flags.dryRun || shown.outcome !== "proposed") return show(shown);
  if (!flags.yes) output.log.info(baselineText(shown, output.paint));
  const question = `Mark ${count(shown.versions.length, "migration")} as applied on ${shown.target.database}, without running anything?`;
  await confirm(context, context.onInterrupt(), "a baseline", question);
  return show(await desk.baseline(version, { force }));

  function show(report: BaselineReport): number {
    output.result(report, (paint) => baselineText(report, paint));
    return report.outcome === "missing" ? 3 : 0;
  }
}
