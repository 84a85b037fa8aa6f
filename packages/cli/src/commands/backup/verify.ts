// Owns `clew backup verify`: a backup is checked before it is needed.
import { verifyBackup, verifyLevels, type VerifyLevel } from "@clew/backup";
import { UsageError } from "../../arguments.ts";
import { backupPlace, showProgress } from "../../backup-place.ts";
import { verifyText } from "../../backup-report.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";

export async function verify(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const level = readLevel(flags.level) ?? "decode";
  const project = await readProject(context);
  const { destination, key } = await backupPlace(context, project);
  const { scratch } = project.settings;
  const server = scratch?.includes("://") ? scratch : project.source?.kind === "url" ? project.source.url : undefined;
  const signal = context.onInterrupt();
  const onProgress = showProgress(context, "checking");
  const report = await verifyBackup({ destination, id: args[0]!, key, level, server, signal, onProgress });
  output.result(report, (paint) => verifyText(report, paint));
  return report.ok ? 0 : 1;
}

/** Throws UsageError for what is no level. */
export function readLevel(text: string | undefined): VerifyLevel | undefined {
  if (text === undefined || verifyLevels.includes(text as VerifyLevel)) return text as VerifyLevel | undefined;
  throw new UsageError(`--level is ${verifyLevels.join(", ")}, not ${text}`);
}
