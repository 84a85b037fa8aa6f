// Pins that a table which is dropped is moved where that loses nothing, is copied where it would, and comes back from both.
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

const schema = `create table parent (id int primary key, name text);
  create table old (id int generated always as identity (start 100) primary key, parent int references parent on delete cascade, self int references old,
    name text not null default upper('x') unique, many int[], total int generated always as (parent * 2) stored, check (name <> ''));
  create table plain (line text, n serial);
  create index on old (lower(name)); create statistics old_stats on parent, name from old; alter table old enable row level security, force row level security;
  create policy own on old using (name = current_user); grant select on old to pg_monitor; grant update (name) on old to public; comment on table old is 'old';
  create function note() returns trigger language plpgsql as $$ begin return new; end $$; create trigger note before insert on old for each row when (new.name > '') execute function note();
  insert into parent select n, 'p' || n from generate_series(1, 50) n;
  insert into old (parent, self, name, many) select n, 99 + n, 'old ' || n, array[n, null] from generate_series(1, 50) n; insert into old (name) values ('null');
  insert into plain select 'same' from generate_series(1, 5); analyze`;

const facts = `select (select md5(string_agg(o::text, ',' order by id)) from old o) as rows, (select md5(string_agg(o::text, ',' order by n)) from plain o) as plain,
  (select array_agg(pg_get_constraintdef(oid) order by pg_get_constraintdef(oid)) from pg_constraint where 'old'::regclass in (conrelid, confrelid)) as keys,
  (select array_agg(indexdef order by indexdef) from pg_indexes where tablename = 'old') as indexes, (select array_agg(polname || polroles::text) from pg_policy where polrelid = 'old'::regclass) as policies,
  (select array_agg(pg_get_triggerdef(oid)) from pg_trigger where tgrelid = 'old'::regclass and not tgisinternal) as triggers, (select relacl::text from pg_class where oid = 'old'::regclass) as grants,
  (select last_value::text from old_id_seq) as at, (select count(*)::int from pg_statistic_ext) as statistics`;

async function migrating(db: Database, sql: string) {
  const folder = await tempFolder({ "0001_drop.sql": sql });
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, moveDropped: true });
  return {
    executor,
    async [Symbol.asyncDispose]() {
      await executor.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const moved = (db: Database) =>
  db.sql<{ what: string; rows: number }>(
    "select what, rows::int from clew_archive.capture order by what desc, rows desc",
  );

test.for<readonly [name: string, sql: string, ...what: (readonly [string, number])[]]>([
  ["one table", "drop table old", ["moved", 51]],
  ["several at once", "drop table if exists old, plain, nothing", ["moved", 51], ["moved", 5]],
  [
    "with a comment before",
    "comment on table plain is 'soon gone'; drop table plain; drop table public.old restrict",
    ["moved", 51],
    ["moved", 5],
  ],
  ["one that is looked at before", "create table copy as select * from old; drop table old", ["table", 51]],
  ["one beside other statements", "drop table plain; create table other (line text)", ["table", 5]],
])("%s", async ([, sql, ...what]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(facts);
  await using it = await migrating(db, sql);
  expect(await it.executor.executeAll()).toMatchObject({ outcome: "applied" });
  expect((await moved(db)).map(({ what: how, rows }) => [how, rows])).toEqual(what);
  expect(await it.executor.getStatus()).toMatchObject({ steps: [{ class: "needs-data" }] });
  expect(await it.executor.rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql(facts)).toEqual(before);
  expect(await db.sql("select relname from pg_class where relname like 'table %'")).toEqual([]);
});

test.for<readonly [name: string, make: string, sql: string]>([
  ["a view", "create view v as select id from old", "drop table old cascade"],
  ["a key of another table", "create table child (o int references old)", "drop table old cascade"],
  [
    "a function with a parameter of its type",
    "create function f(o old) returns int language sql return 1",
    "drop table old cascade",
  ],
  [
    "a default that takes from its sequence",
    "create table other (n int default nextval('plain_n_seq'))",
    "drop table plain cascade",
  ],
  [
    "a type of the project's own",
    "create type mood as enum ('a'); alter table old add mood mood",
    "drop table old; drop type mood",
  ],
  ["a publication", "create publication p for table old", "drop table old"],
  [
    "a partition",
    "create table old2 (id int) partition by list (id); create table part partition of old2 default",
    "drop table part",
  ],
])("where there is %s, rows are copied, and nothing is left of it", async ([, make, sql]) => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await db.sql(make);
  const before = await db.sql(facts);
  await using it = await migrating(db, sql);
  expect(await it.executor.executeAll()).toMatchObject({ outcome: "applied" });
  expect((await moved(db)).filter(({ what }) => what === "moved")).toEqual([]);
  expect(await it.executor.rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql(facts)).toEqual(before);
});

test("what waits in the archive stops nobody, is closed, and goes when it has expired", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  await using it = await migrating(db, "drop table old");
  await it.executor.executeAll();
  // Neither a row that it referred to, nor a function that it used, nor its name.
  await db.sql(
    "delete from parent; drop function note(); create table old (id int); create index old_pkey on old (id)",
  );
  const open = await db.sql(
    "select relname from pg_class, aclexplode(relacl) a where relnamespace = 'clew_archive'::regnamespace and a.grantee <> relowner",
  );
  expect(open).toEqual([]);
  const [kept] = await it.executor.keptRows();
  expect(kept).toMatchObject({ rows: 51, tables: [{ table: "public.old", rows: 51 }] });
  await it.executor.purgeKeptRows(new Date("9999-01-01"));
  expect(await db.sql("select relname from pg_class where relname like 'table %'")).toEqual([]);
});

test("a DROP that fails leaves the table where it was", async () => {
  await using db = await freshDatabase();
  await db.sql(schema);
  const before = await db.sql(facts);
  await using it = await migrating(db, "drop table old; drop table parent restrict; drop table missing");
  expect(await it.executor.executeAll()).toMatchObject({ outcome: "failed" });
  expect(await db.sql(facts)).toEqual(before);
});
