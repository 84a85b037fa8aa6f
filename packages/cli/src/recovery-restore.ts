// Owns the restore that `clew recover` offers: what a migration has destroyed is put back from the backup that was made before it.
import type { RecoveryReport, Situation } from "@clew/core";
import { backupPlace, showProgress, urlOf } from "./backup-place.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { restoreText } from "./backup-report.ts";

/** States in which something of a migration has run, or may have. */
const touched: ReadonlySet<Situation["state"]> = new Set(["partly-applied", "in-doubt", "partly-rolled-back"]);

/** The report with a restore offered for each migration of which there is a backup. That backups cannot be read is no obstacle. */
export async function withRestores(
  context: Context,
  project: ResolvedConfig,
  report: RecoveryReport,
): Promise<RecoveryReport> {
  if (project.source?.kind !== "url" || !report.situations.some(({ state }) => touched.has(state))) return report;
  try {
    const found = await backupsFor(context, project, report);
    return { ...report, situations: report.situations.map((one) => withRestore(one, found)) };
  } catch (error) {
    context.output.log.debug(`backups were not looked at: ${error instanceof Error ? error.message : String(error)}`);
    return report;
  }
}

interface Restorable {
  readonly id: string;
  readonly createdAt: string;
  readonly tables: readonly string[];
}

/** By version the newest backup that has something of it. */
async function backupsFor(
  context: Context,
  project: ResolvedConfig,
  { target, situations }: RecoveryReport,
): Promise<ReadonlyMap<string, Restorable>> {
  const { listBackups, showBackup, tablesFor } = await import("@clew/backup");
  const { destination } = await backupPlace(context, project);
  const made = (await listBackups(destination)).filter(
    ({ database, damage }) => database === target.database && damage === null,
  );
  const found = new Map<string, Restorable>();
  for (const { state, version } of situations) {
    if (version === undefined || !touched.has(state)) continue;
    const backup = made.findLast(({ migrations }) => migrations.includes(version));
    if (backup === undefined) continue;
    const tables = tablesFor(await showBackup(destination, backup.id), new Set([version]));
    if (tables.length > 0) found.set(version, { id: backup.id, createdAt: backup.createdAt, tables });
  }
  return found;
}

function withRestore(situation: Situation, found: ReadonlyMap<string, Restorable>): Situation {
  const backup = found.get(situation.version ?? "");
  if (backup === undefined) return situation;
  const { id, createdAt, tables } = backup;
  const words = `put back the rows and values of ${tables.join(", ")} that it has destroyed, from backup ${id} (${createdAt}); newer rows stay, nothing of the migration is run`;
  const last = situation.actions.findIndex((action) => action.do === "skip");
  const at = last < 0 ? situation.actions.length : last;
  return { ...situation, actions: situation.actions.toSpliced(at, 0, { do: "restore", words }) };
}

/** Puts it back, in one transaction, and says what came of it. Throws what `restoreBackup` does. */
export async function restoreFor(
  context: Context,
  project: ResolvedConfig,
  report: RecoveryReport,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const { restoreBackup } = await import("@clew/backup");
  const { destination, key } = await backupPlace(context, project);
  const { id, tables } = (await backupsFor(context, project, report)).get(version)!;
  const restored = await restoreBackup({
    url: urlOf(project),
    destination,
    id,
    key,
    tables,
    mode: "merge",
    onProgress: showProgress(context, "restoring"),
    signal,
  });
  context.output.spinner.stop();
  context.output.log.info(restoreText(restored, context.output.paint));
}
