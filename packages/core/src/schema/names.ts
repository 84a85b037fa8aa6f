// Owns what is foreseen of files before they run: names that neither the database nor the files before them have, and what the role may not do.
import {
  lint,
  lintFile,
  loadGrammar,
  type Abilities,
  type Catalog,
  type LintCheck,
  type LintedFile,
  type SqlFile,
} from "@clew/sql-analyzer";
import { contentOf, findingsOf } from "../files/validate.ts";
import type { MigrationFile } from "../files/read.ts";
import { isSessionError } from "../driver.ts";
import { ownError } from "../run/explain.ts";
import type { Live } from "../introspect/live.ts";
import { redact } from "../redact.ts";
import { freshCatalog, platformOf, type Platform } from "./platform.ts";
import type { ReportFinding } from "../report.ts";
import type { Work } from "../run/run.ts";
import type { RunSettings } from "../run/settings.ts";

/** Before a run larger files are left to the server: they are mostly rows. */
const largestFile = 16 << 20;

type File = Pick<MigrationFile, "version" | "path">;

/** What there is to say of the files of a folder on a new database of the platform, and whether their names could be looked up. */
export async function lintFolder(
  files: readonly MigrationFile[],
  platform: Platform,
): Promise<{ readonly findings: readonly ReportFinding[]; readonly named: boolean }> {
  const grammar = await loadGrammar();
  const findings: ReportFinding[] = [];
  let named = true;
  for (const [file, linted] of linting(files, lint(contentsOf(files), freshCatalog(platform), { grammar }))) {
    named &&= linted.checked.includes("names");
    findings.push(...findingsOf(file.version, linted));
    if (file.down === undefined) continue;
    findings.push(...findingsOf(file.version, lintFile(contentOf(file.down), grammar)));
  }
  return { findings, named };
}

/** What is wrong with files on a database: names that nothing has, and what the role may not do. */
export interface Foreseen {
  readonly names: readonly ReportFinding[];
  readonly privileges: readonly ReportFinding[];
}

/** Foresees what the database would refuse of files, in order. A database that cannot be read is said, and no obstacle. */
export async function foresee(
  live: Live,
  files: readonly File[],
  role: string,
  { names = true, privileges = true }: { readonly names?: boolean; readonly privileges?: boolean } = {},
): Promise<Foreseen> {
  if (files.length === 0 || !(names || privileges)) return { names: [], privileges: [] };
  let before: Catalog;
  try {
    before = await live.schema();
  } catch (error) {
    if (!isSessionError(error) || error.fault.reply === "lost") throw ownError(error, "reading the schema");
    const message = `names and privileges were not checked: ${redact(error.message)}`;
    return { names: [{ code: "NAMES_UNCHECKED", severity: "info", message }], privileges: [] };
  }
  const abilities = privileges ? await abilitiesIn(live, before) : undefined;
  const how = { grammar: await loadGrammar(), role, largest: largestFile, ...(abilities && { abilities }) };
  const found = { names: [] as ReportFinding[], privileges: [] as ReportFinding[] };
  let unnamed: string | undefined;
  for (const [{ version, path }, linted] of linting(files, lint(contentsOf(files), before, how))) {
    const of = (check: LintCheck): LintedFile => ({
      ...linted,
      findings: linted.findings.filter((finding) => finding.check === check),
    });
    if (names) found.names.push(...findingsOf(version, of("names")));
    found.privileges.push(...findingsOf(version, of("privileges")));
    if (linted.checked.includes("names")) continue;
    unnamed ??= `${path} on: ${linted.checked.length === 0 ? "it is larger than 16 MB" : "nobody knows what it makes"}`;
  }
  if (unnamed !== undefined) {
    const message = `names and privileges were not checked from ${unnamed}`;
    found.names.push({ code: "NAMES_UNCHECKED", severity: "info", message });
  }
  return found;
}

/**
 * The same for a run. What the role may not do stops it, for it would stop half-way; a name that nothing has only in a strict
 * run: otherwise it is a warning, and the server has the last word.
 */
export async function foreseeRun(
  live: Live,
  { steps, plan }: Work,
  settings: Pick<RunSettings, "names" | "privileges" | "strict">,
): Promise<readonly ReportFinding[]> {
  // What has run of a migration has changed what its names meant.
  if (steps.some(({ step }) => step.mode !== "whole" || step.direction === "down")) return [];
  const files = steps.map(({ step }) => step);
  const { names, privileges } = await foresee(live, files, plan.target.user, settings);
  const errors = names.filter(({ severity }) => severity === "error");
  return [
    ...(settings.strict ? errors : errors.map((finding) => ({ ...finding, severity: "warning" as const }))),
    ...privileges,
  ];
}

/** What the role may do beside what the catalog says of it, and which extensions the server has. */
async function abilitiesIn({ session }: Live, before: Catalog): Promise<Omit<Abilities, "role">> {
  const [known] = await session.query<Pick<Abilities, "createsSchemas" | "extensions">>({
    text: `SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS "createsSchemas",
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', name, 'trusted', trusted))
    FROM (SELECT name, pg_catalog.bool_or(trusted OR NOT superuser) AS trusted FROM pg_catalog.pg_available_extension_versions GROUP BY name) e) AS extensions`,
  });
  const { createsSchemas, extensions } = known!;
  return { createsSchemas, ...(extensions ? { extensions } : {}), supabase: platformOf(before) === "supabase" };
}

function* contentsOf(files: readonly File[]): Generator<SqlFile> {
  for (const { path } of files) yield contentOf(path);
}

function* linting<F extends File>(
  files: readonly F[],
  linted: Iterable<LintedFile>,
): Generator<readonly [F, LintedFile]> {
  let at = 0;
  for (const one of linted) yield [files[at++]!, one];
}
