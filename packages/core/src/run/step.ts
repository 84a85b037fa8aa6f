// Owns the running of one step: each segment with its record, tried again when a lock was not to be had, settled when the answer was lost.
import { setTimeout as sleep } from "node:timers/promises";
import { cleanSession, isSessionError, SessionError, type Driver, type Session, type Sql } from "../driver.ts";
import { leftovers, noteBefore, settle, unfinished } from "./effects.ts";
import { ClewError, isClewError, type Blocker, type ErrorData } from "../errors.ts";
import type { Progress, RunEvent } from "../events.ts";
import { connectError, ownError, statementError } from "./explain.ts";
import { failingStatement, itemsOf, progressOf, type Item } from "./items.ts";
import { placeOf, type PreparedSegment } from "../files/prepare.ts";
import type { Step } from "../plan/plan.ts";
import type { Thread } from "../rollback/thread.ts";
import {
  guard,
  historyMoved,
  leaseLost,
  recordGone,
  recordSegment,
  recordWhole,
  stillRecorded,
  type Author,
  type Books,
} from "./records.ts";
import { enterSession, enterTransaction, ownWrite, type RunSettings } from "./settings.ts";
import * as sql from "../store/compiled.ts";
import { backoff, isTransient } from "./again.ts";
import { within, type Watch } from "./watch.ts";

/** What a run holds while its steps run. The session and the lease's holder are replaced when a connection is lost. */
export interface Running {
  readonly driver: Driver;
  session: Session;
  holder: string;
  readonly newHolder: () => string;
  /** Segments of the step at hand that have run, in earlier runs too. */
  segmentsDone: number;
  /** The newest applied version, as this run knows it. */
  head: string | null;
  /** How many rows the history has, as this run knows it: one that came between is seen, however old. */
  rows: number;
  readonly books: Books;
  readonly author: Author;
  readonly settings: RunSettings;
  /** Keeps the way back of what is applied. */
  readonly thread: Thread | undefined;
  readonly watch: Watch;
  readonly emit: (event: RunEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** How a step ended, when it did not fail. */
export type StepEnd = "done" | "moved" | "lease-lost";

/** Runs the segments of a step that have not run yet. Throws a ClewError when it failed, was interrupted, or is in doubt. */
export async function runStep(running: Running, step: Step): Promise<StepEnd> {
  if (step.refused) throw step.refused;
  running.segmentsDone = 0;
  for (const [ordinal, segment] of step.script.segments.entries()) {
    const end = step.step.segments[ordinal]?.done ? "done" : await runSegment(running, step, ordinal, segment);
    if (end !== "done") return end;
    running.segmentsDone++;
  }
  // A file without statements has no segment, but a record; so has one whose last segment was settled by hand.
  if (step.step.segments.every(({ done }) => done))
    return runSegment(running, step, Math.max(0, step.script.segments.length - 1), emptySegment);
  return "done";
}

const emptySegment: PreparedSegment = { kind: "transaction", statements: [], fingerprint: "", settings: [] };

async function runSegment(running: Running, step: Step, ordinal: number, segment: PreparedSegment): Promise<StepEnd> {
  for (let attempt = 1; ; attempt++) {
    if (running.signal?.aborted) throw new ClewError("INTERRUPTED", "the run was interrupted");
    try {
      await (segment.kind === "alone"
        ? runAlone(running, step, ordinal, segment)
        : runTransaction(running, step, ordinal, segment));
      await running.thread?.after(running.session);
      return "done";
    } catch (error) {
      if (isSessionError(error) && error.fault.sqlstate === historyMoved) return "moved"; // SQLSTATE CLW02
      if (isSessionError(error) && error.fault.sqlstate === leaseLost) return "lease-lost"; // SQLSTATE CLW01
      const failure = isClewError(error)
        ? error
        : ownError(error, `${step.script.path}: recording it`, running.watch.blockers());
      if (failure.code === "ARCHIVE_TOO_LARGE" && running.thread?.overflowed?.(failure)) continue;
      if (!isTransient(failure.data.sqlstate) || attempt > running.settings.lockRetries) throw failure;
      const seconds = backoff(attempt);
      running.emit({ type: "step.retried", ...named(step), attempt, seconds, reason: failure.message });
      await sleep(seconds * 1000, undefined, running.signal ? { signal: running.signal } : {}).catch(() => undefined);
    }
  }
}

/** The records that a segment carries, and what looks for them at the end: those of the whole migration with its last one. */
function records(
  { books, author }: Running,
  { step, script }: Step,
  ordinal: number,
  fingerprint: string,
): { readonly first: readonly Sql[]; readonly last: readonly Sql[] } {
  if (ordinal >= script.segments.length - 1)
    return { first: recordWhole(books, author, step, script), last: [stillRecorded(books, step)] };
  return { first: [recordSegment(books.bind, author.run, step, ordinal, fingerprint)], last: [] };
}

/** A file's first transaction begins without the temporary tables of the file before, which would hide real ones. */
function opening(running: Running, ordinal?: number): readonly Sql[] {
  const { author, settings, books, holder, head, rows } = running;
  const discard = ordinal === 0 ? [{ text: "DISCARD TEMP" }] : [];
  return [...enterTransaction(author.run, settings), ...guard(books, holder, head, rows), ...discard];
}

const asSql = (text: string): Sql => ({ text });

/** One transaction: its record first, then the statements. One message where its size allows. */
async function runTransaction(running: Running, step: Step, ordinal: number, segment: PreparedSegment): Promise<void> {
  const items = itemsOf(step.script, segment);
  const record = records(running, step, ordinal, segment.fingerprint);
  const kept = await running.thread?.before(running.session, step, ordinal, segment);
  const own = [...opening(running, ordinal), ...record.first, ...(kept?.first ?? [])];
  const before = [...own, ...segment.settings.map(asSql)];
  let began = performance.now();
  const whole = running.driver.untold?.time !== undefined;
  const onItem = (index: number, rows?: number): void => {
    // What is written before is no statement's time.
    if (index < before.length && !whole) began = performance.now();
    const item = items[index - before.length];
    if (item) tellProgress(running, step, progressOf(step.script, segment, item, rows), began);
  };
  const { signal } = running;
  const after = [...(kept?.last ?? []), ...record.last];
  const work = running.session.transaction([...before, ...items.map((item) => item.sql), ...after], {
    ...(segment.begin ? { begin: modesOf(segment.begin) } : {}),
    onItem,
    ...(signal ? { signal } : {}),
  });
  try {
    await watched(running, step, work);
  } catch (error) {
    if (!isSessionError(error)) throw error;
    const { fault } = error;
    if (fault.reply === "lost") return settleLost(running, step, ordinal, error);
    if (fault.sqlstate === "57014" && signal?.aborted)
      throw new ClewError("INTERRUPTED", "the run was interrupted", {}, { cause: error }); // SQLSTATE 57014
    // The version's primary key: another run wrote it while this one waited.
    if (fault.sqlstate === "23505" && fault.index < own.length) throw moved(error); // SQLSTATE 23505
    if (fault.index < own.length) throw error;
    if (fault.sqlstate === recordGone) throw withoutRecord(step, error); // SQLSTATE CLW03
    throw explain(running, step, segment, items[fault.index - before.length], error);
  }
}

/** The author's modes; a transaction that does not say that it only reads can write, whatever the session's default. */
function modesOf(begin: string): string {
  return /\bread\s+(?:only|write)\b/i.test(begin) ? begin : `${begin}, READ WRITE`;
}

function withoutRecord({ step, script }: Step, cause: SessionError): ClewError {
  return new ClewError(
    "STATEMENT_FAILED",
    `${script.path}: ${cause.message}, and it was rolled back`,
    {
      version: step.version,
      help: "Leave the history's table and the schema clew alone, and look for a trigger or a policy on them.",
    },
    { cause },
  );
}

function moved(cause: SessionError): SessionError {
  return new SessionError(cause.message, { ...cause.fault, sqlstate: historyMoved }, { cause });
}

/**
 * One statement outside any transaction: the intent before, the effect after. A run that finds an intent looks at the
 * catalog for the effect.
 */
async function runAlone(running: Running, step: Step, ordinal: number, segment: PreparedSegment): Promise<void> {
  const { books, author, settings } = running;
  const { version, direction } = step.step;
  const key = { version, direction, ordinal: String(ordinal) };
  const effect = segment.effect ?? { kind: "unknown" };
  const inForce = segment.settings.map(asSql);
  const item = itemsOf(step.script, segment)[0]!;
  const intended = step.begun.find((row) => row.ordinal === ordinal && row.state === "intended");
  let before = intended?.before ?? null;
  const done = intended !== undefined && (await effectOfEarlier(running, step, segment, item, before));
  if (!done) {
    if (!intended) before = await noteBefore(running.session, effect, inForce);
    await dropLeftovers(running, step, segment, before);
    const intent = books.bind(sql.intendSegment, { ...key, fingerprint: segment.fingerprint, before, run: author.run });
    const kept = (await running.thread?.before(running.session, step, ordinal, segment))?.first ?? [];
    await watched(running, step, running.session.transaction([...opening(running, ordinal), intent, ...kept]));
    const enter = [...enterSession(author.run, settings), ...inForce];
    const statement = (await unfinished(running.session, effect, inForce)) ?? item.sql;
    const began = performance.now();
    try {
      // Behind a pooler the next client gets a clean session.
      await watched(running, step, running.session.autocommit([...enter, statement, ...cleanSession]), true);
    } catch (error) {
      if (!isSessionError(error)) throw error;
      if (error.fault.reply === "lost") await afterLostStatement(running, step, segment, item, before, error);
      else {
        await dropLeftovers(running, step, segment, before).catch(() => undefined);
        await running.session
          .transaction([...opening(running), books.bind(sql.dropSegment, key)], ownWrite)
          .catch(() => undefined);
        if (error.fault.sqlstate === "57014" && running.signal?.aborted)
          throw new ClewError("INTERRUPTED", "the run was interrupted"); // SQLSTATE 57014
        throw explain(running, step, segment, item, error);
      }
    }
    tellProgress(running, step, progressOf(step.script, segment, item), began);
  }
  const last = ordinal >= step.script.segments.length - 1;
  const record = last ? recordWhole(books, author, step.step, step.script) : [books.bind(sql.finishSegment, key)];
  try {
    await watched(running, step, running.session.transaction([...opening(running), ...record]));
  } catch (error) {
    if (isSessionError(error) && error.fault.reply === "lost") return settleLost(running, step, ordinal, error);
    if (isSessionError(error) && error.fault.sqlstate === "23505") throw moved(error); // SQLSTATE 23505
    throw error;
  }
}

/** Whether a statement that an earlier run began has had its effect. Waits while a session is still at it. */
async function effectOfEarlier(
  running: Running,
  step: Step,
  segment: PreparedSegment,
  item: Item,
  before: string | null,
): Promise<boolean> {
  const effect = segment.effect ?? { kind: "unknown" };
  const deadline = performance.now() + running.settings.wait;
  for (;;) {
    const settled = await settle(running.session, effect, segment.settings.map(asSql), before);
    if (settled === "done") return true;
    if (settled === "not-done") return false;
    if (settled === "unknown" || performance.now() > deadline) throw inDoubt(step, item, settled === "busy");
    await sleep(500);
  }
}

function inDoubt({ step, script }: Step, item: Item, busy: boolean): ClewError {
  const at = placeOf(script, item.start, item.end);
  return new ClewError(
    "IN_DOUBT",
    busy
      ? `${at.path}:${at.line}:${at.column}: a session is still at this statement`
      : `${at.path}:${at.line}:${at.column}: this statement was begun outside a transaction, and whether it took effect cannot be told from the catalog`,
    {
      version: step.version,
      at,
      help: busy
        ? "Wait until it ends, then run again."
        : `Look for its effect, and say what you found: \`clew recover ${step.version} --do mark-applied\`, or \`--do mark-not-applied\`. Then run again.`,
    },
  );
}

async function dropLeftovers(
  running: Running,
  step: Step,
  segment: PreparedSegment,
  before: string | null,
): Promise<void> {
  if (!segment.effect) return;
  for (const drop of await leftovers(running.session, segment.effect, segment.settings.map(asSql), before)) {
    const work = running.session.autocommit([...enterSession(running.author.run, running.settings), drop]);
    await watched(running, step, work, true);
    running.emit({ type: "leftover.dropped", ...named(step), statement: drop.text });
  }
}

async function afterLostStatement(
  running: Running,
  step: Step,
  segment: PreparedSegment,
  item: Item,
  before: string | null,
  error: SessionError,
): Promise<void> {
  await reconnect(running, step, error);
  if (await effectOfEarlier(running, step, segment, item, before)) return;
  throw new ClewError(
    "CONNECTION_LOST",
    `${step.script.path}: the connection was lost in a statement that had no effect: ${error.message}`,
    { version: step.step.version },
    { cause: error },
  );
}

/**
 * After a lost answer the history row is the witness. The lease is handed on first: that waits for a transaction of the old
 * connection, and refuses what may still arrive from it, so that what the witness says is final.
 */
async function settleLost(running: Running, step: Step, ordinal: number, error: SessionError): Promise<void> {
  const { version, direction, mode } = step.step;
  const part = mode === "part";
  await reconnect(running, step, error);
  const { bind } = running.books;
  const last = ordinal >= step.script.segments.length - 1;
  const [seen] = await running.session.query<{ recorded: boolean; ours: boolean; segment: boolean }>(
    // Of a part that was taken back, the first segment's record is gone with the rest.
    bind(sql.witness, {
      version,
      direction: last && part ? "up" : direction,
      ordinal: last && part ? "0" : String(ordinal),
      run: running.author.run,
    }),
  );
  const whole = part ? !seen?.segment : direction === "up" ? seen?.recorded && seen.ours : !seen?.recorded;
  const there = last ? whole : seen?.segment;
  if (there) return;
  throw new ClewError(
    "CONNECTION_LOST",
    `${step.script.path}: the connection was lost, and the database has nothing of this migration${last ? "" : "'s segment"}: ${error.message}`,
    { version, ...(error.fault.sqlstate === undefined ? {} : { sqlstate: error.fault.sqlstate }) },
    { cause: error },
  );
}

const connectTimeout = 4_000;

async function reconnect(running: Running, step: Step, error: SessionError): Promise<void> {
  running.emit({ type: "connection.lost", ...named(step), reason: error.message });
  running.session.destroy("lost");
  const lost = running.holder;
  const holder = running.newHolder();
  const pass = running.books.bind(sql.passLease, { holder, lost });
  const began = performance.now();
  let reason: unknown = error;
  while (running.driver.supports.sessions && performance.now() - began < running.settings.reconnectFor) {
    try {
      const session = await within(connectTimeout, running.driver.connect());
      await session.transaction([{ text: "SET LOCAL lock_timeout = '10s'" }, pass], ownWrite);
      await running.session[Symbol.asyncDispose]();
      running.session = session;
      running.holder = holder;
      return;
    } catch (failure) {
      reason = failure;
      await sleep(500);
    }
  }
  throw new ClewError(
    "IN_DOUBT",
    `${step.script.path}: the connection was lost while this migration was running, and the database does not tell the outcome: ${connectError(reason).message}`,
    { version: step.step.version },
    { cause: error },
  );
}

function watched<T>(running: Running, step: Step, work: Promise<T>, alone = false): Promise<T> {
  return running.watch.over(running.session, work, {
    holder: running.holder,
    ...(alone ? { keepLease: running.books.bind(sql.keepLease, { holder: running.holder }) } : {}),
    onBlocked: (blockers: readonly Blocker[], ms) =>
      running.emit({ type: "step.blocked", ...named(step), blockers, ms }),
    onUnblocked: () => running.emit({ type: "step.unblocked", ...named(step) }),
    onProgress: (phase, share) => running.emit({ type: "step.progressed", ...named(step), phase, share }),
  });
}

function explain(
  running: Running,
  step: Step,
  segment: PreparedSegment,
  item: Item | undefined,
  error: SessionError,
): ClewError {
  return statementError(error, {
    step: step.step,
    script: step.script,
    segment,
    blockers: running.watch.blockers(),
    done: running.segmentsDone,
    ...(item ? { start: item.start, end: item.end, statement: failingStatement(item, error.fault, segment) } : {}),
  });
}

function tellProgress(running: Running, step: Step, progress: Progress, began: number): void {
  running.emit({ type: "statement.finished", ...named(step), ...progress, ms: performance.now() - began });
}

/** The step's name in events. */
export function named({ step }: Step): {
  readonly version: string;
  readonly name: string;
  readonly direction: "up" | "down";
} {
  return { version: step.version, name: step.name, direction: step.direction };
}

/** The error of a step as data. */
export function errorOf(error: unknown): ErrorData {
  return isClewError(error) ? error.data : ownError(error, "running a step").data;
}
