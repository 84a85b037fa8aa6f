// Owns what a run costs, measured from its events: time, rows and lock waits of statements, processor and memory of the client, bytes sent.
import type { Driver } from "../driver.ts";
import type { RunEvent } from "../events.ts";
import type { RunFigures, StatementFigures, StepReport, UntoldFigure } from "../report.ts";
import type { RunSettings } from "./settings.ts";

/** So many statements are told one by one; of a run with more, the first and those that took longest. */
const most = 10_000;
const slowest = 5;

export interface Meter {
  /** Takes note of an event. */
  hear(event: RunEvent): void;
  /** The step with the figures of its statements. */
  withStatements(step: StepReport): StepReport;
  read(): RunFigures;
}

type Slow = RunFigures["slowest"][number];

interface Usage {
  readonly userCPUTime: number;
  readonly systemCPUTime: number;
  readonly maxRSS: number;
}

/** `usage` gives microseconds of the processor and the largest memory in kilobytes, as `process.resourceUsage` does. */
export function startMeter(
  driver: Pick<Driver, "supports" | "untold" | "sent">,
  { connections }: Pick<RunSettings, "connections">,
  usage: () => Usage = () => process.resourceUsage(),
  now: () => number = () => performance.now(),
): Meter {
  const untold: UntoldFigure[] = [
    ...Object.entries(driver.untold ?? {}).map(([figure, why]) => ({ figure: figure as UntoldFigure["figure"], why })),
    ...noWatch(driver, connections),
    ...(driver.sent ? [] : [{ figure: "bytes sent", why: "this channel does not count them" } as const]),
  ];
  const whole = driver.untold?.time !== undefined;
  const sentBefore = driver.sent?.() ?? 0;
  const bySteps = new Map<string, StatementFigures[]>();
  let slow: Slow[] = [];
  let told = 0;
  let leftOut = 0;
  let before = { done: 0, ms: 0 };
  /** How many statements of the step had run when its segment began: those after it go when it is tried again. */
  let segmentAt = 0;
  let blockedSince: number | undefined;
  let blockedMs = 0;
  /** Since the statement before. What was waited for before the first one began, by Clew itself, is no statement's. */
  let waits: { readonly from: number; readonly to: number }[] = [];

  const unblock = (): void => {
    if (blockedSince === undefined) return;
    const wait = { from: blockedSince, to: now() };
    waits.push(wait);
    blockedMs += wait.to - wait.from;
    blockedSince = undefined;
  };
  const waitedFrom = (start: number): number =>
    Math.round(waits.reduce((sum, { from, to }) => sum + Math.max(0, to - Math.max(from, start)), 0));

  return {
    hear(event) {
      if (event.type === "step.blocked") {
        blockedSince ??= now() - event.ms;
        return;
      }
      // Whatever else is told of a step that waited, it waits no longer.
      if (event.type !== "step.progressed") unblock();
      if (event.type === "step.started" || event.type === "step.retried") {
        const list = bySteps.get(event.version);
        if (list) told -= list.splice(event.type === "step.retried" ? segmentAt : 0).length;
        if (event.type === "step.started") segmentAt = 0;
        before = { done: 0, ms: 0 };
        waits = [];
      }
      if (event.type !== "statement.finished") return;
      const { version, name, done, of, ms, at, kind, rows } = event;
      // A channel that answers for all of them tells the time of all of them.
      if (whole && done < of) return;
      const list = bySteps.get(version) ?? [];
      bySteps.set(version, list);
      // The next segment counts anew.
      if (done <= before.done || ms < before.ms) before = { done: 0, ms: 0 };
      if (before.done === 0) segmentAt = list.length;
      const from = before.done + 1;
      const waited = waitedFrom(now() - (ms - before.ms));
      const one = {
        statement: from,
        ...(done > from ? { to: done } : {}),
        ms: Math.round((ms - before.ms) * 10) / 10,
        ...(waited > 0 ? { blockedMs: waited } : {}),
        ...(rows === undefined ? {} : { rows }),
        ...(kind === undefined ? {} : { kind }),
      };
      before = { done, ms };
      waits = [];
      if (told < most) {
        list.push({ ...one, line: at.line });
        told++;
      } else leftOut++;
      slow.push({ version, name, ...one, at });
      if (slow.length > 1_000) slow = longest(slow);
    },
    withStatements(step) {
      const statements = bySteps.get(step.version);
      return statements && statements.length > 0 ? { ...step, figures: statements } : step;
    },
    read() {
      const { userCPUTime, systemCPUTime, maxRSS } = usage();
      return {
        cpuMs: Math.round((userCPUTime + systemCPUTime) / 1_000),
        memoryBytes: maxRSS * 1_024,
        blockedMs: Math.round(blockedMs),
        ...(driver.sent ? { sentBytes: driver.sent() - sentBefore } : {}),
        slowest: longest(slow),
        ...(leftOut > 0 ? { leftOut } : {}),
        untold,
      };
    },
  };
}

function longest(statements: readonly Slow[]): Slow[] {
  return statements.toSorted((a, b) => b.ms - a.ms).slice(0, slowest);
}

function noWatch({ supports }: Pick<Driver, "supports">, connections: number): readonly UntoldFigure[] {
  if (supports.sessions && connections > 1) return [];
  const why = supports.sessions
    ? "`connections` is 1, so nobody watches"
    : "there is one connection, so nobody watches";
  return [{ figure: "lock waits", why }];
}
