// Owns random statements about tables, their columns, constraints, indexes, partitions and rows.
import { valueOf, type Walker } from "./walker.ts";
import type { Relation } from "./scene.ts";

/** Makes a statement; the number is how often, compared with others. */
export type Maker = readonly [often: number, make: (w: Walker) => string];

const unlessThere = (w: Walker): string => (w.chance(30) ? "if not exists " : "");
const cascade = (w: Walker): string => (w.chance(50) ? " cascade" : "");

function columnOf(w: Walker): string {
  const type = w.columnType();
  const parts = [w.name(), type];
  if (w.chance(30)) parts.push(`default ${valueOf(type, String(w.below(50)), w.scene)}`);
  if (w.chance(20)) parts.push("not null");
  if (w.chance(8)) parts.push("unique");
  if (w.chance(8)) parts.push(`check (${parts[0]!} is not null)`);
  if (w.chance(5) && type === "text") parts.push('collate "C"');
  return parts.join(" ");
}

function referenceOf(w: Walker): string {
  const to = w.of(w.scene.relations.filter(({ key }) => key !== null));
  const actions = [
    "",
    " on delete cascade",
    " on delete set null",
    " on update cascade",
    " deferrable initially deferred",
  ];
  return `references ${to.name}${w.of(actions)}`;
}

function newTable(w: Walker, tail = ""): string {
  const keys = [
    "id integer primary key",
    "id bigint generated always as identity primary key",
    "id serial primary key",
    "id uuid primary key",
    "id integer",
  ];
  const columns = [w.of(keys), ...Array.from({ length: 1 + w.below(4) }, () => columnOf(w))];
  if (w.chance(30)) columns.push(`owner integer ${w.chance(70) ? referenceOf(w) : ""}`);
  if (w.chance(10)) columns.push("twice integer generated always as (3 * 2) stored");
  return `create ${w.chance(5) ? "unlogged " : ""}table ${unlessThere(w)}${w.place()} (${columns.join(", ")})${tail}`;
}

const partitioned = (w: Walker): Relation => w.of(w.scene.relations.filter(({ kind }) => kind === "p"));
const partition = (w: Walker): Relation => w.of(w.scene.relations.filter((one) => one.partition));
const writable = ({ made }: { readonly made: boolean }): boolean => !made;

function insertInto(w: Walker): string {
  const table = w.table(w.chance(95) ? "rp" : "v");
  const columns = table.columns.filter((column) => !column.made && !(column.default && w.chance(50)));
  const from = w.chance(50) ? 1 : w.below(500);
  const values = columns.map(({ type }) => valueOf(type, `${from} + n`, w.scene));
  if (columns.length === 0) return `insert into ${table.name} default values`;
  const refuse = w.chance(60) ? " on conflict do nothing" : "";
  return `insert into ${table.name} (${columns.map(({ name }) => name).join(", ")}) select ${values.join(", ")} from generate_series(1, ${1 + w.below(20)}) n${refuse}`;
}

function some(w: Walker, table: Relation): string {
  const column = w.column(table);
  return w.of([
    "true",
    `${column.name} is not null`,
    `hashtext(${column.name}::text) % 3 = 0`,
    `${column.name}::text like '%1%'`,
  ]);
}

function updateOf(w: Walker): string {
  const table = w.table();
  const column = w.column(table, writable);
  const to = w.chance(20)
    ? "default"
    : w.chance(40)
      ? column.name
      : valueOf(column.type, String(w.below(100)), w.scene);
  const grown = /^(?:integer|bigint)$/.test(column.type) && w.chance(50) ? `${column.name} + 1000` : to;
  return `update ${table.name} set ${column.name} = ${grown} where ${some(w, table)}`;
}

const types = [
  "text",
  "bigint",
  "integer",
  "character varying(10)",
  "numeric(20,6)",
  "jsonb",
  "text[]",
  "timestamp without time zone",
];

export const tables: readonly Maker[] = [
  [40, (w) => newTable(w)],
  [4, (w) => `create table ${w.place()} as select * from ${w.table("rpvm").name}`],
  [4, (w) => `create table ${w.place()} (like ${w.table().name} including all)`],
  [1, (w) => `create table ${w.place()} (extra text) inherits (${w.table("r").name})`],
  [
    5,
    (w) =>
      `create table ${w.place()} (id integer not null, part integer not null, word text, primary key (id, part)) partition by ${w.of(["list", "range"])} (part)`,
  ],
  [
    8,
    (w) =>
      `create table ${w.place()} partition of ${partitioned(w).name} ${w.of(["default", `for values in (${w.below(9)})`, `for values from (${w.below(5) * 10}) to (${50 + w.below(3) * 10})`])}`,
  ],
  [
    4,
    (w) =>
      `alter table ${partitioned(w).name} attach partition ${w.table().name} ${w.of(["default", `for values in (${w.below(99)})`, "for values from (100) to (200)"])}`,
  ],
  [4, (w) => (({ name }) => `alter table ${partitioned(w).name} detach partition ${name}`)(partition(w))],
  [10, (w) => `drop table ${w.chance(20) ? "if exists " : ""}${w.table().name}${cascade(w)}`],
  [2, (w) => `drop table ${w.table().name}, ${w.table().name}${cascade(w)}`],
  [6, (w) => `alter table ${w.table().name} rename to ${w.name()}`],
  [5, (w) => `alter table ${w.table().name} set schema ${w.of(w.scene.schemas)}`],
  [3, (w) => `alter table ${w.table().name} owner to reader`],
  [2, (w) => `alter table ${w.table("r").name} set ${w.of(["logged", "unlogged"])}`],
  [
    3,
    (w) =>
      `alter table ${w.table("r").name} ${w.of(["set (fillfactor = 70)", "reset (fillfactor)", "set (autovacuum_enabled = false)"])}`,
  ],
  [8, (w) => `alter table ${w.table().name} ${w.of(["enable", "disable", "force", "no force"])} row level security`],
  [3, (w) => `alter table ${w.table().name} replica identity ${w.of(["full", "default", "nothing"])}`],
  [25, (w) => `alter table ${w.table().name} add column ${unlessThere(w)}${columnOf(w)}`],
  [4, (w) => `alter table ${w.table().name} add column ${columnOf(w)}, add column ${columnOf(w)}`],
  [
    4,
    (w) =>
      `alter table ${w.table().name} add column ${w.name()} ${w.of(["integer generated by default as identity", "bigserial", "integer generated always as (2 + 2) stored"])}`,
  ],
  [4, (w) => `alter table ${w.table().name} add column ${w.name()} integer ${referenceOf(w)}`],
  [2, (w) => (({ name, columns }) => `alter table ${name} drop column ${w.of(columns).name}${cascade(w)}`)(w.table())],
  [
    5,
    (w) =>
      (({ name, columns }) => `alter table ${name} drop column ${columns.at(-1)?.name ?? "none"}${cascade(w)}`)(
        w.table(),
      ),
  ],
  [
    6,
    (w) =>
      (({ name, columns }) =>
        ((column) => `alter table ${name} drop column ${column}${cascade(w)}, add column ${column} ${w.of(types)}`)(
          columns.at(-1)?.name ?? "none",
        ))(w.table()),
  ],
  [
    8,
    (w) =>
      (({ name, columns }) => `alter table ${name} rename column ${w.of(columns).name} to ${w.name()}`)(
        w.table("rpvm"),
      ),
  ],
  [
    14,
    (w) =>
      ((table) =>
        ((column) =>
          `alter table ${table.name} alter column ${column.name} type ${w.of(types)} using null`.replace(
            "using null",
            w.chance(20) ? "using null" : "",
          ))(w.column(table)))(w.table()),
  ],
  [
    6,
    (w) =>
      ((table) =>
        ((column, type) =>
          `alter table ${table.name} alter column ${column.name} drop default, alter column ${column.name} type ${type} using ${column.name}::text::${type}`)(
          w.column(table),
          w.of(types),
        ))(w.table()),
  ],
  [
    10,
    (w) =>
      ((table) =>
        ((column) =>
          `alter table ${table.name} alter column ${column.name} ${w.of(["drop default", `set default ${valueOf(column.type, "7", w.scene)}`, "set not null", "drop not null", "drop identity if exists", "drop expression if exists", "add generated always as identity"])}`)(
          w.column(table),
        ))(w.table()),
  ],
  [
    4,
    (w) =>
      ((table) =>
        ((column) =>
          `alter table ${table.name} alter column ${column.name} ${w.of(["set statistics 200", "set storage external", "set compression pglz", "set (n_distinct = 5)", "set statistics -1"])}`)(
          w.column(table),
        ))(w.table()),
  ],
  [
    6,
    (w) =>
      ((table) =>
        `alter table ${table.name} add constraint ${w.name()} check (${w.column(table).name} is not null)${w.chance(40) ? " not valid" : ""}`)(
        w.table(),
      ),
  ],
  [
    3,
    (w) =>
      ((table) =>
        `alter table ${table.name} add constraint ${w.name()} check (${w.column(table).name}::varchar in ('a', 'b') or true)`)(
        w.table(),
      ),
  ],
  [
    5,
    (w) =>
      ((table) =>
        `alter table ${table.name} add ${w.chance(50) ? `constraint ${w.name()} ` : ""}unique (${w.column(table).name})`)(
        w.table(),
      ),
  ],
  [4, (w) => ((table) => `alter table ${table.name} add primary key (${w.column(table).name})`)(w.table())],
  [
    6,
    (w) =>
      ((table) =>
        `alter table ${table.name} add foreign key (${w.column(table).name}) ${referenceOf(w)}${w.chance(50) ? " not valid" : ""}`)(
        w.table(),
      ),
  ],
  [
    2,
    (w) =>
      ((table) =>
        `alter table ${table.name} add constraint ${w.name()} exclude using btree (${w.column(table).name} with =)`)(
        w.table(),
      ),
  ],
  [
    8,
    (w) =>
      ((table) => `alter table ${table.name} drop constraint ${w.of(table.constraints).name}${cascade(w)}`)(w.table()),
  ],
  [
    4,
    (w) =>
      ((table) => `alter table ${table.name} rename constraint ${w.of(table.constraints).name} to ${w.name()}`)(
        w.table(),
      ),
  ],
  [
    4,
    (w) =>
      ((table) =>
        `alter table ${table.name} validate constraint ${w.of(table.constraints.filter(({ type }) => "cf".includes(type))).name}`)(
        w.table(),
      ),
  ],
  [
    14,
    (w) =>
      ((table) =>
        `create ${w.chance(30) ? "unique " : ""}index ${w.chance(60) ? w.name() : ""} on ${table.name} (${w.column(table).name}${w.of(["", " desc", " nulls first"])})${w.chance(20) ? ` where ${w.column(table).name} is not null` : ""}`)(
        w.table("rpm"),
      ),
  ],
  [
    3,
    (w) =>
      ((table) => `create index on ${table.name} ((${w.column(table).name}::text)) include (${w.column(table).name})`)(
        w.table(),
      ),
  ],
  [
    4,
    (w) =>
      ((table) =>
        `alter table ${table.name} add ${w.of(["", `constraint ${w.name()} `])}${w.of(["unique", "primary key"])} using index ${w.of(table.indexes).slice(table.schema.length + 1)}`)(
        w.table(),
      ),
  ],
  [5, (w) => `drop index ${w.of(w.table("rpm").indexes)}`],
  [4, (w) => `alter index ${w.of(w.table("rpm").indexes)} ${w.of([`rename to ${w.name()}`, "set (fillfactor = 60)"])}`],
  [2, (w) => ((table) => `alter table ${table.name} cluster on ${w.of(table.indexes).split(".").at(-1)!}`)(w.table())],
  [
    3,
    (w) =>
      ((table) =>
        `create statistics ${w.place()} on ${table.columns
          .slice(0, 2)
          .map(({ name }) => name)
          .join(", ")} from ${table.name}`)(w.table("r")),
  ],
  [
    2,
    (w) =>
      `${w.of(["drop statistics", "comment on statistics"])} ${w.of(w.scene.statistics)}`.replace(
        /^(comment.*)/,
        "$1 is 'kin'",
      ),
  ],
];

export const rows: readonly Maker[] = [
  [45, insertInto],
  [35, updateOf],
  [16, (w) => ((table) => `delete from ${table.name} where ${some(w, table)}`)(w.table())],
  [5, (w) => `truncate ${w.table().name}${w.chance(30) ? " restart identity" : ""}${cascade(w)}`],
  [
    4,
    (w) =>
      ((table) =>
        ((key) =>
          `with gone as (delete from ${table.name} where ${key}::text like '%2' returning *) insert into ${table.name} select * from gone`)(
          table.key ?? "id",
        ))(w.table()),
  ],
  [
    4,
    (w) =>
      ((table) =>
        `update ${table.name} a set ${w.column(table, writable).name} = null from ${w.table("rpvm").name} b where a.ctid is not null`)(
        w.table(),
      ),
  ],
  [4, (w) => `do $$ begin for i in 1..3 loop ${insertInto(w)}; ${updateOf(w)}; end loop; end $$`],
];
