// Owns the function that ends an archive in the server: what was not gone after all, what is not kept, and no trigger left.
import { checkSize } from "./limit.ts";
import { refuseLeft } from "./move-function.ts";
import { common } from "./text.ts";

/** A table that was written, as the server counted, beyond what was captured. */
const written = `pg_stat_get_xact_tuples_inserted(k.key::oid) + pg_stat_get_xact_tuples_updated(k.key::oid)
        + pg_stat_get_xact_tuples_deleted(k.key::oid) - (k.value ->> 'writes')::bigint`;

const captured = `(SELECT coalesce(sum(p.rows), 0) FROM clew_archive.capture p
        WHERE p.archive = me AND p.oid = k.key::oid AND p.what IN ('insert', 'update', 'delete'))`;

/** Of pg_trigger t: a trigger of this archive's. */
const ours = `(t.tgfoid = own OR t.tgname = format('clew %s b', me))`;

/** Whether all triggers stood to the end as they were set; otherwise something may have passed them. */
const guarded = `(SELECT count(*) >= 4 AND bool_and(t.tgenabled = 'A') FROM pg_trigger t WHERE t.tgrelid = k.key::oid AND ${ours})`;

const writes = `(SELECT * FROM clew_archive.capture p WHERE p.what IN ('insert', 'update', 'delete', 'truncate')) p`;

const copied = `EXISTS (SELECT FROM clew_archive.capture p WHERE p.archive = me AND p.oid = k.key::oid AND p.what = 'table')`;

/** Ends: takes the needs too, for what was to be written to new files. */
export function finishFunction(name: string, copy: string): string {
  return common(
    `${name}(needs jsonb, size_limit bigint) RETURNS void`,
    `  me CONSTANT uuid := needs ->> 'id'; store CONSTANT text := format('clew_archive.%I', 'rows ' || me);
  own CONSTANT oid := to_regproc(format('clew_archive.%I', 'capture ' || me)); r record; command text; last bigint; called boolean;`,
    `  -- Renamed, not dropped; of columns: neither gone nor of another type.
  IF EXISTS (SELECT FROM clew_archive.capture p JOIN pg_class c USING (oid) WHERE p.archive = me AND p.what = 'table') THEN
    EXECUTE format('DELETE FROM %s x USING clew_archive.capture p, pg_class c
      WHERE p.archive = $1 AND p.what = ''table'' AND c.oid = p.oid AND x.moment = p.moment', store) USING me;
  END IF;
  DELETE FROM clew_archive.capture p USING pg_class c WHERE p.archive = me AND p.what = 'table' AND c.oid = p.oid;
  UPDATE clew_archive.relation x SET columns = (
    SELECT coalesce(jsonb_object_agg(c.key, c.value || jsonb_build_object(
      'leaving', (c.value -> 'leaving')::boolean AND (a.attisdropped OR concat_ws(' ', a.atttypid, a.atttypmod) <> c.value ->> 'type'),
      'retyped', (c.value -> 'leaving')::boolean AND NOT a.attisdropped AND concat_ws(' ', a.atttypid, a.atttypmod) <> c.value ->> 'type')), '{}')
    FROM jsonb_each(x.columns) c JOIN pg_attribute a ON a.attrelid = x.oid AND a.attnum = c.key::smallint)
  WHERE x.archive = me AND EXISTS (SELECT FROM pg_class c WHERE c.oid = x.oid);
  FOR r IN SELECT x.oid::regclass AS rel FROM clew_archive.capture p JOIN clew_archive.relation x USING (archive, oid)
    WHERE p.archive = me AND p.what = 'columns' AND EXISTS (SELECT FROM jsonb_each(x.columns) c JOIN pg_attribute a
      ON a.attrelid = x.oid AND a.attnum = c.key::smallint AND NOT a.attisdropped WHERE (c.value -> 'leaving')::boolean)
  LOOP
    PERFORM ${copy}(me, r.rel, 'now');
  END LOOP;
  FOR r IN SELECT p.oid::regclass AS rel FROM clew_archive.position p JOIN pg_class c ON c.oid = p.oid WHERE p.archive = me LOOP
    EXECUTE format('SELECT last_value, is_called FROM %s', r.rel) INTO last, called;
    UPDATE clew_archive.position p SET left_value = last, left_called = called WHERE p.archive = me AND p.oid = r.rel;
  END LOOP;

  ${refuseLeft}
  ${checkSize("store", "size_limit", `(SELECT p.oid::regclass FROM clew_archive.capture p WHERE p.archive = me GROUP BY p.oid ORDER BY sum(p.rows) DESC LIMIT 1)`)}
  INSERT INTO clew_archive.loss
  SELECT me, k.value ->> 'name', w.what
  FROM clew_archive.archive a, jsonb_each(a.known) k
    LEFT JOIN pg_class c ON c.oid = k.key::oid
    LEFT JOIN clew_archive.relation x ON x.archive = me AND x.oid = k.key::oid
    CROSS JOIN LATERAL (
      SELECT 'it was dropped' AS what WHERE c.oid IS NULL AND k.value ->> 'kind' = 'r' AND NOT ${copied}
      UNION ALL
      SELECT 'it was written' WHERE c.oid IS NOT NULL AND ${written} > CASE WHEN NOT coalesce(x.written, false) THEN 0
        WHEN ${guarded} THEN ${written} ELSE ${captured} END
      UNION ALL
      SELECT 'it was emptied' WHERE c.oid IS NOT NULL AND k.value ->> 'kind' = 'r' AND c.relfilenode <> (k.value ->> 'file')::oid
        AND NOT coalesce(x.written, false)
        AND NOT EXISTS (SELECT FROM jsonb_array_elements(needs -> 'rewritten') y
          WHERE format('%I.%I', y ->> 'schema', y ->> 'name') = k.value ->> 'name')
      UNION ALL
      SELECT 'it was written together with the tables that inherit from it' WHERE k.value ->> 'kind' = 'r'
        AND ((k.value -> 'heirs')::boolean OR EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.oid)) AND EXISTS (SELECT FROM clew_archive.capture p
          WHERE p.archive = me AND p.oid = c.oid AND p.what IN ('update', 'delete'))
      UNION ALL
      SELECT 'it was written, and its partitions are others than before'
      WHERE k.value ->> 'kind' = 'p' AND x.written AND x.root = x.key AND EXISTS (
        SELECT FROM (SELECT array_agg(relid::oid) AS oids FROM pg_partition_tree(c.oid)) parts,
          (SELECT EXISTS (SELECT FROM ${writes} JOIN clew_archive.relation y USING (archive, oid) JOIN pg_class l USING (oid)
            WHERE p.archive = me AND y.root = x.key AND l.relkind = 'p') AS passed_on) through,
          jsonb_object_keys(a.known) o(oid) JOIN pg_class l ON l.oid = o.oid::oid
          LEFT JOIN clew_archive.relation y ON y.archive = me AND y.oid = l.oid
          LEFT JOIN jsonb_array_elements(needs -> 'tables') t ON t ->> 'key' = y.key
        WHERE l.oid <> c.oid AND CASE WHEN t ->> 'leaves' = x.key THEN passed_on
          WHEN y.root = x.key THEN l.oid <> ALL (parts.oids) AND (passed_on OR EXISTS (SELECT FROM ${writes} WHERE p.archive = me AND p.oid = l.oid))
          ELSE passed_on AND l.oid = ANY (parts.oids) END)
      UNION ALL
      SELECT 'it was written and dropped, and partitions of it stay' WHERE c.oid IS NULL AND k.value ->> 'kind' = 'p'
        AND EXISTS (SELECT FROM ${writes} WHERE p.archive = me AND p.oid = k.key::oid)
        AND EXISTS (SELECT FROM clew_archive.relation y JOIN pg_class l USING (oid)
          JOIN jsonb_array_elements(needs -> 'tables') t ON t ->> 'key' = y.key WHERE y.archive = me AND t ->> 'leaves' = x.key)
      UNION ALL
      SELECT format('column %I was dropped', d.value) FROM jsonb_each_text(k.value -> 'columns') d
        JOIN pg_attribute t ON t.attrelid = k.key::oid AND t.attnum = d.key::smallint AND t.attisdropped
        LEFT JOIN clew_archive.relation top ON top.archive = me AND top.key = x.root
      WHERE NOT EXISTS (SELECT FROM clew_archive.capture p WHERE p.archive = me AND p.what = 'columns' AND p.oid = top.oid)
        OR NOT EXISTS (SELECT FROM jsonb_each(top.columns) f WHERE f.value ->> 'name' = d.value AND (f.value -> 'leaving')::boolean)
    ) w
  WHERE a.id = me;
  UPDATE clew_archive.archive SET known = NULL WHERE archive.id = me;

  FOR r IN SELECT DISTINCT t.tgrelid::regclass AS rel FROM pg_trigger t WHERE ${ours} LOOP
    BEGIN
      -- To wait here, with the table's writers waiting for us, is to be the victim of a deadlock.
      EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE NOWAIT', r.rel);
      FOR command IN SELECT format('DROP TRIGGER %I ON %s', t.tgname, r.rel) FROM pg_trigger t
        WHERE t.tgrelid = r.rel AND ${ours}
      LOOP EXECUTE command; END LOOP;
    EXCEPTION WHEN OTHERS THEN
      BEGIN
        FOR command IN SELECT format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', r.rel, t.tgname) FROM pg_trigger t
          WHERE t.tgrelid = r.rel AND ${ours}
        LOOP EXECUTE command; END LOOP;
      EXCEPTION WHEN OTHERS THEN NULL;
      END;
    END;
  END LOOP;
  IF own IS NOT NULL AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgfoid = own) THEN
    EXECUTE format('DROP FUNCTION %s()', own::regproc);
  END IF;`,
  );
}
