// Owns the cases of DROP.
import type { Case } from "../case.ts";

const noop = `create function noop() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on target for each row execute function noop()`;
const asIndex = "alter table target rename to table_1; alter index target_a rename to target";
const fdw = "create foreign data wrapper w; create server s foreign data wrapper w";
const inPlace = (made: string): string => `drop table target; create ${made}`;

export const drops: readonly Case[] = [
  { key: "DROP TABLE", sql: "drop table target" },
  { sql: "drop table if exists target, other" },
  {
    key: "DROP TABLE",
    when: "it has foreign keys",
    setup:
      "create table referenced_1 (id int primary key); alter table target add foreign key (ref) references referenced_1 not valid",
    sql: "drop table target",
  },
  {
    key: "DROP TABLE",
    when: "it is a partition",
    setup:
      "drop table target; create table parent_1 (id int) partition by range (id); create table target partition of parent_1 for values from (1) to (2)",
    sql: "drop table target",
  },
  {
    key: "DROP TABLE",
    when: "it is a partition beside a default partition",
    setup:
      "drop table target; create table parent_1 (id int) partition by range (id); create table target partition of parent_1 for values from (1) to (2); create table default_1 partition of parent_1 default",
    sql: "drop table target",
  },
  {
    key: "DROP TABLE",
    when: "it inherits from a table",
    setup: "drop table target; create table parent_1 (id int); create table target () inherits (parent_1)",
    sql: "drop table target",
  },
  {
    key: "DROP TABLE",
    when: "it owns sequences",
    setup: "create sequence sequences_1 owned by target.a",
    sql: "drop table target",
  },
  { key: "DROP TABLE CASCADE", sql: "drop table target cascade" },
  {
    key: "DROP TABLE CASCADE",
    when: "it has foreign keys",
    setup:
      "create table referenced_1 (id int primary key); alter table target add foreign key (ref) references referenced_1 not valid",
    sql: "drop table target cascade",
  },
  {
    key: "DROP TABLE CASCADE",
    when: "foreign keys refer to it",
    setup: "create table referencing_1 (id int references target)",
    sql: "drop table target cascade",
  },
  {
    key: "DROP TABLE CASCADE",
    when: "views use it",
    setup: "create view views_1 as select a from target",
    sql: "drop table target cascade",
  },
  {
    key: "DROP TABLE CASCADE",
    when: "policies of other tables use it",
    setup: "create table users_1 (id int); create policy p on users_1 using (exists (select from target))",
    sql: "drop table target cascade",
  },
  { key: "DROP VIEW", setup: inPlace("view target as select * from other"), sql: "drop view target" },
  { key: "DROP VIEW CASCADE", setup: inPlace("view target as select * from other"), sql: "drop view target cascade" },
  {
    key: "DROP VIEW CASCADE",
    when: "views use it",
    setup: `${inPlace("view target as select * from other")}; create view views_1 as select a from target`,
    sql: "drop view target cascade",
  },
  {
    key: "DROP MATERIALIZED VIEW",
    setup: inPlace("materialized view target as select * from other"),
    sql: "drop materialized view target",
  },
  {
    key: "DROP MATERIALIZED VIEW CASCADE",
    setup: inPlace("materialized view target as select * from other"),
    sql: "drop materialized view target cascade",
  },
  {
    key: "DROP MATERIALIZED VIEW CASCADE",
    when: "views use it",
    setup: `${inPlace("materialized view target as select * from other")}; create view views_1 as select a from target`,
    sql: "drop materialized view target cascade",
  },
  {
    key: "DROP FOREIGN TABLE",
    setup: `${fdw}; ${inPlace("foreign table target (id int) server s")}`,
    sql: "drop foreign table target",
  },
  { key: "DROP SEQUENCE", setup: inPlace("sequence target"), sql: "drop sequence target" },
  { key: "DROP SEQUENCE CASCADE", setup: inPlace("sequence target"), sql: "drop sequence target cascade" },
  {
    key: "DROP SEQUENCE CASCADE",
    when: "column defaults use it",
    setup: `${inPlace("sequence target")}; create table users_1 (id int default nextval('target'))`,
    sql: "drop sequence target cascade",
  },
  { key: "DROP INDEX", setup: asIndex, sql: "drop index target", partitioned: false },
  {
    key: "DROP INDEX CONCURRENTLY",
    alone: true,
    setup: asIndex,
    sql: "drop index concurrently target",
    partitioned: false,
  },
  { key: "DROP TRIGGER", setup: noop, sql: "drop trigger tr on target" },
  { key: "DROP POLICY", setup: "create policy p on target", sql: "drop policy p on target" },
  {
    key: "DROP RULE",
    setup: "create rule ru as on delete to target do instead nothing",
    sql: "drop rule ru on target",
    partitioned: false,
  },
  {
    key: "DROP STATISTICS",
    setup: "alter table target rename to table_1; create statistics st on a, b from table_1",
    sql: "drop statistics st",
  },
  { setup: "create function f() returns int language sql as 'select 1'", sql: "drop function f" },
  {
    key: "DROP CASCADE",
    setup: "create function f() returns int language sql as 'select 1'",
    sql: "drop function f cascade",
  },
  {
    key: "DROP CASCADE",
    when: "triggers, policies or defaults use it",
    setup: `create function f() returns trigger language plpgsql as 'begin return new; end';
      create table users_1 (id int); create trigger tr before insert on users_1 for each row execute function f()`,
    sql: "drop function f cascade",
  },
  {
    sql: "drop function f cascade",
    setup: `create function f() returns int language sql as 'select 1'; create table users_1 (id int default f())`,
  },
  {
    sql: "drop function f cascade",
    setup: `create function f() returns int language sql as 'select 1'; create table users_1 (id int); create policy p on users_1 using (f() = 1)`,
  },
  { setup: "create procedure f() language sql as 'select 1'", sql: "drop procedure f" },
  { setup: "create procedure f() language sql as 'select 1'", sql: "drop routine f" },
  { setup: "create aggregate f(int) (sfunc = int4pl, stype = int)", sql: "drop aggregate f(int)" },
  {
    setup: "create operator ### (function = int4pl, leftarg = int, rightarg = int)",
    sql: "drop operator ### (int, int)",
  },
  { setup: "create operator family oc using btree", sql: "drop operator family oc using btree" },
  {
    setup: "create operator class oc for type int using btree as operator 1 <, function 1 btint4cmp(int, int)",
    sql: "drop operator class oc using btree",
  },
  { setup: "create type mood as enum ('ok'); create cast (mood as int) with inout", sql: "drop cast (mood as int)" },
  { setup: "create type mood as enum ('ok')", sql: "drop type mood" },
  { key: "DROP CASCADE", setup: "create type mood as enum ('ok')", sql: "drop type mood cascade" },
  {
    key: "DROP CASCADE",
    when: "columns have the type",
    setup: "create type mood as enum ('ok'); create table users_1 (m mood)",
    sql: "drop type mood cascade",
  },
  { setup: "create domain d as int", sql: "drop domain d" },
  { key: "DROP CASCADE", setup: "create domain d as int", sql: "drop domain d cascade" },
  {
    key: "DROP CASCADE",
    when: "columns have the type",
    setup: "create domain d as int; create table users_1 (m d)",
    sql: "drop domain d cascade",
  },
  { setup: "create schema gone", sql: "drop schema gone" },
  { key: "DROP SCHEMA CASCADE", setup: "create schema gone", sql: "drop schema gone cascade" },
  {
    key: "DROP SCHEMA CASCADE",
    when: "it is not empty",
    setup: "create schema gone; alter table target rename to contents_1; alter table contents_1 set schema gone",
    sql: "drop schema gone cascade",
  },
  {
    key: "DROP SCHEMA CASCADE",
    when: "something outside uses it",
    setup: "create schema gone; create type gone.mood as enum ('ok'); create table users_1 (m gone.mood)",
    sql: "drop schema gone cascade",
  },
  { key: "DROP EXTENSION", setup: "create extension citext", sql: "drop extension citext" },
  {
    key: "DROP EXTENSION",
    when: "it has tables",
    setup: "create extension citext; create table contents_1 (); alter extension citext add table contents_1",
    sql: "drop extension citext",
  },
  { key: "DROP EXTENSION CASCADE", setup: "create extension citext", sql: "drop extension citext cascade" },
  {
    key: "DROP EXTENSION CASCADE",
    when: "it has tables",
    setup: "create extension citext; create table contents_1 (); alter extension citext add table contents_1",
    sql: "drop extension citext cascade",
  },
  {
    key: "DROP EXTENSION CASCADE",
    when: "something uses it",
    setup: "create extension citext; create table users_1 (c citext)",
    sql: "drop extension citext cascade",
  },
  { setup: "create publication pu for table target", sql: "drop publication pu" },
  { setup: "create role r", sql: "drop role r" },
  {
    key: "DROP OWNED",
    setup: "create role r; alter table target owner to r; alter table target rename to contents_1",
    sql: "drop owned by r",
    partitioned: false,
  },
  { setup: fdw, sql: "drop server s" },
  { key: "DROP CASCADE", setup: fdw, sql: "drop foreign data wrapper w cascade" },
  { setup: `${fdw}; create user mapping for public server s`, sql: "drop user mapping for public server s" },
  {
    setup:
      "create function ev() returns event_trigger language plpgsql as 'begin end'; create event trigger e on login execute function ev(); alter event trigger e disable",
    since: 17,
    sql: "drop event trigger e",
  },
  { setup: `create collation c from "C"`, sql: "drop collation c" },
  { setup: "create conversion c for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8", sql: "drop conversion c" },
  { setup: "create language l handler plpgsql_call_handler", sql: "drop language l" },
  { setup: "create access method am type table handler heap_tableam_handler", sql: "drop access method am" },
  { setup: "create text search configuration c (copy = simple)", sql: "drop text search configuration c" },
  { setup: "create text search dictionary d (template = simple)", sql: "drop text search dictionary d" },
  {
    setup: "create subscription su connection 'dbname=x' publication p with (connect = false, slot_name = none)",
    sql: "drop subscription su",
  },
];
