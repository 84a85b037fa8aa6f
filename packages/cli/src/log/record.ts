// Owns the records of a log: each event of the engine, and each message of the command, as one flat line of JSON. Their shape is
// schema/log.json: fields may be added to it, those that are there stay.
import type { ErrorData, RunEvent } from "@clew/core";
import type { LogLevel } from "../output.ts";

/** Version of the records' shape. */
export const logFormat = 1;

/** One line of a log. */
export interface LogRecord {
  readonly v: typeof logFormat;
  /** ISO 8601, UTC. */
  readonly ts: string;
  /** Place in the log, from 1. */
  readonly seq: number;
  readonly level: LogLevel;
  /** The engine's event, or `message`. */
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What a record says beside its time and place. */
export type Said = { readonly level: LogLevel; readonly event: string } & Readonly<Record<string, unknown>>;

/** What an event comes to in a log: no SQL, no rows, of other sessions only who they are. */
export function said(event: RunEvent): Said {
  switch (event.type) {
    case "run.started": {
      const { run, plan } = event;
      const direction = plan.steps[0]?.direction ?? "up";
      return of(event, "info", { run, plan: plan.id, direction, steps: plan.steps.length, target: plan.target });
    }
    case "run.waited":
      return of(event, "info", { who: event.who, seconds: event.seconds });
    case "step.started":
      return of(event, "debug", { ...step(event), statements: event.statements, at: event.at, of: event.of });
    case "statement.finished":
      return of(event, "debug", {
        ...step(event),
        done: event.done,
        of: event.of,
        ms: round(event.ms),
        ...told(event),
      });
    case "step.blocked": {
      const blockers = event.blockers.map(({ pid, application, user, state, seconds }) => ({
        pid,
        application,
        user,
        state,
        seconds,
      }));
      return of(event, "warning", { ...step(event), blockers, ms: round(event.ms) });
    }
    case "step.unblocked":
      return of(event, "info", step(event));
    case "step.progressed":
      return of(event, "debug", { ...step(event), phase: event.phase, share: event.share });
    case "step.retried":
      return of(event, "warning", {
        ...step(event),
        attempt: event.attempt,
        seconds: event.seconds,
        message: event.reason,
      });
    case "connection.lost":
      return of(event, "warning", { ...step(event), message: event.reason });
    case "leftover.dropped":
      return of(event, "info", step(event));
    case "step.finished":
      return of(event, "info", { ...step(event), ms: round(event.ms) });
    case "step.failed":
      return of(event, "error", { ...step(event), ms: round(event.ms), error: errorOf(event.error) });
    case "run.finished": {
      const { outcome, steps, findings, ms, error } = event.report;
      const level = error === undefined ? "info" : "error";
      const tally: Record<string, number> = {};
      for (const { status } of steps) tally[status] = (tally[status] ?? 0) + 1;
      return of(event, level, {
        outcome,
        tally,
        findings: findings.map(({ code, severity }) => ({ code, severity })),
        ms: round(ms),
        ...(error === undefined ? {} : { error: errorOf(error) }),
      });
    }
    default:
      return of(event, "info", {});
  }
}

function of(event: { readonly type: string }, level: LogLevel, fields: Readonly<Record<string, unknown>>): Said {
  return { level, event: event.type, ...fields };
}

function step({
  version,
  name,
  direction,
}: {
  readonly version: string;
  readonly name: string;
  readonly direction: string;
}) {
  return { version, name, direction };
}

/** Without excerpt, detail, context and other sessions' queries: those hold SQL and rows. */
function errorOf({ code, message, sqlstate, version, at, hint }: ErrorData): Readonly<Record<string, unknown>> {
  return {
    code,
    message: message.split("\n")[0],
    ...(sqlstate === undefined ? {} : { sqlstate }),
    ...(version === undefined ? {} : { version }),
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at: { path: at.path, line: at.line, column: at.column } }),
  };
}

function told({
  kind,
  rows,
  at,
}: Extract<RunEvent, { type: "statement.finished" }>): Readonly<Record<string, unknown>> {
  return { line: at.line, ...(kind === undefined ? {} : { kind }), ...(rows === undefined ? {} : { rows }) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
