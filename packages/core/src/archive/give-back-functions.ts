// Owns the functions that give rows back in the server: of tables that went, of columns, and of what was written.
import { movedName } from "./move-function.ts";
import { itself, own, plpgsql, readsMuch } from "./text.ts";

const here = `to_regclass(format('%I.%I', r.schema, r.name))`;

/** Fields of a composite `y`, in order. */
const fields = (count: string): string =>
  `(SELECT string_agg(format('(y).f%s', i), ', ') FROM generate_series(1, ${count}) i)`;

/** A list of columns in brackets; nothing where there are none that can be written. */
const names = (columns: string): string =>
  `(SELECT '(' || string_agg(quote_ident(c), ', ') || ')' FROM unnest(${columns}) c)`;

/** A condition by which a row `t` is the one of a key `y`. */
const matches = (identity: string, operators: string): string =>
  `(SELECT string_agg(format('t.%I %s (s.y).f%s', n, o, i), ' AND ') FROM unnest(${identity}, ${operators}) WITH ORDINALITY u(n, o, i))`;

/** All rows of a table that was dropped, into the one that is there again. Takes its key before. */
export function tableFunction(id: string): string {
  return plpgsql(
    `${own("table", id)}(key text) RETURNS void ${readsMuch}`,
    id,
    `  r record; rel regclass; columns text[]; made bigint; again text; moved text;`,
    `  SELECT x.*, p.moment, p.columns AS layout, p.rows, p.what INTO r FROM clew_archive.relation x JOIN clew_archive.capture p USING (archive, oid)
  WHERE x.archive = me AND x.key = key AND p.what IN ('table', 'moved');
  IF NOT FOUND THEN RETURN; END IF;
  rel := ${here};
  SELECT array_agg(c.value ->> 'name' ORDER BY c.key::integer) INTO columns
  FROM jsonb_each(r.columns) c WHERE NOT (c.value -> 'generated')::boolean;
  again := ${own("unforce", id)}(rel);
  IF r.what = 'moved' THEN
    moved := format('clew_archive.%I', ${movedName(id, "r.oid")});
    EXECUTE format('INSERT INTO %s %s OVERRIDING SYSTEM VALUE SELECT %s FROM %s', rel, ${names("columns")},
      (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c), moved);
    GET DIAGNOSTICS made = ROW_COUNT;
    r.rows := made;
    EXECUTE 'DROP TABLE ' || moved;
  ELSE
    PERFORM ${own("type", id)}('clew_row', rel, columns);
    DROP TABLE IF EXISTS pg_temp.clew_line;
    PERFORM ${own("lines", id)}(r.oid, r.layout, 'table', ARRAY[r.moment], columns);
    EXECUTE format('INSERT INTO %s %s OVERRIDING SYSTEM VALUE SELECT %s FROM (
        SELECT ROW(%s)::text::pg_temp.clew_row AS y FROM pg_temp.clew_line ORDER BY n OFFSET 0) s', rel, ${names("columns")}, ${fields("cardinality(columns)")},
      (SELECT string_agg(format('v[%s]', i), ', ') FROM generate_series(1, cardinality(columns)) i));
    GET DIAGNOSTICS made = ROW_COUNT;
    DROP TABLE pg_temp.clew_line;
    DROP TYPE pg_temp.clew_row;
  END IF;
  IF again IS NOT NULL THEN EXECUTE again; END IF;
  INSERT INTO clew_archive.result VALUES (me, key, r.rows, made, 0);`,
  );
}

/**
 * The values of a table's columns as they were copied, by what tells its rows apart, into pg_temp.clew_left: `k` that,
 * equal ones numbered by `i`, and `v` the values.
 */
export function leftFunction(id: string): string {
  return plpgsql(
    `${own("left", id)}(root text, kind text) RETURNS void ${readsMuch}`,
    id,
    `  p record; columns text[]; apart integer;`,
    `  DROP TABLE IF EXISTS pg_temp.clew_line;
  DROP TABLE IF EXISTS pg_temp.clew_left;
  SELECT c.oid, c.columns AS layout, c.moment INTO p
  FROM clew_archive.capture c JOIN clew_archive.relation x USING (archive, oid)
  WHERE c.archive = me AND x.key = root AND c.what = kind;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT array_agg(c.value ->> 'name' ORDER BY (c.value -> 'leaving')::boolean,
      array_position(x.identity, c.value ->> 'name'), c.key::integer), count(*) FILTER (WHERE NOT (c.value -> 'leaving')::boolean)
  INTO columns, apart
  FROM clew_archive.relation x, jsonb_each(x.columns) c
  WHERE x.archive = me AND x.key = root AND CASE WHEN (c.value -> 'leaving')::boolean THEN c.key::smallint = ANY (p.layout)
    ELSE NOT (c.value -> 'generated')::boolean AND (x.identity IS NULL OR c.value ->> 'name' = ANY (x.identity)) END;
  PERFORM ${own("lines", id)}(p.oid, p.layout, kind, ARRAY[p.moment], columns);
  CREATE TEMP TABLE clew_left AS SELECT k, row_number() OVER (PARTITION BY k ORDER BY n) AS i, v FROM (
    SELECT l.n, l.v[1:apart] AS k, l.v[apart + 1:] AS v FROM pg_temp.clew_line l) s;
  DROP TABLE pg_temp.clew_line;
  ANALYZE pg_temp.clew_left (i);`,
  );
}

/** The values of columns that were dropped, into those that are there again. Takes the table's key before. */
export function columnsFunction(id: string): string {
  return plpgsql(
    `${own("columns", id)}(root text) RETURNS void ${readsMuch}`,
    id,
    `  r record; rel regclass; leaving text[]; dropped text[]; apart text[]; made bigint; total bigint; condition text; typed text; command text; back text[];`,
    `  SELECT * INTO r FROM clew_archive.relation x WHERE x.archive = me AND x.key = root;
  rel := ${here};
  IF rel IS NULL THEN RETURN; END IF;
  PERFORM ${own("left", id)}(root, 'columns');
  IF to_regclass('pg_temp.clew_left') IS NULL THEN RETURN; END IF;
  SELECT array_agg(c.value ->> 'name' ORDER BY c.key::integer) FILTER (WHERE (c.value -> 'leaving')::boolean),
    array_agg(c.value ->> 'name' ORDER BY c.key::integer) FILTER (WHERE (c.value -> 'leaving')::boolean AND NOT coalesce((c.value -> 'retyped')::boolean, false)),
    array_agg(c.value ->> 'name' ORDER BY c.key::integer) FILTER (WHERE NOT (c.value -> 'leaving')::boolean AND NOT (c.value -> 'generated')::boolean)
  INTO leaving, dropped, apart FROM jsonb_each(r.columns) c;
  IF dropped IS NULL THEN RETURN; END IF;
  SELECT count(*) INTO total FROM pg_temp.clew_left;
  back := ${own("rest", id)}(ARRAY[rel], '{}', '{}') || array_remove(ARRAY[${own("unforce", id)}(rel)], NULL);
  PERFORM ${own("type", id)}('clew_value', rel, dropped);
  typed := (SELECT format('ROW(%s)::text::pg_temp.clew_value', string_agg(format('l.v[%s]', array_position(leaving, c)), ', ' ORDER BY i)) FROM unnest(dropped) WITH ORDINALITY u(c, i));
  IF r.identity IS NOT NULL THEN
    PERFORM ${own("type", id)}('clew_key', rel, r.identity);
    EXECUTE format('CREATE TEMP TABLE clew_typed AS SELECT ROW(%s)::text::pg_temp.clew_key AS y, %s AS z FROM pg_temp.clew_left l',
      (SELECT string_agg(format('k[%s]', i), ', ') FROM generate_series(1, cardinality(r.identity)) i), typed);
    condition := ${matches("r.identity", "r.operators")};
  ELSE
    EXECUTE format('CREATE TEMP TABLE clew_typed AS SELECT t.part, t.place, %s AS z FROM (
        SELECT part, place, image, row_number() OVER (PARTITION BY image) AS i
        FROM (SELECT t.tableoid AS part, t.ctid AS place, %s AS image FROM %s t OFFSET 0) t) t
      JOIN pg_temp.clew_left l ON l.k = t.image AND l.i = t.i', typed, coalesce(${own("texts", id)}(apart), 'ARRAY[]::text[]'), ${itself("rel")});
    condition := 't.tableoid = s.part AND t.ctid = s.place';
  END IF;
  ANALYZE pg_temp.clew_typed (z);
  EXECUTE format('UPDATE %s t SET %s FROM pg_temp.clew_typed s WHERE %s', ${itself("rel")},
    (SELECT string_agg(format('%I = (s.z).f%s', c, i), ', ') FROM unnest(dropped) WITH ORDINALITY u(c, i)), condition);
  GET DIAGNOSTICS made = ROW_COUNT;
  FOREACH command IN ARRAY back LOOP EXECUTE command; END LOOP;
  DROP TABLE pg_temp.clew_typed, pg_temp.clew_left;
  DROP TYPE IF EXISTS pg_temp.clew_key;
  DROP TYPE pg_temp.clew_value;
  INSERT INTO clew_archive.result VALUES (me, root || ' (' || array_to_string(dropped, ', ') || ')', total, made, 0);`,
  );
}

/** Gives back what was written to one table, as pg_temp.clew_work and its rows say. */
export function actFunction(id: string): string {
  return plpgsql(
    `${own("act", id)}(number integer) RETURNS void ${readsMuch}`,
    id,
    `  w record; rows text := 'pg_temp.' || quote_ident('clew_row_' || number); condition text; changed text[]; leaving text[]; all_columns text[]; extra text := ''; filled text;`,
    `  SELECT * INTO w FROM pg_temp.clew_work x WHERE x.number = number;
  condition := ${matches("w.identity", "w.operators")};
  IF w.m = 0 THEN condition := 't.tableoid = s.part AND t.ctid = s.place'; END IF;
  EXECUTE format('DELETE FROM %s t USING %s s WHERE s.act = ''delete'' AND %s', ${itself("w.rel")}, rows, condition);
  IF w.m > 0 THEN
    EXECUTE format('SELECT array_agg(DISTINCT ($1)[i]) FROM (SELECT DISTINCT i FROM %s s, generate_subscripts(s.w, 1) i
      WHERE s.act = ''update'' AND s.w[i] IS DISTINCT FROM s.x[i]) i', rows) INTO changed USING w.columns;
  END IF;
  IF changed IS NOT NULL THEN
    PERFORM ${own("type", id)}('clew_value', w.rel, changed);
    EXECUTE format('UPDATE %s t SET %s FROM (SELECT s.y, s.w, s.x, ROW(%s)::text::pg_temp.clew_value AS z FROM %s s WHERE s.act = ''update'' OFFSET 0) s WHERE %s', ${itself("w.rel")},
      (SELECT string_agg(format('%1$I = CASE WHEN s.w[%2$s] IS DISTINCT FROM s.x[%2$s] THEN (s.z).f%3$s ELSE t.%1$I END', c, array_position(w.columns, c), i), ', ')
        FROM unnest(changed) WITH ORDINALITY u(c, i)),
      (SELECT string_agg(format('s.w[%s]', array_position(w.columns, c)), ', ' ORDER BY i) FROM unnest(changed) WITH ORDINALITY u(c, i)), rows, condition);
    DROP TYPE pg_temp.clew_value;
  END IF;
  -- Columns that went, or had another type, come from their copy: the rows may have been deleted after that.
  PERFORM ${own("left", id)}(w.key, 'columns');
  IF to_regclass('pg_temp.clew_left') IS NOT NULL THEN
    SELECT array_agg(c.value ->> 'name' ORDER BY c.key::integer) INTO leaving
    FROM clew_archive.relation x, jsonb_each(x.columns) c WHERE x.archive = me AND x.key = w.key AND (c.value -> 'leaving')::boolean;
    extra := format('LEFT JOIN LATERAL (SELECT l.v FROM pg_temp.clew_left l WHERE l.k = %s LIMIT 1) l ON true',
      CASE w.m WHEN 0 THEN 's.w' ELSE 's.k' END);
    filled := (SELECT string_agg(format('l.v[%s]', i), ', ') FROM generate_series(1, cardinality(leaving)) i);
    CREATE INDEX ON pg_temp.clew_left (k);
  END IF;
  all_columns := w.columns || leaving;
  PERFORM ${own("type", id)}('clew_value', w.rel, all_columns);
  EXECUTE format('INSERT INTO %s %s OVERRIDING SYSTEM VALUE SELECT %s FROM (SELECT ROW(%s)::text::pg_temp.clew_value AS y FROM %s s %s WHERE s.act = ''insert'' OFFSET 0) s',
    w.rel, ${names("all_columns")}, ${fields("cardinality(all_columns)")},
    concat_ws(', ', (SELECT string_agg(format('s.w[%s]', i), ', ') FROM generate_series(1, cardinality(w.columns)) i), filled), rows, extra);
  DROP TYPE pg_temp.clew_value;
  DROP TABLE IF EXISTS pg_temp.clew_left;
  EXECUTE format('INSERT INTO clew_archive.conflict SELECT $1, $2, coalesce((SELECT string_agg(concat(c, ''='', k), '', '') FROM unnest($3, s.k) u(c, k)), array_to_string(s.x, '', '', ''NULL'')), s.why
    FROM %s s WHERE s.act = ''conflict''', rows) USING me, w.key, w.identity;
  EXECUTE format('INSERT INTO clew_archive.result SELECT $1, $2, count(*), count(*) FILTER (WHERE act <> ''conflict''), count(*) FILTER (WHERE act = ''conflict'') FROM %s', rows) USING me, w.key;`,
  );
}

/**
 * Gives back what was written, of all tables: works out, keeps what cannot be taken back, and acts, with the tables'
 * own triggers and rules at rest and the foreign keys between them away, which are checked when they come back.
 */
export function undoFunction(id: string): string {
  return plpgsql(
    `${own("undo", id)}() RETURNS void ${readsMuch}`,
    id,
    `  r record; command text; back text[] := '{}';`,
    `  CREATE TEMP TABLE clew_work (number integer, key text, rel regclass, columns text[], m integer, identity text[], operators text[], parents boolean);
  FOR r IN
    WITH mine AS (SELECT to_regclass(format('%I.%I', x.schema, x.name)) AS rel FROM clew_archive.relation x WHERE x.archive = me AND x.written)
    SELECT rel FROM mine WHERE rel IS NOT NULL
    UNION SELECT c.confrelid FROM pg_constraint c JOIN mine ON c.conrelid = rel WHERE c.contype = 'f'
    UNION SELECT c.conrelid FROM pg_constraint c JOIN mine ON c.confrelid = rel WHERE c.contype = 'f'
  LOOP
    back := array_remove(ARRAY[${own("unforce", id)}(r.rel)], NULL) || back;
  END LOOP;
  FOR r IN SELECT DISTINCT x.root FROM clew_archive.relation x JOIN clew_archive.capture c USING (archive, oid)
    WHERE x.archive = me AND c.what IN ('insert', 'update', 'delete', 'truncate')
      AND NOT EXISTS (SELECT FROM clew_archive.capture d JOIN clew_archive.relation o USING (archive, oid)
        WHERE d.archive = me AND o.key = x.root AND d.what = 'table')
    ORDER BY 1
  LOOP
    PERFORM ${own("work", id)}(r.root);
  END LOOP;
  PERFORM ${own("references", id)}();
  FOR r IN SELECT * FROM pg_temp.clew_work LOOP
    EXECUTE format('UPDATE pg_temp.clew_work SET parents = EXISTS (SELECT FROM pg_temp.%I WHERE act IN (''insert'', ''delete'')) WHERE number = %s', 'clew_row_' || r.number, r.number);
  END LOOP;
  back := ${own("rest", id)}((SELECT array_agg(w.rel) FROM pg_temp.clew_work w), (SELECT array_agg(w.rel) FROM pg_temp.clew_work w WHERE w.parents),
    (SELECT array_agg(w.rel) FROM pg_temp.clew_work w WHERE w.parents AND w.m = 0)) || back;
  FOR r IN SELECT * FROM pg_temp.clew_work ORDER BY number LOOP
    PERFORM ${own("act", id)}(r.number);
  END LOOP;
  FOREACH command IN ARRAY back LOOP EXECUTE command; END LOOP;
  FOR r IN SELECT * FROM pg_temp.clew_work LOOP
    EXECUTE format('DROP TABLE pg_temp.%I', 'clew_row_' || r.number);
    EXECUTE format('DROP TYPE IF EXISTS pg_temp.%I', 'clew_key_' || r.number);
  END LOOP;
  DROP TABLE pg_temp.clew_work;`,
  );
}

/** Sets sequences back that the migration set or dropped, unless they were used since. */
export function positionsFunction(id: string): string {
  return plpgsql(
    `${own("positions", id)}() RETURNS void ${readsMuch}`,
    id,
    `  r record; rel regclass; last bigint; called boolean;`,
    `  FOR r IN SELECT * FROM clew_archive.position p WHERE p.archive = me LOOP
    rel := ${here};
    CONTINUE WHEN rel IS NULL;
    EXECUTE format('SELECT last_value, is_called FROM %s', rel) INTO last, called;
    IF r.left_value IS NULL OR (last, called) = (r.left_value, r.left_called) THEN
      PERFORM setval(rel, r.last_value, r.is_called);
    ELSE
      INSERT INTO clew_archive.conflict VALUES (me, r.key, '', 'it was used since');
    END IF;
  END LOOP;
  UPDATE clew_archive.archive SET restored_at = clock_timestamp() WHERE archive.id = me;`,
  );
}

/** Prepares what `former` asks: of one column, by what tells the rows apart, the value as it was and as the migration left it. */
export function prepareFunction(id: string): string {
  return plpgsql(
    `${own("prepare", id)}(root text, name text, name_in_temp text) RETURNS void ${readsMuch}`,
    id,
    `  r record; was integer; now integer;`,
    `  EXECUTE format('CREATE TEMP TABLE %I (k text[], i bigint, was text, now text, many boolean, made boolean, number bigint) ON COMMIT DROP', name_in_temp);
  SELECT * INTO r FROM clew_archive.relation x WHERE x.archive = me AND x.key = root;
  SELECT count(*) INTO was FROM jsonb_each(r.columns) c
  WHERE (c.value -> 'leaving')::boolean AND c.key::integer <= (SELECT d.key::integer FROM jsonb_each(r.columns) d WHERE d.value ->> 'name' = name);
  SELECT count(*) INTO now FROM jsonb_each(r.columns) c
  WHERE (c.value -> 'retyped')::boolean AND c.key::integer <= (SELECT d.key::integer FROM jsonb_each(r.columns) d WHERE d.value ->> 'name' = name);
  PERFORM ${own("left", id)}(root, 'columns');
  IF to_regclass('pg_temp.clew_left') IS NOT NULL THEN
    EXECUTE format('INSERT INTO pg_temp.%I SELECT k, i, v[%s], NULL, false FROM pg_temp.clew_left', name_in_temp, was);
  END IF;
  PERFORM ${own("left", id)}(root, 'now');
  IF to_regclass('pg_temp.clew_left') IS NOT NULL THEN
    EXECUTE format('CREATE TEMP TABLE clew_joined AS SELECT k, i, f.was, l.v[%s] AS now, max(i) OVER (PARTITION BY k) > 1 AS many, f.many IS NULL AS made
      FROM pg_temp.%I f RIGHT JOIN pg_temp.clew_left l USING (k, i)', now, name_in_temp);
    EXECUTE format('TRUNCATE pg_temp.%I', name_in_temp);
    EXECUTE format('INSERT INTO pg_temp.%1$I SELECT k, i, was, now, many, made FROM pg_temp.clew_joined', name_in_temp);
    DROP TABLE pg_temp.clew_joined, pg_temp.clew_left;
  END IF;
  -- Rows of which the column must be distinct get numbers that no other row has.
  IF EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
      WHERE i.indrelid = ${here} AND i.indisunique AND a.attname = name) THEN
    EXECUTE format('UPDATE pg_temp.%1$I u SET number = f.n FROM
      (SELECT n, row_number() OVER (ORDER BY n) AS i FROM generate_series(1, (SELECT 3 * count(*) FROM pg_temp.%1$I)) n
        WHERE n::text NOT IN (SELECT v FROM pg_temp.%1$I, unnest(ARRAY[was, now]) v WHERE v IS NOT NULL)) f
      JOIN (SELECT ctid AS at, row_number() OVER () AS i FROM pg_temp.%1$I WHERE made) m USING (i) WHERE u.ctid = m.at', name_in_temp);
  END IF;
  EXECUTE format('CREATE INDEX ON pg_temp.%I (k)', name_in_temp);
  EXECUTE format('ANALYZE pg_temp.%I (i)', name_in_temp);`,
  );
}

/**
 * What a value of a column with another type was before: the copied one, where the value is still what the migration
 * made of it; otherwise the value itself, for the old type to take or refuse. Of a row that the migration made, and that is
 * about to go, any value will do that the old type takes, and that no other row has where it must be distinct. Called for each row by ALTER TABLE.
 */
export function formerFunction(id: string): string {
  return plpgsql(
    `${own("former", id)}(name text, identity text[], value text, type text) RETURNS text ${readsMuch}`,
    id,
    `  r record; other text;`,
    `  EXECUTE format('SELECT ctid AS place, was, many, made, number FROM pg_temp.%I WHERE k = $1 AND now IS NOT DISTINCT FROM $2 LIMIT 1', name) INTO r USING identity, value;
  IF r.place IS NULL THEN
    -- Whole numbers of numeric(10, 2) are printed with their fraction.
    RETURN CASE WHEN type IN ('smallint', 'integer', 'bigint') THEN regexp_replace(value, '^(-?\\d+)\\.0+$', '\\1') ELSE value END;
  END IF;
  -- Of rows that nothing else tells apart each is given back once.
  IF r.many THEN EXECUTE format('DELETE FROM pg_temp.%I WHERE ctid = $1', name) USING r.place; END IF;
  IF NOT r.made THEN RETURN r.was; END IF;
  EXECUTE format('SELECT was FROM pg_temp.%I WHERE was IS NOT NULL LIMIT 1', name) INTO r.was;
  FOREACH other IN ARRAY CASE WHEN value IS NOT NULL AND r.number IS NOT NULL
      THEN ARRAY[r.number::text, lpad(to_hex(r.number), 32, '0'), (date 'epoch' + r.number::integer)::text] END
    || ARRAY[value, r.was, '0', '', '{}', 'epoch', '00000000-0000-0000-0000-000000000000'] LOOP
    CONTINUE WHEN other IS NULL AND value IS NOT NULL;
    BEGIN
      EXECUTE format('SELECT %L::%s', other, type);
      RETURN other;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
  RETURN (SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype(type) ORDER BY enumsortorder LIMIT 1);`,
  );
}
