// Owns the reading of tables, views, sequences and their columns.
import { keyIn, maskSecrets, type Key, type Kind } from "@clew/sql-analyzer";
import { inSchema, optionsOf, schemaKey, text, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

type RelationKind = "r" | "p" | "f" | "v" | "m" | "S" | "c" | "i" | "I";

const relationKinds: Readonly<Record<RelationKind, Kind>> = {
  r: "table",
  p: "table",
  f: "foreign table",
  v: "view",
  m: "materialized view",
  S: "sequence",
  c: "composite type",
  i: "index",
  I: "index",
};

interface NameRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
}

/** Every relation's name, those of extensions as well: policies, triggers and foreign keys may hang on them. */
export const relationNames: Reading<NameRow> = {
  sql: `SELECT c.oid::bigint AS oid, s.nspname AS schema, c.relname AS name, c.relkind AS kind
  FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace WHERE c.relkind IN ('r','p','f','v','m','S','c','i','I')`,
  gather(census, rows) {
    for (const { oid, schema, name, kind } of rows) {
      census.name("pg_class", oid, inSchema(schema, relationKinds[kind], name));
    }
  },
};

interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "r" | "p" | "f" | "v" | "m";
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly unlogged: boolean;
  readonly accessMethod: string | null;
  readonly tablespace: string | null;
  readonly options: readonly string[] | null;
  readonly toastOptions: readonly string[] | null;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly identity: "d" | "n" | "f" | "i";
  readonly identityIndex: number | null;
  readonly unpopulated: boolean;
  readonly partitionBy: string | null;
  readonly bound: string | null;
  readonly inherits: readonly number[] | null;
  readonly ofType: string | null;
  readonly query: string | null;
  readonly server: number | null;
  readonly serverOptions: readonly string[] | null;
}

export const relations: Reading<RelationRow> = {
  sql: `SELECT c.oid::bigint AS oid, s.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relowner::bigint AS owner,
    c.relacl::text[] AS acl, c.relpersistence = 'u' AS unlogged, nullif(am.amname, 'heap') AS "accessMethod",
    t.spcname AS tablespace, c.reloptions AS options, toast.reloptions AS "toastOptions",
    c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS "forceRowSecurity", c.relreplident AS identity,
    CASE WHEN c.relreplident = 'i' THEN (SELECT i.indexrelid::bigint FROM pg_catalog.pg_index i
      WHERE i.indrelid = c.oid AND i.indisreplident) END AS "identityIndex",
    NOT c.relispopulated AS unpopulated,
    CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS "partitionBy",
    pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bound,
    CASE WHEN c.relkind IN ('r','p','f') THEN (SELECT json_agg(h.inhparent::bigint ORDER BY h.inhseqno)
      FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid) END AS inherits,
    CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END AS "ofType",
    CASE WHEN c.relkind IN ('v','m') THEN pg_catalog.pg_get_viewdef(c.oid) END AS query,
    f.ftserver::bigint AS server, f.ftoptions AS "serverOptions"
  FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
    LEFT JOIN pg_catalog.pg_tablespace t ON t.oid = c.reltablespace
    LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid AND c.reltoastrelid <> 0
    LEFT JOIN pg_catalog.pg_foreign_table f ON f.ftrelid = c.oid
  WHERE c.relkind IN ('r','p','f','v','m') AND c.oid NOT IN ${members("pg_class")}`,
  gather(census, rows) {
    for (const row of rows) {
      const kind = relationKinds[row.kind];
      const { schema, name, owner, acl } = row;
      const about = { key: inSchema(schema, kind, name), name, parent: schemaKey(schema), owner, acl };
      const of = ["pg_class", row.oid] as const;
      const { accessMethod, tablespace, inherits } = row;
      const stored = { accessMethod, tablespace, options: allOptions(row.options, row.toastOptions) };
      const inheriting = { inherits: inherits && keys(census, inherits), bound: text(row.bound) };
      if (kind === "table") {
        const { unlogged, ofType, rowSecurity, forceRowSecurity } = row;
        census.add(kind, of, about, {
          ...stored,
          ...inheriting,
          partitionBy: text(row.partitionBy),
          unlogged: unlogged,
          ofType,
          rowSecurity: rowSecurity,
          forceRowSecurity: forceRowSecurity,
          replicaIdentity: replicaIdentity(census, row),
        });
      } else if (kind === "view") {
        census.add(kind, of, about, { query: query(row), options: stored.options });
      } else if (kind === "materialized view") {
        census.add(kind, of, about, { ...stored, query: query(row), unpopulated: row.unpopulated && true });
      } else {
        const server = census.key("pg_foreign_server", row.server)!;
        census.add(kind, of, about, { ...inheriting, server, options: maskSecrets(optionsOf(row.serverOptions)) });
      }
    }
  },
};

/** Without the semicolon and the indentation that the server prints. */
function query(row: RelationRow): { readonly sql: string } {
  return { sql: (row.query ?? "").replace(/;$/, "").trim() };
}

function keys(census: Census, oids: readonly number[]): Key[] {
  return oids.flatMap((oid) => census.key("pg_class", oid) ?? []);
}

function allOptions(
  own: readonly string[] | null,
  toast: readonly string[] | null,
): Record<string, string> | undefined {
  return optionsOf([...(own ?? []), ...(toast ?? []).map((option) => `toast.${option}`)]);
}

function replicaIdentity(census: Census, row: RelationRow): "full" | "nothing" | Key | undefined {
  if (row.identity === "f") return "full";
  if (row.identity === "n") return "nothing";
  // The index of such an identity may have been dropped; nothing is what that comes to.
  return row.identity === "i" ? (census.key("pg_class", row.identityIndex) ?? "nothing") : undefined;
}

interface SequenceRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly unlogged: boolean;
  readonly type: "smallint" | "integer" | "bigint";
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  readonly ownedBy: readonly [relation: number, column: string] | null;
  readonly identity: boolean | null;
}

export const sequences: Reading<SequenceRow> = {
  sql: `SELECT c.oid::bigint AS oid, s.nspname AS schema, c.relname AS name, c.relowner::bigint AS owner, c.relacl::text[] AS acl,
    c.relpersistence = 'u' AS unlogged, pg_catalog.format_type(q.seqtypid, NULL) AS type, q.seqstart::text AS start,
    q.seqincrement::text AS increment, q.seqmin::text AS minimum, q.seqmax::text AS maximum, q.seqcache::text AS cache,
    q.seqcycle AS cycle, CASE WHEN d.objid IS NOT NULL THEN json_build_array(d.refobjid::bigint, a.attname) END AS "ownedBy",
    d.deptype = 'i' AS identity
  FROM pg_catalog.pg_class c JOIN space s ON s.oid = c.relnamespace JOIN pg_catalog.pg_sequence q ON q.seqrelid = c.oid
    LEFT JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = c.oid AND d.objsubid = 0 AND d.refclassid = 1259
      AND d.refobjsubid > 0 AND d.deptype IN ('a','i')
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE c.oid NOT IN ${members("pg_class")}`,
  gather(census, rows) {
    for (const row of rows) {
      const { oid, schema, name, owner, acl, unlogged, cycle, ownedBy, identity, ...said } = row;
      const table = ownedBy && census.key("pg_class", ownedBy[0]);
      const about = { key: inSchema(schema, "sequence", name), name, parent: schemaKey(schema), owner, acl };
      census.add("sequence", ["pg_class", oid], about, {
        ...said,
        cycle: cycle,
        unlogged: unlogged,
        ownedBy: table && ownedBy && keyIn(table, "column", ownedBy[1]),
        identity: identity,
      });
    }
  },
};
