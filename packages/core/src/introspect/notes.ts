// Owns the reading of what is kept of all kinds of objects in one place: comments, and what stands on what.
import type { ObjectAddress, Reading } from "./census.ts";

interface CommentRow {
  readonly of: ObjectAddress;
  readonly comment: string;
}

/**
 * Comments that came with the server or with an extension are left out, for nobody wrote them: those of the schema
 * public, of the database postgres and of extensions as long as they are as shipped.
 */
export const comments: Reading<CommentRow> = {
  sql: `SELECT json_build_array(d.classoid::bigint, d.objoid::bigint, d.objsubid) AS of, d.description AS comment
  FROM pg_catalog.pg_description d
    LEFT JOIN pg_catalog.pg_extension e ON d.classoid = 3079 AND e.oid = d.objoid
    LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname
  WHERE (d.objoid >= 16384 OR d.classoid IN (2615, 3079))
    AND d.description IS DISTINCT FROM a.comment AND NOT (d.objoid = 2200 AND d.description = 'standard public schema')
  UNION ALL SELECT json_build_array(d.classoid::bigint, d.objoid::bigint, 0), d.description
  FROM pg_catalog.pg_shdescription d
  WHERE d.classoid = 1260 OR (d.classoid = 1262 AND d.description <> 'default administrative connection database'
    AND d.objoid IN (SELECT b.oid FROM pg_catalog.pg_database b WHERE b.datname = current_database()))`,
  gather(census, rows) {
    for (const { of, comment } of rows) census.comment(...of, comment);
  },
};

interface UseRow {
  readonly uses: readonly [...from: ObjectAddress, ...to: ObjectAddress];
}

/**
 * What a default uses is used by its column; what a view's rule uses, by the view; what a member of an operator class uses, by
 * the class; who uses an array uses its element, and
 * who uses a row uses its table; who uses a range's constructor uses the range. What belongs to an extension is the extension.
 * https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export const uses: Reading<UseRow> = {
  sql: `SELECT json_build_array(u.classid, u.objid, u.objsubid, u.refclassid, u.refobjid, u.refobjsubid) AS uses FROM (
    SELECT CASE WHEN f.adrelid IS NOT NULL OR r.rulename = '_RETURN' THEN 1259 ELSE coalesce(o.refclassid, d.classid)::bigint END AS classid,
      coalesce(f.adrelid, CASE WHEN r.rulename = '_RETURN' THEN r.ev_class END, o.refobjid, d.objid)::bigint AS objid,
      coalesce(f.adnum, d.objsubid) AS objsubid,
      CASE WHEN m.objid IS NOT NULL THEN 3079 WHEN t.typrelid <> 0 THEN 1259
        WHEN i.objid IS NOT NULL THEN 1247 ELSE d.refclassid::bigint END AS refclassid,
      coalesce(m.refobjid, nullif(t.typrelid, 0), nullif(t.typelem, 0), g.rngtypid, i.refobjid, d.refobjid)::bigint AS refobjid,
      CASE WHEN m.objid IS NULL THEN d.refobjsubid ELSE 0 END AS refobjsubid
    FROM pg_catalog.pg_depend d
      LEFT JOIN pg_catalog.pg_attrdef f ON d.classid = 2604 AND f.oid = d.objid
      LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 2618 AND r.oid = d.objid
      LEFT JOIN pg_catalog.pg_depend o ON d.classid IN (2602, 2603) AND o.classid = d.classid AND o.objid = d.objid
        AND o.deptype = 'i' AND o.refclassid = 2616
      LEFT JOIN member m ON m.classid = d.refclassid AND m.objid = d.refobjid
      LEFT JOIN pg_catalog.pg_type t ON d.refclassid = 1247 AND t.oid = d.refobjid
      LEFT JOIN pg_catalog.pg_range g ON d.refclassid = 1247 AND g.rngmultitypid = d.refobjid
      LEFT JOIN pg_catalog.pg_depend i ON d.refclassid = 1255 AND i.classid = 1255 AND i.objid = d.refobjid
        AND i.deptype = 'i' AND i.refclassid = 1247
    WHERE d.deptype IN ('n','a') AND d.objid >= 16384 AND d.refobjid >= 16384 AND d.refclassid <> 2615 AND d.classid <> 826) u
  WHERE (u.classid, u.objid, u.objsubid) IS DISTINCT FROM (u.refclassid, u.refobjid, u.refobjsubid)`,
  gather(census, rows) {
    for (const { uses } of rows) {
      const [of, oid, column, ofUsed, oidUsed, columnUsed] = uses;
      census.use([of, oid, column], [ofUsed, oidUsed, columnUsed]);
    }
  },
};
