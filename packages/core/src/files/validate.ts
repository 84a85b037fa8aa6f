// Owns the reading of every file of a folder for what is wrong with its SQL.
import { loadGrammar } from "@clew/sql-analyzer/reading";
import { isClewError } from "../errors.ts";
import { placeOf, prepare, type Script } from "./prepare.ts";
import type { Folder } from "./read.ts";
import type { ReportFinding } from "../report.ts";

/** Findings of all files, rollbacks included; a file that cannot be read is one too. */
export async function scriptFindings({ files }: Folder): Promise<readonly ReportFinding[]> {
  const grammar = await loadGrammar();
  const findings: ReportFinding[] = [];
  for (const { version, path, down } of files) {
    for (const one of down === undefined ? [path] : [path, down]) {
      try {
        findings.push(...findingsOf(version, await prepare(one, grammar)));
      } catch (error) {
        if (!isClewError(error, "FILE_UNREADABLE")) throw error;
        findings.push({ code: error.code, severity: "error", version, message: error.message, help: error.data.help });
      }
    }
  }
  return findings;
}

/** What there is to say of one file's SQL. */
export function findingsOf(version: string, script: Script): readonly ReportFinding[] {
  return script.findings.map(({ code, severity, message, help, at }) => ({
    code,
    severity,
    version,
    message: at ? message : `${script.path}: ${message}`,
    ...(help === undefined ? {} : { help }),
    ...(at ? { at: placeOf(script, at.start, at.end) } : {}),
  }));
}
