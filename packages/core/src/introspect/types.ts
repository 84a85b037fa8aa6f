// Owns the reading of types: enums, domains, composites, ranges, base types.
import { text, inSchema, schemaKey, type Reading } from "./census.ts";
import { classes, members } from "./classes.ts";

interface TypeRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: "e" | "d" | "c" | "r" | "b" | "p";
  readonly relation: number;
  readonly extension: boolean;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly values: readonly string[] | null;
  readonly base: string | null;
  readonly collation: string | null;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly range: RangeRow | null;
  readonly properties: Readonly<Record<string, string>> | null;
}

interface RangeRow {
  readonly subtype: string;
  readonly multirange: string | null;
  readonly operatorClass: string | null;
  readonly collation: string | null;
  readonly canonical: string | null;
  readonly subtypeDiff: string | null;
}

const kinds = { e: "enum", d: "domain", c: "composite type", r: "range", b: "base type", p: "base type" } as const;

/** The rows of tables and views are types too, which are left out; so are arrays and multiranges, that come with others. */
export const types: Reading<TypeRow> = {
  sql: `SELECT t.oid::bigint AS oid, s.nspname AS schema, t.typname AS name, t.typtype AS kind,
    t.typrelid::bigint AS relation, t.oid IN ${members("pg_type")} AS extension, t.typowner::bigint AS owner, t.typacl::text[] AS acl,
    CASE WHEN t.typtype = 'e' THEN (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder)
      FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END AS values,
    CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS base,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN t.typcollation::regcollation::text END AS collation,
    t.typnotnull AS "notNull",
    CASE WHEN t.typtype = 'd' THEN pg_catalog.pg_get_expr(t.typdefaultbin, 0) END AS default,
    CASE WHEN t.typtype = 'r' THEN (SELECT json_build_object('subtype', pg_catalog.format_type(r.rngsubtype, NULL),
      'multirange', (SELECT mr.typname FROM pg_catalog.pg_type mr WHERE mr.oid = r.rngmultitypid),
      'operatorClass', CASE WHEN NOT o.opcdefault THEN CASE WHEN o.opcnamespace <> 11
        THEN o.opcnamespace::regnamespace::text || '.' ELSE '' END || quote_ident(o.opcname) END,
      'collation', CASE WHEN r.rngcollation <> sub.typcollation THEN r.rngcollation::regcollation::text END,
      'canonical', nullif(r.rngcanonical::regproc::text, '-'), 'subtypeDiff', pg_catalog.regexp_replace(nullif(r.rngsubdiff::regproc::text, '-'), '^pg_catalog[.]', ''))
      FROM pg_catalog.pg_range r JOIN pg_catalog.pg_opclass o ON o.oid = r.rngsubopc
        JOIN pg_catalog.pg_type sub ON sub.oid = r.rngsubtype WHERE r.rngtypid = t.oid) END AS range,
    CASE WHEN t.typtype = 'b' THEN json_strip_nulls(json_build_object(
      'INPUT', t.typinput::regproc::text, 'OUTPUT', t.typoutput::regproc::text,
      'RECEIVE', nullif(t.typreceive::regproc::text, '-'), 'SEND', nullif(t.typsend::regproc::text, '-'),
      'TYPMOD_IN', nullif(t.typmodin::regproc::text, '-'), 'TYPMOD_OUT', nullif(t.typmodout::regproc::text, '-'),
      'ANALYZE', nullif(t.typanalyze::regproc::text, '-'), 'SUBSCRIPT', nullif(t.typsubscript::regproc::text, '-'),
      'INTERNALLENGTH', t.typlen::text, 'PASSEDBYVALUE', CASE WHEN t.typbyval THEN 'true' END, 'ALIGNMENT', t.typalign::text,
      'STORAGE', t.typstorage::text, 'CATEGORY', t.typcategory::text, 'PREFERRED', CASE WHEN t.typispreferred THEN 'true' END,
      'DEFAULT', t.typdefault, 'ELEMENT', CASE WHEN t.typelem <> 0 THEN pg_catalog.format_type(t.typelem, NULL) END,
      'DELIMITER', t.typdelim::text, 'COLLATABLE', CASE WHEN t.typcollation <> 0 THEN 'true' END)) END AS properties
  FROM pg_catalog.pg_type t JOIN space s ON s.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND t.typrelid <> 0
    LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typbasetype <> 0
    LEFT JOIN pg_catalog.pg_type element ON element.typarray = t.oid
  WHERE t.typtype IN ('e','d','c','r','b','p') AND element.oid IS NULL AND (c.oid IS NULL OR c.relkind = 'c')`,
  gather(census, rows) {
    for (const row of rows) {
      const { oid, schema, name, owner, acl, collation } = row;
      const kind = kinds[row.kind];
      const key = inSchema(schema, kind, name);
      if (row.extension) {
        census.name("pg_type", oid, key);
        continue;
      }
      const of = ["pg_type", oid] as const;
      const about = { key, name, parent: schemaKey(schema), owner, acl };
      if (kind === "enum") census.add(kind, of, about, { values: row.values ?? [] });
      else if (kind === "composite type") {
        census.add(kind, of, about, {});
        census.alias([classes.pg_class, row.relation, 0], [classes.pg_type, oid, 0]);
      } else if (kind === "range") census.add(kind, of, about, row.range!);
      else if (kind === "base type") census.add(kind, of, about, { properties: row.properties ?? {} });
      else {
        const { base, notNull } = row;
        census.add(kind, of, about, { type: base ?? "", collation, notNull, default: text(row.default) });
      }
    }
  },
};
