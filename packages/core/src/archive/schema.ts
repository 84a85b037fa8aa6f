// Owns the schema clew_archive: how it is made, who may look into it, and how what has expired leaves it.
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";

/** How the schema's comment tells its version. */
const comment = "Archive of Clew, version 1";

/**
 * Makes the schema where it is missing. It holds rows of tables that row level security guards, so nobody but its owner may
 * enter, whatever the default privileges of the database say.
 */
export const ensureArchive: readonly Sql[] = [
  {
    text: `DO $clew$BEGIN
IF pg_catalog.to_regnamespace('clew_archive') IS NULL THEN
  PERFORM pg_catalog.pg_advisory_xact_lock(4991253804172);
  CREATE SCHEMA IF NOT EXISTS clew_archive;
END IF;
IF pg_catalog.to_regclass('clew_archive.conflict') IS NULL THEN
  CREATE SEQUENCE IF NOT EXISTS clew_archive.moment;
  CREATE TABLE IF NOT EXISTS clew_archive.archive (
    id uuid PRIMARY KEY,
    version text NOT NULL,
    run text NOT NULL,
    direction text NOT NULL DEFAULT 'up',
    made_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    expires_at timestamptz,
    restored_at timestamptz,
    known jsonb
  );
  CREATE TABLE IF NOT EXISTS clew_archive.relation (
    archive uuid NOT NULL REFERENCES clew_archive.archive ON DELETE CASCADE,
    key text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    root text NOT NULL,
    oid oid NOT NULL,
    written boolean NOT NULL,
    identity text[],
    operators text[],
    columns jsonb NOT NULL,
    PRIMARY KEY (archive, key)
  );
  CREATE TABLE IF NOT EXISTS clew_archive.capture (
    moment bigint PRIMARY KEY,
    archive uuid NOT NULL,
    oid oid NOT NULL,
    what text NOT NULL,
    columns smallint[] NOT NULL,
    rows bigint NOT NULL
  );
  CREATE INDEX IF NOT EXISTS capture_archive ON clew_archive.capture (archive, oid, what);
  CREATE TABLE IF NOT EXISTS clew_archive.position (
    archive uuid NOT NULL REFERENCES clew_archive.archive ON DELETE CASCADE,
    key text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    oid oid NOT NULL,
    last_value bigint NOT NULL,
    is_called boolean NOT NULL,
    left_value bigint,
    left_called boolean,
    PRIMARY KEY (archive, key)
  );
  CREATE TABLE IF NOT EXISTS clew_archive.loss (
    archive uuid NOT NULL REFERENCES clew_archive.archive ON DELETE CASCADE,
    relation text NOT NULL,
    what text NOT NULL
  );
  CREATE TABLE IF NOT EXISTS clew_archive.result (
    archive uuid NOT NULL REFERENCES clew_archive.archive ON DELETE CASCADE,
    relation text NOT NULL,
    kept bigint NOT NULL,
    restored bigint NOT NULL,
    conflicts bigint NOT NULL
  );
  CREATE TABLE IF NOT EXISTS clew_archive.conflict (
    archive uuid NOT NULL REFERENCES clew_archive.archive ON DELETE CASCADE,
    relation text NOT NULL,
    row text NOT NULL,
    what text NOT NULL
  );
  COMMENT ON SCHEMA clew_archive IS ${literal(comment)};
  COMMENT ON TABLE clew_archive.archive IS 'One for each transaction of a migration, or of its rollback, that changed or destroyed rows; these are in the table "rows <id>"';
  COMMENT ON TABLE clew_archive.loss IS 'What a migration wrote or destroyed, and no archive has';
  COMMENT ON TABLE clew_archive.result IS 'What a rollback gave back, by table';
  COMMENT ON TABLE clew_archive.conflict IS 'Rows that a rollback did not give back as they were, for something was changed after the migration';
END IF;
END$clew$`,
  },
];

/**
 * Closes all that is in the schema to everybody but its owner: what default privileges have opened, and nothing else. `what` is a
 * variable of its own; `made`, a condition on pg_proc p, tells the functions that may be open. There are thousands in a database, of
 * which only the names have an index.
 */
export const closing = (what: string, made: string): string => `FOR ${what} IN
  SELECT DISTINCT pg_catalog.format('%s FROM %s', o.object,
    CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::pg_catalog.regrole::text END)
  FROM pg_catalog.pg_namespace n, LATERAL (
    SELECT 'SCHEMA clew_archive' AS object, n.nspacl AS acl, n.nspowner AS owner
    UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::pg_catalog.regclass, c.relacl, c.relowner
      FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'S')
    UNION ALL SELECT 'FUNCTION ' || p.oid::pg_catalog.regprocedure,
        coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)), p.proowner
      FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid AND ${made}
  ) o, LATERAL pg_catalog.aclexplode(o.acl) a
  WHERE n.nspname = 'clew_archive' AND a.grantee <> o.owner
LOOP
  EXECUTE 'REVOKE ALL ON ' || ${what};
END LOOP;`;

export const closeArchive: Sql = { text: `DO $clew$DECLARE what text; BEGIN ${closing("what", "true")} END$clew$` };
