// Owns `clew adopt`: a project is taken over from another migration tool.
import { toolNames, type AdoptReport, type ToolName } from "@clew/core";
import { allowed } from "../approve.ts";
import { UsageError } from "../arguments.ts";
import type { Context } from "../context.ts";
import { didYouMean } from "../nearest.ts";
import { openExecutor, readProject } from "../project.ts";
import { adoptText } from "../repair-report.ts";
import { count } from "../table.ts";

export async function adopt(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const tool = args[0] === undefined ? undefined : toolOf(args[0]);
  const config = await readProject(context);
  // The folder is made where it is missing.
  await using executor = openExecutor(context, { ...config, dirFound: true });
  const options = { ...(tool ? { tool } : {}), ...(flags.from ? { from: flags.from } : {}) };
  const plan = await executor.history.adopt({ ...options, dryRun: true });
  if (flags.dryRun || plan.outcome !== "proposed") return show(plan);
  const question = `Write ${count(plan.files.length, "file")}, and count ${count(plan.applied.length, "migration")} as applied on ${plan.target.database}?`;
  return show(
    await allowed(context, config, plan, { what: "an adoption", question }, adoptText, (approve) =>
      executor.history.adopt({ ...options, expected: plan.id, approve }),
    ),
  );

  function show(report: AdoptReport): number {
    output.result(report, (paint) => adoptText(report, paint));
    return report.outcome === "left" ? 3 : 0;
  }
}

function toolOf(word: string): ToolName {
  const tool = toolNames.find((name) => name === word);
  if (tool === undefined) {
    throw new UsageError(`adopt knows no tool ${word}${didYouMean(word, toolNames)}; it knows ${toolNames.join(", ")}`);
  }
  return tool;
}
