// Owns the functions that copy rows in the server when a migration begins, and set triggers on what it will write.
import { literal } from "../store/bind.ts";
import { closing } from "./schema.ts";
import { common } from "./text.ts";
import { captureFunction, type Parts } from "./trigger-functions.ts";

/** A condition on pg_class c and pg_namespace n that holds for tables whose rows are somebody's. */
const somebodys = `c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%'
      AND n.nspname NOT IN ('information_schema', 'clew', 'clew_archive')`;

/** What tells at the end whether a table was written, and what it has lost. */
const known = `SELECT jsonb_object_agg(c.oid, jsonb_build_object(
      'name', format('%I.%I', n.nspname, c.relname), 'kind', c.relkind, 'file', c.relfilenode,
      'heirs', EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid), 'writes', pg_stat_get_xact_tuples_inserted(c.oid)
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
const moving = (copy: string, move: string): string => `
  FOR rel IN SELECT x.oid FROM jsonb_array_elements(needs -> 'tables') y JOIN clew_archive.relation x ON x.archive = me AND x.key = y ->> 'key' WHERE y ? 'move' LOOP
    IF NOT ${move}(me, rel) THEN PERFORM ${copy}(me, rel, 'table'); END IF;
  END LOOP;`;

/** What one archive has to itself: the table of its rows, and a function that writes to it without being planned each time. */
const making = (
  parts: Parts,
): string => `EXECUTE format('CREATE TABLE clew_archive.%I (moment bigint NOT NULL, n bigint NOT NULL, was text, now text)', 'rows ' || me);
  IF needs @? '$.tables[*].written' THEN
    EXECUTE replace(replace(${literal(captureFunction("{id}", "{limit}", parts))}, '{id}', me::text), '{limit}', size_limit::text);
  END IF;`;

/** Begins: copies what will go, and sets triggers on what will be written. Takes the archive's needs. */
export function beginFunction(name: string, parts: Parts & Record<"announce" | "copy" | "move", string>): string {
  const { announce, copy, move } = parts;
  return common(
    `${name}(needs jsonb, days integer, size_limit bigint) RETURNS void`,
    `  me CONSTANT uuid := needs ->> 'id'; t jsonb; rel regclass; kind "char"; leaving text[]; names text[]; operators text[]; command text; kept text;
  last bigint; called boolean;`,
    `  ${making(parts)}
  ${closing("command", "p.proname = ('capture ' || me)::name")}
  INSERT INTO clew_archive.archive (id, version, run, direction, expires_at, known)
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
    ELSIF t ? 'dropped' THEN
      PERFORM ${copy}(me, rel, 'table');
    ELSIF t ? 'columns' AND NOT t ? 'dropped' AND NOT t ? 'root' THEN
      PERFORM ${copy}(me, rel, 'columns');
    END IF;
    IF t ? 'written' THEN
      kept := CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped
        AND (atttypid >= 16384 OR atttypid IN (790, 791))) THEN 'money' ELSE 'plain' END;
      FOREACH command IN ARRAY ARRAY[
        'b" BEFORE INSERT OR UPDATE OR DELETE ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION ${announce}(%4$L)',
        'i" AFTER INSERT ON %1$s REFERENCING NEW TABLE AS clew_new FOR EACH STATEMENT EXECUTE FUNCTION clew_archive.%2$I(%3$L, %4$L, %5$L)',
        'u" AFTER UPDATE ON %1$s REFERENCING OLD TABLE AS clew_old NEW TABLE AS clew_new FOR EACH STATEMENT EXECUTE FUNCTION clew_archive.%2$I(%3$L, %4$L, %5$L)',
        'd" AFTER DELETE ON %1$s REFERENCING OLD TABLE AS clew_old FOR EACH STATEMENT EXECUTE FUNCTION clew_archive.%2$I(%3$L, %4$L, %5$L)',
        't" BEFORE TRUNCATE ON %1$s FOR EACH STATEMENT EXECUTE FUNCTION clew_archive.%2$I(%3$L, %4$L, %5$L)'
      ] LOOP
        CONTINUE WHEN t ? 'alone' AND command LIKE 'b%';
        -- Those that are left behind do nothing in another transaction.
        EXECUTE format('CREATE TRIGGER "clew ' || me || ' ' || command, rel, 'capture ' || me, kept, pg_current_xact_id(),
          (SELECT reltoastrelid FROM pg_class WHERE oid = rel));
      END LOOP;
      -- Also under session_replication_role = replica, by which data are often loaded.
      EXECUTE format('ALTER TABLE ONLY %s ', rel) || (SELECT string_agg('ENABLE ALWAYS TRIGGER "clew ' || me || ' ' || w || '"', ', ') FROM unnest('{b,i,u,d,t}'::text[]) w
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
  END LOOP;${moving(copy, move)}`,
  );
}

/**
 * Copies a table before it goes (`table`: of a partitioned one no row, each partition has its own), the values of
 * columns before they go or change their type (`columns`), or the latter's as they are at the end (`now`), with what
 * tells the rows apart.
 */
export function copyFunction(name: string): string {
  return common(
    `${name}(me uuid, rel regclass, what text) RETURNS void`,
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
  EXECUTE format('INSERT INTO clew_archive.%I SELECT %s, row_number() OVER (), ROW(%s)::text FROM %s %s r',
    'rows ' || me, moment, list, CASE WHEN what = 'table' OR (SELECT relkind FROM pg_class WHERE oid = rel) = 'r' THEN 'ONLY' ELSE '' END, rel);
  GET DIAGNOSTICS made = ROW_COUNT;
  INSERT INTO clew_archive.capture VALUES (moment, me, rel, what, coalesce(numbers, '{}'), made);
  IF forced THEN EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rel); END IF;
EXCEPTION WHEN OTHERS THEN
  INSERT INTO clew_archive.loss VALUES (me, rel::text, 'it could not be copied: ' || SQLERRM);`,
  );
}
