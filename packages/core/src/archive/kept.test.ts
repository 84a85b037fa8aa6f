// What may stand in the way: odd types and names, partitions, policies, triggers, dynamic SQL, and what happened since.
import type { Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archivedHere, startArchiveServer, type Archived, type Back } from "../../test/archived.ts";

let server: Server;
beforeAll(async () => {
  server = await startArchiveServer();
});
afterAll(() => server?.stop());

async function roundTrip(setup: string, up: string, back?: Back): Promise<Archived> {
  const db = await archivedHere(setup, server);
  const before = await db.contents();
  const plan = await db.up(up);
  expect(await db.contents(), "the migration does something").not.toBe(before);
  expect(await db.losses()).toEqual([]);
  expect(await db.rows("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'clew%'"), "no trigger stays").toEqual([]);
  await db.down(plan, back);
  expect(await db.contents()).toBe(before);
  expect(await db.conflicts()).toEqual([]);
  return db;
}

const types = `create type pair as (a integer, b text); create type mood as enum ('sad', 'it''s "ok", \\'); create domain small as integer check (value < 100);
create table t (id integer primary key, j json, jb jsonb, a integer[], n numeric, f float8, r real, at timestamptz, d timestamp, b bytea, e mood, c pair, s small, x xml, m money,
  ch char(5), v varchar(3), bo boolean, i inet, iv interval, u uuid, g int4range, mg int4multirange, p point, na name, oc "char", ts tsvector, bits bit(4), ta text[], ca pair[], reg regclass);
insert into t values (1, '{"b" : 1,  "a":2, "a": 3}', '{"a": 1}', '[-1:1]={1,NULL,3}', 'NaN', 0.1 + 0.2, 1.1, 'infinity', '-infinity', '\\xdead00', 'it''s "ok", \\', (1, 'x"y,)\\'), 5,
  '<a>x</a><b/>', 12.34, 'ab', 'abc', true, '10.0.0.1/8', '1 mon 2 days 03:04:05.000006', '00000000-0000-0000-0000-000000000001', '[1,5)', '{[1,2),[5,7)}', '(1.1,2)', 'n', 'x', 'a:1 b:2', '1010', '{"a b",NULL,"NULL",""}', '{"(1,\\"q\\")",NULL}', 'pg_class'),
 (2, null, 'null', '{}', 1.10, '-infinity', 'nan', '0044-03-15 00:00:00+00 BC', '294276-12-31', '', 'sad', (null, null), null, null, -1, '', '', false, '::1', '-1 day', null, 'empty', '{}', null, '', '', '', '0000', '{}', '{}', '-');`;

test("values of every kind come back as they were", async () => {
  await using _ = await roundTrip(
    types,
    `set local datestyle = 'SQL, DMY'; set local timezone = 'Asia/Kathmandu'; set local bytea_output = 'escape'; set local extra_float_digits = -5; set local intervalstyle = 'sql_standard';
     create temp table note as select 1; update t set id = id + 10 where id = 1; delete from t where id = 2; insert into t (id) values (2)`,
  );
});

test("values of every kind, without a key", async () => {
  await using _ = await roundTrip(
    types.replace(" primary key", ""),
    "update t set v = 'z' where id = 1; delete from t where id = 2",
  );
});

test("values of every kind, of a table that was dropped and of columns that were", async () => {
  await using _ = await roundTrip(
    `${types} create table u as table t; alter table u add primary key (id);`,
    "drop table t; alter table u drop j, drop n, drop ca, drop ch, drop e",
    (undo) => [
      "create table t (like u); alter table t add j json, add n numeric, add ca pair[], add ch char(5), add e mood; alter table u add j json, add n numeric, add ca pair[], add ch char(5), add e mood",
      undo.table("table public.t"),
      undo.rows,
      // The columns stand in another order now, as they would for anybody.
      `create table w as select id, j, jb, a, n, f, r, at, d, b, e, c, s, x, m, ch, v, bo, i, iv, u, g, mg, p, na, oc, ts, bits, ta, ca, reg from t; drop table t; alter table w rename to t; alter table t add primary key (id)`,
      `create table w as select id, j, jb, a, n, f, r, at, d, b, e, c, s, x, m, ch, v, bo, i, iv, u, g, mg, p, na, oc, ts, bits, ta, ca, reg from u; drop table u; alter table w rename to u`,
    ],
  );
});

test("hostile names", async () => {
  await using _ = await roundTrip(
    `create schema "O'Brien %s"; create table "O'Brien %s"."ta""ble $1" ("k""ey" text, "select" integer, "r" text, "t" text, "clew_new" integer, "y" text, "z" integer, "moment" integer, primary key ("k""ey", "r"));
     insert into "O'Brien %s"."ta""ble $1" select 'k''' || i, i, 'r', '$clew$', i, 'y', i, i from generate_series(1, 20) i;
     create table "moment" ("me" integer, "rows" text); insert into moment values (1, 'a'), (1, 'a'), (2, null);`,
    `update "O'Brien %s"."ta""ble $1" set "select" = 0, "y" = 'x' where "select" < 10; delete from "O'Brien %s"."ta""ble $1" where "select" > 15; insert into "O'Brien %s"."ta""ble $1" values ('a', 1, 'b', 'c', 2, 'd', 3, 4);
     alter table "O'Brien %s"."ta""ble $1" drop column "z"; update moment set rows = 'c' where me = 1; delete from moment where me = 2`,
    (undo) => [
      `alter table "O'Brien %s"."ta""ble $1" add column "z" integer`,
      undo.rows,
      `create table "O'Brien %s".copy as select "k""ey", "select", r, t, clew_new, y, z, moment from "O'Brien %s"."ta""ble $1"; drop table "O'Brien %s"."ta""ble $1"; alter table "O'Brien %s".copy rename to "ta""ble $1"`,
    ],
  );
});

test("generated and identity columns", async () => {
  await using _ = await roundTrip(
    `create table t (id integer generated always as identity primary key, a integer, twice integer generated always as (a * 2) stored, d integer generated by default as identity);
     insert into t (a) select i from generate_series(1, 10) i;`,
    "update t set a = 0 where id < 4; delete from t where id > 8; insert into t (a) values (99)",
  );
});

test("partitions, rows that move between them, and partitions written by themselves", async () => {
  await using _ = await roundTrip(
    `create table log (id integer, at integer, v text, primary key (id, at)) partition by range (at);
     create table log_1 partition of log for values from (0) to (10); create table log_2 (v text, at integer not null, x integer, id integer not null);
     alter table log_2 drop column x; alter table log attach partition log_2 for values from (10) to (20);
     insert into log select i, i, 'v' from generate_series(0, 19) i;`,
    `update log set at = at + 10, v = 'moved' where id < 3; delete from log_2 where id = 15; update log set v = 'w' where id = 16; insert into log_1 values (100, 5, 'n'); delete from log where id in (7, 17);
     create table log_3 partition of log for values from (20) to (30); insert into log values (50, 25, 'x'); truncate log_1;`,
    (undo) => [undo.rows, "drop table log_3"],
  );
});

const parted = `create table log (id integer primary key, v text) partition by range (id);
     create table log_1 partition of log for values from (0) to (10); create table log_2 partition of log for values from (10) to (20);
     insert into log select i, 'v' from generate_series(0, 19) i;`;

test("a partition that was dropped", async () => {
  await using _ = await roundTrip(parted, "update log set v = 'w'; drop table log_1", (undo) => [
    "create table log_1 partition of log for values from (0) to (10)",
    undo.table("table public.log_1"),
    undo.rows,
  ]);
});

test("a partition that was detached", async () => {
  const up = "alter table log detach partition log_2; update log_2 set v = 'x'; insert into log_2 values (40, 'y')";
  const attach = "alter table log attach partition log_2 for values from (10) to (20)";
  await using _ = await roundTrip(parted, up, (undo) => [undo.rows, attach]);
});

test("rows that were written by way of the table that a partition leaves are told", async () => {
  await using db = await archivedHere(parted, server);
  await db.up("update log set v = 'w'; alter table log detach partition log_2");
  expect(await db.losses()).toEqual(["public.log: it was written, and its partitions are others than before"]);
});

test("rows that were written together with those of a table that inherited, and went, are told", async () => {
  await using db = await archivedHere(
    "create table parent (id integer primary key, v text); create table child () inherits (parent); insert into child values (1, 'v')",
    server,
  );
  await db.up("update parent set v = 'w'; drop table child");
  expect(await db.losses()).toEqual(["public.parent: it was written together with the tables that inherit from it"]);
});

test("dynamic SQL in DO, and what functions and triggers write", async () => {
  await using db = await roundTrip(
    `create table a (id integer primary key, v text); create table b (id integer primary key, v text); create table c (id integer primary key, v text); create table log (who text);
     insert into a select i, 'v' from generate_series(1, 10) i; insert into b table a; insert into c table a;
     create function note() returns trigger language plpgsql as $$ begin insert into log values (tg_table_name || new.id); return new; end $$;
     create trigger note after update on a for each row execute function note();
     create function clear() returns void language sql as $$ delete from c where id < 4 $$;`,
    `do $$ declare t text := 'b'; begin execute 'update a set v = ''x'' where id = 1'; execute format('delete from %I where id > 5', 'b'); perform clear(); end $$`,
  );
  // The trigger is at rest while rows are given back.
  expect(await db.rows("select * from log")).toEqual([]);
});

test("triggers of the table's own: before, after, and on the same table", async () => {
  await using _ = await roundTrip(
    `create table t (id integer primary key, v text, updated_at timestamptz default '2020-01-01', n integer default 0); insert into t select i, 'v' from generate_series(1, 10) i;
     create function touch() returns trigger language plpgsql as $$ begin new.updated_at := clock_timestamp(); return new; end $$;
     create trigger touch before update on t for each row execute function touch();
     create function again() returns trigger language plpgsql as $$ begin if pg_trigger_depth() = 1 then update t set n = n + 1 where id = new.id; end if; return new; end $$;
     create trigger again after insert or update on t for each row execute function again(); create trigger aaa after update on t for each statement execute function again();`,
    "update t set v = 'x' where id < 4; insert into t values (50, 'new')",
  );
});

test("references of a table to itself", async () => {
  await using _ = await roundTrip(
    `create table t (id integer primary key, up integer references t on delete cascade, next integer references t on delete set null);
     insert into t select i, nullif(i / 2, 0), null from generate_series(1, 40) i; update t set next = id + 1 where id < 40;`,
    "delete from t where id = 5; insert into t values (100, 1, 2), (101, 100, 100); update t set up = 101 where id = 3",
  );
});

test("key swaps, and rows that are replaced", async () => {
  await using _ = await roundTrip(
    `create table t (id integer primary key deferrable initially deferred, v text);
     insert into t select i, 'v' || i from generate_series(1, 10) i;`,
    `update t set id = 11 - id; delete from t where id = 3; insert into t values (3, 'other'); delete from t;
     insert into t values (1, 'v1'), (2, 'x')`,
  );
});
