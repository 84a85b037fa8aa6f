// Pins that a table which is dropped and made again in one migration comes back with its rows, and not as the other of its name.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

const schema = `create table item (id int generated always as identity primary key, name text not null unique, n serial);
  create table part (item int references item on delete cascade); create view names as select name from item; create index on item (lower(name));
  alter table item enable row level security; create policy own on item using (true);
  insert into item (name) select 'item ' || n from generate_series(1, 30) n; insert into part select n from generate_series(1, 30) n`;

const facts = `select (select md5(string_agg(i::text, ',' order by id)) from item i) as rows, (select count(*)::int from part join item on id = item) as parts,
  (select array_agg(pg_get_constraintdef(oid) order by pg_get_constraintdef(oid)) from pg_constraint where conrelid in ('item'::regclass, 'part'::regclass)) as keys,
  (select array_agg(attname order by attnum) from pg_attribute where attrelid = 'item'::regclass and attnum > 0 and not attisdropped) as columns,
  (select array_agg(indexdef order by indexdef) from pg_indexes where tablename = 'item') as indexes, (select count(*)::int from names) as names,
  (select last_value::text from item_id_seq) as at, (select array_agg(polname) from pg_policy) as policies`;

const again =
  "create table item (id int generated always as identity primary key, name text not null unique, n serial)";

test.for<readonly [name: string, sql: string]>([
  ["as it was", `drop table item cascade; ${again}`],
  [
    "with other columns, and rows",
    "drop table if exists item cascade; create table item (n text, other int); insert into item values ('new', 1)",
  ],
  ["by a query", "drop table item cascade; create table item as select 1 as id"],
  ["twice", `drop table item cascade; ${again}; drop table item; create table item (id text)`],
  [
    "by another that takes its name",
    `create table item2 (id int primary key, title text); insert into item2 select id, name from item;
    drop table item cascade; alter table item2 rename to item`,
  ],
  [
    "by another, once it was put aside",
    `alter table item rename to old; create table item (id serial primary key, title text, n serial);
    insert into item (id, title) select id, name from old; drop table old cascade`,
  ],
  ["with its schema's path", "set search_path = public; drop table item cascade; create table item (id int)"],
  [
    "after it was changed",
    "update item set name = upper(name); alter table item add x int; drop table item cascade; create table item (x int)",
  ],
])("%s", async ([, sql]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(facts);
  await using folder = await tempFolder({ "0001_again.sql": sql });
  await using executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied", findings: [] });
  expect(await executor.getStatus()).toMatchObject({ steps: [{ class: "needs-data" }] });
  expect(await executor.rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql(facts)).toEqual(before);
});

test("what was put aside and came back is not taken for another", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(facts);
  const sql =
    "alter table item rename to aside; create table item (x int); drop table item; alter table aside rename to item; alter table item add y int";
  await using folder = await tempFolder({ "0001_aside.sql": sql });
  await using executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
  expect(await executor.rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql(facts)).toEqual(before);
});
