// Owns what stands before and after a migration's statements so that the rows which they change or destroy are kept.
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import { capture, captureNames, ensureCapture } from "./capture-made.ts";
import { endJobs, startJobs } from "./jobs.ts";
import type { ArchiveNeeds } from "./needs.ts";
import { ensureArchive } from "./schema.ts";

/** Before the statements: copies of what will go, and triggers on what will be written. */
export function startCapture(needs: ArchiveNeeds, days: number, limit: number): readonly Sql[] {
  const begin = `SELECT ${capture.begin}(${literal(JSON.stringify(needs))}, ${String(days)}, ${String(limit)})`;
  return [...ensureArchive, ensureCapture, { text: begin }, ...(needs.jobs ? [startJobs] : [])];
}

/**
 * After them. Deferred constraints are checked here: a table that waits for a check cannot lose its triggers, and what
 * deferred triggers write is to be captured too. The author's role is left, for it may not look.
 */
export function endCapture(needs: ArchiveNeeds, limit: number): readonly Sql[] {
  return [
    { text: "SET CONSTRAINTS ALL IMMEDIATE" },
    { text: "RESET SESSION AUTHORIZATION" },
    { text: "RESET ROLE" },
    { text: `SELECT ${capture.finish}(${literal(JSON.stringify(needs))}, ${String(limit)})` },
    ...(needs.jobs ? [endJobs(needs.id)] : []),
  ];
}

/**
 * Takes away triggers that were left behind because a table was in use: to be run in a transaction of its own after the
 * migration's. Until then they do nothing. So do functions that another release has made. Where nothing is left it does nothing.
 */
export const sweep: readonly Sql[] = [
  { text: "SET LOCAL lock_timeout = '2s'" },
  {
    text: `DO $clew$DECLARE r record; command text; BEGIN
IF pg_catalog.to_regnamespace('clew_archive') IS NULL THEN RETURN; END IF;
FOR r IN SELECT pg_catalog.array_agg(pg_catalog.format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::pg_catalog.regclass)) AS commands
  FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
  WHERE p.pronamespace = 'clew_archive'::pg_catalog.regnamespace AND NOT t.tgisinternal GROUP BY t.tgrelid ORDER BY t.tgrelid
LOOP
  BEGIN
    FOREACH command IN ARRAY r.commands LOOP EXECUTE command; END LOOP;
  EXCEPTION WHEN lock_not_available OR object_in_use OR insufficient_privilege THEN NULL;
  END;
END LOOP;
FOR command IN SELECT pg_catalog.format('DROP FUNCTION %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc p
  WHERE p.pronamespace = 'clew_archive'::pg_catalog.regnamespace
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid) AND p.proname NOT IN (${captureNames.map(literal).join(", ")})
LOOP
  EXECUTE command;
END LOOP;
END$clew$`,
  },
];
