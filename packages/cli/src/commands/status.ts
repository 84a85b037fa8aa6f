// Owns `clew status`: what is applied, pending, changed, missing.
import type { StatusReport } from "@clew/core";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { statusText } from "../status-report.ts";

export async function status(context: Context): Promise<number> {
  await using executor = openExecutor(context, await readProject(context));
  const report = await executor.getStatus();
  context.output.result(report, (paint) => statusText(report, paint));
  return statusExit[report.outcome];
}

/** The exit status that stands for what was found. */
export const statusExit: Readonly<Record<StatusReport["outcome"], number>> = {
  "up-to-date": 0,
  pending: 0,
  invalid: 3,
  "in-doubt": 6,
};
