// Owns the cases of CREATE, of what belongs to a table as of what stands alone.
import type { Case } from "../case.ts";

const noop = `create function noop() returns trigger language plpgsql as 'begin return new; end'`;

export const createTable: readonly Case[] = [
  { sql: "create table t (id int primary key)" },
  { key: "CREATE TABLE REFERENCES", sql: "create table t (id int references other)" },
  { sql: "create table t (id int, foreign key (id) references other)" },
  { key: "CREATE TABLE INHERITS", sql: "create table t () inherits (other)" },
  { key: "CREATE TABLE LIKE", sql: "create table t (like other including all)" },
  { setup: "create type mood as (id int)", sql: "create table t of mood" },
  {
    key: "CREATE TABLE PARTITION OF",
    setup: "drop table target; create table target (id int) partition by range (id)",
    sql: "create table t partition of target for values from (1000) to (2000)",
    partitioned: false,
  },
  {
    key: "CREATE TABLE PARTITION OF",
    when: "there is a default partition",
    setup: `drop table target; create table target (id int) partition by range (id);
      create table default_1 partition of target default; insert into target select generate_series(1, 200)`,
    sql: "create table t partition of target for values from (1000) to (2000)",
    partitioned: false,
  },
  {
    key: "CREATE TABLE PARTITION OF",
    when: "it has foreign keys",
    setup: `drop table target; create table referenced_1 (id int primary key);
      create table target (id int references referenced_1) partition by range (id)`,
    sql: "create table t partition of target for values from (1000) to (2000)",
    partitioned: false,
  },
  {
    key: "CREATE TABLE PARTITION OF",
    when: "it has triggers",
    setup: `drop table target; create table target (id int) partition by range (id); ${noop};
      create trigger tr after insert on target for each row execute function noop()`,
    sql: "create table t partition of target for values from (1000) to (2000)",
    partitioned: false,
  },
  { sql: "create table if not exists other (id int)" },
  { planned: true, sql: "create table t as select * from other" },
  { sql: "select * into t from other", planned: true },
  { sql: "create temp table t as select * from other", planned: true },
  { planned: true, sql: "create materialized view t as select * from other" },
  {
    setup: "create foreign data wrapper w; create server s foreign data wrapper w",
    sql: "create foreign table t (id int) server s",
  },
  { sql: "create view t as select * from other" },
  {
    key: "CREATE OR REPLACE VIEW",
    setup: "drop table target",
    sql: "create or replace view target as select 2 as id",
    partitioned: false,
  },
  {
    key: "CREATE OR REPLACE VIEW",
    when: "the view is there already",
    setup: "drop table target; create view target as select 1 as id",
    sql: "create or replace view target as select 2 as id, 3 as a",
  },
  { sql: "create sequence s" },
  { key: "CREATE SEQUENCE OWNED BY", sql: "create sequence s owned by other.a" },
  { sql: "create schema made" },
  { sql: "create schema made create table t (id int)" },
];

export const createOnTable: readonly Case[] = [
  { key: "CREATE INDEX", sql: "create index i on target (a)" },
  { sql: "create unique index i on target (id, a)" },
  { sql: "create index i on only target (lower(b)) where a > 1", partitioned: false },
  { key: "CREATE INDEX IF NOT EXISTS", sql: "create index if not exists i on target (a)" },
  {
    key: "CREATE INDEX IF NOT EXISTS",
    when: "the index is there already",
    sql: "create index if not exists target_a on target (a)",
  },
  { key: "CREATE INDEX CONCURRENTLY", alone: true, sql: "create index concurrently i on target (a)" },
  {
    key: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
    alone: true,
    sql: "create index concurrently if not exists i on target (a)",
  },
  {
    key: "CREATE INDEX CONCURRENTLY IF NOT EXISTS",
    when: "the index is there already",
    alone: true,
    sql: "create index concurrently if not exists target_a on target (a)",
  },
  {
    key: "CREATE TRIGGER",
    setup: noop,
    sql: "create trigger tr before insert on target for each row execute function noop()",
  },
  { sql: "create or replace trigger tr after insert on target for each row execute function noop()", setup: noop },
  {
    key: "CREATE CONSTRAINT TRIGGER FROM",
    setup: noop,
    sql: "create constraint trigger tr after insert on target from other deferrable for each row execute function noop()",
    partitioned: false,
  },
  { key: "CREATE RULE", sql: "create rule ru as on delete to target do instead nothing", partitioned: false },
  { sql: "create rule ru as on delete to target do also insert into other select * from other", partitioned: false },
  { key: "CREATE POLICY", sql: "create policy p on target using (true)" },
  { sql: "create policy p on target using (exists (select from other where other.id = target.id))" },
  { key: "CREATE STATISTICS", sql: "create statistics st on a, b from target" },
  { key: "CREATE PUBLICATION FOR TABLE", sql: "create publication pu for table target" },
  { sql: "create publication pu" },
  { sql: "create publication pu for all tables" },
  { sql: "create publication pu for tables in schema elsewhere" },
];

export const createOthers: readonly Case[] = [
  {
    sql: "create or replace function f() returns int language plpgsql as 'begin return (select count(*) from other); end'",
  },
  { sql: "create function f() returns bigint begin atomic select count(*) from other; end" },
  { sql: "create procedure f() language plpgsql as 'begin end'" },
  { sql: "create aggregate f(int) (sfunc = int4pl, stype = int)" },
  { sql: "create operator ### (function = int4pl, leftarg = int, rightarg = int)" },
  { sql: "create operator class oc for type int using btree as operator 1 <, function 1 btint4cmp(int, int)" },
  { sql: "create operator family oc using btree" },
  { setup: "create type mood as enum ('ok')", sql: "create cast (mood as int) with inout" },
  { sql: "create type mood as enum ('ok')" },
  { sql: "create type mood as (id int)" },
  { sql: "create type mood as range (subtype = int)" },
  { sql: "create type mood" },
  { sql: "create domain d as int check (value > 0)" },
  { sql: "create extension citext" },
  { sql: "create role r" },
  { sql: `create collation c from "C"` },
  { sql: "create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8" },
  {
    setup: "create function ev() returns event_trigger language plpgsql as 'begin end'",
    sql: "create event trigger e on ddl_command_end execute function ev()",
  },
  { sql: "create foreign data wrapper w" },
  { setup: "create foreign data wrapper w", sql: "create server s foreign data wrapper w" },
  {
    setup: "create foreign data wrapper w; create server s foreign data wrapper w",
    sql: "create user mapping for public server s",
  },
  { sql: "create language l handler plpgsql_call_handler" },
  {
    setup: "create extension if not exists hstore schema public",
    sql: "create transform for public.hstore language sql (from sql with function prsd_lextype(internal))",
  },
  { sql: "create access method am type table handler heap_tableam_handler" },
  { sql: "create text search configuration c (copy = simple)" },
  { sql: "create text search dictionary d (template = simple)" },
  { sql: "create subscription su connection 'dbname=x' publication p with (connect = false)" },
];
