// Owns what the catalog says of tables that are to be saved or restored: columns, keys, sizes, sequences.
import type { Client } from "./client.ts";
import { literal, qualified } from "./client.ts";
import type { BackupSequence } from "./manifest.ts";

/** A table of the database, as far as its rows are concerned. */
export interface LiveTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Without generated ones, in order. */
  readonly columns: readonly LiveColumn[];
  /** The columns of its primary key, or of the smallest other unique key without NULLs. */
  readonly key: readonly string[];
  readonly readable: boolean;
  /** For a partition: its parents up to the table at the top, by oid. */
  readonly above: readonly number[];
  /** It holds no rows itself. */
  readonly partitioned: boolean;
  /** It belongs to an extension, which makes it. */
  readonly ofExtension: boolean;
}

export interface LiveColumn {
  readonly name: string;
  readonly type: string;
  /** An identity that takes no value unless told to. */
  readonly always: boolean;
}

/** Of relations that are nobody's but the system's, or Clew's own archive. */
const anybodys = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'clew_archive')`;

const question = `SELECT c.oid::integer AS oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') AS readable,
  EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') AS "ofExtension",
  ARRAY(WITH RECURSIVE up(oid) AS (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid
    UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid) SELECT oid::integer FROM up) AS above,
  (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod),
     'always', a.attidentity = 'a') ORDER BY a.attnum), '[]')
   FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
  coalesce((SELECT k.columns FROM (SELECT i.indisprimary, pg_catalog.array_agg(a.attname::text ORDER BY p.at) AS columns
     FROM pg_catalog.pg_index i CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::smallint[]) WITH ORDINALITY AS p(attnum, at)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = p.attnum
     WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND p.at <= i.indnkeyatts
     GROUP BY i.indexrelid, i.indisprimary HAVING pg_catalog.bool_and(a.attnotnull AND a.attgenerated = '')) k
     ORDER BY k.indisprimary DESC, pg_catalog.cardinality(k.columns), k.columns LIMIT 1), '{}') AS key
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND ${anybodys}
ORDER BY n.nspname, c.relname`;

/** Every table but the system's and the archive's. */
export async function readTables(client: Client): Promise<readonly LiveTable[]> {
  return (await client.query<LiveTable>(question)).rows;
}

/** What a table takes on the server's disk. */
export interface TableSize {
  /** Blocks of rows. */
  readonly pages: number;
  /** With what is stored out of line. */
  readonly bytes: number;
}

/** Sizes of tables that are locked already: asking waits for whoever holds one of them for himself. */
export async function readSizes(
  client: Client,
  tables: readonly Pick<LiveTable, "oid">[],
): Promise<ReadonlyMap<number, TableSize>> {
  const { rows } = await client.query<TableSize & { readonly oid: number }>(
    `SELECT o::integer AS oid, (pg_catalog.pg_relation_size(o) / pg_catalog.current_setting('block_size')::bigint)::float8 AS pages,
      pg_catalog.pg_table_size(o)::float8 AS bytes FROM pg_catalog.unnest($1::oid[]) AS o`,
    [tables.map(({ oid }) => oid)],
  );
  return new Map(rows.map((row) => [row.oid, row]));
}

/**
 * The tables that a word names: `table`, `schema.table` or `schema.*`; a table at the top stands for its partitions too.
 * Names are as they are, without quotes. Empty where there is none.
 */
export function tablesNamed<T extends Pick<LiveTable, "schema" | "name">>(
  tables: readonly T[],
  word: string,
): readonly T[] {
  const exact = tables.filter(({ schema, name }) => `${schema}.${name}` === word);
  if (exact.length > 0) return exact;
  if (word.endsWith(".*")) return tables.filter(({ schema }) => schema === word.slice(0, -2));
  const named = tables.filter(({ name }) => name === word);
  const inPublic = named.filter(({ schema }) => schema === "public");
  return inPublic.length > 0 ? inPublic : named.length === 1 ? named : [];
}

/** Tables with the partitions and children of those that have some, without those that hold no rows themselves. */
export function withPartitions(chosen: readonly LiveTable[], all: readonly LiveTable[]): readonly LiveTable[] {
  const oids = new Set(chosen.map(({ oid }) => oid));
  return all.filter((table) => !table.partitioned && (oids.has(table.oid) || table.above.some((oid) => oids.has(oid))));
}

interface LiveSequence {
  readonly schema: string;
  readonly name: string;
  readonly readable: boolean;
  /** The table whose column owns it. */
  readonly owner: number | null;
}

/** Positions of sequences: of all, or of those that tables own. Those that may not be read are left out. */
export async function readSequences(client: Client, tables?: ReadonlySet<number>): Promise<readonly BackupSequence[]> {
  const { rows } = await client.query<LiveSequence>(`SELECT n.nspname AS schema, c.relname AS name,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT') AS readable,
  (SELECT d.refobjid::integer FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i') LIMIT 1) AS owner
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND ${anybodys} ORDER BY 1, 2`);
  const wanted = rows.filter(
    ({ readable, owner }) => readable && (tables === undefined || (owner !== null && tables.has(owner))),
  );
  if (wanted.length === 0) return [];
  const each = wanted.map(
    (sequence) =>
      `SELECT ${literal(sequence.schema)} AS schema, ${literal(sequence.name)} AS name, last_value::text AS last, is_called AS called FROM ${qualified(sequence)}`,
  );
  return (await client.query<BackupSequence>(each.join("\nUNION ALL "))).rows;
}
