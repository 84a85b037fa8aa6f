// Owns the reading of indexes.
import { keyIn, type Fact } from "@clew/sql-analyzer";
import { inSchema, optionsOf, schemaKey, text, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface IndexRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly table: number;
  readonly method: string;
  readonly unique: boolean;
  readonly keys: readonly KeyRow[];
  readonly include: readonly number[] | null;
  readonly columnNames: readonly string[];
  readonly predicate: string | null;
  readonly nullsNotDistinct: boolean;
  readonly options: readonly string[] | null;
  readonly tablespace: string | null;
  readonly valid: boolean;
  readonly constraint: string | null;
  readonly partitionOf: number | null;
  readonly clustered: boolean;
  readonly definition: string;
}

interface KeyRow {
  readonly column: number;
  readonly expression: string | null;
  readonly operatorClass: string | null;
  readonly options: readonly string[] | null;
  readonly collation: string | null;
  readonly direction: number;
  readonly statistics: number | null;
}

export const indexes: Reading<IndexRow> = {
  sql: `SELECT i.indexrelid::bigint AS oid, s.nspname AS schema, c.relname AS name, i.indrelid::bigint AS table, am.amname AS method,
    i.indisunique AS unique,
    (SELECT json_agg(json_build_object('column', i.indkey[n],
        'expression', CASE WHEN i.indkey[n] = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, n + 1, false) END,
        'operatorClass', CASE WHEN NOT o.opcdefault THEN
          CASE WHEN o.opcnamespace <> 11 THEN o.opcnamespace::regnamespace::text || '.' ELSE '' END
          || quote_ident(o.opcname) END,
        'options', a.attoptions,
        'collation', CASE WHEN i.indkey[n] <> 0 AND i.indcollation[n] NOT IN (0, t.attcollation) OR i.indkey[n] = 0
          AND position(pg_catalog.pg_get_indexdef(i.indexrelid, n + 1, false) || ' COLLATE ' IN pg_catalog.pg_get_indexdef(i.indexrelid)) > 0
          THEN i.indcollation[n]::regcollation::text END,
        'direction', i.indoption[n],
        'statistics', CASE WHEN i.indkey[n] = 0 THEN nullif(a.attstattarget, -1) END) ORDER BY n)
      FROM generate_series(0, i.indnkeyatts - 1) n
        JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[n]
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = n + 1
        LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[n] AND t.attnum > 0) AS keys,
    CASE WHEN i.indnatts > i.indnkeyatts THEN (i.indkey::smallint[])[i.indnkeyatts:] END AS include,
    (SELECT json_agg(a.attname ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indexrelid) AS "columnNames",
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
    (SELECT indnullsnotdistinct FROM (SELECT i.*) present) AS "nullsNotDistinct",
    c.reloptions AS options, ts.spcname AS tablespace, i.indisvalid AS valid, k.conname AS constraint,
    h.inhparent::bigint AS "partitionOf", i.indisclustered AS clustered, pg_catalog.pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN space s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_am am ON am.oid = c.relam
    LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
    LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p','u','x')
    LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
    CROSS JOIN (SELECT false AS indnullsnotdistinct) absent
  WHERE c.oid NOT IN ${members("pg_class")} AND (k.oid IS NULL OR i.indrelid NOT IN ${members("pg_class")})`,
  gather(census, rows) {
    for (const row of rows) {
      const { oid, schema, name, method, unique, nullsNotDistinct, tablespace, clustered, definition } = row;
      const table = census.key("pg_class", row.table);
      if (table === undefined) continue;
      const about = { key: inSchema(schema, "index", name), name, parent: schemaKey(schema), definition };
      const keys = row.keys.map((key) => indexKey(census, row.table, key));
      const include = census.columns(row.table, row.include ?? []);
      const own = [...keys.map(({ column }) => column), ...include];
      census.add("index", ["pg_class", oid], about, {
        table,
        method,
        unique,
        keys,
        include: row.include && include,
        columnNames: own.every((name, at) => name === row.columnNames[at]) ? undefined : row.columnNames,
        predicate: text(row.predicate),
        nullsNotDistinct,
        options: optionsOf(row.options),
        tablespace,
        invalid: !row.valid,
        constraint: row.constraint === null ? undefined : keyIn(table, "constraint", row.constraint),
        partitionOf: census.key("pg_class", row.partitionOf),
        clustered,
      });
    }
  },
};

type IndexKey = Fact<"index">["keys"][number];

/** Bits of pg_index.indoption. */
const descending = 1;
const nullsFirst = 2;

function indexKey(census: Census, table: number, row: KeyRow): IndexKey {
  const key: { -readonly [K in keyof IndexKey]: IndexKey[K] } = {};
  if (row.expression !== null) key.expression = { sql: row.expression };
  else key.column = census.columns(table, [row.column])[0] ?? "";
  if (row.operatorClass !== null) key.operatorClass = row.operatorClass;
  const options = optionsOf(row.options);
  if (options) key.operatorClassOptions = options;
  if (row.collation !== null) key.collation = row.collation;
  const down = (row.direction & descending) !== 0;
  const first = (row.direction & nullsFirst) !== 0;
  if (down) key.descending = true;
  if (first !== down) key.nulls = first ? "first" : "last";
  if (row.statistics !== null) key.statistics = row.statistics;
  return key;
}
