// Owns what a run costs, measured from its events: time of statements, waits for locks, processor and memory of the client.
import type { Observe, ReportFinding, RunFigures } from "@clew/core";
import { formatDuration } from "./durations.ts";
import { count } from "./table.ts";

/** A statement that takes longer is pointed out, in milliseconds. */
const slow = 10_000;

const shown = 5;

export interface Meter {
  readonly observe: Observe;
  read(): RunFigures;
}

/** `usage` gives the microseconds of the processor and the largest memory in kilobytes, as `process.resourceUsage` does. */
export function makeMeter(
  usage: () => { readonly userCPUTime: number; readonly systemCPUTime: number; readonly maxRSS: number },
  now: () => number = () => performance.now(),
): Meter {
  const statements: RunFigures["slowest"][number][] = [];
  let before = { done: 0, ms: 0 };
  let blockedSince: number | undefined;
  let blockedMs = 0;
  /** Of the statement at hand. */
  let waited = 0;
  return {
    observe(event) {
      // Whatever else is told of a step that waited, it waits no longer.
      if (blockedSince !== undefined && event.type !== "step.blocked" && event.type !== "step.progressed") {
        const ms = now() - blockedSince;
        blockedMs += ms;
        waited += ms;
        blockedSince = undefined;
      }
      if (event.type === "step.blocked") blockedSince ??= now();
      if (event.type === "step.started" || event.type === "step.retried") {
        before = { done: 0, ms: 0 };
        waited = 0;
      }
      if (event.type !== "statement.finished") return;
      const { version, name, done, ms, at, kind, rows } = event;
      // The next segment counts anew.
      if (done <= before.done || ms < before.ms) before = { done: 0, ms: 0 };
      const from = before.done + 1;
      statements.push({
        version,
        name,
        statement: from,
        ...(done > from ? { to: done } : {}),
        ms: ms - before.ms,
        ...(waited > 0 ? { blockedMs: Math.round(waited) } : {}),
        ...(rows === undefined ? {} : { rows }),
        ...(kind === undefined ? {} : { kind }),
        at,
      });
      before = { done, ms };
      waited = 0;
      if (statements.length <= 1_000) return;
      statements.sort((a, b) => b.ms - a.ms);
      statements.length = shown;
    },
    read() {
      const { userCPUTime, systemCPUTime, maxRSS } = usage();
      return {
        cpuMs: Math.round((userCPUTime + systemCPUTime) / 1_000),
        memoryBytes: maxRSS * 1_024,
        blockedMs: Math.round(blockedMs),
        slowest: statements
          .toSorted((a, b) => b.ms - a.ms)
          .slice(0, shown)
          .map((one) => ({ ...one, ms: Math.round(one.ms * 10) / 10 })),
      };
    },
  };
}

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
