// Owns the SQL that makes, opens, closes and removes the Supabase channel: the functions through which a service key runs migrations.
import { createHash } from "node:crypto";
import { literal } from "../store/bind.ts";
import { channelVersion, entryFunctions, requestSeconds } from "./channel.ts";

/** What a request may hold at most, in bytes; kept in the gate, so that a project can say otherwise. */
const maxBytes = 8 << 20;

/** What the entry functions have in force. PostgREST takes the statement timeout for the whole request. */
const entered = (
  seconds: number,
): string => `SET search_path = pg_catalog, pg_temp SET statement_timeout = '${seconds}s' SET lock_timeout = '10s'
SET standard_conforming_strings = on SET client_min_messages = warning`;

/**
 * What of the channel a migration must leave as it is: any write to one of these rows of the catalog gives it another xmin.
 * The gate and the attempts are kept by their triggers, which are among them.
 */
const seal = `(SELECT pg_catalog.md5(pg_catalog.string_agg(x, ',' ORDER BY x)) FROM (
      SELECT 'n' || n.oid || ' ' || n.xmin FROM pg_catalog.pg_namespace n WHERE n.nspname = 'clew_channel'
      UNION ALL SELECT 'c' || c.oid || ' ' || c.xmin FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'clew_channel'
      UNION ALL SELECT 't' || t.oid || ' ' || t.xmin FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'clew_channel'
      UNION ALL SELECT 'p' || p.oid || ' ' || p.xmin FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'clew_channel' OR n.nspname = 'public' AND pg_catalog.starts_with(p.proname::text, 'clew_')) AS marks (x))`;

const tables = `CREATE SCHEMA IF NOT EXISTS clew_channel;
CREATE TABLE IF NOT EXISTS clew_channel.gate (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  armed_until timestamptz NOT NULL DEFAULT '-infinity',
  max_bytes integer NOT NULL DEFAULT ${maxBytes}
);
CREATE TABLE IF NOT EXISTS clew_channel.attempt (
  request uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  kind text NOT NULL,
  checksum text,
  statements integer,
  bytes bigint,
  outcome text NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'refused')),
  reply jsonb,
  ms numeric,
  client jsonb
);
COMMENT ON TABLE clew_channel.gate IS 'Until when the channel is armed; only SQL as its owner changes it';
COMMENT ON TABLE clew_channel.attempt IS 'Each request that reached the channel, refused and failed ones too';`;

/** A migration runs as the tables' owner. Whose session it is, it cannot change. */
const guards = `CREATE OR REPLACE FUNCTION clew_channel.guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $clew$
BEGIN
  IF TG_TABLE_NAME = 'attempt' AND TG_OP = 'UPDATE' THEN
    IF OLD.outcome = 'running' AND NEW.request = OLD.request AND NEW.at = OLD.at THEN RETURN NEW; END IF;
  END IF;
  IF pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER') THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'clew_channel.% is not changed through the channel', TG_TABLE_NAME USING ERRCODE = 'CLW04';
END$clew$;
CREATE OR REPLACE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON clew_channel.gate FOR EACH ROW EXECUTE FUNCTION clew_channel.guard();
CREATE OR REPLACE TRIGGER guard BEFORE UPDATE OR DELETE ON clew_channel.attempt FOR EACH ROW EXECUTE FUNCTION clew_channel.guard();
CREATE OR REPLACE TRIGGER guard_all BEFORE TRUNCATE ON clew_channel.gate EXECUTE FUNCTION clew_channel.guard();
CREATE OR REPLACE TRIGGER guard_all BEFORE TRUNCATE ON clew_channel.attempt EXECUTE FUNCTION clew_channel.guard();
ALTER TABLE clew_channel.gate ENABLE ALWAYS TRIGGER guard, ENABLE ALWAYS TRIGGER guard_all;
ALTER TABLE clew_channel.attempt ENABLE ALWAYS TRIGGER guard, ENABLE ALWAYS TRIGGER guard_all;
INSERT INTO clew_channel.gate DEFAULT VALUES ON CONFLICT DO NOTHING;`;

/** Gives the answer to a request that may not run, or has run; null for one that may. Every request leaves its row. */
const admit = `CREATE OR REPLACE FUNCTION clew_channel.admit(request uuid, kind text, checksum text, statements text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $clew$
#variable_conflict use_variable
DECLARE
  gate clew_channel.gate;
  former clew_channel.attempt;
  size bigint := (SELECT coalesce(sum(octet_length(s)), 0) FROM unnest(statements) s);
  found_checksum text := encode(sha256(convert_to((SELECT coalesce(string_agg(octet_length(s) || ':' || s, '' ORDER BY n), '')
    FROM unnest(statements) WITH ORDINALITY AS u (s, n)), 'UTF8')), 'hex');
  refusal jsonb;
BEGIN
  SELECT * INTO gate FROM clew_channel.gate;
  IF gate.armed_until IS NULL OR gate.armed_until <= clock_timestamp() THEN
    refusal := jsonb_build_object('why', 'not-armed', 'message', 'the channel is not armed');
  ELSIF size > gate.max_bytes THEN
    refusal := jsonb_build_object('why', 'too-large', 'message', format('the request has %s bytes, and the channel takes %s', size, gate.max_bytes));
  ELSIF found_checksum IS DISTINCT FROM checksum OR array_position(statements, NULL) IS NOT NULL THEN
    refusal := jsonb_build_object('why', 'checksum', 'message', 'what arrived is not what was sent: its checksum is ' || found_checksum);
  END IF;
  -- A request that is still running is waited for here.
  INSERT INTO clew_channel.attempt (request, kind, checksum, statements, bytes, outcome, reply, client)
  VALUES (request, kind, found_checksum, cardinality(statements), size, CASE WHEN refusal IS NULL THEN 'running' ELSE 'refused' END,
    refusal, jsonb_build_object('role', current_setting('role', true), 'session_user', session_user, 'pid', pg_backend_pid(),
      'agent', nullif(current_setting('request.headers', true), '')::jsonb ->> 'user-agent',
      'address', nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-forwarded-for'))
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO former FROM clew_channel.attempt a WHERE a.request = request;
    IF former.kind = kind AND former.checksum = found_checksum AND former.outcome IN ('done', 'failed') AND refusal IS NULL THEN
      RETURN former.reply || jsonb_build_object('outcome', former.outcome, 'repeated', true);
    END IF;
    refusal := coalesce(refusal, jsonb_build_object('why', 'reused', 'message', 'another request had this id'));
  END IF;
  IF refusal IS NOT NULL THEN RETURN refusal || jsonb_build_object('outcome', 'refused'); END IF;
  RETURN NULL;
END$clew$;`;

const stacked = `GET STACKED DIAGNOSTICS sqlstate_ = RETURNED_SQLSTATE, message_ = MESSAGE_TEXT, detail_ = PG_EXCEPTION_DETAIL, hint_ = PG_EXCEPTION_HINT,
      where_ = PG_EXCEPTION_CONTEXT, schema_ = SCHEMA_NAME, table_ = TABLE_NAME, constraint_ = CONSTRAINT_NAME;`;

const failure = `pg_catalog.jsonb_build_object('at', at, 'error', pg_catalog.jsonb_build_object('code', sqlstate_, 'message', message_, 'detail', detail_,
      'hint', hint_, 'where', pg_catalog.left(where_, 2000), 'schema', schema_, 'table', table_, 'constraint', constraint_))`;

/** What a session of the owner's own would find its names by. */
const ownersPath = `coalesce((SELECT pg_catalog.substr(s, 13) FROM pg_catalog.pg_db_role_setting d, pg_catalog.unnest(d.setconfig) s
      WHERE pg_catalog.starts_with(s, 'search_path=') AND d.setrole IN (0, current_user::pg_catalog.regrole) AND d.setdatabase IN
        (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      ORDER BY d.setrole DESC, d.setdatabase DESC LIMIT 1), '"$user", public')`;

const runner = `CREATE OR REPLACE FUNCTION clew_channel.run(request uuid, checksum text, statements text[], read_only boolean, dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $clew$
#variable_conflict use_variable
DECLARE
  reply jsonb := clew_channel.admit(request, 'transaction', checksum, statements);
  began timestamptz := clock_timestamp();
  sealed text;
  path text := ${ownersPath};
  at integer := 0;
  last integer := cardinality(statements);
  tried boolean := false;
  k integer;
  name text;
  sqlstate_ text; message_ text; detail_ text; hint_ text; where_ text; schema_ text; table_ text; constraint_ text;
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  sealed := ${seal};
  BEGIN
    PERFORM pg_catalog.set_config('search_path', path, true);
    IF read_only THEN PERFORM pg_catalog.set_config('transaction_read_only', 'on', true); END IF;
    -- From here until the path is set back, a migration decides what a bare name or an operator means: there are none.
    FOR k IN 1 .. last LOOP
      at := k;
      EXECUTE statements[k];
    END LOOP;
    at := last OPERATOR(pg_catalog.+) 1;
    SET CONSTRAINTS ALL IMMEDIATE;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF sealed IS DISTINCT FROM ${seal} THEN
      RAISE EXCEPTION 'a migration may not change the channel that it runs through' USING ERRCODE = 'CLW04';
    END IF;
    IF dry_run THEN
      tried := true;
      RAISE EXCEPTION 'dry run';
    END IF;
  EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
    ${stacked}
  END;
  IF sqlstate_ IS NULL OR tried THEN
    reply := jsonb_build_object('dryRun', tried);
  ELSE
    reply := ${failure};
  END IF;
  UPDATE clew_channel.attempt a SET outcome = CASE WHEN sqlstate_ IS NULL OR tried THEN 'done' ELSE 'failed' END, reply = reply,
    ms = round(extract(epoch FROM clock_timestamp() - began) * 1000, 1) WHERE a.request = request;
  reply := reply || jsonb_build_object('outcome', CASE WHEN sqlstate_ IS NULL OR tried THEN 'done' ELSE 'failed' END);
  -- What a migration has left in the session would reach the next request of whoever gets this connection.
  FOR name IN SELECT s.name FROM pg_prepared_statements s WHERE s.from_sql LOOP
    EXECUTE format('DEALLOCATE %I', name);
  END LOOP;
  PERFORM pg_advisory_unlock_all();
  UNLISTEN *;
  DISCARD TEMP;
  RESET ALL;
  RETURN reply;
END$clew$;`;

const asker = `CREATE OR REPLACE FUNCTION clew_channel.ask(checksum text, question text, settings text[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $clew$
#variable_conflict use_variable
DECLARE
  request uuid := gen_random_uuid();
  reply jsonb := clew_channel.admit(request, 'query', checksum, settings || question);
  began timestamptz := clock_timestamp();
  path text := ${ownersPath};
  at integer := 0;
  k integer;
  answer text;
  answered boolean := false;
  last integer := cardinality(settings);
  sqlstate_ text; message_ text; detail_ text; hint_ text; where_ text; schema_ text; table_ text; constraint_ text;
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  BEGIN
    PERFORM pg_catalog.set_config('search_path', path, true);
    PERFORM pg_catalog.set_config('transaction_read_only', 'on', true);
    FOR k IN 1 .. last LOOP
      at := k;
      EXECUTE settings[k];
    END LOOP;
    at := 0;
    EXECUTE question INTO answer;
    answered := true;
    -- The answer stays, and all else that a question may have done goes.
    RAISE EXCEPTION 'answered';
  EXCEPTION WHEN query_canceled OR assert_failure OR OTHERS THEN
    ${stacked}
  END;
  reply := CASE WHEN answered THEN '{}'::jsonb ELSE ${failure} END;
  UPDATE clew_channel.attempt a SET outcome = CASE WHEN answered THEN 'done' ELSE 'failed' END, reply = reply,
    ms = round(extract(epoch FROM clock_timestamp() - began) * 1000, 1) WHERE a.request = request;
  PERFORM pg_advisory_unlock_all();
  RETURN reply || jsonb_build_object('outcome', CASE WHEN answered THEN 'done' ELSE 'failed' END, 'rows', answer);
END$clew$;`;

/** PostgREST begins the transaction at the level that the function names. */
const levels = {
  clew_transaction: "",
  clew_transaction_repeatable_read: "\nSET default_transaction_isolation = 'repeatable read'",
  clew_transaction_serializable: "\nSET default_transaction_isolation = 'serializable'",
} as const;

const entries = [
  `CREATE FUNCTION public.clew_state() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER ${entered(10)} AS $clew$
  SELECT jsonb_build_object('version', ${channelVersion}, 'armed', g.armed_until > clock_timestamp(), 'armedUntil', g.armed_until, 'maxBytes', g.max_bytes,
    'database', current_database(), 'user', current_user, 'server', current_setting('server_version'), 'now', clock_timestamp())
  FROM clew_channel.gate g
$clew$;`,
  `CREATE FUNCTION public.clew_query(checksum text, question text, settings text[]) RETURNS jsonb
LANGUAGE sql VOLATILE SECURITY DEFINER ${entered(20)} AS $clew$
  SELECT clew_channel.ask(checksum, question, settings)
$clew$;`,
  ...Object.entries(levels).map(
    ([
      name,
      level,
    ]) => `CREATE FUNCTION public.${name}(request uuid, checksum text, statements text[], read_only boolean DEFAULT false, dry_run boolean DEFAULT false)
RETURNS jsonb LANGUAGE sql VOLATILE SECURITY DEFINER ${entered(requestSeconds)}${level} AS $clew$
  SELECT clew_channel.run(request, checksum, statements, read_only, dry_run)
$clew$;`,
  ),
];

/** Drops the entry functions, those of other versions too. */
const dropEntries = `DO $clew$
DECLARE f pg_catalog.regprocedure;
BEGIN
  FOR f IN SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND p.proname IN (${entryFunctions.map(literal).join(", ")}) LOOP
    EXECUTE pg_catalog.format('DROP FUNCTION %s', f);
  END LOOP;
END$clew$;`;

/**
 * Supabase's default privileges grant new functions to the API's roles: what is not for them is taken back before anybody sees it.
 * https://supabase.com/docs/guides/api/securing-your-api
 */
const privileges = [
  "REVOKE ALL ON SCHEMA clew_channel FROM PUBLIC, anon, authenticated, service_role;",
  "REVOKE ALL ON ALL TABLES IN SCHEMA clew_channel FROM PUBLIC, anon, authenticated, service_role;",
  "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA clew_channel FROM PUBLIC, anon, authenticated, service_role;",
  `DO $clew$
DECLARE f pg_catalog.regprocedure;
BEGIN
  FOR f IN SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = 'public' AND p.proname IN (${entryFunctions.map(literal).join(", ")}) LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, anon, authenticated', f);
    EXECUTE pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO service_role', f);
  END LOOP;
END$clew$;`,
];

const reload = "NOTIFY pgrst, 'reload schema';";

/** What all that is installed comes to: a change of the SQL without a new version is seen by it. */
const marked = [tables, guards, admit, runner, asker, dropEntries, ...entries, ...privileges];

/** How the schema's comment tells version and text of what is installed. */
export const channelComment: string = `Supabase channel of Clew, version ${channelVersion}, ${createHash("sha256").update(marked.join("\n")).digest("hex").slice(0, 16)}`;

/**
 * Installs the channel, or brings it to this version; the gate stays as it is, and a new one is closed. One transaction,
 * as the role `postgres`, whose rights migrations will have.
 */
export function installSql(): string {
  return [
    "-- Lets Clew run migrations with a service key. Until it is armed, nothing runs through it.",
    "BEGIN;",
    "SET LOCAL ROLE postgres;",
    "SET LOCAL search_path = pg_catalog, pg_temp;",
    "SET LOCAL client_min_messages = warning;",
    ...marked,
    `COMMENT ON SCHEMA clew_channel IS ${literal(channelComment)};`,
    reload,
    "COMMIT;",
    "",
  ].join("\n");
}

/** Removes all of the channel, its record of attempts too. History and journal of the migrations stay. */
export function uninstallSql(): string {
  return [
    "BEGIN;",
    "SET LOCAL ROLE postgres;",
    "SET LOCAL client_min_messages = warning;",
    dropEntries,
    "DROP SCHEMA IF EXISTS clew_channel CASCADE;",
    reload,
    "COMMIT;",
    "",
  ].join("\n");
}

/** Opens the gate for so many seconds, or for good. */
export function armSql(seconds: number | "for-good"): string {
  const until =
    seconds === "for-good" ? "'infinity'" : `pg_catalog.clock_timestamp() + interval '${Math.ceil(seconds)} seconds'`;
  return `UPDATE clew_channel.gate SET armed_until = ${until};`;
}

/** Closes the gate. */
export const disarmSql = "UPDATE clew_channel.gate SET armed_until = '-infinity';";
