// Owns what stands before and after a migration's statements so that the rows which they change or destroy are kept.
import type { Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import { announceFunction, beginFunction, captureFunction, copyFunction, emptyFunction } from "./capture-functions.ts";
import { finishFunction } from "./finish-function.ts";
import type { ArchiveNeeds } from "./needs.ts";
import { closeArchive, ensureArchive } from "./schema.ts";
import { moveFunction } from "./move-function.ts";
import { own, triggerFunctions, triggerWords } from "./text.ts";

const moves = ({ tables }: ArchiveNeeds): boolean => tables.some(({ move }) => move);

/** Before the statements: copies of what will go, and triggers on what will be written. */
export function startCapture(needs: ArchiveNeeds, days: number, limit: number): readonly Sql[] {
  const { id } = needs;
  return [
    ...ensureArchive,
    { text: `CREATE TABLE ${own("rows", id)} (moment bigint NOT NULL, n bigint NOT NULL, was text, now text)` },
    // Triggers that are left behind do nothing in another transaction.
    {
      text: `DO $make$DECLARE command text; BEGIN
FOREACH command IN ARRAY ARRAY[${[announceFunction, captureFunction, emptyFunction].map((make) => literal(make(id, "{transaction}", limit))).join(", ")}] LOOP
  EXECUTE pg_catalog.replace(command, '{transaction}', pg_catalog.pg_current_xact_id()::text);
END LOOP;
END$make$`,
    },
    { text: copyFunction(id) },
    ...(moves(needs) ? [{ text: moveFunction(id) }] : []),
    { text: beginFunction(id, moves(needs)) },
    { text: finishFunction(id, limit, moves(needs)) },
    closeArchive,
    { text: `SELECT ${own("begin", id)}(${literal(JSON.stringify(needs))}, ${String(days)})` },
    { text: `DROP FUNCTION ${own("begin", id)}(pg_catalog.jsonb, integer)` },
  ];
}

/**
 * After them. Deferred constraints are checked here: a table that waits for a check cannot lose its triggers, and what
 * deferred triggers write is to be captured too. The author's role is left, for it may not look.
 */
export function endCapture(needs: ArchiveNeeds): readonly Sql[] {
  const { id } = needs;
  return [
    { text: "SET CONSTRAINTS ALL IMMEDIATE" },
    { text: "RESET SESSION AUTHORIZATION" },
    { text: "RESET ROLE" },
    { text: `SELECT ${own("finish", id)}(${literal(JSON.stringify(needs))})` },
    {
      text: `DO $clew$BEGIN
  DROP FUNCTION ${own("finish", id)}(pg_catalog.jsonb);
  DROP FUNCTION ${own("copy", id)}(pg_catalog.regclass, text);
  DROP FUNCTION IF EXISTS ${own("move", id)}(pg_catalog.regclass);
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgfoid IN ${triggerFunctions(id)}) THEN
    DROP FUNCTION ${triggerWords.map((word) => `${own(word, id)}()`).join(", ")};
  END IF;
END$clew$`,
    },
  ];
}

/**
 * Takes away triggers that were left behind because a table was in use: to be run in a transaction of its own after the
 * migration's. Until then they do nothing. Where nothing is left it does nothing.
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
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid)
LOOP
  EXECUTE command;
END LOOP;
END$clew$`,
  },
];
