// Owns the document that the swarm's memory holds of a run: plan, progress, result and next step, without SQL, rows or secrets.
import type { Direction, Plan, RunEvent, RunOutcome, RunReport, StepReport } from "@clew/core";

/** What the swarm's memory holds under the key, as JSON. No SQL, no rows, no messages of the server, no secrets. */
export interface MigrationStatus {
  /** Version of this shape. Fields may be added to it. */
  readonly format: 1;
  /** When this was written: ISO 8601, UTC. */
  readonly at: string;
  /** Id of the run in the journal, of the plan, and what the run does. */
  readonly run: string;
  readonly plan: string;
  readonly direction: Direction;
  readonly state: "running" | RunOutcome;
  /** How many of the plan's migrations are done. */
  readonly progress: { readonly done: number; readonly of: number };
  /** The migrations in their order; of a long plan those around where the run is, at most 100. */
  readonly steps: readonly StatusOfStep[];
  /** Once the run has ended. */
  readonly result?: RunResult;
  /** What to do next, for whoever reads it. */
  readonly next: string;
}

/** One migration of the run. */
export interface StatusOfStep {
  readonly version: string;
  readonly name: string;
  readonly statements: number;
  readonly status: "running" | StepReport["status"];
  readonly ms?: number;
}

/** How the run ended. */
export interface RunResult {
  readonly outcome: RunOutcome;
  readonly ms: number;
  /** Clew's code, Postgres's SQLSTATE, and the migration that failed. */
  readonly error?: { readonly code: string; readonly sqlstate?: string; readonly version?: string };
}

const shown = 100;

const nextOf: Readonly<Record<MigrationStatus["state"], string>> = {
  running: "wait until the run has ended; do not change the database's schema meanwhile",
  applied: "nothing",
  "rolled-back": "`clew execute` applies the migrations again",
  "nothing-to-do": "nothing",
  failed: "correct the migration that failed, then `clew execute`; what is applied stays",
  "partly-applied": "correct the migrations that were skipped, then `clew execute --out-of-order`",
  "in-doubt": "`clew status`, once the database answers",
  "another-run": "`clew status`; run again if something is pending",
  interrupted: "`clew execute` goes on from there",
  unverified: "read the findings in the run's report before anything else runs",
};

/** The run as its first event tells it. */
export function begin(run: string, plan: Plan): MigrationStatus {
  return stamped({
    run,
    plan: plan.id,
    direction: plan.steps[0]?.direction ?? "up",
    state: "running",
    progress: { done: 0, of: plan.steps.length },
    steps: plan.steps.map(({ version, name, statements }) => ({ version, name, statements, status: "not-run" })),
    next: nextOf.running,
  });
}

/** The status after an event of a step. */
export function advance(
  before: MigrationStatus,
  event: Extract<RunEvent, { type: "step.started" | "step.finished" | "step.failed" }>,
): MigrationStatus {
  const done = before.direction === "up" ? "applied" : "rolled-back";
  const status = ({ "step.started": "running", "step.finished": done, "step.failed": "failed" } as const)[event.type];
  const steps = before.steps.map((step) =>
    step.version === event.version ? { ...step, status, ...("ms" in event ? { ms: Math.round(event.ms) } : {}) } : step,
  );
  const over = steps.filter((step) => step.status === done).length;
  return stamped({ ...before, steps, progress: { done: over, of: steps.length } });
}

/** The status when the run has ended; without a report it ended before it could be made. */
export function finish(before: MigrationStatus, report: RunReport | undefined): MigrationStatus {
  const state = report?.outcome ?? "failed";
  const told = new Map(report?.steps.map((step) => [step.version, step]));
  const steps = before.steps.map((step) => ({ ...step, status: told.get(step.version)?.status ?? step.status }));
  const done = steps.filter(({ status }) => status.startsWith("applied") || status === "rolled-back").length;
  const { code, sqlstate, version } = report?.error ?? {};
  const error =
    code === undefined ? {} : { error: { code, ...(sqlstate ? { sqlstate } : {}), ...(version ? { version } : {}) } };
  return stamped({
    ...before,
    state,
    steps,
    progress: { done, of: steps.length },
    result: { outcome: state, ms: Math.round(report?.ms ?? 0), ...error },
    next: nextOf[state],
  });
}

/** The document as it is stored: of a long plan only what is around the place where the run is. */
export function documentOf(status: MigrationStatus): string {
  const { steps } = status;
  const at = steps.findIndex((step) => step.status === "running" || step.status === "failed");
  const from = Math.max(0, Math.min((at < 0 ? status.progress.done : at) - shown / 2, steps.length - shown));
  return JSON.stringify({ ...status, steps: steps.slice(from, from + shown) });
}

function stamped(status: Omit<MigrationStatus, "format" | "at">): MigrationStatus {
  return { ...status, format: 1, at: new Date().toISOString() };
}
