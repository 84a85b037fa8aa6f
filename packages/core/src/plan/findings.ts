// Owns what is said of files and history that are out of step: with the mend, as a warning, or as a refusal in strict runs.
import { loadGrammar } from "@clew/sql-analyzer/reading";
import type { Comparison } from "./compare.ts";
import type { Session } from "../driver.ts";
import { ClewError, type ErrorCode } from "../errors.ts";
import { readText, type Folder, type MigrationFile } from "../files/read.ts";
import { saying } from "../history/saying.ts";
import type { ReportFinding } from "../report.ts";
import type { Bind } from "../store/bind.ts";
import { readKeptStatements } from "../store/state.ts";

/** Files that say something else than what was applied, apart from those in which only comments or white space changed. */
export async function changedFiles(
  session: Session,
  bind: Bind,
  columns: readonly string[],
  comparison: Comparison,
): Promise<readonly MigrationFile[]> {
  const { changed, foreign } = comparison;
  const suspects = [...changed, ...foreign];
  if (suspects.length === 0 || !columns.includes("statements")) return changed;
  const kept = await readKeptStatements(
    session,
    bind,
    suspects.map((file) => file.version),
  );
  const known = new Set(changed);
  const found: MigrationFile[] = [];
  for (const file of suspects) {
    const statements = kept.get(file.version) ?? [];
    const same = statements.length === 0 ? !known.has(file) : await saysTheSame(await readText(file.path), statements);
    if (!same) found.push(file);
  }
  return found;
}

/** Compares two texts by what they say; the grammar is loaded only where folding white space and comments does not settle it. */
async function saysTheSame(text: string, kept: readonly string[]): Promise<boolean> {
  if (saying(text) === saying(kept)) return true;
  const grammar = await loadGrammar();
  return saying(text, grammar) === saying(kept, grammar);
}

/** What the folder says by itself. */
export function folderFindings({ path, files, skipped, folders }: Folder): readonly ReportFinding[] {
  const found: ReportFinding[] = [];
  if (skipped.length > 0) {
    found.push({
      code: "FILE_SKIPPED",
      severity: "info",
      message: `${path}: not migrations by their names, and passed over: ${some(skipped)}`,
      help: "A migration is named <version>_<name>.sql, the version in digits.",
    });
  }
  if (files.length === 0 && folders.length > 0) {
    found.push({
      code: "FILE_SKIPPED",
      severity: "warning",
      message: `${path}: has no migration, but folders that are not looked into: ${some(folders)}`,
      help: "A migration is a file, <version>_<name>.sql. Folders of another tool are taken over with `clew adopt`, on a new database with the tool's name: `clew adopt prisma`.",
    });
  }
  return found;
}

function some(names: readonly string[]): string {
  return names.slice(0, 5).join(", ") + (names.length > 5 ? `, … (${names.length} in all)` : "");
}

/** What files and history say against each other. */
export function historyFindings(
  { missing, outOfOrder, partlyBack, head }: Comparison,
  changed: readonly MigrationFile[],
  strict: boolean,
): readonly ReportFinding[] {
  const severity = strict ? "error" : "warning";
  return [
    ...changed.map(({ version, path }): ReportFinding => ({
      code: "FILE_CHANGED",
      severity,
      version,
      message: `${path}: changed since it was applied`,
      help: `Restore the file and put the change into a new migration; or, if it does no harm to run it once more, \`clew execute ${version} --force\`; or let it count as applied with \`clew repair\`.`,
    })),
    ...partlyBack.map(({ version, name }): ReportFinding => ({
      code: "PARTLY_ROLLED_BACK",
      severity: "warning",
      version,
      message: `${version}${name ? ` (${name})` : ""} is applied, and a part of its rollback has run`,
      help: "`clew rollback` goes on with it; then `clew execute` applies it again.",
    })),
    ...missing.map(({ version, name }): ReportFinding => ({
      code: "FILE_MISSING",
      severity,
      version,
      message: `${version}${name ? ` (${name})` : ""} is applied, and has no file here`,
      help: "Get the file from version control, or see what `clew repair` proposes: it finds files by what they say, and writes missing ones from the history.",
    })),
    ...outOfOrder.map(({ version, path }): ReportFinding => ({
      code: "OUT_OF_ORDER",
      severity: "warning",
      version,
      message: `${path}: pending, and older than ${head}, which is applied`,
      help: "Rename the file to a newer version, or run with --out-of-order.",
    })),
  ];
}

/** Throws for findings that a strict run refuses. */
export function refuseStrict(findings: readonly ReportFinding[]): void {
  const errors = findings.filter((finding) => finding.severity === "error");
  const first = errors[0];
  if (!first) return;
  throw new ClewError(first.code as ErrorCode, errors.map((finding) => finding.message).join("\n"), {
    ...(first.help === undefined ? {} : { help: first.help }),
    ...(first.version === undefined ? {} : { version: first.version }),
  });
}

/** Throws OUT_OF_ORDER for the files that would run. */
export function refuseOutOfOrder(files: readonly MigrationFile[], head: string | null): void {
  if (files.length === 0) return;
  throw new ClewError(
    "OUT_OF_ORDER",
    `pending, and older than ${head}, which is applied:\n${files.map((file) => `  ${file.path}`).join("\n")}`,
    { version: files[0]!.version },
  );
}
