// Owns the functions that work out in the server what a rollback gives back of each table, and what stands in its way.
import { literal } from "../store/bind.ts";
import type { Labels } from "./labels.ts";
import { itself, own, plpgsql, readsMuch } from "./text.ts";

/** The name of a table that came from the archive, where it is now. */
const here = `to_regclass(format('%I.%I', r.schema, r.name))`;

/** An expression for the texts of a row's columns, as their types print them, which a cast to text may not. */
export function textsFunction(id: string): string {
  return plpgsql(
    `${own("texts", id)}(columns text[]) RETURNS text ${readsMuch}`,
    id,
    "",
    `  RETURN (SELECT format('ARRAY[%s]::text[]', string_agg(format('CASE num_nonnulls(t.%1$I) WHEN 1 THEN concat(t.%1$I) END', c), ', ' ORDER BY place))
    FROM unnest(columns) WITH ORDINALITY u(c, place));`,
  );
}

/** Lets a table's owner see and write all its rows; returns the command that forces its policies on the owner again, or NULL. */
export function unforceFunction(id: string): string {
  return plpgsql(
    `${own("unforce", id)}(rel regclass) RETURNS text ${readsMuch}`,
    id,
    "",
    `  IF NOT EXISTS (SELECT FROM pg_class c, pg_roles u WHERE c.oid = rel AND c.relforcerowsecurity AND pg_has_role(c.relowner, 'USAGE')
    AND u.rolname = current_user AND NOT u.rolsuper AND NOT u.rolbypassrls) THEN RETURN NULL; END IF;
  EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', rel);
  RETURN format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', rel);`,
  );
}

/** Makes a composite type out of some of a relation's columns, by which texts are read as their types read them. */
export function typeFunction(id: string): string {
  return plpgsql(
    `${own("type", id)}(name text, rel regclass, columns text[]) RETURNS void ${readsMuch}`,
    id,
    "",
    `  EXECUTE (SELECT format('CREATE TYPE pg_temp.%I AS (%s)', name,
      string_agg(format('f%s %s', place, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY place))
    FROM unnest(columns) WITH ORDINALITY u(c, place) JOIN pg_attribute a ON a.attrelid = rel AND a.attname = c AND NOT a.attisdropped);`,
  );
}

/**
 * Reads kept rows of one layout as arrays of texts, in the order of these columns, into pg_temp.clew_line. Values of enums
 * get the names that they had before the migration.
 */
export function linesFunction(id: string, labels: Labels): string {
  return plpgsql(
    `${own("lines", id)}(table_oid oid, layout smallint[], what text, moments bigint[], columns text[]) RETURNS void ${readsMuch}`,
    id,
    `  picks text; labels CONSTANT jsonb := ${literal(JSON.stringify(labels))};`,
    `  CREATE TEMP TABLE IF NOT EXISTS clew_line (moment bigint, n bigint, what text, former boolean, v text[]);
  SELECT string_agg(coalesce(format(CASE
      WHEN c.renamed IS NULL THEN '(y).f%1$s'
      WHEN (c.renamed -> 'array')::boolean THEN 'coalesce((SELECT array_agg(coalesce(%2$L::jsonb ->> e, e))::text FROM unnest((y).f%1$s::text[]) e), (y).f%1$s)'
      ELSE 'coalesce(%2$L::jsonb ->> (y).f%1$s, (y).f%1$s)' END,
      array_position(layout, c.key::smallint), c.renamed ->> 'names'), 'NULL'), ', ' ORDER BY place) INTO picks
  FROM unnest(columns) WITH ORDINALITY u(name, place)
    LEFT JOIN (SELECT e.key, e.value ->> 'name' AS name, labels -> x.key -> (e.value ->> 'name') AS renamed FROM clew_archive.relation x, jsonb_each(x.columns) e
      WHERE x.archive = me AND x.oid = table_oid) c USING (name);
  EXECUTE (SELECT format('CREATE TYPE pg_temp.clew_layout AS (%s)', string_agg(format('f%s text', i), ', ' ORDER BY i))
    FROM generate_series(1, cardinality(layout)) i);
  EXECUTE format('INSERT INTO pg_temp.clew_line SELECT moment, n, %L, was IS NOT NULL, ARRAY[%s]::text[] FROM (
      SELECT moment, n, was, coalesce(was, now)::pg_temp.clew_layout AS y FROM ${own("rows", id)} JOIN unnest($1) u(moment) USING (moment) OFFSET 0) s', what, picks)
  USING moments;
  DROP TYPE pg_temp.clew_layout;`,
  );
}

/**
 * What a migration's writes came to, row by row: `w` is the row as it was, `x` as the migration left it, either NULL where
 * there was none, `cur` as it is now. A row whose key was changed is one that went and another that came.
 */
export function workFunction(id: string): string {
  const found = (alias: string): string => `
  SELECT string_agg(format('t.%I %s (${alias}.y).f%s', c, o, i), ' AND ') INTO matches
  FROM unnest(r.identity, r.operators) WITH ORDINALITY u(c, o, i)`;
  return plpgsql(
    `${own("work", id)}(root text) RETURNS void ${readsMuch}`,
    id,
    `  r record; rel regclass; columns text[]; m integer; number integer; p record; matches text; changed text := 'EXISTS (
      SELECT FROM unnest(s.w, s.x, s.cur) u(w, x, cur)
      WHERE u.w IS DISTINCT FROM u.x AND u.cur IS DISTINCT FROM u.x AND u.cur IS DISTINCT FROM u.w)';`,
    `  SELECT * INTO r FROM clew_archive.relation x WHERE x.archive = me AND x.key = root;
  rel := ${here};
  IF rel IS NULL THEN
    INSERT INTO clew_archive.conflict VALUES (me, root, '', 'the table is not there');
    RETURN;
  END IF;
  EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', rel);
  SELECT array_agg(c.value ->> 'name' ORDER BY array_position(r.identity, c.value ->> 'name'), c.key::integer) INTO columns
  FROM jsonb_each(r.columns) c WHERE NOT (c.value -> 'generated')::boolean AND NOT (c.value -> 'leaving')::boolean;
  m := coalesce(cardinality(r.identity), 0);
  DROP TABLE IF EXISTS pg_temp.clew_line;
  FOR p IN SELECT c.oid, c.columns, c.what, array_agg(c.moment) AS moments
    FROM clew_archive.capture c JOIN clew_archive.relation x USING (archive, oid)
    WHERE c.archive = me AND x.root = root AND c.what IN ('insert', 'update', 'delete', 'truncate')
      -- A partition that was dropped is there again as it was copied.
      AND NOT EXISTS (SELECT FROM clew_archive.capture d WHERE d.archive = me AND d.oid = c.oid AND d.what = 'table') GROUP BY 1, 2, 3
  LOOP
    PERFORM ${own("lines", id)}(p.oid, p.columns, p.what, p.moments, columns);
  END LOOP;
  IF to_regclass('pg_temp.clew_line') IS NULL THEN RETURN; END IF;
  -- Statistics of arrays would take longer than what they are for.
  ANALYZE pg_temp.clew_line (moment, n, what, former);
  DROP TABLE IF EXISTS pg_temp.clew_event;
  CREATE TEMP TABLE clew_event AS
  SELECT a.moment, a.n, CASE WHEN a.former THEN a.v END AS w, CASE WHEN NOT a.former THEN a.v END AS x
  FROM pg_temp.clew_line a WHERE a.what <> 'update'
  UNION ALL
  SELECT moment, n, a.v, b.v FROM pg_temp.clew_line a JOIN pg_temp.clew_line b USING (moment, n)
  WHERE a.what = 'update' AND a.former AND b.what = 'update' AND NOT b.former;
  DROP TABLE pg_temp.clew_line;
  SELECT count(*) + 1 INTO number FROM pg_temp.clew_work;
  INSERT INTO pg_temp.clew_work VALUES (number, root, rel, columns, m, r.identity, r.operators);

  IF m = 0 THEN
    -- Rows that nothing tells apart: how many of each there were to be added and taken away. Equal ones are numbered.
    EXECUTE format('CREATE TEMP TABLE %1$I AS
      WITH event AS (SELECT w, x FROM pg_temp.clew_event WHERE w IS DISTINCT FROM x),
        delta AS (SELECT image, sum(s) AS s FROM (SELECT x AS image, 1 AS s FROM event WHERE x IS NOT NULL
          UNION ALL SELECT w, -1 FROM event WHERE w IS NOT NULL) a GROUP BY image),
        seen AS (SELECT image, row_number() OVER (PARTITION BY image) AS i, tableoid AS part, ctid AS place
          FROM (SELECT %2$s AS image, t.tableoid, t.ctid FROM %3$s t OFFSET 0) t WHERE image IN (SELECT image FROM delta WHERE s > 0))
      SELECT NULL::text[] AS k, NULL::text[] AS w, s.image AS x, seen.part, seen.place,
        CASE WHEN seen.i IS NULL THEN ''conflict'' ELSE ''delete'' END AS act,
        CASE WHEN seen.i IS NULL THEN ''it was changed or deleted since'' END AS why
      FROM delta s CROSS JOIN generate_series(1, s.s) g LEFT JOIN seen ON seen.image = s.image AND seen.i = g WHERE s.s > 0
      UNION ALL
      SELECT NULL, s.image, NULL, NULL, NULL, ''insert'', NULL FROM delta s CROSS JOIN generate_series(1, -s.s) WHERE s.s < 0',
      'clew_row_' || number, ${own("texts", id)}(columns), ${itself("rel")});
    -- What an update made of a row, and has been changed again, is not given back as a second row.
    EXECUTE format('WITH gone AS (SELECT x, count(*) AS times FROM pg_temp.%1$I WHERE act = ''conflict'' GROUP BY x),
        former AS (SELECT e.w, row_number() OVER (PARTITION BY e.x) AS i, gone.times
          FROM pg_temp.clew_event e JOIN gone USING (x) WHERE e.w IS NOT NULL),
        one AS (SELECT w, count(*) AS times FROM former WHERE i <= times GROUP BY w),
        listed AS (SELECT ctid AS at, w, row_number() OVER (PARTITION BY w) AS i FROM pg_temp.%1$I WHERE act = ''insert'')
      DELETE FROM pg_temp.%1$I a USING listed l JOIN one USING (w) WHERE a.ctid = l.at AND l.i <= one.times', 'clew_row_' || number);
    DROP TABLE pg_temp.clew_event;
    RETURN;
  END IF;

  PERFORM ${own("type", id)}('clew_key_' || number, rel, columns[1:m]);
  EXECUTE format('CREATE TEMP TABLE clew_net AS
    SELECT k, w, x, ROW(%s)::text::pg_temp.%I AS y FROM (
      SELECT DISTINCT ON (k) k, w, last_value(x) OVER (PARTITION BY k ORDER BY moment, part
        ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS x
      FROM (
        SELECT moment, 0 AS part, (coalesce(w, x))[1:%3$s] AS k, w, x FROM pg_temp.clew_event
        WHERE w IS NULL OR x IS NULL OR w[1:%3$s] = x[1:%3$s]
        UNION ALL SELECT moment, 0, w[1:%3$s], w, NULL FROM pg_temp.clew_event WHERE w[1:%3$s] <> x[1:%3$s]
        UNION ALL SELECT moment, 1, x[1:%3$s], NULL, x FROM pg_temp.clew_event WHERE w[1:%3$s] <> x[1:%3$s]
      ) e ORDER BY k, moment, part
    ) s WHERE w IS DISTINCT FROM x',
    (SELECT string_agg(format('k[%s]', i), ', ' ORDER BY i) FROM generate_series(1, m) i), 'clew_key_' || number, m);
  DROP TABLE pg_temp.clew_event;
  ANALYZE pg_temp.clew_net (y);${found("s")};
  EXECUTE format('CREATE TEMP TABLE %1$I AS
    SELECT s.k, s.w, s.x, s.y, s.cur, CASE
        WHEN s.x IS NULL THEN CASE WHEN s.cur IS NULL THEN ''insert'' WHEN s.cur = s.w THEN ''done'' ELSE ''conflict'' END
        WHEN s.cur IS NULL THEN CASE WHEN s.w IS NULL THEN ''done'' ELSE ''conflict'' END
        WHEN s.w IS NULL THEN CASE WHEN s.cur = s.x THEN ''delete'' ELSE ''conflict'' END
        WHEN s.cur = s.x THEN ''update'' WHEN s.cur = s.w THEN ''done'' WHEN %2$s THEN ''conflict'' ELSE ''update'' END AS act,
      CASE WHEN s.cur IS NULL THEN ''it was deleted since'' WHEN s.x IS NULL THEN ''another row has its key'' ELSE ''it was changed since'' END AS why
    FROM (SELECT s.*, CASE WHEN t.tableoid IS NOT NULL THEN %3$s END AS cur FROM pg_temp.clew_net s LEFT JOIN %4$s t ON %5$s) s',
    'clew_row_' || number, changed, ${own("texts", id)}(columns), ${itself("rel")}, matches);
  DROP TABLE pg_temp.clew_net;
  EXECUTE format('ANALYZE pg_temp.%I (act)', 'clew_row_' || number);`,
  );
}

/**
 * Keeps what could only be taken back by breaking a foreign key: rows that others refer to by now, and rows whose own
 * references lead nowhere any more. What is kept may keep others, so it goes on until nothing changes. Of tables that may
 * not be read, the foreign key itself has the last word.
 */
export function referencesFunction(id: string): string {
  return plpgsql(
    `${own("references", id)}() RETURNS void ${readsMuch}`,
    id,
    `  f record; staying text; going text; coming text; typed text; nulls text; hits bigint; total bigint;`,
    `  LOOP
    total := 0;
    FOR f IN
      SELECT c.conrelid::regclass AS child, c.confrelid::regclass AS parent, wc.number AS cn, wp.number AS pn,
        wc.m AS cm, wp.m AS pm, wc.columns AS cc, wp.columns AS pc, c.convalidated AS valid,
        k.names, k.targets, k.joins, k.typed,
        (SELECT string_agg(format('c.%I %s (d.y).f%s', n, o, i), ' AND ') FROM unnest(wc.identity, wc.operators) WITH ORDINALITY u(n, o, i)) AS of_child,
        (SELECT string_agg(format('p.%I %s (s.y).f%s', n, o, i), ' AND ') FROM unnest(wp.identity, wp.operators) WITH ORDINALITY u(n, o, i)) AS of_parent
      FROM pg_constraint c
        LEFT JOIN pg_temp.clew_work wc ON wc.rel = c.conrelid LEFT JOIN pg_temp.clew_work wp ON wp.rel = c.confrelid
        CROSS JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY i) AS names, array_agg(b.attname::text ORDER BY i) AS targets,
            string_agg(format('p.%I OPERATOR(%I.%s) c.%I', b.attname, n.nspname, o.oprname, a.attname), ' AND ') AS joins,
            string_agg(format('p.%I OPERATOR(%I.%s) (q.z).f%s', b.attname, n.nspname, o.oprname, i), ' AND ') AS typed
          FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY u(ca, pa, op, i)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ca
            JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = pa
            JOIN pg_operator o ON o.oid = op JOIN pg_namespace n ON n.oid = o.oprnamespace) k
      WHERE c.contype = 'f' AND c.conparentid = 0 AND (wc.m > 0 OR wp.m > 0)
        AND has_table_privilege(c.conrelid, 'SELECT') AND has_table_privilege(c.confrelid, 'SELECT')
    LOOP
      IF f.pm > 0 AND (f.cm IS NULL OR f.cm > 0) THEN
        staying := 'true';
        IF f.cm > 0 THEN
          staying := format('NOT EXISTS (SELECT FROM pg_temp.%I d WHERE %s AND (d.act = ''delete'' OR d.act = ''update'' AND (%s)))', 'clew_row_' || f.cn, f.of_child,
            (SELECT coalesce(string_agg(format('d.w[%1$s] IS DISTINCT FROM d.x[%1$s]', array_position(f.cc, n)), ' OR '), 'false') FROM unnest(f.names) n WHERE n = ANY (f.cc)));
        END IF;
        EXECUTE format('UPDATE pg_temp.%1$I s SET act = ''conflict'', why = %2$L WHERE s.act = ''delete''
          AND EXISTS (SELECT FROM %3$s p JOIN %4$s c ON %5$s WHERE %6$s AND %7$s)',
          'clew_row_' || f.pn, format('%s refers to it', f.child), f.parent, f.child, f.joins, f.of_parent, staying);
        GET DIAGNOSTICS hits = ROW_COUNT;
        total := total + hits;
      END IF;
      -- Where nobody has validated the key, rows of before may have led nowhere as well.
      IF f.cm > 0 AND f.names <@ f.cc AND f.valid THEN
        PERFORM ${own("type", id)}('clew_reference', f.child, f.names);
        going := 'false'; coming := 'false';
        IF f.pm > 0 THEN
          going := format('EXISTS (SELECT FROM pg_temp.%I s WHERE %s AND s.act = ''delete'')', 'clew_row_' || f.pn, f.of_parent);
        END IF;
        IF f.pn IS NOT NULL AND f.targets <@ f.pc THEN
          coming := format('EXISTS (SELECT FROM pg_temp.%I o WHERE o.act = ''insert'' AND %s)', 'clew_row_' || f.pn,
            (SELECT string_agg(format('o.w[%s] = q.w[%s]', array_position(f.pc, b), array_position(f.cc, a)), ' AND ') FROM unnest(f.names, f.targets) u(a, b)));
        END IF;
        EXECUTE format('UPDATE pg_temp.%1$I u SET act = ''conflict'', why = %2$L FROM (
            SELECT q.ctid AS at FROM (SELECT s.ctid, s.w, s.act, ROW(%3$s)::text::pg_temp.clew_reference AS z FROM pg_temp.%1$I s
              WHERE s.act = ''insert'' OR s.act = ''update'' AND (%4$s) OFFSET 0) q
            WHERE %5$s AND NOT EXISTS (SELECT FROM %6$s p WHERE %7$s AND NOT %8$s) AND NOT %9$s) v
          WHERE u.ctid = v.at',
          'clew_row_' || f.cn, format('what it refers to in %s is gone', f.parent),
          (SELECT string_agg(format('s.w[%s]', array_position(f.cc, n)), ', ') FROM unnest(f.names) n),
          (SELECT string_agg(format('s.w[%1$s] IS DISTINCT FROM s.x[%1$s]', array_position(f.cc, n)), ' OR ') FROM unnest(f.names) n),
          (SELECT string_agg(format('q.w[%s] IS NOT NULL', array_position(f.cc, n)), ' AND ') FROM unnest(f.names) n),
          f.parent, f.typed, going, coming);
        GET DIAGNOSTICS hits = ROW_COUNT;
        total := total + hits;
        DROP TYPE pg_temp.clew_reference;
      END IF;
    END LOOP;
    EXIT WHEN total = 0;
  END LOOP;`,
  );
}
