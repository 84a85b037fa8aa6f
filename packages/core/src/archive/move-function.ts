// Owns the function that moves a table into the archive in place of copying it, and what becomes of it there.
import { literal } from "../store/bind.ts";
import { common } from "./text.ts";

/** The name of a table that was moved, from its oid as an expression. */
export const movedName = (id: string, oid: string): string => `${literal(`table ${id} `)} || ${oid}`;

/** Only what is the table's own stands on it: what else does would go, or would stop the DROP, without it. */
const alone = `NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.deptype NOT IN ('i', 'P', 'S')
      AND (d.refclassid = 'pg_class'::regclass AND (d.refobjid = rel OR d.refobjid = ANY (sequences))
        OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT unnest(ARRAY[t.oid, t.typarray]) FROM pg_type t WHERE t.typrelid = rel))
      AND NOT CASE d.classid
        WHEN 'pg_class'::regclass THEN d.objid = ANY (sequences) OR EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = d.objid AND x.indrelid = rel)
        WHEN 'pg_constraint'::regclass THEN EXISTS (SELECT FROM pg_constraint k WHERE k.oid = d.objid AND k.conrelid = rel)
        WHEN 'pg_attrdef'::regclass THEN EXISTS (SELECT FROM pg_attrdef a WHERE a.oid = d.objid AND a.adrelid = rel)
        WHEN 'pg_trigger'::regclass THEN EXISTS (SELECT FROM pg_trigger g WHERE g.oid = d.objid AND g.tgrelid = rel)
        WHEN 'pg_policy'::regclass THEN EXISTS (SELECT FROM pg_policy p WHERE p.oid = d.objid AND p.polrelid = rel)
        WHEN 'pg_statistic_ext'::regclass THEN true
        ELSE false END)`;

/**
 * Moves a table away, whatever its size, and leaves an empty one of its name, which the migration's own DROP takes. What goes
 * with it is only its rows: keys, indexes, policies, triggers and defaults go here, as with the DROP, and come back with the
 * rollback's own statements. Gives false where it must be copied: something else stands on it, or it on what is not the
 * system's, which could then not be dropped, or would take values with it. https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export function moveFunction(name: string): string {
  return common(
    `${name}(me uuid, rel regclass) RETURNS boolean`,
    `  c record; command text; moved text; sequences oid[]; moment bigint;`,
    `  SELECT t.*, n.nspname, format('%I.%I', n.nspname, t.relname) AS name INTO c FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace WHERE t.oid = rel;
  SELECT coalesce(array_agg(d.objid), '{}') INTO sequences FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
  WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = rel AND d.deptype IN ('a', 'i');
  IF NOT has_schema_privilege(c.relnamespace, 'CREATE') OR c.relkind <> 'r' OR c.relpersistence <> 'p' OR c.relispartition OR c.reloftype <> 0 OR c.relhasrules
    OR EXISTS (SELECT FROM pg_inherits WHERE inhrelid = rel OR inhparent = rel)
    OR EXISTS (SELECT FROM pg_publication_rel WHERE prrelid = rel)
    OR EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = rel AND deptype = 'e')
    OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped
      AND (atttypid >= 16384 OR attcollation >= 16384 OR attgenerated = 'v'))
    OR NOT ${alone}
  THEN RETURN false; END IF;
  moved := format('table %s %s', me, rel::oid);
  -- Each of these statements is of the catalog alone.
  FOR command IN
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', rel, conname) FROM (SELECT conname FROM pg_constraint
      WHERE conrelid = rel AND contype IN ('f', 'c', 'p', 'u', 'x') ORDER BY contype <> 'f') k
    UNION ALL SELECT format('DROP TRIGGER %I ON %s', tgname, rel) FROM pg_trigger WHERE tgrelid = rel AND NOT tgisinternal
    UNION ALL SELECT format('DROP POLICY %I ON %s', polname, rel) FROM pg_policy WHERE polrelid = rel
    UNION ALL SELECT format('ALTER TABLE %s ALTER %I DROP %s', rel, attname,
        CASE WHEN attidentity <> '' THEN 'IDENTITY' WHEN attgenerated <> '' THEN 'EXPRESSION' ELSE 'DEFAULT' END)
      FROM pg_attribute WHERE attrelid = rel AND attnum > 0 AND NOT attisdropped AND (atthasdef OR attidentity <> '')
  LOOP EXECUTE command; END LOOP;
  FOR command IN
    SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index WHERE indrelid = rel
    UNION ALL SELECT format('DROP SEQUENCE %s', s::regclass) FROM unnest(sequences) s WHERE EXISTS (SELECT FROM pg_class WHERE oid = s)
    UNION ALL SELECT format('DROP STATISTICS %I.%I', n.nspname, stxname) FROM pg_statistic_ext JOIN pg_namespace n ON n.oid = stxnamespace WHERE stxrelid = rel
    UNION ALL SELECT DISTINCT format('REVOKE ALL ON %s FROM %s', rel, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END)
      FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner
  LOOP EXECUTE command; END LOOP;
  EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', rel);
  EXECUTE format('ALTER TABLE %s RENAME TO %I', rel, moved);
  EXECUTE format('ALTER TABLE %s SET SCHEMA clew_archive', rel);
  EXECUTE format('CREATE TABLE %s ()', c.name);
  EXECUTE format('ALTER TABLE %s OWNER TO %s', c.name, c.relowner::regrole);
  moment := nextval('clew_archive.moment');
  INSERT INTO clew_archive.capture VALUES (moment, me, rel, 'moved', '{}', greatest(c.reltuples, 0));
  RETURN true;`,
  );
}

/** At the end: the table that was left in its place must have gone. */
export const refuseLeft = `IF needs @? '$.tables[*].move' AND EXISTS (SELECT FROM clew_archive.capture p JOIN clew_archive.relation x USING (archive, oid) JOIN pg_namespace n ON n.nspname = x.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = x.name WHERE p.archive = me AND p.what = 'moved' AND c.relnatts = 0)
  THEN RAISE EXCEPTION 'a table that was to be dropped was not: run it without moveDropped'; END IF;`;
