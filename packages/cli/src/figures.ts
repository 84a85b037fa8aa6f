// Owns what is said of the cost of a run: which statements took long, and what to do about it.
import type { ReportFinding, RunFigures } from "@clew/core";
import { formatDuration } from "./durations.ts";
import { bytesText, count } from "./table.ts";

/** A statement that takes longer is pointed out, in milliseconds. */
const slow = 10_000;

/** What to do about statements that took long. */
export function slowFindings({ slowest }: RunFigures): readonly ReportFinding[] {
  return slowest
    .filter(({ ms }) => ms >= slow)
    .map(({ version, name, statement, to, ms, blockedMs = 0, rows, kind, at }) => {
      const which = to === undefined ? `statement ${statement}` : `statements ${statement} to ${to}`;
      const waited = blockedMs > 0 ? [`${formatDuration(blockedMs)} of it waiting for a lock`] : [];
      const more = [...(rows === undefined ? [] : [count(rows, "row")]), ...waited];
      return {
        code: "SLOW_STATEMENT",
        severity: "info",
        version,
        message: `${version}_${name}: ${which} (${at.path}:${at.line}) took ${[formatDuration(ms), ...more].join(", ")}`,
        help: blockedMs > ms / 2 ? afterWaiting : adviceFor(kind),
      };
    });
}

/** The cost of a run in a line: `0.8 s of processor, 90 MB of memory, 12 kB sent, 2.1 s waiting for locks` */
export function figuresText({ cpuMs, memoryBytes, sentBytes, blockedMs }: RunFigures): string {
  return [
    `${formatDuration(cpuMs)} of processor`,
    `${bytesText(memoryBytes)} of memory`,
    ...(sentBytes === undefined ? [] : [`${bytesText(sentBytes)} sent`]),
    ...(blockedMs > 0 ? [`${formatDuration(blockedMs)} waiting for locks`] : []),
  ].join(", ");
}

const afterWaiting = "Others held what it needed: run it in a quiet hour, or after their transactions have ended.";

/** How a statement of the kind keeps others waiting for less. */
function adviceFor(kind = ""): string {
  switch (kind) {
    case "UPDATE":
    case "DELETE":
    case "MERGE":
    case "INSERT":
      return "Change rows in batches, each in a transaction of its own: locks are held for less, and a failure costs one batch.";
    case "CREATE INDEX":
    case "REINDEX":
      return "Where the table is written to, do it CONCURRENTLY, in a file of its own: writers then go on.";
    case "CREATE INDEX CONCURRENTLY":
      return "It held nobody up; it waits for transactions that are older than itself.";
    case "ALTER TABLE":
      return "Others may have had to wait for the table as long: add constraints NOT VALID and VALIDATE them in a later file; run what rewrites the table in a quiet hour.";
    default:
      return "Where it held a lock, others waited as long: run it in a quiet hour.";
  }
}
