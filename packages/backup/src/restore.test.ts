// Pins what a restore puts back into tables that live, and that it does all of it or nothing.
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup, type RestoreOptions } from "./restore.ts";

const schema = `create table person (id int generated always as identity primary key, name text unique, shout text generated always as (upper(name)) stored);
  create table pet (id serial primary key, owner int not null references person, friend int references pet, name text);
  create table diary (line text);
  insert into person (name) select 'person ' || n from generate_series(1, 100) n;
  insert into pet (owner, friend, name) select n, nullif(n % 100 + 1, 101), 'pet ' || n from generate_series(1, 100) n;
  insert into diary values ('twice'), ('twice'), (null)`;

async function saved(): Promise<{
  readonly db: Database;
  readonly restore: (options?: Partial<RestoreOptions>) => ReturnType<typeof restoreBackup>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const db = await freshDatabase();
  await db.sql(schema.replace("nullif(n % 100 + 1, 101)", "null"));
  await db.sql("update pet set friend = id % 100 + 1");
  const place = await tempFolder();
  const destination = folder(place.path);
  const { id } = await createBackup({ url: db.url, destination, scope: "full" });
  return {
    db,
    restore: (options = {}) => restoreBackup({ url: db.url, destination, id, ...options }),
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await db.drop();
    },
  };
}

const all = `select (select md5(string_agg(p::text, ',' order by p::text)) from person p) as person,
  (select md5(string_agg(p::text, ',' order by p::text)) from pet p) as pet, (select array_agg(line order by line) from diary) as diary`;

const harm = `delete from pet where id > 50; delete from person where id > 60; update person set name = 'other' where id = 3;
  insert into person (name) values ('new'); delete from diary where ctid in (select min(ctid) from diary where line = 'twice')`;

test("rows that are gone come back, and others stay, though the rows refer to each other in a circle", async () => {
  await using it = await saved();
  await it.db.sql(`update pet set friend = null; ${harm}`);
  const report = await it.restore();
  expect(report.tables).toEqual([
    { table: "public.diary", made: false, saved: 3, added: 1, changed: 0, removed: 0, differing: 0 },
    { table: "public.person", made: false, saved: 100, added: 40, changed: 0, removed: 0, differing: 1 },
    { table: "public.pet", made: false, saved: 100, added: 50, changed: 0, removed: 0, differing: 50 },
  ]);
  const [people] = await it.db.sql(
    "select count(*)::int as rows, count(*) filter (where name = 'other')::int as other from person",
  );
  expect(people).toEqual({ rows: 101, other: 1 });
});

test("what was run stays as it is, unless it is named or gone", async () => {
  await using place = await tempFolder();
  await using db = await freshDatabase();
  const destination = folder(place.path);
  const history = "supabase_migrations.schema_migrations";
  await db.sql(`create schema supabase_migrations; create table ${history} (version text primary key);
    create table note (id int primary key); insert into ${history} values ('1'); insert into note values (1)`);
  const { id } = await createBackup({ url: db.url, destination, scope: "full" });
  await db.sql(`delete from ${history}; delete from note`);
  const restore = async (tables: readonly string[] = []): Promise<readonly string[]> =>
    (await restoreBackup({ url: db.url, destination, id, tables })).tables.map(({ table }) => table);
  expect(await restore()).toEqual(["public.note"]);
  expect(await db.sql(`select from ${history}`)).toEqual([]);
  expect(await restore([history])).toEqual([history]);
  expect(await db.sql(`select version from ${history}`)).toEqual([{ version: "1" }]);
  await db.sql("drop schema supabase_migrations cascade");
  expect(await restore()).toEqual(["public.note", history]);
});

test("merge gives back the values too; replace leaves the tables as they were", async () => {
  await using it = await saved();
  const [before] = await it.db.sql(all);
  await it.db.sql(`update pet set friend = null; ${harm}`);
  const dry = await it.restore({ mode: "replace", dryRun: true });
  const [untouched] = await it.db.sql("select count(*)::int as rows from person");
  expect(untouched).toEqual({ rows: 61 });
  const merged = await it.restore({ mode: "merge" });
  expect(merged.tables[1]).toMatchObject({ added: 40, changed: 1, removed: 0, differing: 0 });
  const replaced = await it.restore({ mode: "replace" });
  expect(replaced.tables[1]).toMatchObject({ added: 0, changed: 0, removed: 1 });
  expect(dry.tables[1]).toMatchObject({ added: 40, changed: 1, removed: 1 });
  expect(await it.db.sql(all)).toEqual([before]);
  // The constraints are as they were, and the sequences go on behind the rows.
  expect(await it.db.sql("select from pg_constraint where contype = 'f' and condeferrable")).toEqual([]);
  await it.db.sql("insert into person (name) values ('next'); insert into pet (owner) values (1)");
});

test("a table that is gone comes back with all that belongs to it, and with the key that another table had to it", async () => {
  await using it = await saved();
  const describe = `select conrelid::regclass::text as table, conname, pg_get_constraintdef(oid) as is from pg_constraint where contype <> 'n' order by 1, 2`;
  const before = [await it.db.sql(all), await it.db.sql(describe)];
  await it.db.sql("drop table person cascade");
  const report = await it.restore({ tables: ["person"] });
  expect(report).toMatchObject({ tables: [{ table: "public.person", made: true, added: 100 }], without: [] });
  expect([await it.db.sql(all), await it.db.sql(describe)]).toEqual(before);
  await it.db.sql("insert into person (name) values ('next')");
});

test("a foreign key that the rows would break stops it all", async () => {
  await using it = await saved();
  await it.db.sql("drop table person cascade; create table person (id int primary key, name text)");
  await it.db.sql("delete from diary; delete from pet; alter table pet add foreign key (owner) references person");
  await it.db.sql("insert into person values (5, 'only')");
  await expect(it.restore({ tables: ["diary", "pet"] })).rejects.toMatchObject({
    code: "RESTORE_FAILED",
    data: { sqlstate: "23503" },
  });
  expect(await it.db.sql("select count(*)::int as rows from diary")).toEqual([{ rows: 0 }]);
  expect(await it.db.sql("select from pg_constraint where contype = 'f' and condeferrable")).toEqual([]);
});

test("rows of another table that would go with newer rows are not lost", async () => {
  await using it = await saved();
  await it.db.sql(`create table visit (person int references person on delete cascade);
    insert into person (name) values ('new'); insert into visit select max(id) from person`);
  await expect(it.restore({ tables: ["person"], mode: "replace" })).rejects.toMatchObject({
    code: "RESTORE_FAILED",
    message: "1 rows of public.visit refer to rows of public.person that are not in the backup and would go",
  });
  expect(await it.db.sql("select from visit")).toHaveLength(1);
});

test("triggers see the rows, unless they are told to rest; then they wake as they were", async () => {
  await using it = await saved();
  await it.db.sql(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no rows today'; end $$;
    create trigger never before insert on person for each row execute function refuse();
    create trigger asleep before insert on person for each row execute function refuse();
    alter table person enable always trigger never; alter table person disable trigger asleep;
    delete from pet; delete from person where id = 9`);
  const states = "select tgname, tgenabled from pg_trigger where not tgisinternal order by 1";
  const before = await it.db.sql(states);
  await expect(it.restore()).rejects.toMatchObject({ code: "RESTORE_FAILED", message: "no rows today" });
  await it.restore({ withoutTriggers: true });
  expect(await it.db.sql(states)).toEqual(before);
  expect(await it.db.sql("select from person where id = 9")).toHaveLength(1);
});

test("a column that is gone comes back with its values", async () => {
  await using it = await saved();
  const [before] = await it.db.sql("select md5(string_agg(id || name, ',' order by id)) as people from person");
  await it.db.sql("alter table person drop column name cascade");
  await it.restore({ tables: ["person"], mode: "merge" });
  expect(await it.db.sql("select md5(string_agg(id || name, ',' order by id)) as people from person")).toEqual([
    before,
  ]);
  await expect(it.db.sql("insert into person (name) values ('person 1')")).rejects.toMatchObject({ code: "23505" });
});
