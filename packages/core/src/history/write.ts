// Owns what a repair writes into history and journal, in one transaction, onto the history that was shown and no other.
import type { Sql } from "../driver.ts";
import { leaseLost, historyMoved, type Author } from "../run/records.ts";
import { literal, quoted, textArray, type Bind, type HistoryTable } from "../store/bind.ts";
import * as sql from "../store/compiled.ts";
import { storeLock } from "../store/schema.ts";
import { markOf, type Found } from "./facts.ts";

/** Where it is written. */
export interface Pen {
  readonly history: HistoryTable;
  readonly bind: Bind;
  readonly author: Author;
}

/** A row's new version. */
export interface Move {
  readonly place: string;
  readonly from: string;
  readonly to: string;
  readonly name: string;
  readonly checksum: string;
}

/** What is recorded of a migration that counts as applied. */
export interface Record {
  readonly version: string;
  readonly name: string;
  readonly checksum: string;
  readonly statements: readonly string[];
}

/** Keeps runs and other repairs away until the end of the transaction, and refuses it where the history is another by now. */
export function onto(history: HistoryTable, { columns, stamp }: Found): readonly Sql[] {
  const table = quoted(history);
  return [
    { text: "SET LOCAL lock_timeout = '5s'" },
    { text: "SET LOCAL row_security = off" },
    // Whoever makes or upgrades the tables is waited for: it locks them in another order.
    { text: storeLock },
    { text: "LOCK TABLE clew.lease IN SHARE ROW EXCLUSIVE MODE" },
    { text: `LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE` },
    {
      text: `DO $clew$BEGIN
  IF EXISTS (SELECT FROM clew.lease WHERE expires_at > pg_catalog.clock_timestamp()) THEN
    RAISE EXCEPTION 'a run is at work' USING ERRCODE = '${leaseLost}';
  END IF;
  IF (SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(${columns.length === 0 ? "''" : markOf(columns)}, E'\\n' ORDER BY h.version COLLATE "C", h.ctid), '')) FROM ${table} h) <> ${literal(stamp)} THEN
    RAISE EXCEPTION 'the history has changed since it was read' USING ERRCODE = '${historyMoved}';
  END IF;
END$clew$`,
    },
  ];
}

/** Opens the journal's row of what is done, and closes it. */
export function wrap({ bind, author }: Pen, kind: string, plan: string, writes: readonly Sql[]): readonly Sql[] {
  const { run, who, tool } = author;
  return [
    bind(sql.insertRun, { run, kind, plan, who, tool }),
    ...writes,
    bind(sql.finishRun, { outcome: "done", run }),
  ];
}

const keyed = ["clew.migration", "clew.segment", "clew.attempt", "clew.rollback"];

/**
 * Gives rows other versions. In two turns, since they may change places with each other. What the journal keeps goes with
 * them. What it still has of the new version stays where it is of the same file, and nothing else comes in its place.
 */
export function rekey({ history }: Pen, { archive }: Found, moves: readonly Move[]): readonly Sql[] {
  if (moves.length === 0) return [];
  const values = [JSON.stringify(moves.map((move, at) => ({ ...move, aside: `clew repair ${at}` })))];
  const from = `FROM pg_catalog.json_to_recordset(cast($1 as json)) AS m(place text, "from" text, "to" text, name text, checksum text, aside text)`;
  const tables = archive ? [...keyed, "clew_archive.archive"] : keyed;
  const table = quoted(history);
  return [
    { text: `UPDATE ${table} h SET version = m.aside ${from} WHERE h.ctid = m.place::tid`, values },
    ...tables.map((one) => ({
      text: `UPDATE ${one} t SET version = m.aside ${from} WHERE t.version = m."from"`,
      values,
    })),
    {
      text: `DELETE FROM clew.rollback t USING ${from.slice(5)} WHERE t.version = m."to" AND (
  EXISTS (SELECT FROM clew.rollback r WHERE r.version = m.aside)
  OR NOT EXISTS (SELECT FROM clew.migration g WHERE g.version = m."to" AND g.checksum = m.checksum))`,
      values,
    },
    {
      text: `DELETE FROM clew.migration t USING ${from.slice(5)} WHERE t.version = m."to" AND (
  EXISTS (SELECT FROM clew.migration g WHERE g.version = m.aside) OR t.checksum <> m.checksum)`,
      values,
    },
    { text: `UPDATE ${table} h SET version = m."to", name = m.name ${from} WHERE h.version = m.aside`, values },
    {
      text: `UPDATE clew.migration t SET version = m."to", name = m.name, checksum = m.checksum ${from} WHERE t.version = m.aside`,
      values,
    },
    ...tables
      .filter((one) => one !== "clew.migration")
      .map((one) => ({ text: `UPDATE ${one} t SET version = m."to" ${from} WHERE t.version = m.aside`, values })),
  ];
}

/** Makes a row say what its file says. */
export function accept({ history }: Pen, place: string, record: Record): readonly Sql[] {
  const { version, name, checksum, statements } = record;
  return [
    {
      text: `UPDATE ${quoted(history)} SET name = cast($1 as text), statements = cast(cast($2 as text) as text[]) WHERE ctid = cast(cast($3 as text) as tid)`,
      values: [name, textArray(statements), place],
    },
    {
      text: `UPDATE clew.migration SET name = cast($1 as text), checksum = cast($2 as text), statements = cast(cast($3 as text) as integer) WHERE version = cast($4 as text)`,
      values: [name, checksum, String(statements.length), version],
    },
  ];
}

/** Takes a row away, and what the journal keeps of its version if no other row has it. */
export function drop({ history }: Pen, place: string, version: string): readonly Sql[] {
  const table = quoted(history);
  return [
    { text: `DELETE FROM ${table} WHERE ctid = cast(cast($1 as text) as tid)`, values: [place] },
    ...["clew.migration", "clew.rollback", "clew.segment"].map((one) => ({
      text: `DELETE FROM ${one} WHERE version = cast($1 as text) AND NOT EXISTS (SELECT FROM ${table} WHERE version = cast($1 as text))`,
      values: [version],
    })),
  ];
}

/** Records a migration as applied that nobody ran here. What remains of an attempt to run it is forgotten. */
export function register({ bind, author }: Pen, record: Record): readonly Sql[] {
  const { version, name, checksum, statements } = record;
  return [
    bind(sql.deleteSegments, { version }),
    bind(sql.deleteRollbacks, { version }),
    bind(sql.insertHistory, { version, name, statements: textArray(statements) }),
    bind(sql.insertMigration, { ...author, version, name, checksum, statements: String(statements.length) }),
  ];
}

/** Notes in the journal what was done to a version. */
export function note({ bind, author }: Pen, version: string, outcome: string, message: string): Sql {
  return bind(sql.insertAttempt, {
    run: author.run,
    version,
    direction: "repair",
    outcome,
    ms: null,
    sqlstate: null,
    message,
  });
}
