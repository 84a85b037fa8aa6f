// Owns random statements about everything but tables: types, views, functions, triggers, policies, sequences, schemas, who may do what.
import type { Maker } from "./tables.ts";
import { valueOf, type Walker } from "./walker.ts";

const cascade = (w: Walker): string => (w.chance(50) ? " cascade" : "");
const label = (w: Walker): string => w.of(["'new'", "'fine'", "'x y'", "'it''s'", "'Ok'", "'last'"]);
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function viewOf(w: Walker): string {
  const from = w.table("rpvm");
  const columns = from.columns.filter(() => w.chance(70)).map(({ name }) => name);
  const list = columns.length === 0 ? "1 as one" : columns.join(", ");
  return `select ${w.chance(10) ? `${list}, 2 as two` : list} from ${from.name}${w.chance(30) ? ` where ${w.column(from).name} is not null` : ""}`;
}

/** Writes another value to a column of a common name, as triggers do that keep the time of a change. */
const writer = `begin
  if tg_op = 'DELETE' then return old; end if;
  return jsonb_populate_record(new, '{"note": "by trigger", "said": "trigger", "title": "trigger"}');
exception when others then return new; end`;

function functionOf(w: Walker): string {
  const name = w.place();
  const kind = w.below(7);
  if (kind === 6) return `function ${name}() returns trigger language plpgsql as $f$ ${writer} $f$`;
  if (kind === 0)
    return `function ${name}() returns trigger language plpgsql as $f$ begin return coalesce(new, old); end $f$`;
  if (kind === 1)
    return `function ${name}(a ${w.columnType()}, b text default 'x') returns text language sql as $f$ select b $f$`;
  if (kind === 2)
    return `function ${name}() returns bigint language sql stable as $f$ select count(*) from ${w.table("rpvm").name} $f$`;
  if (kind === 3)
    return `function ${name}(r ${w.table("r").name}) returns integer language sql immutable as $f$ select ${w.below(9)} $f$`;
  if (kind === 4)
    return `procedure ${name}(n integer) language plpgsql security definer set search_path = '' as $f$ begin perform ${w.below(9)}; end $f$`;
  return `function ${name}(n integer) returns integer language sql immutable parallel safe begin atomic select n + ${w.below(9)}; end`;
}

const granted = ["select", "insert, update", "all", "delete", "references, trigger"];

function grantOn(w: Walker): string {
  const relation = w.table("rpvm");
  return w.of([
    () => `${w.of(granted)} on ${relation.name}`,
    () => `select (${w.column(relation).name}) on ${relation.name}`,
    () => `execute on ${routine(w)}`,
    () => `usage on schema ${w.of(w.scene.schemas)}`,
    () => `usage on sequence ${w.of(w.scene.sequences).name}`,
    () => `usage on type ${w.of(w.scene.types).name}`,
    () => `select on all tables in schema ${w.of(w.scene.schemas)}`,
  ])();
}

const routine = (w: Walker): string =>
  (({ kind, name }) => `${kind === "p" ? "procedure" : "function"} ${name}`)(w.of(w.scene.functions));

function commented(w: Walker): string {
  const relation = w.table("rp");
  return w.of([
    () => `table ${relation.name}`,
    () => `column ${relation.name}.${w.column(relation).name}`,
    () => `constraint ${w.of(relation.constraints).name} on ${relation.name}`,
    () => `index ${w.of(relation.indexes)}`,
    () => `trigger ${w.of(relation.triggers)} on ${relation.name}`,
    () => `policy ${w.of(relation.policies)} on ${relation.name}`,
    () => `view ${w.table("v").name}`,
    () => routine(w),
    () => `type ${w.of(w.scene.types).name}`,
    () => `schema ${w.of(w.scene.schemas)}`,
    () => `sequence ${w.of(w.scene.sequences).name}`,
  ])();
}

export const objects: readonly Maker[] = [
  [8, (w) => `create type ${w.place()} as enum ('one', 'two', ${label(w)})`],
  [5, (w) => `alter type ${w.type("enum").name} add value ${w.chance(30) ? "if not exists " : ""}${label(w)}`],
  [
    3,
    (w) =>
      ((type) =>
        `alter type ${type.name} add value ${label(w)} ${w.of(["before", "after"])} ${literal(w.of(type.labels))}`)(
        w.type("enum"),
      ),
  ],
  [
    5,
    (w) =>
      ((type) => `alter type ${type.name} rename value ${literal(w.of(type.labels))} to ${label(w)}`)(w.type("enum")),
  ],
  [
    3,
    (w) =>
      `alter type ${w.of(w.scene.types.filter(({ kind }) => kind !== "domain")).name} ${w.of([`rename to ${w.name()}`, `set schema ${w.of(w.scene.schemas)}`, "owner to reader"])}`,
  ],
  [
    4,
    (w) =>
      `create domain ${w.place()} as ${w.of(["text", "integer", "character varying(30)"])} ${w.of(["", "not null", "default '5'", "check (value is not null)"])}`,
  ],
  [
    3,
    (w) =>
      `alter domain ${w.type("domain").name} ${w.of(["set default '3'", "drop default", "set not null", "drop not null", `add constraint ${w.name()} check (value is not null)`, `rename to ${w.name()}`])}`,
  ],
  [2, (w) => ((type) => `alter domain ${type.name} drop constraint ${w.of(type.constraints)}`)(w.type("domain"))],
  [3, (w) => `create type ${w.place()} as (a integer, b ${w.columnType()})`],
  [
    3,
    (w) =>
      ((type) =>
        `alter type ${type.name} ${w.of([`add attribute ${w.name()} text`, `drop attribute ${w.of(type.attributes)}`, `rename attribute ${w.of(type.attributes)} to ${w.name()}`, `alter attribute ${w.of(type.attributes)} type text`])}`)(
        w.type("composite"),
      ),
  ],
  [
    4,
    (w) =>
      ((type) => `drop ${type.kind === "domain" ? "domain" : "type"} ${type.name}${cascade(w)}`)(w.of(w.scene.types)),
  ],
  [
    14,
    (w) =>
      `create ${w.chance(30) ? "or replace " : ""}view ${w.place()}${w.chance(20) ? " with (security_invoker = true)" : ""} as ${viewOf(w)}`,
  ],
  [
    6,
    (w) =>
      ((view) =>
        `create or replace view ${view.name} as select ${view.columns.map(({ name, type }) => `null::${type} as ${name}`).join(", ")}, ${w.below(5)} as ${w.name()}`)(
        w.table("v"),
      ),
  ],
  [
    4,
    (w) =>
      `alter view ${w.table("v").name} ${w.of([`rename to ${w.name()}`, `set schema ${w.of(w.scene.schemas)}`, "set (security_barrier = true)", "owner to reader"])}`,
  ],
  [
    6,
    (w) =>
      ((view) => `drop ${view.kind === "v" ? "view" : "materialized view"} ${view.name}${cascade(w)}`)(w.table("vm")),
  ],
  [5, (w) => `create materialized view ${w.place()} as ${viewOf(w)}${w.chance(20) ? " with no data" : ""}`],
  [2, (w) => `refresh materialized view ${w.table("m").name}`],
  [20, (w) => `create ${w.chance(60) ? "or replace " : ""}${functionOf(w)}`],
  [
    4,
    (w) =>
      `alter ${routine(w)} ${w.of([`rename to ${w.name()}`, `set schema ${w.of(w.scene.schemas)}`, "security definer", "set work_mem = '8MB'", "owner to reader"])}`,
  ],
  [6, (w) => `drop ${routine(w)}${cascade(w)}`],
  [
    14,
    (w) =>
      `create ${w.chance(20) ? "or replace " : ""}trigger ${w.name()} ${w.of(["before", "after"])} ${w.of(["insert", "update", "insert or update or delete"])} on ${w.table().name} for each row execute function ${w.of(w.scene.functions.filter(({ trigger }) => trigger)).name}`,
  ],
  [4, (w) => ((table) => `drop trigger ${w.of(table.triggers)} on ${table.name}`)(w.table())],
  [
    3,
    (w) =>
      ((table) =>
        `alter table ${table.name} ${w.of(["enable", "disable", "enable always", "enable replica"])} trigger ${w.of(table.triggers)}`)(
        w.table(),
      ),
  ],
  [2, (w) => ((table) => `alter trigger ${w.of(table.triggers)} on ${table.name} rename to ${w.name()}`)(w.table())],
  [
    14,
    (w) =>
      ((table) =>
        `create policy ${w.name()} on ${table.name} ${w.of(["", "as restrictive ", "for select "])}to ${w.role()} using (${w.column(table).name} is not null)`)(
        w.table(),
      ),
  ],
  [3, (w) => `create policy ${w.name()} on ${w.table().name} using (exists (select from ${w.table("rpv").name}))`],
  [
    5,
    (w) =>
      ((table) =>
        `alter policy ${w.of(table.policies)} on ${table.name} ${w.of([`rename to ${w.name()}`, "to reader", "using (false)"])}`)(
        w.table(),
      ),
  ],
  [5, (w) => ((table) => `drop policy ${w.of(table.policies)} on ${table.name}`)(w.table())],
  [2, (w) => `create rule ${w.name()} as on insert to ${w.table("r").name} where false do also notify rung`],
  [2, (w) => ((table) => `drop rule ${w.of(table.rules)} on ${table.name}`)(w.table("rv"))],
  [
    5,
    (w) =>
      `create sequence ${w.place()} ${w.of(["", "start 100 increment 5", "as smallint maxvalue 99 cycle", "cache 10"])}`,
  ],
  [
    5,
    (w) =>
      `alter sequence ${w.of(w.scene.sequences).name} ${w.of(["restart with 50", "increment 3", `rename to ${w.name()}`, "owned by none", "maxvalue 1000000", `set schema ${w.of(w.scene.schemas)}`, "restart"])}`,
  ],
  [
    3,
    (w) =>
      ((table) =>
        `alter sequence ${w.of(w.scene.sequences.filter(({ owned }) => !owned)).name} owned by ${table.name}.${w.column(table).name}`)(
        w.table(),
      ),
  ],
  [
    3,
    (w) =>
      `select ${w.of(["nextval", "nextval", "setval"])}('${w.of(w.scene.sequences).name.replaceAll("'", "''")}'${""})`.replace(
        /^(select setval\(.*)\)$/,
        "$1, 30)",
      ),
  ],
  [2, (w) => `drop sequence ${w.of(w.scene.sequences).name}${cascade(w)}`],
  [
    3,
    (w) =>
      ((table) =>
        ((column) =>
          `alter table ${table.name} alter column ${column.name} set default nextval('${w.of(w.scene.sequences).name.replaceAll("'", "''")}')`)(
          w.column(table, ({ type }) => /^(?:integer|bigint)$/.test(type)),
        ))(w.table()),
  ],
  [3, (w) => `create schema ${w.chance(30) ? "if not exists " : ""}${w.name()}`],
  [
    2,
    (w) =>
      `alter schema ${w.of(w.scene.schemas.filter((name) => name !== "public"))} ${w.of([`rename to ${w.name()}`, "owner to reader"])}`,
  ],
  [1, (w) => `drop schema ${w.of(w.scene.schemas.filter((name) => name !== "public"))}${cascade(w)}`],
  [
    24,
    (w) =>
      `grant ${grantOn(w)} to ${w.role()}${w.chance(5) ? " with grant option" : ""}`.replace(
        "to public with grant option",
        "to public",
      ),
  ],
  [14, (w) => `revoke ${grantOn(w)} from ${w.role()}`],
  [
    4,
    (w) =>
      `alter default privileges ${w.chance(60) ? `in schema ${w.of(w.scene.schemas)} ` : ""}${w.of(["grant select on tables to reader", "revoke all on functions from public", "grant usage on sequences to reader", "grant execute on functions to reader"])}`,
  ],
  [14, (w) => `comment on ${commented(w)} is ${w.of(["'said'", "null", "'it''s so'"])}`],
  [2, (w) => `create publication ${w.name()} for table ${w.table("r").name}`],
  [
    3,
    (w) => `alter publication ${w.of(w.scene.publications)} ${w.of(["add", "drop", "set"])} table ${w.table("r").name}`,
  ],
  [1, (w) => `drop publication ${w.of(w.scene.publications)}`],
  [2, (w) => `alter type ${w.type("enum").name} owner to reader`],
  [
    3,
    (w) =>
      ((type) =>
        `create table ${w.place()} (id integer primary key, it ${type} default ${valueOf(type, "1", w.scene)})`)(
        w.of(w.scene.types).name,
      ),
  ],
  [1, (w) => `set search_path = ${w.of(w.scene.schemas)}, public`],
  [2, (w) => `create aggregate ${w.place()}(integer) (sfunc = int4pl, stype = integer, initcond = '0')`],
];
