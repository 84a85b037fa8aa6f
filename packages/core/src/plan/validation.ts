// Owns `validate`: everything that can be looked at without running anything, and what could not be looked at.
import type { Difference, Kind } from "@clew/sql-analyzer";
import { hasErrors, notLooked, type Looked } from "../report.ts";
import { isSessionError, type Session } from "../driver.ts";
import { scriptFindings } from "../files/validate.ts";
import type { Folder, MigrationFile } from "../files/read.ts";
import { isClewError } from "../errors.ts";
import { liveSchema, type Live } from "../introspect/live.ts";
import { invalidIndexes } from "../recover/look.ts";
import { redact } from "../redact.ts";
import type { ReportFinding, StatusReport } from "../report.ts";
import type { Platform } from "../schema/platform.ts";
import type { HistoryTable } from "../store/bind.ts";
import type { State } from "../store/state.ts";
import { compare, type Comparison } from "./compare.ts";
import { folderFindings } from "./findings.ts";
import { statusReport } from "./status.ts";

/** Without a database: the files alone. */
export async function validateFiles(folder: Folder, platform: Platform): Promise<StatusReport> {
  const { lintFolder } = await loadNames();
  const { findings: said, named } = await lintFolder(folder.files, platform);
  const none = "no database was given";
  const looked: readonly Looked[] = [
    { what: "files" },
    named ? { what: "names" } : notLooked("names", illegible),
    ...(["history", "checksums", "indexes", "schema"] as const).map((what) => notLooked(what, none)),
  ];
  const comparison = compare(folder.files, { history: [], migrations: [], segments: [] });
  const findings = [...folderFindings(folder), ...said];
  return { ...statusReport("validate", folder.files, undefined, comparison, [], findings), looked };
}

/** What is known of a database before it is looked at more closely. */
interface Look {
  readonly folder: Folder;
  readonly state: State;
  readonly comparison: Comparison;
  readonly changed: readonly MigrationFile[];
  readonly findings: readonly ReportFinding[];
}

/** With a database: files, history, checksums, names, indexes, and whether the schema is what the applied files make. */
export async function validateDatabase(
  session: Session,
  { folder, state, comparison, changed, findings }: Look,
  history: HistoryTable,
  platform: Platform | undefined,
): Promise<StatusReport> {
  const said = await scriptFindings(folder);
  const partly = comparison.partly.size > 0;
  const live = liveSchema(session);
  const names = await look("names", partly ? inPart : undefined, async () =>
    foreseen(live, comparison.pending, state.target.user),
  );
  const indexes = await look("indexes", undefined, () => brokenIndexes(session));
  const unread = hasErrors(said) ? illegible : partly ? inPart : changed.length > 0 ? otherFiles : undefined;
  const missing = comparison.missing.length > 0 ? noFiles : undefined;
  const schema = await look("schema", unread ?? missing, () => drifted(live, { comparison, state, history, platform }));
  const found = [names, indexes, schema];
  const unchecked = comparison.foreign.length > 0 && !state.columns.includes("statements");
  const looked: readonly Looked[] = [
    { what: "files" },
    { what: "history" },
    unchecked
      ? notLooked("checksums", "the history keeps no statements of what another tool applied")
      : { what: "checksums" },
    ...found.map(({ looked: one }) => one),
  ];
  const all = [...findings, ...said, ...found.flatMap((one) => one.findings)];
  return { ...statusReport("validate", folder.files, state, comparison, changed, all), looked };
}

const loadNames = () => import("../schema/names.ts");

const illegible = "files cannot be read as SQL";
const inPart = "a migration is applied in part";
const otherFiles = "files have changed since they were applied";
const noFiles = "applied migrations have no files";

interface Found {
  readonly looked: Looked;
  readonly findings: readonly ReportFinding[];
}

/** Looks, where nothing stands in the way. What the database refuses to tell is said, and no error. */
async function look(
  what: Looked["what"],
  hindrance: string | undefined,
  at: () => Promise<readonly ReportFinding[]>,
): Promise<Found> {
  if (hindrance !== undefined) return { looked: notLooked(what, hindrance), findings: [] };
  try {
    const findings = await at();
    const untold = findings.find(({ code }) => code === "NAMES_UNCHECKED");
    return { looked: untold ? notLooked(what, untold.message) : { what }, findings };
  } catch (error) {
    if (!isSessionError(error) && !isClewError(error)) throw error;
    if (isSessionError(error) && error.fault.reply === "lost") throw error;
    return { looked: notLooked(what, redact(error.message)), findings: [] };
  }
}

async function foreseen(
  live: Live,
  pending: readonly MigrationFile[],
  user: string,
): Promise<readonly ReportFinding[]> {
  const { names, privileges } = await (await loadNames()).foresee(live, pending, user);
  return [...names, ...privileges];
}

async function brokenIndexes(session: Session): Promise<readonly ReportFinding[]> {
  return (await invalidIndexes(session)).map(({ index, relation }) => ({
    code: "INDEX_INVALID",
    severity: "error",
    message: `the index ${index} of ${relation} is not valid: it is kept up to date, and no query uses it`,
    help: `\`clew recover --do rebuild-indexes\`, or DROP INDEX CONCURRENTLY ${index}.`,
  }));
}

async function drifted(
  live: Live,
  {
    comparison,
    state,
    history,
    platform,
  }: Pick<Look, "comparison" | "state"> & {
    readonly history: HistoryTable;
    readonly platform: Platform | undefined;
  },
): Promise<readonly ReportFinding[]> {
  // What is there before the first migration is nobody's drift.
  if (state.history.length === 0) return [];
  const { readDrift } = await import("../schema/drift.ts");
  const applied = comparison.applied.map(({ file }) => file);
  const found = await readDrift(live, { applied, pending: [], role: state.target.user, history, platform });
  const { differences, words } = found;
  if (differences.length === 0) return [];
  const certain = differences.some((difference) => !difference.unsure && !standsBeside(difference));
  const shown = words.slice(0, 20).map((word) => `\n  ${word}`);
  if (words.length > shown.length) shown.push(`\n  … and ${words.length - shown.length} more`);
  return [
    {
      code: "SCHEMA_DRIFT",
      severity: certain ? "error" : "warning",
      message: `${certain ? "the schema is not what the applied files make" : "the schema has more than the applied files make, or may be another"}:${shown.join("")}`,
      help: "`clew diff` shows all of it. Put what is meant into a migration, take back what is not.",
    },
  ];
}

/** Others may have made it: what no file names is only said. What was added to a table of a file is drift. */
function standsBeside({ what, kind, within }: Difference): boolean {
  return what === "added" && (within !== undefined || !partsOfTables.has(kind));
}

const partsOfTables: ReadonlySet<Kind> = new Set<Kind>(["column", "constraint", "index", "policy", "rule", "trigger"]);
