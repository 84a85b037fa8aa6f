// Owns the reading of constraints.
import { keyIn, type Fact, type Key } from "@clew/sql-analyzer";
import { withoutUndefined } from "../driver.ts";
import { text, type Census, type Reading } from "./census.ts";
import { members } from "./classes.ts";

interface ConstraintRow {
  readonly oid: number;
  readonly name: string;
  readonly relation: number;
  readonly domain: number;
  readonly type: keyof typeof types;
  readonly columns: readonly number[] | null;
  readonly check: string | null;
  readonly index: number | null;
  readonly target: number | null;
  readonly targetColumns: readonly string[] | null;
  readonly onUpdate: keyof typeof actions;
  readonly onDelete: keyof typeof actions;
  readonly onDeleteColumns: readonly number[] | null;
  readonly match: string;
  readonly nullsNotDistinct: boolean | null;
  readonly period: boolean;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly valid: boolean;
  readonly enforced: boolean;
  readonly noInherit: boolean;
  readonly local: boolean;
  readonly disabledOn: readonly number[] | null;
  readonly definition: string;
}

const types = {
  p: "primary key",
  u: "unique",
  f: "foreign key",
  c: "check",
  x: "exclude",
  n: "not null",
} as const;
const actions = { a: undefined, r: "restrict", c: "cascade", n: "set null", d: "set default" } as const;

/**
 * Foreign keys with a parent are the copies that Postgres makes for partitions. A NOT NULL is left out where the column's
 * flag says all of it, that is where it has the name that Postgres would give it.
 */
export const constraints: Reading<ConstraintRow> = {
  sql: `SELECT k.oid::bigint AS oid, k.conname AS name, k.conrelid::bigint AS relation, k.contypid::bigint AS domain,
    k.contype AS type, k.conkey AS columns,
    CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) END AS check,
    CASE WHEN k.contype IN ('p','u','x') THEN k.conindid::bigint END AS index,
    CASE WHEN k.contype = 'f' THEN k.confrelid::bigint END AS target,
    CASE WHEN k.contype = 'f' THEN (SELECT json_agg(a.attname ORDER BY u.place)
      FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
      JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) END AS "targetColumns",
    k.confupdtype AS "onUpdate", k.confdeltype AS "onDelete", k.confmatchtype AS match,
    (SELECT confdelsetcols FROM (SELECT k.*) present) AS "onDeleteColumns",
    CASE WHEN k.contype = 'u' THEN (SELECT (SELECT indnullsnotdistinct FROM (SELECT i.*) present)
      FROM pg_catalog.pg_index i WHERE i.indexrelid = k.conindid) END AS "nullsNotDistinct",
    (SELECT conperiod FROM (SELECT k.*) present) AS period,
    (SELECT conenforced FROM (SELECT k.*) present) AS enforced,
    k.condeferrable AS deferrable, k.condeferred AS deferred, k.convalidated AS valid, k.connoinherit AS "noInherit",
    k.conislocal AS local,
    CASE WHEN k.contype = 'f' THEN (SELECT json_agg(DISTINCT g.tgrelid::bigint) FROM pg_catalog.pg_trigger g
      WHERE g.tgconstraint = k.oid AND g.tgisinternal AND g.tgenabled <> 'O') END AS "disabledOn",
    pg_catalog.pg_get_constraintdef(k.oid) AS definition
  FROM pg_catalog.pg_constraint k JOIN space s ON s.oid = k.connamespace
    LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid
    CROSS JOIN (SELECT NULL::smallint[] AS confdelsetcols, false AS conperiod, true AS conenforced,
      NULL::boolean AS indnullsnotdistinct) absent
  WHERE k.conrelid NOT IN ${members("pg_class")} AND k.contypid NOT IN ${members("pg_type")} AND (k.contype IN ('p','u','c','x') OR (k.contype = 'f' AND k.conparentid = 0)
    OR (k.contype = 'n' AND k.conislocal AND (NOT k.convalidated OR k.connoinherit
      OR pg_catalog.obj_description(k.oid, 'pg_constraint') IS NOT NULL
      OR k.conname <> concat_ws('_', coalesce(c.relname, t.typname), (SELECT a.attname FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1]), 'not_null'))))`,
  gather(census, rows) {
    for (const row of rows) add(census, row);
  },
};

function add(census: Census, row: ConstraintRow): void {
  const { oid, name, definition, relation } = row;
  const parent = relation === 0 ? census.key("pg_type", row.domain) : census.key("pg_class", relation);
  if (parent === undefined) return;
  const type = types[row.type];
  const target = census.key("pg_class", row.target);
  const names = census.columns(relation, row.columns ?? []);
  const about = { key: keyIn(parent, "constraint", name), name, parent, definition };
  census.add("constraint", ["pg_constraint", oid], about, {
    type,
    columns: names.length > 0 ? names : undefined,
    check: text(row.check),
    exclude: type === "exclude" ? { sql: withoutAttributes(definition) } : undefined,
    references: target && foreignKeyTarget(census, row, target),
    index: census.key("pg_class", row.index),
    nullsNotDistinct: row.nullsNotDistinct,
    period: row.period,
    deferrable: row.deferrable,
    initiallyDeferred: row.deferred,
    notValid: !row.valid,
    notEnforced: !row.enforced,
    noInherit: (type === "check" || type === "not null") && row.noInherit,
    inherited: relation !== 0 && !row.local,
    disabledOn: row.disabledOn?.flatMap((oid) => census.key("pg_class", oid) ?? []).sort(),
  });
}

function foreignKeyTarget(
  census: Census,
  row: ConstraintRow,
  table: Key,
): NonNullable<Fact<"constraint">["references"]> {
  return withoutUndefined({
    table,
    columns: row.targetColumns ?? [],
    onUpdate: actions[row.onUpdate],
    onDelete: actions[row.onDelete],
    onDeleteColumns: row.onDeleteColumns ? census.columns(row.relation, row.onDeleteColumns) : undefined,
    matchFull: row.match === "f" ? true : undefined,
  });
}

function withoutAttributes(definition: string): string {
  return definition.replace(/^EXCLUDE /, "").replace(/(?: DEFERRABLE| INITIALLY DEFERRED)*$/, "");
}
