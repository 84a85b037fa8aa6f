// Owns the rows that only a backup has: saved where the database may not keep them, and brought back for a rollback.
import type { BackupManifest, Filled } from "@clew/backup";
import { ClewError, type Outside, type OutsideRequest, type ReportFinding } from "@clew/core";
import { backupPlace, showProgress } from "./backup-place.ts";
import type { ResolvedConfig } from "./config/resolve.ts";
import type { Context } from "./context.ts";
import { count } from "./table.ts";

/** What the engine asks of backups, and what there is to say of it. */
export interface RowsOutside {
  /** Undefined where there is no connection for backups. */
  readonly engine: Outside | undefined;
  /** The backup that was made before the run: what it has need not be saved again. */
  made: BackupManifest | undefined;
  /** What was brought back. */
  readonly filled: readonly Filled[];
  readonly findings: readonly ReportFinding[];
}

export function rowsOutside(context: Context, project: ResolvedConfig): RowsOutside {
  const { backup = "none", backupVerify: level = "checksum", connections } = project.settings;
  const url = project.source?.kind === "url" ? project.source.url : undefined;
  const filled: Filled[] = [];
  const findings: ReportFinding[] = [];
  if (url === undefined) return { engine: undefined, made: undefined, filled, findings };
  const wanted = backup === "scoped" || backup === "full";
  const engine: Outside = {
    save: wanted ? (request) => save(request) : undefined,
    async load(needs) {
      const { fillFromBackup } = await import("@clew/backup");
      const { destination, key } = await backupPlace(context, project);
      const onProgress = showProgress(context, "bringing rows from the backup");
      const one = await fillFromBackup(needs, { url, destination, key, onProgress });
      if (one === undefined) return;
      filled.push(one);
      const message = `${count(one.rows, "row")} of ${one.tables.join(", ")} were given back from backup ${one.id}`;
      findings.push({ code: "ROWS_GIVEN_BACK", severity: "info", message, version: one.version });
    },
  };
  const save = async (request: OutsideRequest): Promise<string> => {
    const { covers, createBackup, verifyBackup } = await import("@clew/backup");
    const { version, tables } = request;
    if (outside.made && covers(outside.made, request)) return outside.made.id;
    const { destination, key } = await backupPlace(context, project);
    const { id } = await createBackup({
      url,
      destination,
      key,
      scope: "scoped",
      connections,
      tables: tables.map(({ schema, name, columns, written }) => ({
        word: `${schema}.${name}`,
        migrations: [version],
        ...(columns && !written ? { columns } : {}),
      })),
      migrations: [{ version, checksum: "" }],
      onProgress: showProgress(context, "backing up"),
    });
    const onProgress = showProgress(context, "checking the backup");
    const { ok, damage } = await verifyBackup({ destination, id, key, level, server: url, onProgress });
    if (!ok)
      throw new ClewError(
        "CHECK_BLOCKED",
        `the backup ${id} is not what was written: ${damage[0]!.path}: ${damage[0]!.what}`,
      );
    const message = `${version}: its rows are in backup ${id} in ${destination.name}, from which its rollback takes them`;
    findings.push({ code: "ROWS_IN_BACKUP", severity: "info", message, version });
    return id;
  };
  const outside: RowsOutside = { engine, made: undefined, filled, findings };
  return outside;
}
