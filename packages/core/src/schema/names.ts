// Owns the check of names: what migrations name must be there, in the database or in what the files before them make.
import {
  loadGrammar,
  read,
  startReferences,
  type Catalog,
  type Finding,
  type Grammar,
  type Statement,
} from "@clew/sql-analyzer";
import { placeOf } from "../files/prepare.ts";
import { readText, type MigrationFile } from "../files/read.ts";
import { isSessionError, type Session } from "../driver.ts";
import { ownError } from "../run/explain.ts";
import { introspect } from "../introspect/introspect.ts";
import { redact } from "../redact.ts";
import { freshCatalog, type Platform } from "./platform.ts";
import type { ReportFinding } from "../report.ts";
import type { Work } from "../run/run.ts";

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
  return nameFindings(freshCatalog(platform), files);
}

/** Names in files that neither the database nor the files before them have. A database that cannot be read is said, and no obstacle. */
export async function unknownNames(
  session: Session,
  files: readonly File[],
  role: string,
): Promise<readonly ReportFinding[]> {
  if (files.length === 0) return [];
  let before: Catalog;
  try {
    before = await introspect(session);
  } catch (error) {
    if (!isSessionError(error) || error.fault.reply === "lost") throw ownError(error, "reading the schema");
    return [{ code: "NAMES_UNCHECKED", severity: "info", message: `names were not checked: ${redact(error.message)}` }];
  }
  return nameFindings(before, files, role);
}

/** A name that nothing has stops a strict run; otherwise it is a warning, and the server has the last word. */
export async function namesOfRun(
  session: Session,
  { steps, plan }: Work,
  strict: boolean,
): Promise<readonly ReportFinding[]> {
  // What has run of a migration has changed what its names meant.
  if (steps.some(({ step }) => step.mode !== "whole")) return [];
  const found = await unknownNames(
    session,
    steps.map(({ step }) => step),
    plan.target.user,
  );
  const findings = found.filter(({ severity }) => severity === "error");
  return strict ? findings : findings.map((finding) => ({ ...finding, severity: "warning" }));
}

/**
 * Names that nothing has, file after file from the catalog before the first. Where a later file makes what is missing, the
 * finding says which. Errors are what Postgres would refuse; warnings are inside bodies, which fail only when they run.
 */
async function nameFindings(before: Catalog, files: readonly File[], role?: string): Promise<readonly ReportFinding[]> {
  const grammar = await loadGrammar();
  const texts = await Promise.all(files.map((file) => readStatements(file, grammar)));
  const checking = startReferences(before, { grammar, ...(role === undefined ? {} : { role }) });
  return texts.flatMap((text, at) => {
    const later = texts.slice(at + 1).map(({ path, statements }) => ({ path, statements }));
    return checking.apply(text.statements, { later }).map((finding) => reportFinding(text, finding));
  });
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
