// Owns the functions that copy rows in the server: while a migration begins, while it writes, and when it ends.
import { checkSize } from "./limit.ts";
import { own, plpgsql, trigger } from "./text.ts";

/** A condition on pg_class c and pg_namespace n that holds for tables whose rows are somebody's. */
const somebodys = `c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname NOT IN ('information_schema', 'clew', 'clew_archive')`;

/** What tells at the end whether a table was written, and what it has lost. */
const known = `SELECT jsonb_object_agg(c.oid, jsonb_build_object(
      'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind, 'file', c.relfilenode,
      'writes', pg_stat_get_xact_tuples_inserted(c.oid)
        + pg_stat_get_xact_tuples_updated(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid),
      'columns', (SELECT coalesce(jsonb_object_agg(a.attnum, a.attname), '{}') FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE ${somebodys}`;

/** Of the unique key by whose columns rows are told apart, the operators by which it is equal. */
export const equality = `SELECT array_agg((
        SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname)
        FROM pg_opclass oc JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amopstrategy = 3
            AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
          JOIN pg_operator o ON o.oid = am.amopopr JOIN pg_namespace n ON n.oid = o.oprnamespace
        WHERE oc.oid = i.indclass[k.place - 1]) ORDER BY k.place)
      INTO operators
      FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k(number, place), pg_attribute a
      WHERE i.indrelid = rel AND a.attrelid = rel AND a.attnum = k.number AND k.place <= i.indnkeyatts
        AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion AND i.indpred IS NULL AND i.indexprs IS NULL
      GROUP BY i.indexrelid HAVING array_agg(a.attname::text ORDER BY k.place) = names LIMIT 1`;

/** Once the positions of its sequences are known. */
const moving = (id: string): string => `
  FOR rel IN SELECT x.oid FROM jsonb_array_elements(needs -> 'tables') y JOIN clew_archive.relation x ON x.archive = me AND x.key = y ->> 'key' WHERE y ? 'move' LOOP
    IF NOT ${own("move", id)}(rel) THEN PERFORM ${own("copy", id)}(rel, 'table'); END IF;
  END LOOP;`;

/** Begins: copies what will go, and sets triggers on what will be written. Takes the archive's needs. */
export function beginFunction(id: string, moves: boolean): string {
  const call = (word: string): string => own(word, id).replaceAll("'", "''");
  return plpgsql(
    `${own("begin", id)}(needs jsonb, days integer) RETURNS void`,
    id,
    `  t jsonb; rel regclass; kind "char"; leaving text[]; names text[]; operators text[]; command text; kept text; last bigint; called boolean;`,
    `  INSERT INTO clew_archive.archive (id, version, run, direction, expires_at, known)
  VALUES (me, needs ->> 'version', needs ->> 'run', coalesce(needs ->> 'direction', 'up'), now() + days * interval '1 day', (${known}));
  FOR t IN SELECT * FROM jsonb_array_elements(needs -> 'tables') LOOP
    SELECT c.oid, c.relkind INTO rel, kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = t ->> 'schema' AND c.relname = t ->> 'name' AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE');
    CONTINUE WHEN rel IS NULL;
    EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', rel, t ->> 'lock');
    SELECT coalesce(array_agg(c ->> 'name'), '{}') INTO leaving FROM jsonb_array_elements(t -> 'columns') c;
    SELECT array_agg(c) INTO names FROM jsonb_array_elements_text(t -> 'identity') c;
    ${equality};
    IF operators IS NULL THEN names := NULL; END IF;
    INSERT INTO clew_archive.relation
    SELECT me, t ->> 'key', t ->> 'schema', t ->> 'name', coalesce(t ->> 'root', t ->> 'key'), rel,
      t ? 'written', names, operators,
      coalesce(jsonb_object_agg(attnum, jsonb_build_object('name', attname, 'type', concat_ws(' ', atttypid, atttypmod),
        'generated', attgenerated <> '', 'leaving', attname = ANY (leaving))), '{}')
    FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped;
    IF t ? 'move' THEN
      NULL;
    ELSIF t ? 'dropped' AND kind = 'r' THEN
      PERFORM ${own("copy", id)}(rel, 'table');
    ELSIF t ? 'columns' AND NOT t ? 'dropped' AND NOT t ? 'root' THEN
      PERFORM ${own("copy", id)}(rel, 'columns');
    END IF;
    IF t ? 'written' THEN
      kept := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped
        AND (atttypid >= 16384 OR atttypid IN (790, 791))) THEN 'money' ELSE 'plain' END;
      FOREACH command IN ARRAY ARRAY[
        'b" BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ${call("announce")}()',
        'i" AFTER INSERT ON %s REFERENCING NEW TABLE AS clew_new FOR EACH STATEMENT EXECUTE FUNCTION ${call("capture")}(%s)',
        'u" AFTER UPDATE ON %s REFERENCING OLD TABLE AS clew_old NEW TABLE AS clew_new FOR EACH STATEMENT EXECUTE FUNCTION ${call("capture")}(%s)',
        'd" AFTER DELETE ON %s REFERENCING OLD TABLE AS clew_old FOR EACH STATEMENT EXECUTE FUNCTION ${call("capture")}(%s)',
        't" BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION ${call("empty")}()'
      ] LOOP
        CONTINUE WHEN t ? 'alone' AND command LIKE 'b%';
        EXECUTE format('CREATE TRIGGER "clew ${id} ' || command, rel, kept);
      END LOOP;
      -- Also under session_replication_role = replica, by which data are often loaded.
      EXECUTE format('ALTER TABLE ONLY %s ', rel) || (SELECT string_agg('ENABLE ALWAYS TRIGGER "clew ${id} ' || w || '"', ', ') FROM unnest('{b,i,u,d,t}'::text[]) w
        WHERE w <> 'b' OR NOT t ? 'alone');
    END IF;
  END LOOP;
  FOR t IN SELECT * FROM jsonb_array_elements(needs -> 'sequences') LOOP
    SELECT c.oid INTO rel FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = t ->> 'schema' AND c.relname = t ->> 'name' AND c.relkind = 'S'
      AND has_sequence_privilege(c.oid, 'SELECT');
    CONTINUE WHEN rel IS NULL;
    EXECUTE format('SELECT last_value, is_called FROM %s', rel) INTO last, called;
    INSERT INTO clew_archive.position VALUES (me, t ->> 'key', t ->> 'schema', t ->> 'name', rel, last, called);
  END LOOP;${moves ? moving(id) : ""}`,
  );
}

/**
 * Copies a table before it goes (`table`), the values of columns before they go or change their type (`columns`), or
 * the latter's as they are at the end (`now`), with what tells the rows apart.
 */
export function copyFunction(id: string): string {
  return plpgsql(
    `${own("copy", id)}(rel regclass, what text) RETURNS void`,
    id,
    `  moment bigint := nextval('clew_archive.moment'); numbers smallint[]; list text; made bigint; forced boolean; r record;`,
    `  SELECT * INTO r FROM clew_archive.relation x WHERE x.archive = me AND x.oid = rel;
  SELECT array_agg(a.attnum ORDER BY (c.value -> 'leaving')::boolean, a.attnum),
    string_agg('r.' || quote_ident(a.attname), ', ' ORDER BY (c.value -> 'leaving')::boolean, a.attnum)
  INTO numbers, list
  FROM jsonb_each(r.columns) c JOIN pg_attribute a ON a.attrelid = rel AND a.attnum = c.key::smallint AND NOT a.attisdropped
  WHERE what = 'table' OR (c.value -> 'leaving')::boolean
    OR NOT (c.value -> 'generated')::boolean AND (r.identity IS NULL OR c.value ->> 'name' = ANY (r.identity));
  SELECT c.relrowsecurity AND c.relforcerowsecurity AND NOT (u.rolsuper OR u.rolbypassrls) INTO forced
  FROM pg_class c, pg_roles u WHERE c.oid = rel AND u.rolname = current_user;
  IF forced THEN EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', rel); END IF;
  EXECUTE format('INSERT INTO ${own("rows", id).replaceAll("'", "''")} SELECT %s, row_number() OVER (), ROW(%s)::text FROM %s %s r',
    moment, list, CASE (SELECT relkind FROM pg_class WHERE oid = rel) WHEN 'r' THEN 'ONLY' ELSE '' END, rel);
  GET DIAGNOSTICS made = ROW_COUNT;
  INSERT INTO clew_archive.capture VALUES (moment, me, rel, what, coalesce(numbers, '{}'), made);
  IF forced THEN EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rel); END IF;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO clew_archive.loss VALUES (me, rel::text, 'it could not be copied: ' || SQLERRM);`,
  );
}

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
export function announceFunction(id: string, transaction = "%s"): string {
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
export function captureFunction(id: string, transaction = "%s", limit = 0): string {
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
    ${checkSize(rows, limit, "TG_RELID::regclass")}
  END IF;
  IF made > 0 THEN
    INSERT INTO clew_archive.capture VALUES (moment, me, TG_RELID, lower(TG_OP),
      (SELECT coalesce(array_agg(attnum ORDER BY attnum), '{}') FROM pg_attribute WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped), made);
  END IF;
  RETURN NULL;`,
  );
}

/** The function of the triggers before a TRUNCATE, of which there is no transition table. */
export function emptyFunction(id: string, transaction = "%s"): string {
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
