// Owns `clew backup restore`: saved rows are put back.
import { restoreBackup, restoreModes, showBackup, type RestoreMode } from "@clew/backup";
import { UsageError } from "../../arguments.ts";
import { backupPlace, databaseText, showProgress, urlOf } from "../../backup-place.ts";
import { restoreText } from "../../backup-report.ts";
import { confirm } from "../../confirm.ts";
import type { Context } from "../../context.ts";
import { readProject } from "../../project.ts";

export async function restore(context: Context): Promise<number> {
  const { args, flags, output } = context;
  const [word, ...tables] = args;
  const mode = readMode(flags.mode);
  const project = await readProject(context);
  const url = urlOf(project);
  const { destination, key } = await backupPlace(context, project);
  const signal = context.onInterrupt();
  const { id } = await showBackup(destination, word!);
  if (!flags.dryRun) {
    const what = tables.length > 0 ? tables.join(", ") : "all tables";
    await confirm(context, signal, "a restore", `Restore ${what} of ${databaseText(project)} from ${id} (${mode})?`);
  }
  const { historyTable } = project.settings;
  const report = await restoreBackup({
    url,
    destination,
    id,
    key,
    tables,
    ...(historyTable ? { books: ["clew.*", `${historyTable.schema}.${historyTable.table}`] } : {}),
    mode,
    withoutTriggers: flags.noTriggers === true,
    dryRun: flags.dryRun === true,
    onProgress: showProgress(context, "restoring"),
    signal,
  });
  output.result(report, (paint) => restoreText(report, paint));
  return 0;
}

function readMode(text = "missing"): RestoreMode {
  if (restoreModes.includes(text as RestoreMode)) return text as RestoreMode;
  throw new UsageError(`--mode is ${restoreModes.join(", ")}, not ${text}`);
}
