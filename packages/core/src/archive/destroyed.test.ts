// Pins what is foreseen to be destroyed: no less than is, and no more than can be told.
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";
import type { Destroyed } from "./destroyed.ts";

const schema = `create table person (id int primary key, name text, age int, at timestamptz default now());
  create table pet (id int primary key, owner int references person on delete cascade, name text);
  create table plain (a int, b text);
  create table logged (id int primary key, b text);
  create table log (line text);
  create function log_it() returns trigger language plpgsql as $$ begin delete from log; return new; end $$;
  create trigger log after insert or update on logged for each row execute function log_it();
  create table parts (day date, n int) partition by range (day);
  create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
  create schema other; create table other.thing (id int);
  create type mood as enum ('a', 'b'); create table moody (id int primary key, mood mood, note text);
  create function clean() returns void language sql as 'delete from plain'`;

let db: Database;
beforeAll(async () => {
  db = await freshDatabase();
  await db.sql(schema);
});
afterAll(() => db.drop());

/** What a check is told of a run, which it stops. */
async function foreseen(...files: readonly string[]): Promise<Destroyed> {
  await using folder = await tempFolder(Object.fromEntries(files.map((text, at) => [`${at + 1}_file.sql`, text])));
  let found: Destroyed | undefined;
  const executor = new MigrationExecutor({
    databaseUrl: db.url,
    dir: folder.path,
    names: false,
    checks: [
      {
        name: "look",
        when: "before",
        async run(context) {
          found = await context.destroyed();
          return [{ code: "SEEN", severity: "error", message: "seen" }];
        },
      },
    ],
  });
  await expect(executor.executeAll()).rejects.toMatchObject({ code: "CHECK_BLOCKED" });
  return found!;
}

/** Tables with what of each, in short. */
const short = ({ tables }: Destroyed): readonly string[] =>
  tables
    .map(({ schema: space, name, where, columns, migrations }) =>
      [`${space}.${name}`, columns?.join("+"), where && `[${where}]`, migrations.join()].filter(Boolean).join(" "),
    )
    .sort();

test.for<readonly [sql: string, ...tables: string[]]>([
  ["drop table pet", "public.pet 1"],
  ["drop table person cascade", "public.person 1"],
  ["drop schema other cascade", "other.thing 1"],
  ["drop type mood cascade", "public.moody mood 1"],
  ["alter table person drop column name, drop column age", "public.person name+age 1"],
  ["alter table person alter column age type smallint", "public.person age 1"],
  ["alter table person alter column age type bigint"],
  ["truncate plain", "public.plain 1"],
  ["truncate person cascade", "public.person 1", "public.pet 1"],
  ["delete from pet", "public.pet 1"],
  ["delete from pet where name = 'x' or owner in (1, 2) returning id", "public.pet [name = 'x' or owner in (1, 2)] 1"],
  ["delete from person where id = 1", "public.person 1", "public.pet 1"],
  ["delete from pet using person where owner = person.id", "public.pet 1"],
  ["delete from pet where random() < 0.5", "public.pet 1"],
  ["update person set name = upper(name)", "public.person name 1"],
  ["update person p set name = 'where', age = 1 where (id > 3) -- where", "public.person name+age [(id > 3)] 1"],
  ["update person set name = '' where person.at < now()", "public.person 1"],
  ["update person set name = '' where at < 'now'", "public.person 1"],
  ["update person set id = id + 100", "public.person id 1"],
  ["insert into plain values (1)"],
  ["insert into person values (1, 'x') on conflict (id) do update set name = excluded.name", "public.person 1"],
  ["insert into logged values (1)", "public.log 1", "public.logged 1"],
  ["update plain set a = 1 where b = 'x'; delete from plain where a = 1", "public.plain 1"],
  ["insert into plain values (1, 'x'); delete from plain where b = 'x'", "public.plain 1"],
  ["delete from parts where n = 1", "public.parts 1", "public.parts_1 1"],
  ["alter table plain rename to simple; delete from simple", "public.plain 1"],
  ["drop table plain; create table plain (a int, b text)", "public.plain 1"],
  ["create table fresh (id int); insert into fresh values (1); drop table fresh"],
  ["create index on person (name); alter table person add column more int; comment on table person is 'x'"],
])("%s", async ([sql, ...tables]) => {
  const found = await foreseen(sql);
  expect(short(found)).toEqual(tables);
  expect(found.unknown).toEqual([]);
});

test("what several files destroy, each with its own", async () => {
  const found = await foreseen(
    "update plain set b = 'x'",
    "alter table plain rename to simple",
    "drop table simple; delete from pet",
  );
  expect(short(found)).toEqual(["public.pet 3", "public.plain 1,3"]);
});

test("what a block has renamed is known by its new name, in later files too", async () => {
  const found = await foreseen(
    "comment on table plain is 'x'; do $$ begin alter table plain rename to simple; alter table pet rename column name to called; end $$; delete from simple",
    "update pet set called = 'x'",
    "do $$ begin alter table pet rename to animal; end $$; alter table animal drop column called",
  );
  expect(short(found)).toEqual(["public.pet 2,3", "public.plain 1"]);
});

test("code that is not in the statement is unknown, unless the file names tables", async () => {
  const found = await foreseen("do $$ begin execute 'delete from plain'; end $$", "select clean()");
  expect(found.unknown.map(({ version, kind }) => [version, kind])).toEqual([
    ["1", "DO"],
    ["2", "SELECT"],
  ]);
  expect(short(found)).toEqual(["public.plain 1,2"]);
  const named = await foreseen("-- clew: backup plain, other.*\ndo $$ begin execute 'delete from ' || 'plain'; end $$");
  expect(named).toMatchObject({
    named: [
      { word: "plain", version: "1" },
      { word: "other.*", version: "1" },
    ],
    unknown: [],
  });
});
