// Owns a run: it opens the books, takes the lease, runs the steps of its plan in order, and makes the report.
import type { Outside } from "../archive/outside.ts";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanSession, isSessionError, withoutUndefined, type Driver, type Session } from "../driver.ts";
import { isGone, leaseHolder } from "../environment.ts";
import { ClewError, isClewError, type Blocker, type ErrorData } from "../errors.ts";
import type { RunEvent } from "../events.ts";
import { ownError } from "./explain.ts";
import { startMeter } from "./meter.ts";
import type { Plan, PlanStep, Step } from "../plan/plan.ts";
import { recordAttempt, type Author, type Books } from "./records.ts";
import type { ReportFinding, RunOutcome, RunReport, StepReport } from "../report.ts";
import type { Thread } from "../rollback/thread.ts";
import { ownWrite, type RunSettings } from "./settings.ts";
import { errorOf, named, runStep, type Running } from "./step.ts";
import * as sql from "../store/compiled.ts";
import { ensureStore } from "../store/schema.ts";
import { compareVersions, type State } from "../store/state.ts";
import { holders, watch } from "./watch.ts";

/** What a run needs to know. */
export interface RunOptions {
  readonly kind: "execute" | "rollback";
  readonly driver: Driver;
  readonly session: Session;
  readonly books: Books;
  readonly author: Author;
  readonly settings: RunSettings;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal | undefined;
  readonly outside: Outside | undefined;
}

/** A plan with what is needed to run it. */
export interface Work {
  readonly plan: Plan;
  readonly steps: readonly Step[];
  readonly findings: readonly ReportFinding[];
}

/**
 * Runs a plan. `again` makes the plan anew from what the database says now: it is asked whenever the history turns out to be
 * another than the plan's. Throws before anything has run; afterwards whatever happens is in the report.
 */
export async function run(
  options: RunOptions,
  state: State,
  first: Work,
  again: (session: Session) => Promise<Work>,
): Promise<RunReport> {
  const { kind, driver, books, author, settings, signal } = options;
  const began = performance.now();
  const meter = startMeter(driver, settings);
  const emit = (event: RunEvent): void => {
    meter.hear(event);
    options.emit(event);
  };
  let work = first;
  emit({ type: "run.started", run: author.run, plan: work.plan });
  const holder = randomUUID();
  await openBooks(options, state, work.plan.id, holder);
  const order = work.plan.steps.map((step) => step.version);
  const reports = new Map<string, StepReport>();
  const ended = (outcome: RunOutcome, error?: ErrorData): RunReport => ({
    kind,
    outcome,
    run: author.run,
    target: work.plan.target,
    steps: order.map((version) => meter.withStatements(reports.get(version)!)),
    findings: work.findings,
    ...(error === undefined ? {} : { error }),
    ms: performance.now() - began,
    figures: meter.read(),
  });
  for (const { version, name, path } of work.plan.steps)
    reports.set(version, { version, name, path, status: "not-run" });

  await using eye = watch({ driver, run: author.run, settings, signal });
  const running: Running = {
    driver,
    session: options.session,
    holder,
    newHolder: randomUUID,
    segmentsDone: 0,
    head: work.plan.base,
    rows: work.plan.history.length,
    books,
    author,
    settings,
    thread: kind === "rollback" || settings.rollbacks ? await threadOf(options, state, work) : undefined,
    watch: eye,
    emit,
    signal,
  };
  let report: RunReport;
  try {
    report = await runSteps();
  } catch (failure) {
    const error = ownError(failure, "between two steps");
    if (![...reports.values()].some((step) => step.status !== "not-run")) throw error;
    report = await finish(error.code === "INTERRUPTED" ? "interrupted" : "failed", error.data);
  } finally {
    if (running.session !== options.session) await running.session[Symbol.asyncDispose]();
  }
  return report;

  async function runSteps(): Promise<RunReport> {
    const waited = await takeLease(running);
    if (waited === "given-up") return ended("another-run", anotherRun().data);
    if (waited === "waited" && kind === "execute" && !(await renew())) return finish("nothing-to-do");
    let skipped: ErrorData | undefined;
    let applied = 0;
    let renewals = 0;
    for (let at = 0; at < work.steps.length;) {
      const step = work.steps[at]!;
      if (skipped && reports.get(step.step.version)?.status === "skipped") {
        at++;
        continue;
      }
      const end = await runOne(step, at);
      if (end === "done") {
        applied++;
        at++;
        running.rows += rowsOf(step.step);
        if (kind === "execute") running.head = newer(running.head, step.step.version);
        else running.head = work.steps[at]?.step.version ?? null;
        continue;
      }
      // A rollback is never planned anew: its last n would be others.
      if (end === "moved" && kind === "execute" && renewals++ < 100) {
        await renew();
        at = 0;
        continue;
      }
      if (end === "moved" || end === "lease-lost") return finish("another-run", anotherRun().data);
      const status = reports.get(step.step.version)!;
      if (status.status === "failed" && settings.continueOnError && kind === "execute") {
        reports.set(step.step.version, { ...status, status: "skipped" });
        skipped ??= end;
        at++;
        continue;
      }
      if (end.code === "INTERRUPTED") return finish("interrupted", end);
      return finish(status.status === "in-doubt" ? "in-doubt" : "failed", end);
    }
    if (skipped) return finish("partly-applied", skipped);
    if (applied === 0) return finish("nothing-to-do");
    return finish(kind === "execute" ? "applied" : "rolled-back");
  }

  /** Runs one step and notes what became of it. */
  async function runOne(step: Step, at: number): Promise<"done" | "moved" | "lease-lost" | ErrorData> {
    const { version } = step.step;
    const stepBegan = performance.now();
    emit({
      type: "step.started",
      ...named(step),
      statements: step.step.statements,
      at: order.indexOf(version) + 1 || at + 1,
      of: order.length,
    });
    try {
      const end = await runStep(running, step);
      if (end !== "done") return end;
      const ms = performance.now() - stepBegan;
      note(step, { status: kind === "execute" ? "applied" : "rolled-back", ms });
      emit({ type: "step.finished", ...named(step), ms });
      return end;
    } catch (failure) {
      const error = errorOf(failure);
      const ms = performance.now() - stepBegan;
      const status = error.code === "IN_DOUBT" ? "in-doubt" : error.code === "INTERRUPTED" ? "not-run" : "failed";
      note(step, { status, ms, error });
      if (status !== "not-run") emit({ type: "step.failed", ...named(step), ms, error });
      if (status === "failed") await recordFailure(running, step, error, ms);
      return error;
    }
  }

  function note({ step, script }: Step, what: Pick<StepReport, "status" | "ms" | "error">): void {
    const { version, name, segments, statements, class: verdict, reason, proof } = step;
    const parts = segments.length > 1 ? { segments: { done: running.segmentsDone, of: segments.length } } : {};
    const back = withoutUndefined<Pick<StepReport, "class" | "reason" | "proof">>({ class: verdict, reason, proof });
    reports.set(version, { version, name, path: script.path, statements, ...what, ...parts, ...back });
  }

  /** Plans anew. What was in the plan and is applied now, another run applied. */
  async function renew(): Promise<boolean> {
    work = await again(running.session);
    running.thread?.forget();
    running.head = work.plan.base;
    running.rows = work.plan.history.length;
    const left = new Set(work.plan.steps.map((step) => step.version));
    for (const [version, report] of reports) {
      if (report.status === "not-run" && !left.has(version))
        reports.set(version, { ...report, status: kind === "execute" ? "applied-elsewhere" : "rolled-back" });
    }
    for (const { version, name, path } of work.plan.steps) {
      if (!reports.has(version)) {
        order.push(version);
        reports.set(version, { version, name, path, status: "not-run" });
      }
    }
    return work.steps.length > 0;
  }

  /** Closes the books as well as it can: what has run is recorded already. */
  async function finish(outcome: RunOutcome, error?: ErrorData): Promise<RunReport> {
    const times = [...reports.values()].filter((step) => step.status === "applied" || step.status === "rolled-back");
    const { bind } = books;
    const unforeseen = (await running.thread?.end(running.session)) ?? [];
    const told = unforeseen.length > 0 && outcome === "applied" ? "unverified" : outcome;
    await running.session
      .transaction(
        [
          ...cleanSession,
          bind(sql.timeAttempts, {
            run: author.run,
            times: JSON.stringify(times.map(({ version, ms }) => ({ version, ms: ms?.toFixed(1) }))),
          }),
          bind(sql.finishRun, { run: author.run, outcome: told }),
          bind(sql.endLease, { holder: running.holder }),
        ],
        ownWrite,
      )
      .catch(() => undefined);
    const report = ended(told, error);
    return unforeseen.length === 0 ? report : { ...report, findings: [...report.findings, otherwise(unforeseen)] };
  }
}

function otherwise(words: readonly string[]): ReportFinding {
  const shown = words.slice(0, 20);
  if (words.length > shown.length) shown.push(`… and ${words.length - shown.length} more`);
  return {
    code: "SCHEMA_UNFORESEEN",
    severity: "error",
    message: `what was applied is recorded, but the schema is not as the statements say:\n  ${shown.join("\n  ")}`,
    help: "Somebody else may have changed it meanwhile, or Clew has misread a statement: compare with what you expect. The rollbacks concerned are marked lossy.",
  };
}

/** Knowing schemas takes more code than running files does: it is loaded when something runs. */
async function threadOf(
  { kind, books, author, settings, outside }: RunOptions,
  state: State,
  { plan }: Work,
): Promise<Thread> {
  const { startThread } = await import("../rollback/thread.ts");
  const { startKeeping } = await import("../rollback/keep.ts");
  return (kind === "execute" ? startThread : startKeeping)({
    books,
    author,
    settings,
    role: plan.target.user,
    mayArchive: state.mayCreate,
    historyColumns: state.columns,
    outside,
  });
}

/** How many rows of the history a step makes, once it has run. */
function rowsOf({ direction, mode }: PlanStep): number {
  if (mode === "again" || mode === "part") return 0;
  return direction === "up" ? 1 : -1;
}

function newer(head: string | null, version: string): string {
  return head === null || compareVersions(version, head) > 0 ? version : head;
}

function anotherRun(): ClewError {
  return new ClewError("ANOTHER_RUN", "another run is at work on this database, or has taken over");
}

/** What several runners do to each other when they make the same tables at once. */
const clashes = new Set(["23505", "42P06", "42P07", "42710", "XX000", "40P01", "55P03"]);

/** Makes or completes the tables, registers the run and asks for the lease. */
async function openBooks(
  { session, books, author, kind, signal }: RunOptions,
  state: State,
  plan: string,
  holder: string,
): Promise<void> {
  const { bind, history } = books;
  const ensure = ensureStore(history, state);
  if (ensure.length > 0) refuseWithoutPrivilege(state);
  const { run, who, tool } = author;
  const batch = [
    ...cleanSession,
    { text: "SET LOCAL lock_timeout = '10s'" },
    ...ensure,
    bind(sql.insertRun, { run, kind, plan, who, tool }),
    bind(sql.makeLease, { holder, who: leaseHolder(who) }),
    bind(sql.takeLease, { holder, who: leaseHolder(who) }),
  ];
  for (let attempt = 1; ; attempt++) {
    try {
      return await session.transaction(batch, ownWrite);
    } catch (error) {
      const sqlstate = isSessionError(error) ? error.fault.sqlstate : undefined;
      // A lock has been waited for each time; the other clashes are over at once.
      const attempts = sqlstate === "55P03" ? 3 : 10; // SQLSTATE 55P03
      if (signal?.aborted) throw new ClewError("INTERRUPTED", "the run was interrupted before it began");
      if (attempt >= attempts || sqlstate === undefined || !clashes.has(sqlstate))
        throw denied(error, state, await holders(session, history));
      await sleep(50 * attempt * (0.5 + Math.random()));
    }
  }
}

function refuseWithoutPrivilege({ journal, columns, mayCreate, target }: State): void {
  if (mayCreate || (journal > 0 && columns.length > 0)) return;
  const missing = [
    ...(columns.length === 0 ? ["the history table"] : []),
    ...(journal === 0 ? ["the journal (schema clew)"] : []),
  ];
  throw new ClewError(
    "JOURNAL_DENIED",
    `role "${target.user}" may not create schemas in database "${target.database}", and ${missing.join(" and ")} must be made`,
    {
      help: `As the database's owner run: GRANT CREATE ON DATABASE "${target.database}" TO "${target.user}"; or run Clew once as a role that may.`,
    },
  );
}

function denied(error: unknown, { target }: State, blockers: readonly Blocker[]): ClewError {
  const known = ownError(error, "opening history and journal", blockers);
  if (known.code !== "JOURNAL_DENIED") return known;
  return new ClewError(
    "JOURNAL_DENIED",
    known.message,
    {
      ...known.data,
      help: `As the owner of schema clew and of the history table run: GRANT USAGE, CREATE ON SCHEMA clew TO "${target.user}"; GRANT ALL ON ALL TABLES IN SCHEMA clew TO "${target.user}"; and the same for the history's schema and table.`,
    },
    { cause: error },
  );
}

/** Waits until the lease is this run's. */
async function takeLease(running: Running): Promise<"at-once" | "waited" | "given-up"> {
  const { books, author, settings, emit, signal, holder } = running;
  const began = performance.now();
  for (let look = 0; ; look++) {
    const [lease] = await running.session.query<{ holder: string; who: string; alive: boolean }>(
      books.bind(sql.readLease),
    );
    if (lease?.holder === holder) return look === 0 ? "at-once" : "waited";
    const waited = performance.now() - began;
    if (signal?.aborted) throw new ClewError("INTERRUPTED", "the run was interrupted while it waited for another one");
    if (waited > settings.wait) return "given-up";
    if (lease) emit({ type: "run.waited", who: lease.who, seconds: Math.round(waited / 1000) });
    await sleep(100 + Math.random() * 400);
    // What a killed process left running on the server keeps the lease's row locked until it ends.
    const ended = lease && isGone(lease.who) ? [books.bind(sql.endLease, { holder: lease.holder })] : [];
    const take = books.bind(sql.takeLease, { holder, who: leaseHolder(author.who) });
    await running.session
      .transaction([...cleanSession, { text: "SET LOCAL lock_timeout = '2s'" }, ...ended, take], ownWrite)
      .catch((error: unknown) => {
        if (!isSessionError(error) || error.fault.sqlstate !== "55P03") throw error; // SQLSTATE 55P03
      });
  }
}

/** Failures are kept in the journal too; that this cannot be done changes nothing. */
async function recordFailure(running: Running, { step }: Step, error: ErrorData, ms: number): Promise<void> {
  const { sqlstate, message } = error;
  const attempt = {
    version: step.version,
    direction: step.direction,
    outcome: "failed",
    ms,
    message,
    ...(sqlstate === undefined ? {} : { sqlstate }),
  };
  await running.session
    .transaction([...cleanSession, recordAttempt(running.books.bind, running.author.run, attempt)], ownWrite)
    .catch((failure: unknown) => {
      if (!isSessionError(failure) && !isClewError(failure)) throw failure;
    });
}
