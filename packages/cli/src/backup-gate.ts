// Owns what runs and rollbacks have to do with backups: made before a run, given back from after a rollback.
import type { Check, ReportFinding, RunReport } from "@clew/core";
import { backupPlace, showProgress } from "./backup-place.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { openExecutor } from "./project.ts";
import type { RowsOutside } from "./rows-outside.ts";
import { count } from "./table.ts";

/** The check that backs up what a run destroys; what makes backups is loaded when there is something to run. */
export function backupCheck(context: Context, project: ResolvedConfig, outside: RowsOutside): readonly Check[] {
  const { backup = "none", backupVerify = "checksum", backupKeep, connections } = project.settings;
  if (backup === "none") return [];
  return [
    {
      name: "backup",
      when: "before",
      async run(looking) {
        const { backupGate } = await import("@clew/backup");
        const { destination, key } = await backupPlace(context, project);
        const tell = {
          saving: showProgress(context, "backing up"),
          checking: showProgress(context, "checking the backup"),
        };
        const gate = backupGate({
          scope: backup,
          url: project.source?.kind === "url" ? project.source.url : undefined,
          destination,
          key,
          verify: backupVerify,
          keep: backupKeep,
          connections,
          archive: project.settings.archive !== false,
          onBackup: (manifest) => {
            outside.made = manifest;
          },
          ...(backupKeep ? { needed: await neededBy(context, project) } : {}),
          onProgress: (what, progress) => tell[what](progress),
        });
        return gate.run(looking);
      },
    },
  ];
}

/**
 * Gives back from backups the rows that a rollback could not give back by itself: of migrations for which the database kept
 * none. Says in the report what it did, and what it could not.
 */
export async function giveBack(
  context: Context,
  project: ResolvedConfig,
  told: RunReport,
  { filled }: RowsOutside,
): Promise<RunReport> {
  const fromBackup = new Set(filled.map(({ version }) => version));
  const undone = told.steps.filter(({ status }) => status === "rolled-back");
  const without = undone.filter(({ rows, version }) => rows === undefined || rows.none || fromBackup.has(version));
  const { source } = project;
  if (without.length === 0 || source?.kind !== "url") return told;
  const findings: ReportFinding[] = [];
  try {
    const { listBackups, restoreBackup, showBackup, tablesFor } = await import("@clew/backup");
    const { destination, key } = await backupPlace(context, project);
    const versions = new Set(without.map(({ version }) => version));
    const made = (await listBackups(destination)).filter(
      ({ migrations, database }) =>
        database === told.target?.database && migrations.some((version) => versions.has(version)),
    );
    const done = new Set(filled.flatMap(({ whole }) => whole));
    // Of two backups for one migration the newer one was made for the run that was taken back.
    for (const { id } of made.toReversed()) {
      const tables = tablesFor(await showBackup(destination, id), versions).filter((table) => !done.has(table));
      if (tables.length === 0) continue;
      const back = await restoreBackup({ url: source.url, destination, id, key, tables, mode: "merge" });
      for (const table of tables) done.add(table);
      for (const { table, differing } of back.tables)
        if (differing > 0) findings.push(leftAsTheyAre(id, table, differing));
      const rows = back.tables.reduce((sum, one) => sum + one.added + one.changed, 0);
      findings.push({
        code: "ROWS_GIVEN_BACK",
        severity: "info",
        message: `${count(rows, "row")} of ${tables.join(", ")} were given back from backup ${id}`,
      });
    }
  } catch (error) {
    const message = `rows could not be given back from a backup: ${error instanceof Error ? error.message : String(error)}`;
    const help =
      "The schema was rolled back. See `clew backup list`, and give them back with `clew backup restore <id>`.";
    findings.push({ code: "ROWS_NOT_GIVEN_BACK", severity: "warning", message, help });
  }
  return { ...told, findings: [...told.findings, ...findings] };
}

function leftAsTheyAre(id: string, table: string, rows: number): ReportFinding {
  return {
    code: "ROWS_LEFT",
    severity: "warning",
    message: `${count(rows, "row")} of ${table} are not in the backup, and are left: without a key nobody can tell whether they are new, or were changed`,
    help: `If nothing was written since, \`clew backup restore ${id} ${table} --mode replace\` makes the table as it was.`,
  };
}

/**
 * Says of which migrations a backup may still be needed: those that are applied and whose rollback does not give back
 * everything by itself. Without a database nobody can tell, and all are.
 */
export async function neededBy(context: Context, project: ResolvedConfig): Promise<(version: string) => boolean> {
  if (!project.source || !project.dirFound) return () => true;
  await using executor = openExecutor(context, project);
  const { steps } = await executor.getStatus();
  const needing = steps.filter(
    (step) => step.status !== "pending" && (step.backup || (step.class !== "exact" && step.class !== "needs-data")),
  );
  const versions = new Set(needing.map(({ version }) => version));
  return (version) => versions.has(version);
}
