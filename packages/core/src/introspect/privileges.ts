// Owns the reading of grants on what is no fact, because it belongs to an extension or to the system.
import { keyAlone, keyOf, routineKey, type Kind } from "@clew/sql-analyzer";
import { inSchema, type Reading } from "./census.ts";
import { classes, members, type Class } from "./classes.ts";

interface PrivilegesRow {
  readonly kind: Kind;
  readonly schema: string | null;
  readonly name: string;
  readonly types: readonly string[] | null;
  readonly owner: number;
  readonly acl: readonly string[] | null;
  readonly extension: string | null;
}

/** The letter by which acldefault knows each kind. */
const letters: Readonly<Record<string, string>> = {
  rel: "CASE o.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\"",
  pro: "'f'",
  typ: "'T'",
  nsp: "'n'",
  lan: "'l'",
  fdw: "'F'",
  srv: "'S'",
};

/**
 * Objects of one catalog whose grants are not those that the server or the extension came with: in whatever order, and
 * none are Postgres's own.
 */
const changed = (of: Class, prefix: string, kind: string, types = "NULL::json"): string => {
  const standard = `pg_catalog.acldefault(${letters[prefix]}, o.${prefix}owner)`;
  const sorted = (acl: string): string =>
    `(SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(${acl}, ${standard})) a)`;
  const schema = ["rel", "pro", "typ"].includes(prefix) ? `o.${prefix}namespace` : "NULL";
  return `SELECT ${kind} AS kind, n.nspname AS schema, o.${prefix}name AS name, ${types} AS types,
    o.${prefix}owner::bigint AS owner, o.${prefix}acl::text[] AS acl,
    (SELECT e.extname FROM member m JOIN pg_catalog.pg_extension e ON e.oid = m.refobjid
      WHERE m.classid = ${classes[of]} AND m.objid = o.oid) AS extension
  FROM pg_catalog.${of} o
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = ${schema}
    LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = ${classes[of]} AND i.objoid = o.oid AND i.objsubid = 0
  WHERE o.${prefix}acl IS DISTINCT FROM i.initprivs
    AND ${sorted(`o.${prefix}acl`)} IS DISTINCT FROM ${sorted("i.initprivs")}
    AND (o.oid IN ${members(of)} OR (o.oid < 16384 AND coalesce(n.nspname, o.${prefix}name) ${system}))`;
};

/** What the server came with, but for information_schema, whose grants it does not record. */
const system = "NOT IN ('information_schema', 'public')";

const relationKind = `CASE o.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
    WHEN 'f' THEN 'foreign table' ELSE 'table' END`;
const routineKind = `CASE o.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END`;
const typeKind = `CASE o.typtype WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'r' THEN 'range' WHEN 'c' THEN 'composite type'
    ELSE 'base type' END`;
const argumentTypes = `(SELECT json_agg(pg_catalog.format_type(t, NULL) ORDER BY place)
      FROM unnest(o.proargtypes::oid[]) WITH ORDINALITY u(t, place))`;

/** https://www.postgresql.org/docs/current/catalog-pg-init-privs.html */
export const privileges: Reading<PrivilegesRow> = {
  sql: [
    changed("pg_class", "rel", relationKind),
    changed("pg_proc", "pro", routineKind, argumentTypes),
    changed("pg_type", "typ", typeKind),
    changed("pg_namespace", "nsp", "'schema'"),
    changed("pg_language", "lan", "'language'"),
    changed("pg_foreign_data_wrapper", "fdw", "'foreign data wrapper'"),
    changed("pg_foreign_server", "srv", "'server'"),
  ].join(" UNION ALL "),
  gather(census, rows) {
    for (const { kind, schema, name, types, owner, acl, extension } of rows) {
      const on =
        schema === null
          ? keyAlone(kind, name)
          : kind === "function" || kind === "procedure" || kind === "aggregate"
            ? routineKey(kind, schema, name, types ?? [])
            : inSchema(schema, kind, name);
      const grants = census.grants(kind, census.role(owner), acl);
      census.add(
        "privileges",
        undefined,
        { key: keyOf("privileges", on), name: "", grants },
        {
          on,
          extension: extension === null ? undefined : keyAlone("extension", extension),
        },
      );
    }
  },
};
