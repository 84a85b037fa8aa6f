// Owns the cases of queries, data and maintenance.
import type { Case } from "../case.ts";

const asIndex = "alter table target rename to table_1; alter index target_a rename to target";
const matview =
  "drop table target; alter table other rename to underlying_1; create materialized view target as select * from underlying_1; create unique index on target (id)";
const elsewhere =
  "drop table other; create schema gone; alter table target rename to contents_1; alter table contents_1 set schema gone";
const referencing = "create table referencing_1 (id int references target on delete cascade)";
const referenced =
  "create table referenced_1 (id int primary key); insert into referenced_1 select generate_series(1, 2000); alter table target add foreign key (ref) references referenced_1";

export const queries: readonly Case[] = [
  { key: "SELECT", planned: true, sql: "select * from target" },
  {
    key: "SELECT",
    planned: true,
    when: "it is a view",
    setup: "alter table target rename to underlying_1; create view target as select * from underlying_1",
    sql: "select * from target",
    partitioned: false,
  },
  ...["update", "no key update", "share", "key share"].map((strength): Case => ({
    key: `SELECT FOR ${strength.toUpperCase()}`,
    planned: true,
    sql: `select * from target for ${strength}`,
  })),
  { planned: true, sql: "select * from target t join other on other.id = t.id for update of t" },
  { planned: true, sql: "table target" },
  { planned: true, sql: "with target as (select 1) select * from target" },
  { planned: true, sql: "with gone as (delete from target returning *) select * from gone, other" },
  { planned: true, sql: "explain select * from target" },
  { planned: true, sql: "explain delete from target" },
  { planned: true, sql: "declare c cursor for select * from target" },
  { planned: true, sql: "prepare p as select * from target" },
  { planned: true, sql: "copy target to '/dev/null'", partitioned: false },
  { planned: true, sql: "copy (select * from target) to '/dev/null'" },
  { key: "INSERT", planned: true, sql: "insert into target (id, a, r) values (999, 1, 'empty')" },
  { planned: true, sql: "insert into target select id + 1000, a, ref, b, v, n, ts, js, r from other where id < 0" },
  {
    planned: true,
    sql: "insert into target default values on conflict (id) do update set a = excluded.a",
    setup: "alter table target alter id set default 1, alter a set default 1, alter r set default 'empty'",
  },
  {
    key: "INSERT",
    planned: true,
    when: "it has foreign keys",
    setup: referenced,
    sql: "insert into target (id, a, ref, r) values (999, 1, 1, 'empty')",
    partitioned: false,
  },
  { key: "COPY FROM", planned: true, sql: "copy target from '/dev/null'" },
  { key: "UPDATE", planned: true, sql: "update target set b = 'c'" },
  { planned: true, sql: "update target set b = 'c' from other where other.id = target.id" },
  {
    key: "UPDATE",
    planned: true,
    when: "it has foreign keys",
    setup: referenced,
    sql: "update target set ref = 1",
    partitioned: false,
  },
  {
    key: "UPDATE",
    planned: true,
    when: "foreign keys refer to it",
    setup: referencing,
    sql: "update target set id = -id",
    partitioned: false,
  },
  { key: "DELETE", planned: true, sql: "delete from target" },
  { planned: true, sql: "delete from target using other where other.id = target.id" },
  {
    key: "DELETE",
    planned: true,
    when: "foreign keys refer to it",
    setup: referencing,
    sql: "delete from target",
    partitioned: false,
  },
  {
    key: "MERGE",
    planned: true,
    sql: "merge into target using (values (1)) v (id) on v.id = target.id when matched then update set a = 2",
    partitioned: false,
  },
  {
    planned: true,
    sql: "merge into target using other on other.id = target.id when matched then delete",
    partitioned: false,
  },
  { key: "TRUNCATE", sql: "truncate target" },
  { sql: "truncate target, other" },
  { key: "TRUNCATE RESTART IDENTITY", sql: "truncate target restart identity" },
  {
    key: "TRUNCATE RESTART IDENTITY",
    when: "it owns sequences",
    setup: "create sequence sequences_1 owned by target.a",
    sql: "truncate target restart identity",
  },
  { key: "TRUNCATE CASCADE", sql: "truncate target cascade" },
  {
    key: "TRUNCATE CASCADE",
    when: "foreign keys refer to it",
    setup: referencing,
    sql: "truncate target cascade",
    partitioned: false,
  },
  ...[
    "access share",
    "row share",
    "row exclusive",
    "share update exclusive",
    "share",
    "share row exclusive",
    "exclusive",
    "access exclusive",
  ].map((mode): Case => ({
    key: `LOCK TABLE IN ${mode.toUpperCase()} MODE`,
    sql: `lock table target in ${mode} mode`,
  })),
  { sql: "lock table target, only other" },
];

export const maintenance: readonly Case[] = [
  { key: "ANALYZE", sql: "analyze target" },
  { sql: "analyze target (a), other" },
  {
    key: "ANALYZE of every table",
    setup: "alter table target rename to contents_1; alter table other rename to contents_2",
    sql: "analyze",
    partitioned: false,
  },
  { key: "VACUUM", alone: true, sql: "vacuum target" },
  {
    key: "VACUUM of every table",
    alone: true,
    setup: "alter table target rename to contents_1; alter table other rename to contents_2",
    sql: "vacuum",
    partitioned: false,
  },
  { key: "VACUUM FULL", alone: true, sql: "vacuum full target" },
  { sql: "vacuum (full, analyze) target, other", alone: true },
  {
    key: "VACUUM FULL of every table",
    alone: true,
    setup: "alter table target rename to contents_1; alter table other rename to contents_2",
    sql: "vacuum full",
    partitioned: false,
  },
  { key: "CLUSTER", sql: "cluster target using target_a" },
  {
    key: "CLUSTER of every table",
    alone: true,
    setup:
      "cluster target using target_a; alter table target rename to contents_1; alter table other rename to contents_2",
    sql: "cluster",
    partitioned: false,
  },
  { key: "REINDEX TABLE", sql: "reindex table target" },
  { key: "REINDEX INDEX", setup: asIndex, sql: "reindex index target", partitioned: false },
  { key: "REINDEX TABLE CONCURRENTLY", alone: true, sql: "reindex table concurrently target" },
  {
    key: "REINDEX INDEX CONCURRENTLY",
    alone: true,
    setup: asIndex,
    sql: "reindex index concurrently target",
    partitioned: false,
  },
  { key: "REINDEX of every table", alone: true, setup: elsewhere, sql: "reindex schema gone", partitioned: false },
  {
    key: "REINDEX of every table CONCURRENTLY",
    alone: true,
    setup: elsewhere,
    sql: "reindex schema concurrently gone",
    partitioned: false,
  },
  {
    key: "REFRESH MATERIALIZED VIEW",
    planned: true,
    setup: matview,
    sql: "refresh materialized view target",
    partitioned: false,
  },
  {
    key: "REFRESH MATERIALIZED VIEW CONCURRENTLY",
    planned: true,
    setup: matview,
    sql: "refresh materialized view concurrently target",
    partitioned: false,
  },
];
