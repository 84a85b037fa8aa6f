// Owns `clew baseline`: files count as applied on a database that already has what they make.
import type { BaselineReport } from "@clew/core";
import { allowed } from "../approve.ts";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { baselineText } from "../repair-report.ts";
import { count } from "../table.ts";

export async function baseline(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const version = args[0]!;
  const force = flags.force === true;
  const project = await readProject(context);
  await using executor = openExecutor(context, project);
  const desk = executor.history;
  const shown = await desk.baseline(version, { force, dryRun: true });
  if (flags.dryRun || shown.outcome !== "proposed") return show(shown);
  const question = `Mark ${count(shown.versions.length, "migration")} as applied on ${shown.target.database}, without running anything?`;
  return show(
    await allowed(context, project, shown, { what: "a baseline", question }, baselineText, (approve) =>
      desk.baseline(version, { force, approve }),
    ),
  );

  function show(report: BaselineReport): number {
    output.result(report, (paint) => baselineText(report, paint));
    return report.outcome === "missing" ? 3 : 0;
  }
}
