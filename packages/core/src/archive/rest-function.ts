// Owns the function that puts at rest what would act on rows that are given back, or refuse them.
import { own, plpgsql, readsMuch } from "./text.ts";

/** How a trigger or rule is enabled, as a word of ALTER TABLE. */
const enabled = (how: string): string => `CASE ${how} WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END`;

/** A command that takes a trigger `t` away for now, and the one that puts it back. */
const trigger = `format('ALTER TABLE ONLY %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) AS away,
      format('ALTER TABLE ONLY %s ENABLE %s TRIGGER %I', t.tgrelid::regclass, ${enabled("t.tgenabled")}, t.tgname) AS again`;

/**
 * Whether the check of a foreign key may look into a table `p`: it does so as the owner.
 * https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
 */
const looks = `has_schema_privilege(p.relowner, p.relnamespace, 'USAGE') AND has_table_privilege(p.relowner, p.oid, 'SELECT')
          AND has_table_privilege(p.relowner, p.oid, 'UPDATE')`;

/**
 * Puts at rest, of some tables, triggers and rules; foreign keys to those whose rows go and come, which are checked when they
 * come back, and where rows have no key also those from all other tables, whose rows would go with them; and constraints
 * that were never validated, which rows of before may break. Gives the commands that put all back as it was, in order.
 */
export function restFunction(id: string): string {
  return plpgsql(
    `${own("rest", id)}(rels regclass[], parents regclass[], keyless regclass[]) RETURNS text[] ${readsMuch}`,
    id,
    `  r record; back text[] := '{}';`,
    `  -- Of these each has another command that puts it back as it was.
  FOR r IN
    WITH own AS (SELECT w.rel::oid AS rel FROM unnest(rels) w(rel)
      UNION SELECT c.conrelid FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid::regclass = ANY (rels))
    SELECT ${trigger}
    FROM unnest(rels) w(rel), pg_partition_tree(w.rel) p, pg_trigger t
    WHERE t.tgrelid = p.relid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    UNION ALL
    SELECT ${trigger}
    FROM unnest(rels) w(rel), pg_trigger t
    WHERE t.tgrelid = w.rel AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND NOT EXISTS (SELECT FROM pg_partition_tree(w.rel))
    UNION ALL
    SELECT format('ALTER TABLE %s DISABLE RULE %I', w.rel, u.rulename),
      format('ALTER TABLE %s ENABLE %s RULE %I', w.rel, ${enabled("u.ev_enabled")}, u.rulename)
    FROM unnest(rels) w(rel), pg_rewrite u WHERE u.ev_class = w.rel AND u.ev_enabled <> 'D'
    UNION ALL
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname),
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
        || coalesce(format('; COMMENT ON CONSTRAINT %I ON %s IS %L', c.conname, c.conrelid::regclass, obj_description(c.oid, 'pg_constraint')), '')
    FROM pg_constraint c
    WHERE c.conparentid = 0 AND (
      c.contype = 'f' AND c.conrelid::regclass = ANY (rels) AND c.confrelid::regclass = ANY (parents)
      OR c.contype = 'f' AND c.confrelid::regclass = ANY (keyless)
      OR c.contype = 'f' AND (c.conrelid::regclass = ANY (rels) OR c.confrelid::regclass = ANY (rels))
        AND EXISTS (SELECT FROM pg_class p WHERE p.oid IN (c.conrelid, c.confrelid) AND NOT (${looks}))
      OR c.conrelid::regclass = ANY (rels) AND NOT c.convalidated AND c.contype IN ('c', 'f', 'n') AND c.coninhcount = 0
        AND (c.connoinherit OR NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = c.conrelid)))
    UNION ALL
    -- Of a published table without an identity only rows that come can be told; a key that refers to rows that go asks.
    SELECT format('ALTER TABLE %s REPLICA IDENTITY FULL', c.oid::regclass),
      format('ALTER TABLE %s REPLICA IDENTITY %s', c.oid::regclass, CASE c.relreplident WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid IN (SELECT o.rel FROM own o UNION SELECT p.relid::oid FROM own o, pg_partition_tree(o.rel::regclass) p)
      AND (c.relreplident = 'n' OR c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary))
      AND EXISTS (SELECT FROM pg_publication_tables t WHERE (t.schemaname, t.tablename) = (n.nspname, c.relname))
  LOOP
    EXECUTE r.away;
    back := r.again || back;
  END LOOP;
  -- A table that waits for a check cannot be altered.
  RETURN 'SET CONSTRAINTS ALL IMMEDIATE'::text || back;`,
  );
}
