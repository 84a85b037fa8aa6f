// Owns the reading of columns and of the attributes of composite types.
import { keyIn, maskSecrets } from "@clew/sql-analyzer";
import { optionsOf, text, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly expression: string | null;
  readonly identity: "" | "a" | "d";
  readonly generated: "" | "s" | "v";
  readonly local: boolean;
  readonly statistics: number | null;
  readonly storage: "p" | "e" | "x" | "m" | null;
  readonly compression: "" | "p" | "l";
  readonly options: readonly string[] | null;
  readonly wrapperOptions: readonly string[] | null;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly extension: boolean;
}

const storages = { p: "plain", e: "external", x: "extended", m: "main" } as const;
const compressions = { p: "pglz", l: "lz4" } as const;

export const columns: Reading<ColumnRow> = {
  sql: `SELECT a.attrelid::bigint AS relation, a.attnum AS number, a.attname AS name,
    pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
    CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
    a.attnotnull AS "notNull", pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
    a.attidentity AS identity, a.attgenerated AS generated, a.attislocal AS local,
    nullif(a.attstattarget, -1) AS statistics,
    CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END AS storage, a.attcompression AS compression,
    a.attoptions AS options, a.attfdwoptions AS "wrapperOptions", c.relowner::bigint AS owner, a.attacl::text[] AS acl,
    c.oid IN ${members("pg_class")} OR c.reltype IN ${members("pg_type")} AS extension
  FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r','p','f','v','m','c') AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`,
  gather(census, rows) {
    let relation = 0;
    let position = 0;
    for (const row of rows) {
      position = row.relation === relation ? position + 1 : 1;
      relation = row.relation;
      census.nameColumn(relation, row.number, row.name);
      if (!row.extension) addColumn(census, row, position);
    }
  },
};

function addColumn(census: Census, row: ColumnRow, position: number): void {
  const { relation, number, name, type, collation, generated, expression } = row;
  const parent = census.key("pg_class", relation)!;
  const kind = parent.startsWith("composite type ") ? "attribute" : "column";
  const of = ["pg_class", relation, number] as const;
  const key = keyIn(parent, kind, name);
  if (kind === "attribute") {
    census.add(kind, of, { key, name, parent }, { position, type, collation });
    return;
  }
  const grants = row.acl === null ? [] : census.grants(kind, census.role(row.owner), row.acl);
  census.add(
    kind,
    of,
    { key, name, parent, grants },
    {
      position,
      type,
      collation,
      notNull: row.notNull,
      default: generated === "" ? text(expression) : undefined,
      identity: row.identity === "" ? undefined : row.identity === "a" ? "always" : "by default",
      generated:
        generated === "" || expression === null
          ? undefined
          : generated === "v"
            ? { as: { sql: expression }, virtual: true }
            : { as: { sql: expression } },
      inherited: !row.local,
      statistics: row.statistics,
      storage: row.storage && storages[row.storage],
      compression: row.compression === "" ? undefined : compressions[row.compression],
      options: optionsOf(row.options) ?? maskSecrets(optionsOf(row.wrapperOptions)),
    },
  );
}
