// Owns what runs when a migration writes: a trigger function of the archive's own, and what it has in common with all others.
import { checkSize } from "./limit.ts";
import { common, own, part } from "./text.ts";

/** How a value's text does not depend on who asks; `lc_monetary` is of money alone, which most tables do not have. */
const printing = `(VALUES ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('extra_float_digits', '1'),
      ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('lc_monetary', 'C')) s(name, value)`;

/** The same, as it stands in most sessions: then nothing has to be set for each statement of a loop. */
const printed = `current_setting('DateStyle') LIKE 'ISO%' AND current_setting('IntervalStyle') = 'postgres'
    AND current_setting('TimeZone') IN ('UTC', 'Etc/UTC') AND current_setting('extra_float_digits') IN ('1', '2', '3')
    AND current_setting('bytea_output') = 'hex' AND current_setting('quote_all_identifiers') = 'off'
    AND (kept = 'plain' OR current_setting('lc_monetary') = 'C')`;

/** Where the numbers of statements that have begun are, the last one first. */
const stack = (rel: string, op: string): string => `'clew.m' || ${rel} || ${op}`;

/** Whether this is another transaction than the archive's: what is left behind does nothing there. */
const others = (transaction: string): string =>
  `pg_current_xact_id_if_assigned()::text IS DISTINCT FROM ${transaction}`;

/**
 * The function of the triggers before a statement: it gets its number when it begins, since those that its own triggers run
 * end before it.
 */
export function announceFunction(name: string, announced: string): string {
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $common$
BEGIN
  IF ${announced}(TG_RELID, TG_OP, TG_ARGV[0]) THEN RETURN NULL; END IF;
END$common$`;
}

/** Gives a statement its number. */
export function announcedFunction(name: string): string {
  return part(
    `${name}(rel oid, op text, transaction text) RETURNS boolean`,
    `  stack CONSTANT text := ${stack("rel", "lower(left(op, 1))")}; inserting text; begun text; depth text; moment bigint;`,
    `  IF ${others("transaction")} THEN RETURN true; END IF;
  moment := nextval('clew_archive.moment');
  depth := '/' || pg_trigger_depth();
  -- What one query takes away makes room for what it inserts: WITH gone AS (DELETE …) INSERT …
  IF op <> 'INSERT' THEN
    inserting := ${stack("rel", "'i'")};
    begun := current_setting(inserting, true);
    IF split_part(begun, ',', 1) LIKE '%' || depth THEN
      inserting := set_config(inserting, moment || substring(begun FROM '/.*'), true);
      moment := split_part(begun, '/', 1);
    END IF;
  END IF;
  begun := set_config(stack, concat_ws(',', moment || depth, nullif(current_setting(stack, true), '')), true);
  RETURN true;`,
  );
}

/** Begins to keep what a statement wrote: gives its number, or NULL in another transaction, and has values printed as they are kept. */
export function numberFunction(name: string): string {
  return part(
    `${name}(rel oid, op text, kept text, transaction text) RETURNS bigint`,
    `  stack CONSTANT text := ${stack("rel", "lower(left(op, 1))")}; begun text; moment bigint;`,
    `  IF ${others("transaction")} THEN RETURN NULL; END IF;
  begun := current_setting(stack, true);
  IF begun <> '' THEN
    moment := split_part(begun, '/', 1);
    begun := set_config(stack, coalesce(substring(begun FROM ',(.*)'), ''), true);
  ELSE
    moment := nextval('clew_archive.moment');
  END IF;
  IF NOT (${printed}) THEN
    PERFORM set_config('clew.former', jsonb_object_agg(name, current_setting(name))::text, true) FROM ${printing};
    PERFORM set_config(name, value, true) FROM ${printing};
  END IF;
  RETURN moment;`,
  );
}

/** Whether a table has so many values that are stored apart, at first in `toast`, that the text of a row may be too long for one. */
export function largeFunction(name: string): string {
  return part(
    `${name}(rel oid, toast oid) RETURNS boolean`,
    "  size bigint := pg_relation_size(toast);",
    `  -- It had none, or was written anew.
  IF size IS NULL THEN SELECT pg_relation_size(nullif(reltoastrelid, 0)) INTO size FROM pg_class WHERE oid = rel; END IF;
  RETURN size > 1048576;`,
  );
}

/** Ends it: tells what was kept. */
export function keepFunction(name: string): string {
  return part(
    `${name}(me uuid, rel oid, op text, moment bigint, made bigint, size_limit bigint) RETURNS boolean`,
    "  former CONSTANT text := current_setting('clew.former', true);",
    `  IF former <> '' THEN
    PERFORM set_config(key, value, true) FROM jsonb_each_text(former::jsonb);
    PERFORM set_config('clew.former', '', true);
  END IF;
  -- Not for each row of a loop; the end looks once more.
  IF made > 1000 OR moment % 1000 = 0 THEN
    ${checkSize("format('clew_archive.%I', 'rows ' || me)", "size_limit", "rel::regclass")}
  END IF;
  IF made > 0 THEN
    INSERT INTO clew_archive.capture VALUES (moment, me, rel, lower(op),
      (SELECT coalesce(array_agg(attnum ORDER BY attnum), '{}') FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped), made);
  END IF;
  RETURN true;`,
  );
}

/** Keeps what a TRUNCATE is about to take: of that there is no transition table. */
export function emptyFunction(name: string): string {
  return common(
    `${name}(me uuid, rel regclass, transaction text) RETURNS void`,
    "  moment bigint; made bigint; numbers smallint[]; list text;",
    `  IF ${others("transaction")} THEN RETURN; END IF;
  moment := nextval('clew_archive.moment');
  SELECT array_agg(attnum ORDER BY attnum), string_agg('r.' || quote_ident(attname), ', ' ORDER BY attnum) INTO numbers, list
  FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('INSERT INTO clew_archive.%I SELECT $1, row_number() OVER (), ROW(%s)::text FROM ONLY %s r', 'rows ' || me, list, rel)
  USING moment;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made > 0 THEN INSERT INTO clew_archive.capture VALUES (moment, me, rel, 'truncate', coalesce(numbers, '{}'), made); END IF;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO clew_archive.loss VALUES (me, rel::text, 'truncate could not be captured: ' || SQLERRM);`,
  );
}

/** Those that a trigger's function calls. */
export interface Parts {
  readonly number: string;
  readonly large: string;
  readonly keep: string;
  readonly empty: string;
}

/**
 * The function of the triggers after a statement, and before a TRUNCATE. Rows are kept as the texts of records, as they are: that
 * is the fastest, and pins no type. The author's migration never fails by it. Each archive has its own, with the rights of who
 * runs the migration, and with its table by name. Each trigger has a plan of whatever stands here, until the session ends: what can
 * stand elsewhere does.
 */
export function captureFunction(id: string, limit: string, { number, large, keep, empty }: Parts): string {
  const rows = own("rows", id);
  const row = `"r ${id}"`;
  const insert = (table: string, was: string, now: string): string =>
    `INSERT INTO ${rows} SELECT moment, row_number() OVER (), ${was}, ${now} FROM ${table} ${row};`;
  const insertion = `IF TG_OP = 'INSERT' THEN
      ${insert("clew_new", "NULL", `${row}::text`)}
    ELSIF TG_OP = 'DELETE' THEN
      ${insert("clew_old", `${row}::text`, "NULL")}
    ELSE
      ${insert("clew_old", `${row}::text`, "NULL")}
      ${insert("clew_new", "NULL", `${row}::text`)}
    END IF;
    GET DIAGNOSTICS made = ROW_COUNT;`;
  return `CREATE FUNCTION ${own("capture", id)}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $capture$
#variable_conflict use_variable
DECLARE
  moment bigint; made bigint;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    PERFORM ${empty}('${id}', TG_RELID, TG_ARGV[1]);
    RETURN NULL;
  END IF;
  moment := ${number}(TG_RELID, TG_OP, TG_ARGV[0], TG_ARGV[1]);
  IF moment IS NULL THEN RETURN NULL; END IF;
  -- A row whose text is too long for a value must not fail the author's statement. Where no value is stored apart none is;
  -- a subtransaction for each statement of a loop would slow down everybody.
  IF ${large}(TG_RELID, TG_ARGV[2]::oid) THEN
    BEGIN
      ${insertion}
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO clew_archive.loss VALUES ('${id}', TG_RELID::regclass::text, lower(TG_OP) || ' could not be captured: ' || SQLERRM);
      made := 0;
    END;
  ELSE
    ${insertion}
  END IF;
  IF ${keep}('${id}', TG_RELID, TG_OP, moment, made, ${limit}) THEN RETURN NULL; END IF;
END$capture$`;
}
