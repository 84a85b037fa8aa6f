// Owns the tables of history and journal: how they are made, and how an older journal is brought up to date.
import type { Sql } from "../driver.ts";
import { identifier, literal, quoted, type HistoryTable } from "./bind.ts";

/** What each version of the journal added. A database at version n gets the entries from n on. */
const upgrades: readonly (readonly string[])[] = [
  [
    `CREATE SCHEMA IF NOT EXISTS clew`,
    `REVOKE ALL ON SCHEMA clew FROM PUBLIC`,
    `CREATE TABLE IF NOT EXISTS clew.run (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  plan text NOT NULL,
  who text NOT NULL,
  tool text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  finished_at timestamptz,
  outcome text
)`,
    `CREATE TABLE IF NOT EXISTS clew.lease (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  who text NOT NULL,
  token bigint NOT NULL,
  expires_at timestamptz NOT NULL
)`,
    `CREATE TABLE IF NOT EXISTS clew.migration (
  version text PRIMARY KEY,
  name text NOT NULL,
  checksum text NOT NULL,
  statements integer NOT NULL,
  run uuid NOT NULL,
  who text NOT NULL,
  tool text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT pg_catalog.now()
)`,
    `CREATE TABLE IF NOT EXISTS clew.segment (
  version text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('up', 'down')),
  ordinal integer NOT NULL,
  fingerprint text NOT NULL,
  state text NOT NULL CHECK (state IN ('intended', 'done')),
  before text,
  run uuid NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (version, direction, ordinal)
)`,
    `CREATE TABLE IF NOT EXISTS clew.attempt (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run uuid NOT NULL,
  version text NOT NULL,
  direction text NOT NULL,
  outcome text NOT NULL,
  ms numeric,
  sqlstate text,
  message text,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp()
)`,
    `CREATE INDEX IF NOT EXISTS attempt_version ON clew.attempt (version, id)`,
    `COMMENT ON TABLE clew.migration IS 'Applied migrations: the checksum of the file, the run that applied it, by whom'`,
    `COMMENT ON TABLE clew.segment IS 'Parts of migrations that are more than one transaction; intended: begun outside a transaction, the effect must be looked at'`,
    `COMMENT ON TABLE clew.run IS 'Runs that had something to do'`,
    `COMMENT ON TABLE clew.lease IS 'The run at work; expired when its heartbeat is missing'`,
    `COMMENT ON TABLE clew.attempt IS 'Each attempt to apply or roll back a migration, failures too'`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS clew.rollback (
  version text NOT NULL,
  ordinal integer NOT NULL,
  class text NOT NULL CHECK (class IN ('exact', 'needs-data', 'lossy', 'impossible')),
  reason text,
  statements text[] NOT NULL,
  archive jsonb,
  proof jsonb,
  run uuid NOT NULL,
  made_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
  PRIMARY KEY (version, ordinal)
)`,
    `COMMENT ON TABLE clew.rollback IS 'The way back of each segment of the applied migrations; the segments are taken back in reverse order'`,
  ],
];

/** The version of the journal that this Clew writes. */
export const journalVersion: number = upgrades.length;

/** How the schema's comment tells the version, so that one catalog query can see it before any table exists. */
export const journalComment = "Journal of Clew, version ";

/** Lets one of several sessions make the tables; it ends with the transaction. */
export const storeLock = "SELECT pg_catalog.pg_advisory_xact_lock(4991253804171)";

/**
 * What makes or completes history and journal, in one transaction. An advisory lock lets one of several runners do it;
 * it ends with the transaction, so no pooler can orphan it, and no migration runs under it.
 */
export function ensureStore(
  history: HistoryTable,
  found: { readonly journal: number; readonly columns: readonly string[] },
): readonly Sql[] {
  const table = quoted(history);
  const statements = [storeLock];
  if (found.columns.length === 0) {
    statements.push(
      `CREATE SCHEMA IF NOT EXISTS ${identifier(history.schema)}`,
      `CREATE TABLE IF NOT EXISTS ${table} (version text NOT NULL PRIMARY KEY, statements text[], name text)`,
    );
  } else {
    for (const [column, type] of [
      ["statements", "text[]"],
      ["name", "text"],
    ] as const) {
      if (!found.columns.includes(column))
        statements.push(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${column} ${type}`);
    }
  }
  if (found.journal < journalVersion) {
    statements.push(...upgrades.slice(found.journal).flat());
    statements.push(`COMMENT ON SCHEMA clew IS ${literal(journalComment + String(journalVersion))}`);
  }
  return statements.length > 1 ? statements.map((text) => ({ text })) : [];
}
