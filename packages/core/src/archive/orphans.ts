// Owns what comes back and refers to rows that have gone since: which keys may meet such rows, and the function that finds them.
import { addressOf, keyIn, type Catalog, type Fact, type Inverse, type Key } from "@clew/sql-analyzer";
import type { ArchivedTable, ArchiveNeeds } from "./needs.ts";
import { own, plpgsql, readsMuch } from "./text.ts";

/** A foreign key that a rollback makes again, of rows or values that it gives back. */
export interface RenewedKey {
  /** The table that refers, as the archive calls it, and as SQL does. */
  readonly key: Key;
  readonly child: string;
  readonly columns: readonly string[];
  readonly parent: string;
  readonly targets: readonly string[];
  /** Columns in which a reference may be left out. */
  readonly optional: readonly string[];
  /** A row that refers to nothing does not come back at all. */
  readonly whole: boolean;
}

/** Those keys among what a rollback does. */
export function renewedKeys(
  { actions, after }: Pick<Inverse, "actions" | "after">,
  before: Catalog,
  needs: ArchiveNeeds | undefined,
): readonly RenewedKey[] {
  const keys: RenewedKey[] = [];
  const made = actions.flatMap((action) => (action.what === "create" || action.what === "finish" ? [action.key] : []));
  for (const key of new Set(made)) {
    const fact = before.facts[key];
    if (fact?.kind !== "constraint" || fact.type !== "foreign key" || fact.notValid || fact.period) continue;
    const table = needs?.tables.find((one) => one.key === fact.parent && one.root === undefined);
    // One that is only out of the way for a while was not looked at when rows were written back.
    const written = table?.written === true && after.facts[key] !== undefined;
    if (table) keys.push(...renewed(fact, before, table, written));
  }
  return keys;
}

function renewed(
  { parent, columns = [], references }: Fact<"constraint">,
  before: Catalog,
  { dropped, columns: kept = [] }: ArchivedTable,
  written: boolean,
): readonly RenewedKey[] {
  if (parent === undefined || references === undefined) return [];
  const back = new Set(kept.flatMap(({ name, retyped }) => (retyped === undefined ? [name] : [])));
  const isBack = (column: string): boolean => dropped === true || written || back.has(column);
  if (!columns.some(isBack)) return [];
  const optional = columns.filter((column) => {
    const fact = before.facts[keyIn(parent, "column", column)];
    return isBack(column) && fact?.kind === "column" && !fact.notNull && !fact.generated;
  });
  const whole = dropped === true && (optional.length === 0 || references.onDelete === "cascade");
  if (!whole && optional.length === 0) return [];
  const [child, target] = [addressOf(parent), addressOf(references.table)];
  return [{ key: parent, child, columns, parent: target, targets: references.columns, optional, whole }];
}

/**
 * Of rows that came back, those that refer to what has gone since: they go again, or are left without the reference, and are
 * named; a row that goes may be what another one refers to. Only of keys whose types are Postgres's own, which `=`
 * compares as the key will; another one is left to fail.
 */
export function orphansFunction(id: string): string {
  return plpgsql(
    `${own("orphans", id)}(keys jsonb) RETURNS void ${readsMuch}`,
    id,
    `  f record; r record; back text[] := '{}'; command text; condition text; act text; named text; hits bigint; total bigint;`,
    `  FOR f IN SELECT DISTINCT k ->> 'child' AS child FROM jsonb_array_elements(keys) k LOOP
    back := array_remove(ARRAY[${own("unforce", id)}(f.child::regclass)], NULL) || ${own("rest", id)}(ARRAY[f.child::regclass], '{}', '{}') || back;
  END LOOP;
  LOOP
    total := 0;
    FOR f IN SELECT k.* FROM jsonb_to_recordset(keys) AS k(key text, child regclass, columns text[], parent regclass, targets text[], optional text[], whole boolean)
      WHERE has_table_privilege(k.parent, 'SELECT') AND NOT row_security_active(k.parent) AND NOT EXISTS (
        SELECT FROM unnest(k.columns, k.targets) u(a, b) LEFT JOIN pg_attribute c ON c.attrelid = k.child AND c.attname = a
          LEFT JOIN pg_attribute p ON p.attrelid = k.parent AND p.attname = b LEFT JOIN pg_type t ON t.oid = c.atttypid
        WHERE c.atttypid IS DISTINCT FROM p.atttypid OR NOT (t.typnamespace = 'pg_catalog'::regnamespace OR t.typtype = 'e'))
    LOOP
      SELECT * INTO r FROM clew_archive.relation x WHERE x.archive = me AND x.key = f.key;
      condition := (SELECT string_agg(format('c.%I IS NOT NULL', a), ' AND ') FROM unnest(f.columns) a)
        || format(' AND NOT EXISTS (SELECT FROM %s p WHERE %s)', f.parent,
          (SELECT string_agg(format('p.%I = c.%I', b, a), ' AND ') FROM unnest(f.columns, f.targets) u(a, b)));
      named := coalesce((SELECT format('concat_ws('', '', %s)', string_agg(format('concat(%L, c.%I)', n || '=', n), ', ')) FROM unnest(r.identity) n HAVING count(*) > 0), 'c::text');
      act := CASE WHEN f.whole THEN format('DELETE FROM %s c WHERE %s', f.child, condition)
        ELSE format('UPDATE %s c SET %s WHERE %s', f.child, (SELECT string_agg(format('%I = NULL', n), ', ') FROM unnest(f.optional) n), condition) END;
      EXECUTE format('WITH gone AS (%s RETURNING %s AS row) INSERT INTO clew_archive.conflict SELECT $1, $2, row, $3 FROM gone', act, named)
        USING me, f.key, format('what it refers to in %s is gone', f.parent);
      GET DIAGNOSTICS hits = ROW_COUNT;
      total := total + hits;
      UPDATE clew_archive.result x SET restored = x.restored - hits, conflicts = x.conflicts + hits
      WHERE x.archive = me AND (x.relation = f.key OR starts_with(x.relation, f.key || ' ('));
    END LOOP;
    EXIT WHEN total = 0;
  END LOOP;
  FOREACH command IN ARRAY back LOOP EXECUTE command; END LOOP;`,
  );
}
