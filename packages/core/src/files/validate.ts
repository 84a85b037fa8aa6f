// Owns the reading of every file of a folder for what is wrong with its SQL.
import { lintFile, loadGrammar, type Finding, type SqlFile } from "@clew/sql-analyzer/reading";
import { placeOf } from "./prepare.ts";
import { readBytes, type Folder } from "./read.ts";
import type { ReportFinding } from "../report.ts";

/** Findings of all files, rollbacks included, each by itself; a file whose bytes are no text is one too. */
export async function scriptFindings({ files }: Folder): Promise<readonly ReportFinding[]> {
  const grammar = await loadGrammar();
  return files.flatMap(({ version, path, down }) =>
    [path, ...(down === undefined ? [] : [down])].flatMap((one) =>
      findingsOf(version, lintFile(contentOf(one), grammar)),
    ),
  );
}

/** A file as linters take it. Throws FILE_UNREADABLE. */
export function contentOf(path: string): SqlFile {
  return { path, content: readBytes(path) };
}

/** What was said of a file. */
interface Said {
  readonly path: string;
  readonly text: string | undefined;
  readonly findings: readonly Finding[];
}

/** The same as a report has it. */
export function findingsOf(version: string, { path, text, findings }: Said): readonly ReportFinding[] {
  return findings.map(({ code, severity, message, help, at }) => ({
    code: text === undefined ? "FILE_UNREADABLE" : code,
    severity,
    version,
    message: at ? message : `${path}: ${message}`,
    ...(help === undefined ? {} : { help }),
    ...(at && text !== undefined ? { at: placeOf({ path, text }, at.start, at.end) } : {}),
  }));
}
