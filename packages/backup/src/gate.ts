// Owns the gate before a run: what the plan destroys is backed up, and checked, before anything is destroyed.
import type { BackupKey } from "./age.ts";
import {
  ClewError,
  type Check,
  type CheckContext,
  type Destroyed,
  type OutsideRequest,
  type ReportFinding,
} from "@clew/core";
import { createBackup, type Wanted } from "./create.ts";
import type { Destination } from "./destination.ts";
import type { BackupManifest, BackupScope } from "./manifest.ts";
import type { Progress } from "./progress.ts";
import { planPrune, prune, type RetentionPolicy } from "./prune.ts";
import type { VerifyLevel } from "./store.ts";
import { verifyBackup } from "./verify.ts";

/** What is backed up before each run, where, and what is kept of it. */
export interface GateOptions {
  /** `none` makes no gate at all; do not make one then. */
  readonly scope: Exclude<BackupScope, "none">;
  /** The database; undefined where the run has no connection that COPY can use. */
  readonly url: string | undefined;
  readonly destination: Destination;
  readonly key?: BackupKey | undefined;
  /** How far the backup has to be checked before the run goes on. Default `checksum`. */
  readonly verify?: VerifyLevel;
  /** Which backups are kept, now that there is a newer one. Default: all. */
  readonly keep?: RetentionPolicy | undefined;
  /** Of which migrations a rollback needs its backup. Default: of all. */
  readonly needed?: (version: string) => boolean;
  /** Whether the database keeps the rows that code of a migration writes, so that its rollback has them all the same. Default true. */
  readonly archive?: boolean;
  /** Connections that rows are read over. Default 2. */
  readonly connections?: number | undefined;
  /** Told of the backup that was made, once it is checked. */
  readonly onBackup?: (manifest: BackupManifest) => void;
  readonly onProgress?: ((what: "saving" | "checking", progress: Progress) => void) | undefined;
}

/**
 * A check for `MigrationExecutor`: it makes a backup of what the run destroys, or of everything, and refuses the run where
 * that fails. Nothing is made for a run that destroys nothing, unless all is to be saved.
 */
export function backupGate(options: GateOptions): Check {
  return { name: "backup", when: "before", run: (context) => guard(context, options) };
}

async function guard(context: CheckContext, options: GateOptions): Promise<readonly ReportFinding[]> {
  const { scope, url, destination, key, verify = "checksum", connections, onProgress } = options;
  const { plan, signal } = context;
  // What a rollback destroys was made by the migration.
  const steps = plan.steps.filter(({ direction }) => direction === "up");
  if (steps.length === 0) return [];
  const destroyed = scope === "scoped" ? await context.destroyed() : undefined;
  const findings = destroyed === undefined ? [] : unknownCode(destroyed, options.archive ?? true);
  if (destroyed && destroyed.tables.length + destroyed.named.length === 0) return findings;
  if (url === undefined) {
    const lost = what(destroyed);
    if (destroyed && (options.archive ?? true)) {
      const message = `${lost}: no backup, for this channel has no COPY; the rows are kept in the database alone`;
      const help = "For a backup run it over a direct connection (--db).";
      return [...findings, { code: "NOT_BACKED_UP", severity: "info", message, help }];
    }
    throw new ClewError(
      "CHECK_BLOCKED",
      `${lost} is to be backed up before it is destroyed, and this channel has no COPY`,
      {
        help: "Run it over a direct connection (--db), or, if that may be, with --backup none.",
      },
    );
  }
  const tell = onProgress && ((phase: "saving" | "checking") => (progress: Progress) => onProgress(phase, progress));
  const manifest = await createBackup({
    url,
    destination,
    scope,
    key,
    tables: destroyed ? wanted(destroyed) : [],
    migrations: steps.map(({ version, checksum }) => ({ version, checksum })),
    connections,
    onProgress: tell?.("saving"),
    signal,
  });
  const { id, tables, bytes } = manifest;
  const report = await verifyBackup({
    destination,
    id,
    key,
    level: verify,
    server: url,
    onProgress: tell?.("checking"),
    signal,
  });
  if (!report.ok) {
    const [first] = report.damage;
    throw new ClewError("CHECK_BLOCKED", `the backup ${id} is not what was written: ${first!.path}: ${first!.what}`, {
      help: "Look at the disk that it is on, or give another destination; nothing was run.",
    });
  }
  options.onBackup?.(manifest);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const made = `backup ${id} in ${destination.name}: ${count(tables.length, "table")}, ${count(rows, "row")}, ${count(bytes, "byte")}, verified (${verify})`;
  return [...findings, { code: "BACKED_UP", severity: "info", message: made }, ...(await letGo(options))];
}

/** The newest backup is made before the oldest goes; that one cannot be removed stops no run. */
async function letGo({ destination, keep, needed = () => true }: GateOptions): Promise<readonly ReportFinding[]> {
  if (keep === undefined) return [];
  try {
    const verdicts = await planPrune(destination, keep, needed);
    await prune(destination, verdicts);
    const gone = verdicts.filter((verdict) => !verdict.keep).map(({ backup }) => backup.id);
    if (gone.length === 0) return [];
    return [
      {
        code: "BACKUPS_REMOVED",
        severity: "info",
        message: `backups that no rule keeps were removed: ${gone.join(", ")}`,
      },
    ];
  } catch (error) {
    const message = `old backups could not be removed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ code: "BACKUPS_LEFT", severity: "warning", message }];
  }
}

function wanted({ tables, named }: Destroyed): NonNullable<Parameters<typeof createBackup>[0]["tables"]> {
  const words = named.map(({ word, version }): Wanted => ({ word, migrations: [version] }));
  return [...tables.map(({ schema, name, ...what }): Wanted => ({ word: `${schema}.${name}`, ...what })), ...words];
}

function what(destroyed: Destroyed | undefined): string {
  if (destroyed === undefined) return "the database";
  const names = [
    ...destroyed.tables.map(({ schema, name }) => `${schema}.${name}`),
    ...destroyed.named.map(({ word }) => word),
  ];
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ` … (${String(names.length)} tables)` : "");
}

function unknownCode({ unknown }: Destroyed, archive: boolean): readonly ReportFinding[] {
  return unknown.map(({ version, kind, why }) => ({
    code: "BACKUP_UNKNOWN",
    severity: archive ? "info" : "warning",
    message: `${version}: what this ${kind} destroys cannot be told, so it may not be in the backup: ${why}`,
    help: "Name the tables in the file with `-- clew: backup <tables>`, or run with --backup full.",
    version,
  }));
}

/**
 * Whether a backup has all of these tables as one migration finds them: whole, or the columns that are asked for, with nothing
 * that ran between them and it.
 */
export function covers(
  { migrations, tables, scope }: BackupManifest,
  { version, tables: wanted }: OutsideRequest,
): boolean {
  const first = migrations[0]?.version === version;
  return wanted.every(({ schema, name, columns = [], written }) => {
    const saved = tables.find((table) => table.schema === schema && table.name === name);
    if (saved === undefined) return false;
    if (scope === "full" ? !first : saved.migrations?.length !== 1 || saved.migrations[0] !== version) return false;
    if (written && columns.length === 0) return true;
    if (saved.where !== undefined) return false;
    if (columns.length === 0) return saved.part !== true;
    return columns.every((column) => saved.columns.some((one) => one.name === column));
  });
}

/** The tables of a backup that a rollback of these migrations may be given back from: nothing else has touched them since. */
export function tablesFor({ tables }: BackupManifest, versions: ReadonlySet<string>): readonly string[] {
  return tables.flatMap(({ schema, name, migrations = [] }) =>
    migrations.length > 0 && migrations.every((version) => versions.has(version)) ? [`${schema}.${name}`] : [],
  );
}

function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? "" : "s"}`;
}
