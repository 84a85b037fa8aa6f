// Owns the cases of what is altered, granted and said about objects, and of what touches no relation at all.
import type { Case } from "../case.ts";

const asIndex = "alter table target rename to table_1; alter index target_a rename to target";
const matview =
  "drop table target; create materialized view target as select * from other; create index target_b on target (b)";
const view = "drop table target; create view target as select id, a from other";
const sequence = "drop table target; create sequence target";
const owned = "drop table target; create table table_1 (id int); create sequence target owned by table_1.id";
const noop = `create function noop() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on target for each row execute function noop()`;
const composite = "drop table target; create type target as (id int, a int)";
const domain = "create domain d as int; create table users_1 (c d); insert into users_1 select generate_series(1, 200)";
const f = "create function f() returns int language sql as 'select 1'";
const fdw = "create foreign data wrapper w; create server s foreign data wrapper w";
const p = false as const;

export const alterOthers: readonly Case[] = [
  { key: "ALTER INDEX RENAME TO", setup: asIndex, sql: "alter index target rename to renamed", partitioned: p },
  {
    key: "ALTER INDEX SET (storage option)",
    setup: asIndex,
    sql: "alter index target set (fillfactor = 70)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (storage option)",
    setup: asIndex,
    sql: "alter index target reset (fillfactor)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (storage option)",
    setup: asIndex,
    sql: "alter index target set (deduplicate_items = off)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (other option)",
    setup: "alter table target rename to table_1; create index target on table_1 using gin (to_tsvector('simple', b))",
    sql: "alter index target set (fastupdate = off)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (other option)",
    setup: "alter table target rename to table_1; create index target on table_1 using gin (to_tsvector('simple', b))",
    sql: "alter index target set (gin_pending_list_limit = 128)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (other option)",
    setup: "alter table target rename to table_1; create index target on table_1 using gist (r)",
    sql: "alter index target set (buffering = off)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (other option)",
    setup: "alter table target rename to table_1; create index target on table_1 using brin (a)",
    sql: "alter index target set (pages_per_range = 64)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET (other option)",
    setup: "alter table target rename to table_1; create index target on table_1 using brin (a)",
    sql: "alter index target set (autosummarize = on)",
    partitioned: p,
  },
  {
    key: "ALTER INDEX SET TABLESPACE",
    setup: asIndex,
    sql: "alter index target set tablespace elsewhere",
    partitioned: p,
  },
  {
    key: "ALTER INDEX ALTER COLUMN SET STATISTICS",
    setup: "alter table target rename to table_1; create index target on table_1 (lower(b))",
    sql: "alter index target alter column 1 set statistics 100",
    partitioned: p,
  },
  {
    key: "ALTER INDEX ATTACH PARTITION",
    setup: `drop table target; create table table_1 (id int) partition by range (id);
      create table partitions_1 partition of table_1 for values from (1) to (2); create index target on only table_1 (id);
      drop table other; create index other on partitions_1 (id)`,
    sql: "alter index target attach partition other",
    partitioned: p,
  },
  {
    key: "ALTER INDEX DEPENDS ON EXTENSION",
    setup: `${asIndex}`,
    sql: "alter index target depends on extension plpgsql",
    partitioned: p,
  },
  { setup: view, sql: "alter view target rename to renamed" },
  { setup: view, sql: "alter view target rename column a to renamed" },
  { setup: view, sql: "alter view target set schema elsewhere" },
  { setup: `${view}; create role somebody`, sql: "alter view target owner to somebody" },
  { setup: view, sql: "alter view target set (security_invoker = on)" },
  { setup: view, sql: "alter view target set (security_barrier = on)" },
  { setup: view, sql: "alter view target set (check_option = local)" },
  { setup: view, sql: "alter view target reset (security_invoker)" },
  { setup: view, sql: "alter table target set (security_invoker = on)" },
  { setup: view, sql: "alter view target alter a set default 5" },
  { setup: view, sql: "alter view target alter a drop default" },
  { setup: matview, sql: "alter materialized view target rename to renamed" },
  {
    setup: matview,
    sql: "alter materialized view target rename column a to renamed",
  },
  {
    setup: matview,
    sql: "alter materialized view target set schema elsewhere",
  },
  {
    setup: `${matview}; create role somebody`,
    sql: "alter materialized view target owner to somebody",
  },
  {
    setup: matview,
    sql: "alter materialized view target set (fillfactor = 70)",
  },
  {
    setup: matview,
    sql: "alter materialized view target alter a set statistics 100",
  },
  {
    setup: matview,
    sql: "alter materialized view target cluster on target_b",
  },
  {
    key: "ALTER MATERIALIZED VIEW SET TABLESPACE",
    setup: matview,
    sql: "alter materialized view target set tablespace elsewhere",
  },
  { key: "ALTER SEQUENCE", setup: sequence, sql: "alter sequence target increment by 10" },
  { sql: "alter sequence target restart with 1000", setup: sequence },
  { key: "ALTER SEQUENCE OWNED BY", setup: sequence, sql: "alter sequence target owned by other.id" },
  { setup: owned, sql: "alter sequence target owned by none" },
  { setup: sequence, sql: "alter sequence target rename to renamed" },
  { setup: sequence, sql: "alter sequence target set schema elsewhere" },
  {
    setup: `${sequence}; create role somebody`,
    sql: "alter sequence target owner to somebody",
  },
  {
    setup: "drop table target; create unlogged sequence target",
    sql: "alter sequence target set logged",
  },
  { setup: "create type mood as enum ('ok')", sql: "alter type mood add value 'sad'" },
  { setup: "create type mood as enum ('ok')", sql: "alter type mood rename value 'ok' to 'sad'" },
  { setup: "create type mood as enum ('ok')", sql: "alter type mood rename to renamed" },
  { setup: "create type mood as enum ('ok')", sql: "alter type mood set schema elsewhere" },
  { setup: "create type mood as enum ('ok'); create role somebody", sql: "alter type mood owner to somebody" },
  { key: "ALTER TYPE ADD ATTRIBUTE", setup: composite, sql: "alter type target add attribute c int" },
  { key: "ALTER TYPE ADD ATTRIBUTE CASCADE", setup: composite, sql: "alter type target add attribute c int cascade" },
  {
    key: "ALTER TYPE ADD ATTRIBUTE CASCADE",
    when: "there are tables of the type",
    setup: `${composite}; create table users_1 of target; insert into users_1 select g, g from generate_series(1, 200) g`,
    sql: "alter type target add attribute c int cascade",
  },
  { key: "ALTER TYPE DROP ATTRIBUTE", setup: composite, sql: "alter type target drop attribute a" },
  { key: "ALTER TYPE DROP ATTRIBUTE CASCADE", setup: composite, sql: "alter type target drop attribute a cascade" },
  {
    key: "ALTER TYPE DROP ATTRIBUTE CASCADE",
    when: "there are tables of the type",
    setup: `${composite}; create table users_1 of target; insert into users_1 select g, g from generate_series(1, 200) g`,
    sql: "alter type target drop attribute a cascade",
  },
  { key: "ALTER TYPE ALTER ATTRIBUTE TYPE", setup: composite, sql: "alter type target alter attribute a type bigint" },
  {
    key: "ALTER TYPE ALTER ATTRIBUTE TYPE CASCADE",
    setup: composite,
    sql: "alter type target alter attribute a type bigint cascade",
  },
  {
    key: "ALTER TYPE ALTER ATTRIBUTE TYPE CASCADE",
    when: "there are tables of the type",
    setup: `${composite}; create table users_1 of target; insert into users_1 select g, g from generate_series(1, 200) g`,
    sql: "alter type target alter attribute a type bigint cascade",
  },
  { key: "ALTER TYPE RENAME ATTRIBUTE", setup: composite, sql: "alter type target rename attribute a to renamed" },
  {
    key: "ALTER TYPE RENAME ATTRIBUTE CASCADE",
    setup: composite,
    sql: "alter type target rename attribute a to renamed cascade",
  },
  {
    key: "ALTER TYPE RENAME ATTRIBUTE CASCADE",
    when: "there are tables of the type",
    setup: `${composite}; create table users_1 of target`,
    sql: "alter type target rename attribute a to renamed cascade",
  },
  {
    key: "ALTER DOMAIN ADD CONSTRAINT",
    setup: "create domain d as int",
    sql: "alter domain d add constraint c check (value > 0)",
  },
  {
    key: "ALTER DOMAIN ADD CONSTRAINT",
    when: "columns have the type",
    setup: domain,
    sql: "alter domain d add constraint c check (value > 0)",
  },
  { setup: domain, sql: "alter domain d add constraint c check (value > 0) not valid" },
  {
    key: "ALTER DOMAIN VALIDATE CONSTRAINT",
    setup: "create domain d as int constraint c check (value > 0)",
    sql: "alter domain d validate constraint c",
  },
  {
    key: "ALTER DOMAIN VALIDATE CONSTRAINT",
    when: "columns have the type",
    setup: `${domain}; alter domain d add constraint c check (value > 0) not valid`,
    sql: "alter domain d validate constraint c",
  },
  { key: "ALTER DOMAIN SET NOT NULL", setup: "create domain d as int", sql: "alter domain d set not null" },
  {
    key: "ALTER DOMAIN SET NOT NULL",
    when: "columns have the type",
    setup: domain,
    sql: "alter domain d set not null",
  },
  { setup: domain, sql: "alter domain d drop not null" },
  { setup: `${domain}; alter domain d add constraint c check (value > 0)`, sql: "alter domain d drop constraint c" },
  { setup: domain, sql: "alter domain d set default 5" },
  { setup: domain, sql: "alter domain d rename to renamed" },
  {
    setup: `${domain}; alter domain d add constraint c check (value > 0)`,
    sql: "alter domain d rename constraint c to renamed",
  },
  { key: "ALTER POLICY", setup: "create policy p on target", sql: "alter policy p on target using (true)" },
  { sql: "alter policy p on target using (exists (select from other))", setup: "create policy p on target" },
  {
    key: "ALTER POLICY RENAME TO",
    setup: "create policy p on target",
    sql: "alter policy p on target rename to renamed",
  },
  { key: "ALTER TRIGGER RENAME TO", setup: noop, sql: "alter trigger tr on target rename to renamed" },
  {
    key: "ALTER TRIGGER DEPENDS ON EXTENSION",
    setup: noop,
    sql: "alter trigger tr on target depends on extension plpgsql",
    partitioned: p,
  },
  {
    key: "ALTER RULE RENAME TO",
    setup: "create rule ru as on delete to target do instead nothing",
    sql: "alter rule ru on target rename to renamed",
    partitioned: p,
  },
  {
    setup: "alter table target rename to table_1; create statistics st on a, b from table_1",
    sql: "alter statistics st set statistics 100",
  },
  {
    setup: "alter table target rename to table_1; create statistics st on a, b from table_1",
    sql: "alter statistics st rename to renamed",
  },
  { key: "ALTER PUBLICATION ADD TABLE", setup: "create publication pu", sql: "alter publication pu add table target" },
  {
    key: "ALTER PUBLICATION SET TABLE",
    setup: "create publication pu for table target",
    sql: "alter publication pu set table target (id)",
  },
  {
    key: "ALTER PUBLICATION SET TABLE",
    when: "others leave it",
    setup: "create publication pu for table other; alter table other rename to contents_1",
    sql: "alter publication pu set table target",
  },
  {
    key: "ALTER PUBLICATION DROP TABLE",
    setup: "create publication pu for table target",
    sql: "alter publication pu drop table target",
  },
  { setup: "create publication pu for table target", sql: "alter publication pu set (publish = 'insert')" },
  { setup: "create publication pu for table target", sql: "alter publication pu rename to renamed" },
  { setup: f, sql: "alter function f security definer set search_path = ''" },
  { setup: `${f}; create role somebody`, sql: "alter function f owner to somebody" },
  { setup: f, sql: "alter function f rename to renamed" },
  { setup: f, sql: "alter function f set schema elsewhere" },
  { setup: f, sql: "alter function f depends on extension plpgsql" },
  { setup: "create schema old", sql: "alter schema old rename to renamed" },
  { setup: "create schema old; create role somebody", sql: "alter schema old owner to somebody" },
  { setup: "create role r", sql: "alter role r createdb" },
  { sql: "alter role r set search_path = 'public'", setup: "create role r" },
  { setup: "create role r", sql: "alter role r rename to renamed" },
  { sql: "alter database postgres set work_mem = '8MB'" },
  { sql: "alter default privileges grant select on tables to public" },
  {
    setup:
      "create function ev() returns event_trigger language plpgsql as 'begin end'; create event trigger e on login execute function ev()",
    since: 17,
    sql: "alter event trigger e disable",
  },
  { setup: "create extension citext", sql: "alter extension citext set schema elsewhere" },
  { key: "ALTER EXTENSION ADD", setup: "create extension citext", sql: "alter extension citext add table target" },
  {
    key: "ALTER EXTENSION DROP",
    setup: "create extension citext; alter extension citext add table target",
    sql: "alter extension citext drop table target",
  },
  { setup: fdw, sql: "alter server s version '2'" },
  { setup: fdw, sql: "alter foreign data wrapper w options (add a 'b')" },
  {
    setup: "create operator ### (function = int4pl, leftarg = int, rightarg = int)",
    sql: "alter operator ### (int, int) set (restrict = none)",
  },
  {
    setup: "create operator family oc using btree",
    sql: "alter operator family oc using btree add operator 1 < (int, int)",
  },
  {
    setup: "create text search configuration c (copy = simple)",
    sql: "alter text search configuration c drop mapping for word",
  },
  {
    setup: "create text search dictionary d (template = simple)",
    sql: "alter text search dictionary d (accept = false)",
  },
  { setup: `create collation c (provider = icu, locale = 'en')`, sql: "alter collation c refresh version" },
  { setup: "select lo_create(4711); create role somebody", sql: "alter large object 4711 owner to somebody" },
  {
    key: "REASSIGN OWNED",
    setup: "create role r; create role r2; alter table target owner to r; alter table target rename to contents_1",
    sql: "reassign owned by r to r2",
    partitioned: false,
  },
];

export const about: readonly Case[] = [
  { key: "COMMENT ON TABLE", sql: "comment on table target is 'c'" },
  { key: "COMMENT ON TABLE", sql: "comment on column target.a is 'c'" },
  { key: "COMMENT ON CONSTRAINT", sql: "comment on constraint target_pkey on target is 'c'" },
  { key: "COMMENT ON CONSTRAINT", setup: noop, sql: "comment on trigger tr on target is 'c'" },
  { key: "COMMENT ON CONSTRAINT", setup: "create policy p on target", sql: "comment on policy p on target is 'c'" },
  {
    key: "COMMENT ON CONSTRAINT",
    setup: "create rule ru as on delete to target do instead nothing",
    sql: "comment on rule ru on target is 'c'",
    partitioned: p,
  },
  { key: "COMMENT ON TABLE", setup: asIndex, sql: "comment on index target is 'c'", partitioned: p },
  { key: "COMMENT ON TABLE", setup: view, sql: "comment on view target is 'c'" },
  { key: "COMMENT ON TABLE", setup: matview, sql: "comment on materialized view target is 'c'" },
  { key: "COMMENT ON TABLE", setup: sequence, sql: "comment on sequence target is 'c'" },
  {
    key: "COMMENT ON TABLE",
    setup: `${fdw}; drop table target; create foreign table target (id int) server s`,
    sql: "comment on foreign table target is 'c'",
  },
  { sql: "comment on schema elsewhere is 'c'" },
  { sql: "comment on function f is 'c'", setup: f },
  { sql: "comment on type mood is 'c'", setup: "create type mood as enum ('ok')" },
  { sql: "comment on domain d is 'c'", setup: domain },
  { key: "GRANT ON TABLE", sql: "grant select on target to public" },
  { key: "REVOKE ON TABLE", sql: "revoke all on table target from public" },
  { key: "GRANT ON TABLE", setup: sequence, sql: "grant usage on sequence target to public" },
  { key: "REVOKE ON TABLE", setup: sequence, sql: "revoke usage on sequence target from public" },
  ...["all tables", "all sequences", "all functions"].map((all): Case => ({
    setup: "create schema gone; alter table target rename to contents_1; alter table contents_1 set schema gone",
    sql: `grant all on ${all} in schema gone to public`,
    partitioned: p,
  })),
  { sql: "grant usage on schema elsewhere to public" },
  { sql: "grant execute on function f to public", setup: f },
  { sql: "grant usage on type mood to public", setup: "create type mood as enum ('ok')" },
  { sql: "grant connect on database postgres to public" },
  { sql: "revoke usage on schema elsewhere from public" },
  { setup: "create role r", sql: "grant r to postgres" },
  { setup: "create role r; grant r to postgres", sql: "revoke r from postgres" },
];

export const untouched: readonly Case[] = [
  ...[
    "savepoint s",
    "set local lock_timeout = '1s'",
    "reset search_path",
    "show search_path",
    "notify channel",
    "listen channel",
    "unlisten channel",
    "set constraints all immediate",
    "checkpoint",
    "discard plans",
    "discard sequences",
    "discard temp",
    "load 'plpgsql'",
    "deallocate all",
    "prepare p as select 1; execute p",
    "declare c cursor for select 1; fetch c",
    "declare c cursor for select 1; close c",
    "do $$ begin end $$",
    "alter tablespace elsewhere set (seq_page_cost = 1.1)",
    "alter database postgres connection limit 100",
    "alter database postgres refresh collation version",
  ].map((sql) => ({ sql })),
  { setup: "create procedure f() language sql as 'select 1'", sql: "call f()" },
  { setup: "create extension citext version '1.5'", sql: "alter extension citext update" },
  {
    setup: `${fdw}; create user mapping for public server s`,
    sql: "alter user mapping for public server s options (add a 'b')",
  },
  {
    setup: "create subscription su connection 'dbname=x' publication p with (connect = false, slot_name = none)",
    sql: "alter subscription su set (binary = true)",
  },
  { alone: true, sql: "alter system set work_mem = '8MB'" },
  { alone: true, sql: "create database made" },
  { alone: true, setup: "create database made", sql: "drop database made" },
  { alone: true, sql: "create tablespace made location ''" },
  { alone: true, setup: "create tablespace made location ''", sql: "drop tablespace made" },
];
