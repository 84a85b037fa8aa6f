// Owns the reading of what is kept of all kinds of objects in one place: comments, and what stands on what.
import type { ObjectAddress, Reading } from "./census.ts";

interface CommentRow {
  readonly of: ObjectAddress;
  readonly comment: string;
}

/**
 * Comments that came with the server or with an extension are left out, for nobody wrote them: those of the schema
 * public, of the database postgres and of extensions as long as they are as shipped. A schema public that has none has an
 * empty one.
 */
export const comments: Reading<CommentRow> = {
  sql: `SELECT json_build_array(d.classoid::bigint, d.objoid::bigint, d.objsubid) AS of, d.description AS comment
  FROM pg_catalog.pg_description d
    LEFT JOIN pg_catalog.pg_extension e ON d.classoid = 3079 AND e.oid = d.objoid
    LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname
  WHERE (d.objoid >= 16384 OR d.classoid IN (2615, 3079))
    AND d.description IS DISTINCT FROM a.comment AND NOT (d.description = 'standard public schema'
      AND (d.objoid = 2200 OR d.objoid = pg_catalog.to_regnamespace('public')))
  UNION ALL SELECT json_build_array(2615, n.oid::bigint, 0), ''
  FROM pg_catalog.pg_namespace n
  WHERE n.nspname = 'public' AND pg_catalog.obj_description(n.oid, 'pg_namespace') IS NULL
  UNION ALL SELECT json_build_array(d.classoid::bigint, d.objoid::bigint, 0), d.description
  FROM pg_catalog.pg_shdescription d
  WHERE d.classoid = 1260 OR (d.classoid = 1262 AND d.description <> 'default administrative connection database'
    AND d.objoid IN (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = current_database()))`,
  gather(census, rows) {
    for (const { of, comment } of rows) census.comment(of, comment);
  },
};

interface AliasRow {
  readonly of: ObjectAddress;
  readonly is: ObjectAddress;
}

/**
 * What pg_depend names and is no fact, with what it is a part of: a default of its column, a view's rule of the view, a
 * member of an operator class of the class, an array of its element, a row of its table, a multirange and a constructor
 * of their range, and what an extension brought of the extension.
 * https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export const aliases: Reading<AliasRow> = {
  sql: `SELECT json_build_array(a.class::bigint, a.oid::bigint, 0) AS of, json_build_array(a.of::bigint, a.whole::bigint, a.number) AS is FROM (
    SELECT 2604 AS class, oid, 1259 AS of, adrelid AS whole, adnum AS number FROM pg_catalog.pg_attrdef
    UNION ALL SELECT 2618, oid, 1259, ev_class, 0 FROM pg_catalog.pg_rewrite WHERE rulename = '_RETURN' AND oid >= 16384
    UNION ALL SELECT 1247, oid, 1247, typelem, 0 FROM pg_catalog.pg_type WHERE oid >= 16384 AND typelem <> 0
    UNION ALL SELECT 1247, oid, 1259, typrelid, 0 FROM pg_catalog.pg_type WHERE oid >= 16384 AND typtype = 'c'
    UNION ALL SELECT 1247, rngmultitypid, 1247, rngtypid, 0 FROM pg_catalog.pg_range WHERE rngtypid >= 16384
    UNION ALL SELECT classid, objid, refclassid, refobjid, 0 FROM pg_catalog.pg_depend
      WHERE deptype = 'i' AND (refclassid = 2616 OR (classid = 1255 AND refclassid = 1247))
    UNION ALL SELECT classid, objid, 3079, refobjid, 0 FROM member) a`,
  gather(census, rows) {
    for (const { of, is } of rows) census.alias(of, is);
  },
};

interface UseRow {
  readonly uses: readonly [...from: ObjectAddress, ...to: ObjectAddress];
}

export const uses: Reading<UseRow> = {
  sql: `SELECT json_build_array(d.classid::bigint, d.objid::bigint, d.objsubid, d.refclassid::bigint, d.refobjid::bigint,
    d.refobjsubid) AS uses
  FROM pg_catalog.pg_depend d
  WHERE d.deptype IN ('n','a') AND d.objid >= 16384 AND d.refobjid >= 16384 AND d.refclassid <> 2615 AND d.classid <> 826
    AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM member)`,
  gather(census, rows) {
    for (const { uses } of rows) {
      const [of, oid, column, ofUsed, oidUsed, columnUsed] = uses;
      census.use([of, oid, column], [ofUsed, oidUsed, columnUsed]);
    }
  },
};
