// Owns `clew prove`: rollbacks are tried in a scratch database before they are needed.
import { proofExit } from "@clew/core";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { proofText } from "../proof-report.ts";

export async function prove(context: Context): Promise<number> {
  const { args, output } = context;
  await using executor = openExecutor(context, await readProject(context), false);
  const signal = context.onInterrupt();
  output.spinner.show(() => "trying rollbacks in a scratch database");
  const report = await executor.prove(args[0], { signal });
  output.spinner.stop();
  output.result(report, (paint) => proofText(report, paint));
  return proofExit[report.outcome];
}
