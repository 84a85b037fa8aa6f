// Owns the stream of events that a run emits, and the isolation of those who listen.
import type { Blocker, ErrorData } from "./errors.ts";
import type { Plan } from "./plan/plan.ts";
import type { RunReport } from "./report.ts";
import type { Direction } from "./store/state.ts";

interface OfStep {
  readonly version: string;
  readonly name: string;
  readonly direction: Direction;
}

/** How far a segment has come. */
export interface Progress {
  readonly done: number;
  readonly of: number;
  /** Where that which has run begins: one statement, or, of a large file, a piece with many. */
  readonly at: { readonly path: string; readonly line: number };
  /** Of one statement. */
  readonly kind?: string;
  /** Rows that one statement changed or returned; absent where the server or the driver does not tell. */
  readonly rows?: number;
}

/** What happens in a run, in order. Names are `noun.past`; everything is plain data without secrets. */
export type RunEvent =
  | { readonly type: "run.started"; readonly run: string; readonly plan: Plan }
  /** Another run is at work: this one waits for it. */
  | { readonly type: "run.waited"; readonly who: string; readonly seconds: number }
  | ({ readonly type: "step.started"; readonly statements: number; readonly at: number; readonly of: number } & OfStep)
  /** `ms` since the segment began. */
  | ({ readonly type: "statement.finished"; readonly ms: number } & Progress & OfStep)
  /** The step waits for a lock, for so many milliseconds already; said again when the holders change. */
  | ({ readonly type: "step.blocked"; readonly blockers: readonly Blocker[]; readonly ms: number } & OfStep)
  /** It does not wait any more, and goes on. */
  | ({ readonly type: "step.unblocked" } & OfStep)
  /** How far an index build has come, as a share of 1. */
  | ({ readonly type: "step.progressed"; readonly phase: string; readonly share: number | null } & OfStep)
  | ({
      readonly type: "step.retried";
      readonly attempt: number;
      readonly seconds: number;
      readonly reason: string;
    } & OfStep)
  /** An invalid index was dropped, which a run that was cut short has left, or the statement that has just failed. */
  | ({ readonly type: "leftover.dropped"; readonly statement: string } & OfStep)
  | ({ readonly type: "connection.lost"; readonly reason: string } & OfStep)
  | ({ readonly type: "step.finished"; readonly ms: number } & OfStep)
  | ({ readonly type: "step.failed"; readonly ms: number; readonly error: ErrorData } & OfStep)
  | { readonly type: "run.finished"; readonly report: RunReport };

/** Is told of events. What it returns or throws changes nothing. */
export type Observe = (event: RunEvent) => unknown;

/**
 * One function that tells every observer, each of its own copy; neither an exception nor a rejected promise of one reaches the
 * run or the others.
 */
export function tell(observers: readonly Observe[]): (event: RunEvent) => void {
  return (event) => {
    for (const observe of observers) {
      try {
        Promise.resolve(observe(structuredClone(event))).catch(() => undefined);
      } catch {
        // An observer's failure is its own.
      }
    }
  };
}
