// Owns what is written with a step: the guard before it, its history row, its journal row, its segments.
import type { Sql } from "../driver.ts";
import { fileLimit, type Script } from "../files/prepare.ts";
import type { PlanStep } from "../plan/plan.ts";
import { literal, quoted, textArray, type Bind, type HistoryTable } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";

/** Who writes. */
export interface Author {
  /** Id of the run. */
  readonly run: string;
  readonly who: string;
  readonly tool: string;
}

/** Where it is written. */
export interface Books {
  readonly bind: Bind;
  readonly history: HistoryTable;
  /** The history table keeps versions unique. */
  readonly unique: boolean;
}

/** What the guards raise: the lease is another's; the history is not as expected; the record is gone. Class CL is not one of Postgres's own. */
export const leaseLost = "CLW01";
export const historyMoved = "CLW02";
export const recordGone = "CLW03";

/**
 * Refuses the transaction when another run holds the lease, or when the history is not the one that the plan was made against.
 * It keeps the lease's row locked until the end of the transaction, so that nobody takes the lease over meanwhile.
 */
export function guard({ history, unique }: Books, holder: string, head: string | null, rows: number): readonly Sql[] {
  const expected = head === null ? "NULL" : literal(head);
  const moved = `SELECT max(version COLLATE "C") IS DISTINCT FROM ${expected} OR count(*) <> ${rows} FROM ${quoted(history)}`;
  const check: Sql = {
    text: `DO $clew$BEGIN
  UPDATE clew.lease SET expires_at = pg_catalog.clock_timestamp() + interval '30 seconds' WHERE holder = ${literal(holder)};
  IF NOT FOUND THEN RAISE EXCEPTION 'another run has taken over' USING ERRCODE = '${leaseLost}'; END IF;
  IF (${moved}) THEN
    RAISE EXCEPTION 'the history has changed since it was read' USING ERRCODE = '${historyMoved}';
  END IF;
END$clew$`,
  };
  // Without a unique version only a lock keeps two runs from writing the same one.
  return unique ? [check] : [{ text: `LOCK TABLE ${quoted(history)} IN SHARE ROW EXCLUSIVE MODE` }, check];
}

/** Records a whole migration: applied, or taken back. First in its transaction: the primary key is what makes a second runner wait, then fail. */
export function recordWhole(
  { bind, history }: Books,
  author: Author,
  { version, name, checksum, direction, mode, segments }: PlanStep,
  script: Script,
): readonly Sql[] {
  const { run } = author;
  const forget =
    mode !== "whole" || direction === "down" || segments.length > 1 || segments[0]?.kind === "alone"
      ? [bind(sql.deleteSegments, { version })]
      : [];
  const attempt = recordAttempt(bind, run, {
    version,
    direction,
    outcome: direction === "up" ? "applied" : "rolled-back",
  });
  if (mode === "part") return [bind(sql.deleteRollbacks, { version }), bind(sql.deleteSegments, { version }), attempt];
  if (direction === "down") {
    return [
      stillThere(history, version),
      bind(sql.deleteHistory, { version }),
      bind(sql.deleteMigration, { version }),
      bind(sql.deleteRollbacks, { version }),
      ...forget,
      attempt,
    ];
  }
  return [
    ...(mode === "again" ? [bind(sql.deleteHistory, { version })] : []),
    bind(sql.insertHistory, { version, name, statements: textArray(keptStatements(script, checksum)) }),
    bind(sql.insertMigration, { ...author, version, name, checksum, statements: String(script.statements) }),
    ...forget,
    attempt,
  ];
}

/**
 * Refuses, last in its transaction, a migration that has taken its own record or the journal away: applied without a record,
 * it would run again. A role that the author has set may not be able to look; then the next guard does.
 */
export function stillRecorded({ history }: Books, { version, direction }: PlanStep): Sql {
  const record = direction === "up" ? `SELECT FROM ${quoted(history)} WHERE version = ${literal(version)}` : "SELECT";
  return {
    text: `DO $clew$BEGIN
  IF NOT EXISTS (${record}) OR NOT EXISTS (SELECT FROM clew.lease) THEN RAISE no_data_found; END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;
  WHEN no_data_found OR undefined_table OR invalid_schema_name THEN
    RAISE EXCEPTION 'the record of this migration is gone before it ends' USING ERRCODE = '${recordGone}';
END$clew$`,
  };
}

/** Records one segment of several. */
export function recordSegment(
  bind: Bind,
  run: string,
  { version, direction }: PlanStep,
  ordinal: number,
  fingerprint: string,
): Sql {
  return bind(sql.insertSegment, { version, direction, ordinal: String(ordinal), fingerprint, run });
}

/** Records what was tried. The message is redacted by the caller. */
export function recordAttempt(
  bind: Bind,
  run: string,
  attempt: { version: string; direction: string; outcome: string; ms?: number; sqlstate?: string; message?: string },
): Sql {
  const { version, direction, outcome, ms, sqlstate = null, message = null } = attempt;
  return bind(sql.insertAttempt, {
    run,
    version,
    direction,
    outcome,
    ms: ms === undefined ? null : ms.toFixed(1),
    sqlstate,
    message,
  });
}

/** Two rollbacks of one version: the second waits here for the first, then is refused. */
function stillThere(history: HistoryTable, version: string): Sql {
  return {
    text: `DO $clew$BEGIN
  PERFORM FROM ${quoted(history)} WHERE version = ${literal(version)} FOR UPDATE;
  IF NOT FOUND THEN RAISE EXCEPTION 'version % is not applied any more', ${literal(version)} USING ERRCODE = '${historyMoved}'; END IF;
END$clew$`,
  };
}

/** The statements as Supabase's tools keep them; of a very large file only that it was one. */
export function keptStatements({ text, segments }: Script, checksum: string): readonly string[] {
  if (text.length > fileLimit) return [`-- ${text.length} characters, not kept here; SHA-256 ${checksum}`];
  return segments.flatMap((segment) => segment.statements.map(({ start, end }) => text.slice(start, end)));
}
