// Owns `clew prove`: rollbacks are tried in a scratch database before they are needed.
import { proofExit } from "@clew/core";
import { UsageError } from "../arguments.ts";
import type { Context } from "../context.ts";
import { openExecutor, readProject } from "../project.ts";
import { proofText } from "../proof-report.ts";

export async function prove(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const { scratch } = flags;
  if (scratch !== undefined && !/^(?:server|embedded|postgres(?:ql)?:\/\/.+)$/.test(scratch))
    throw new UsageError("--scratch takes server, embedded, or the URL of a server");
  await using executor = openExecutor(context, await readProject(context), false);
  const signal = context.onInterrupt();
  output.spinner.show(() => "trying rollbacks in a scratch database");
  const report = await executor.prove(args[0], { signal, ...(scratch === undefined ? {} : { scratch }) });
  output.spinner.stop();
  output.result(report, (paint) => proofText(report, paint));
  return proofExit[report.outcome];
}
