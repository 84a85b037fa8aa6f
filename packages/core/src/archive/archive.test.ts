// Rows are after up and down what they were before, whatever the migration did to them.
import type { Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { archivedHere, startArchiveServer, type Archived, type Back } from "../../test/archived.ts";

let server: Server;
beforeAll(async () => {
  server = await startArchiveServer();
});
afterAll(() => server?.stop());

/** A migration, the way back of its DDL, and that the rows are those of before. */
async function roundTrip(setup: string, up: string, back?: Back): Promise<Archived> {
  const db = await archivedHere(setup, server);
  const before = await db.contents();
  const plan = await db.up(up);
  expect(await db.contents(), "the migration does something").not.toBe(before);
  expect(plan, "there is an archive").toBeDefined();
  expect(await db.losses()).toEqual([]);
  expect(await db.rows("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'clew%'"), "no trigger stays").toEqual([]);
  await db.down(plan, back);
  expect(await db.contents()).toBe(before);
  expect(await db.conflicts()).toEqual([]);
  return db;
}

const users = `create table users (id integer primary key, name text, n integer, unique (name));
insert into users select i, 'user ' || i, i from generate_series(1, 100) i;`;

test("rows that were inserted, updated and deleted", async () => {
  await using db = await roundTrip(
    users,
    `update users set n = n + 1 where id <= 50; delete from users where id between 10 and 20; insert into users values (200, 'new', 0), (15, 'again', 1);
     update users set name = 'newer' where id = 200; update users set id = id + 1000 where id between 30 and 35;`,
  );
  expect(await db.results()).toMatchObject([{ relation: "table public.users", conflicts: 0 }]);
});

test("rows that foreign keys delete, empty and move", async () => {
  await using db = await roundTrip(
    `${users}
     create table orders (id integer primary key, owner integer references users on delete cascade on update cascade, v text);
     create table notes (id integer primary key, owner integer references users on delete set null);
     create table items (id integer primary key, "order" integer references orders on delete cascade);
     insert into orders select i, i, 'o' from generate_series(1, 60) i; insert into notes select i, i from generate_series(1, 40) i;
     insert into items select i, 1 + i % 60 from generate_series(1, 200) i;`,
    `delete from users where id < 20; update users set id = id + 500 where id > 40; insert into users values (1, 'other', 1);
     insert into orders values (1000, 1, 'x'); insert into items values (1000, 1000);`,
  );
  expect((await db.results()).map(({ relation }) => relation)).toEqual([
    "table public.items",
    "table public.notes",
    "table public.orders",
    "table public.users",
  ]);
});

test.each([
  ["insert into users values (200, 'new', 0)", ["users"]],
  ["update users set n = 0", ["moved", "users"]],
  ["insert into users values (1, '', 0) on conflict (id) do update set n = 0", ["moved", "users"]],
  ["delete from users where id = 1", ["below", "gone", "users"]],
  ["with x as (delete from users) insert into users values (200, 'new', 0)", ["below", "gone", "users"]],
])("of foreign keys only those are watched that act on %s", async (up, expected) => {
  await using db = await archivedHere(
    `${users}
     create table gone (id integer primary key references users on delete cascade);
     create table below (id integer references gone on delete set null);
     create table moved (id integer references users on update cascade);
     create table apart (id integer references users);`,
    server,
  );
  const plan = await db.up(up);
  expect(plan?.needs.tables.map(({ name }) => name).sort()).toEqual(expected);
});

test("a table that was dropped", async () => {
  await using db = await roundTrip(users, "update users set n = 0; drop table users", (undo) => [
    "create table users (id integer, name text, n integer)",
    undo.table("table public.users"),
    "alter table users add primary key (id), add unique (name)",
    undo.rows,
  ]);
  expect(await db.results()).toEqual([{ relation: "table public.users", kept: 100, restored: 100, conflicts: 0 }]);
});

test("columns that were dropped, by key and by the whole row", async () => {
  await using _ = await roundTrip(
    `${users} create table plain (a text, b text, c integer); insert into plain select 'a', 'b' || i % 3, i from generate_series(1, 30) i;`,
    `alter table users drop column n; alter table plain drop column c; delete from users where id < 5; update users set name = 'x' where id = 7;
     delete from plain where b = 'b1';`,
    (undo) => ["alter table users add column n integer; alter table plain add column c integer", undo.rows],
  );
});

test("TRUNCATE, with those that refer to it", async () => {
  await using _ = await roundTrip(
    `${users} create table orders (id serial primary key, owner integer references users); insert into orders (owner) select i from generate_series(1, 20) i;
     create table plain (a text); insert into plain values ('x'), ('x'), (null);`,
    "truncate users cascade; truncate plain; insert into users values (1, 'other', 5)",
  );
});

test("a type that was narrowed", async () => {
  await using _ = await roundTrip(
    `create table t (id integer primary key, price numeric, at timestamptz); insert into t select i, i + i / 7.0, '2026-01-01'::timestamptz + i * interval '1 hour 1 second' from generate_series(1, 50) i`,
    "alter table t alter price type integer using price::integer, alter at type date using at::date; delete from t where id = 3; update t set price = 7 where id = 4",
    (undo) => [
      `alter table t alter price type numeric using ${undo.using("column public.t.price")!}, alter at type timestamptz using ${undo.using("column public.t.at")!}`,
      undo.rows,
    ],
  );
});

test("an enum that was rebuilt", async () => {
  await using _ = await roundTrip(
    `create type mood as enum ('sad', 'ok', 'happy'); create table t (name text, mood mood default 'ok'); insert into t select 'n' || i % 5, (enum_range(null::mood))[1 + i % 3] from generate_series(1, 60) i`,
    `alter table t alter mood drop default; update t set mood = 'ok' where mood = 'sad'; alter type mood rename to mood_old; create type mood as enum ('ok', 'happy');
     alter table t alter mood type mood using mood::text::mood; drop type mood_old;`,
    (undo) => [
      `alter type mood rename to mood_new; create type mood as enum ('sad', 'ok', 'happy');
       alter table t alter mood type mood using ${undo.using("column public.t.mood")!}; drop type mood_new`,
      undo.rows,
      "alter table t alter mood set default 'ok'",
    ],
  );
});

/** How many rows; ARCHIVE_ROWS=1000000 is what the cost of capturing was measured with. */
const many = Number(process.env["ARCHIVE_ROWS"] ?? 20_000);

test(`an UPDATE of ${String(many)} rows, and a DELETE that cascades`, async () => {
  await using db = await roundTrip(
    `create table users (id bigint generated always as identity primary key, email text not null, n integer, at timestamptz default now(), bio text, meta jsonb);
     create index on users (email); create table orders (id integer primary key, owner bigint references users on delete cascade); create index on orders (owner);
     insert into users (email, n, bio, meta) select 'user' || i || '@example.com', i, repeat('x', 60), '{"a": 1}' from generate_series(1, ${String(many)}) i;
     insert into orders select i, i from generate_series(1, ${String(many)}, 10) i;`,
    `update users set n = n + 1, at = now(); delete from users where id % 3 = 0`,
  );
  expect(await db.results()).toMatchObject([
    { relation: "table public.orders", conflicts: 0 },
    { relation: "table public.users", kept: many, restored: many, conflicts: 0 },
  ]);
}, 600_000);
