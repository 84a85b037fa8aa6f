// Owns the functions of the triggers that keep what a migration writes. Each archive has its own, whose SQL names its table.
import { literal } from "../store/bind.ts";
import { checkSize } from "./limit.ts";
import { own, plpgsql, trigger } from "./text.ts";

/** How a value's text does not depend on who asks; `lc_monetary` is of money alone, which most tables do not have. */
const printing = `(VALUES ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'), ('extra_float_digits', '1'),
      ('bytea_output', 'hex'), ('quote_all_identifiers', 'off'), ('lc_monetary', 'C')) s(name, value)`;

/** The same, as it stands in most sessions: then nothing has to be set for each statement of a loop. */
const printed = `current_setting('DateStyle') LIKE 'ISO%' AND current_setting('IntervalStyle') = 'postgres'
    AND current_setting('TimeZone') IN ('UTC', 'Etc/UTC') AND current_setting('extra_float_digits') IN ('1', '2', '3')
    AND current_setting('bytea_output') = 'hex' AND current_setting('quote_all_identifiers') = 'off'
    AND (TG_ARGV[0] = 'plain' OR current_setting('lc_monetary') = 'C')`;

const ours = (transaction: string): string =>
  `IF pg_current_xact_id_if_assigned()::text IS DISTINCT FROM '${transaction}' THEN RETURN NULL; END IF;`;

const stack = `stack CONSTANT text := 'clew.m' || TG_RELID || lower(left(TG_OP, 1));`;

/**
 * The function of the triggers before a statement: it gets its number when it begins, since those that its own triggers run
 * end before it.
 */
export function announceFunction(id: string, transaction: string): string {
  return trigger(
    own("announce", id),
    id,
    `  ${stack}
  inserting CONSTANT text := 'clew.m' || TG_RELID || 'i'; begun text; depth text := '/' || pg_trigger_depth(); moment bigint;`,
    `  ${ours(transaction)}
  moment := nextval('clew_archive.moment');
  -- What one query takes away makes room for what it inserts: WITH gone AS (DELETE …) INSERT …
  IF TG_OP <> 'INSERT' THEN
    begun := current_setting(inserting, true);
    IF split_part(begun, ',', 1) LIKE '%' || depth THEN
      PERFORM set_config(inserting, moment || substring(begun FROM '/.*'), true);
      moment := split_part(begun, '/', 1);
    END IF;
  END IF;
  PERFORM set_config(stack, concat_ws(',', moment || depth, nullif(current_setting(stack, true), '')), true);
  RETURN NULL;`,
  );
}

/**
 * The function of the triggers after a statement. Rows are kept as the texts of records, as they are: that is the fastest,
 * and pins no type. The author's migration never fails by it.
 */
export function captureFunction(id: string, transaction: string, limit: string): string {
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
  return trigger(
    own("capture", id),
    id,
    `  ${stack}
  begun text; moment bigint; made bigint; former jsonb;`,
    `  ${ours(transaction)}
  begun := current_setting(stack, true);
  IF begun <> '' THEN
    moment := split_part(begun, '/', 1);
    PERFORM set_config(stack, coalesce(substring(begun FROM ',(.*)'), ''), true);
  ELSE
    moment := nextval('clew_archive.moment');
  END IF;
  IF NOT (${printed}) THEN
    former := (SELECT jsonb_object_agg(name, current_setting(name)) FROM ${printing});
    PERFORM set_config(name, value, true) FROM ${printing};
  END IF;
  -- A row whose text is too long for a value must not fail the author's statement. Where no value is stored apart none is;
  -- a subtransaction for each statement of a loop would slow down everybody.
  IF (SELECT pg_relation_size(nullif(reltoastrelid, 0)) FROM pg_class WHERE oid = TG_RELID) > 1048576 THEN
    BEGIN
      ${insertion}
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO clew_archive.loss VALUES (me, TG_RELID::regclass::text, lower(TG_OP) || ' could not be captured: ' || SQLERRM);
      made := 0;
    END;
  ELSE
    ${insertion}
  END IF;
  IF former IS NOT NULL THEN PERFORM set_config(key, value, true) FROM jsonb_each_text(former); END IF;
  -- Not for each row of a loop; the end looks once more.
  IF made > 1000 OR moment % 1000 = 0 THEN
    ${checkSize(literal(rows), limit, "TG_RELID::regclass")}
  END IF;
  IF made > 0 THEN
    INSERT INTO clew_archive.capture VALUES (moment, me, TG_RELID, lower(TG_OP),
      (SELECT coalesce(array_agg(attnum ORDER BY attnum), '{}') FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped), made);
  END IF;
  RETURN NULL;`,
  );
}

/** The function of the triggers before a TRUNCATE, of which there is no transition table. */
export function emptyFunction(id: string, transaction: string): string {
  return plpgsql(
    `${own("empty", id)}() RETURNS trigger SECURITY DEFINER`,
    id,
    `  moment bigint; made bigint; numbers smallint[]; list text;`,
    `  ${ours(transaction)}
  moment := nextval('clew_archive.moment');
  SELECT array_agg(attnum ORDER BY attnum), string_agg('r.' || quote_ident(attname), ', ' ORDER BY attnum) INTO numbers, list
  FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped;
  EXECUTE format('INSERT INTO ${own("rows", id).replaceAll("'", "''")} SELECT $1, row_number() OVER (), ROW(%s)::text FROM ONLY %s r', list, TG_RELID::regclass)
  USING moment;
  GET DIAGNOSTICS made = ROW_COUNT;
  IF made > 0 THEN INSERT INTO clew_archive.capture VALUES (moment, me, TG_RELID, 'truncate', coalesce(numbers, '{}'), made); END IF;
  RETURN NULL;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO clew_archive.loss VALUES (me, TG_RELID::regclass::text, 'truncate could not be captured: ' || SQLERRM);
  RETURN NULL;`,
  );
}
