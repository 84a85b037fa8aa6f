// Owns what is foreseen of files before they run: names that neither the database nor the files before them have, and what the role may not do.
import {
  loadGrammar,
  read,
  startPrivileges,
  startReferences,
  type Abilities,
  type Catalog,
  type Finding,
  type Grammar,
  type Statement,
} from "@clew/sql-analyzer";
import { placeOf } from "../files/prepare.ts";
import { readText, type MigrationFile } from "../files/read.ts";
import { isSessionError } from "../driver.ts";
import { ownError } from "../run/explain.ts";
import type { Live } from "../introspect/live.ts";
import { redact } from "../redact.ts";
import { freshCatalog, platformOf, type Platform } from "./platform.ts";
import type { ReportFinding } from "../report.ts";
import type { Work } from "../run/run.ts";
import type { RunSettings } from "../run/settings.ts";

/** Larger files are mostly rows: their names are left to the server. */
const largestFile = 1 << 20;

interface Text {
  readonly file: File;
  readonly path: string;
  readonly text: string;
  readonly statements: readonly Statement[];
}

type File = Pick<MigrationFile, "version" | "path">;

/** Names in files that neither a new database of the platform nor the files before them have. */
export async function fileNames(files: readonly File[], platform: Platform): Promise<readonly ReportFinding[]> {
  const grammar = await loadGrammar();
  const texts = await Promise.all(files.map((file) => readStatements(file, grammar)));
  return unknownNames(freshCatalog(platform), texts, grammar);
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
  const grammar = await loadGrammar();
  const texts = await Promise.all(files.map((file) => readStatements(file, grammar)));
  return {
    names: names ? unknownNames(before, texts, grammar, role) : [],
    privileges: privileges ? await lackingPrivileges(live, before, texts, grammar, role) : [],
  };
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

/**
 * Names that nothing has, file after file from the catalog before the first. Where a later file makes what is missing, the
 * finding says which. Errors are what Postgres would refuse; warnings are inside bodies, which fail only when they run.
 */
function unknownNames(
  before: Catalog,
  texts: readonly Text[],
  grammar: Grammar,
  role?: string,
): readonly ReportFinding[] {
  const checking = startReferences(before, { grammar, ...(role === undefined ? {} : { role }) });
  return texts.flatMap((text, at) => {
    const later = texts.slice(at + 1).map(({ path, statements }) => ({ path, statements }));
    return checking.apply(text.statements, { later }).map((finding) => reportFinding(text, finding));
  });
}

/** What the role may not do, and extensions that the server does not have. */
async function lackingPrivileges(
  { session }: Live,
  before: Catalog,
  texts: readonly Text[],
  grammar: Grammar,
  role: string,
): Promise<readonly ReportFinding[]> {
  const [known] = await session.query<Pick<Abilities, "createsSchemas" | "extensions">>({
    text: `SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS "createsSchemas",
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', name, 'trusted', trusted))
    FROM (SELECT name, pg_catalog.bool_or(trusted OR NOT superuser) AS trusted FROM pg_catalog.pg_available_extension_versions GROUP BY name) e) AS extensions`,
  });
  const { createsSchemas, extensions } = known!;
  const supabase = platformOf(before) === "supabase";
  const able = { createsSchemas, ...(extensions ? { extensions } : {}), role, supabase };
  const checking = startPrivileges(before, { grammar, ...able });
  return texts.flatMap((text) => checking.apply(text.statements).map((finding) => reportFinding(text, finding)));
}

async function readStatements(file: File, grammar: Grammar): Promise<Text> {
  const text = await readText(file.path);
  const statements = text.length > largestFile ? [] : read(text, grammar).statements;
  return { file, path: file.path, text, statements };
}

function reportFinding({ file, path, text }: Text, { code, severity, message, help, at }: Finding): ReportFinding {
  return {
    code,
    severity,
    message: at ? message : `${path}: ${message}`,
    version: file.version,
    ...(help === undefined ? {} : { help }),
    ...(at ? { at: placeOf({ path, text }, at.start, at.end) } : {}),
  };
}
