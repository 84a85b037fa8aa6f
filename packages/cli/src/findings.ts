// Owns how findings are told to people.
import type { ReportFinding } from "@clew/core";
import type { Paint, Style } from "./colors.ts";
import { asItIs, type Output } from "./output.ts";

const styles: Readonly<Record<ReportFinding["severity"], Style>> = { error: "red", warning: "yellow", info: "cyan" };

/** Each finding with its place, and what to do; those with the same mend share it. */
export function findingsText(findings: readonly ReportFinding[], paint: Paint): string {
  return findings
    .map(({ severity, message, help, at }, index) => {
      const where = at ? `${at.path}:${at.line}:${at.column}: ` : "";
      const said = help !== undefined && findings[index + 1]?.help === help;
      return [
        `${paint(styles[severity], `${severity}:`)} ${where}${message}`,
        ...(at ? [at.excerpt] : []),
        ...(help === undefined || said ? [] : [`  ${help}`]),
      ].join("\n");
    })
    .join("\n");
}

/** Tells findings on stderr; each bears its own severity. */
export function tellFindings({ log, paint }: Output, findings: readonly ReportFinding[]): void {
  if (findings.length > 0) log.withTag(asItIs).warn.raw(findingsText(findings, paint));
}
