// Owns what a run costs, measured from its events: time of statements, waits for locks, processor and memory of the client.
import type { Observe, ReportFinding, RunFigures } from "@clew/core";
import { formatDuration } from "./durations.ts";

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
  return {
    observe(event) {
      // Whatever else is told of a step that waited, it waits no longer.
      if (blockedSince !== undefined && event.type !== "step.blocked" && event.type !== "step.progressed") {
        blockedMs += now() - blockedSince;
        blockedSince = undefined;
      }
      if (event.type === "step.blocked") blockedSince ??= now();
      if (event.type === "step.started" || event.type === "step.retried") before = { done: 0, ms: 0 };
      if (event.type !== "statement.finished") return;
      const { version, name, done, ms } = event;
      // The next segment counts anew.
      if (done <= before.done || ms < before.ms) before = { done: 0, ms: 0 };
      const from = before.done + 1;
      statements.push({ version, name, statement: from, ...(done > from ? { to: done } : {}), ms: ms - before.ms });
      before = { done, ms };
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
    .map(({ version, name, statement, to, ms }) => ({
      code: "SLOW_STATEMENT",
      severity: "info",
      version,
      message: `${version}_${name}: ${to === undefined ? `statement ${statement}` : `statements ${statement} to ${to}`} took ${formatDuration(ms)}`,
      help: "Where it held a lock, others waited as long: change rows in batches, make indexes CONCURRENTLY, add constraints NOT VALID and validate them later, or run it in a quiet hour.",
    }));
}
