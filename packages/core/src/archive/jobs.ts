// Owns the jobs of pg_cron: what a migration schedules, alters and takes off, and how a rollback leads that back.
import { keyAlone, type Key, type Statement } from "@clew/sql-analyzer";
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import { own } from "./text.ts";

export const pgCron: Key = keyAlone("extension", "pg_cron");

/**
 * Whether statements that run something speak of pg_cron. Its table is an extension's, on which not everybody may set triggers,
 * so it is looked at before and after.
 */
export const mayChangeJobs = (statements: readonly Statement[]): boolean =>
  statements.some(({ kind, text }) => !/^(?:ALTER|COMMENT|CREATE|DROP)\b/.test(kind) && /\bcron\b/i.test(text));

/** Before the statements: what jobs there are, for as long as the transaction lasts. */
export const startJobs: Sql = {
  text: `DO $clew$BEGIN
  PERFORM pg_catalog.set_config('clew.jobs', '', true);
  IF pg_catalog.to_regclass('cron.job') IS NOT NULL THEN
    PERFORM pg_catalog.set_config('clew.jobs',
      (SELECT coalesce(pg_catalog.jsonb_object_agg(j.jobid, pg_catalog.to_jsonb(j)), '{}')::text FROM cron.job j), true);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;
END$clew$`,
};

/** After them, and after what says what is not kept: each job that is another, as it was and as it is. */
export function endJobs(id: string): Sql {
  return {
    text: `DO $clew$DECLARE before jsonb; made bigint; at bigint; BEGIN
  before := nullif(pg_catalog.current_setting('clew.jobs', true), '')::jsonb;
  IF before IS NULL OR pg_catalog.to_regclass('cron.job') IS NULL THEN RETURN; END IF;
  at := pg_catalog.nextval('clew_archive.moment');
  INSERT INTO ${own("rows", id)} (moment, n, was, now)
  SELECT at, pg_catalog.row_number() OVER (ORDER BY key::bigint), w.value::text, j.value::text
  FROM pg_catalog.jsonb_each(before) w FULL JOIN (SELECT jobid::text AS key, pg_catalog.to_jsonb(c) AS value FROM cron.job c) j USING (key)
  WHERE w.value IS DISTINCT FROM j.value;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made > 0 THEN
    INSERT INTO clew_archive.capture VALUES (at, ${literal(id)}, 'cron.job'::pg_catalog.regclass, 'jobs', '{}', made);
  END IF;
  DELETE FROM clew_archive.loss WHERE archive = ${literal(id)} AND relation = 'cron.job' AND what = 'it was written';
END$clew$`,
  };
}

/**
 * Leads them back, by the functions of pg_cron. A job has another number when it is scheduled again, so one that has a name
 * is found by that. https://github.com/citusdata/pg_cron/blob/v1.6.4/README.md
 */
export function undoJobs(id: string): Sql {
  return {
    text: `DO $clew$DECLARE r record; one jsonb; here jsonb; job bigint; kept integer := 0; left_alone integer := 0; BEGIN
  IF pg_catalog.to_regclass('cron.job') IS NULL THEN RETURN; END IF;
  FOR r IN SELECT x.was::jsonb AS was, x.now::jsonb AS now FROM ${own("rows", id)} x JOIN clew_archive.capture p USING (moment)
    WHERE p.archive = ${literal(id)} AND p.what = 'jobs' ORDER BY x.n
  LOOP
    kept := kept + 1;
    one := coalesce(r.now, r.was);
    here := (SELECT pg_catalog.to_jsonb(j) FROM cron.job j WHERE CASE WHEN one ->> 'jobname' IS NULL THEN j.jobid = (one ->> 'jobid')::bigint
      ELSE j.jobname = one ->> 'jobname' AND j.username = one ->> 'username' END);
    IF here - 'jobid' IS DISTINCT FROM r.now - 'jobid' THEN
      INSERT INTO clew_archive.conflict VALUES (${literal(id)}, 'cron.job', coalesce(one ->> 'jobname', one ->> 'jobid'), 'it was changed since');
      left_alone := left_alone + 1;
      CONTINUE;
    END IF;
    job := here ->> 'jobid';
    IF r.was IS NULL THEN
      PERFORM cron.unschedule(job);
      CONTINUE;
    ELSIF here IS NULL AND r.was ->> 'database' <> pg_catalog.current_database() THEN
      job := cron.schedule_in_database(r.was ->> 'jobname', r.was ->> 'schedule', r.was ->> 'command', r.was ->> 'database');
    ELSIF here IS NULL AND r.was ->> 'jobname' IS NULL THEN
      job := cron.schedule(r.was ->> 'schedule', r.was ->> 'command');
    ELSIF here IS NULL THEN
      job := cron.schedule(r.was ->> 'jobname', r.was ->> 'schedule', r.was ->> 'command');
    END IF;
    PERFORM cron.alter_job(job, schedule := r.was ->> 'schedule', command := r.was ->> 'command', active := (r.was ->> 'active')::boolean);
  END LOOP;
  IF kept > 0 THEN INSERT INTO clew_archive.result VALUES (${literal(id)}, 'cron.job', kept, kept - left_alone, left_alone); END IF;
END$clew$`,
  };
}
