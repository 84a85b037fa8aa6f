// Pins what counts as lost of what a statement does not name, and what does not count since the run has made it itself.
import { freshDatabase, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

const schema = `
create table people (id int primary key);
create table orders (id int primary key, person int references people on delete cascade);
create table lines (ord int references orders on delete cascade, note int);
create table notes (person int references people on delete set null);
create table visits (person int references people);
create function purge_people() returns void language plpgsql as $$ begin delete from people where id < 10; end $$;
create function purge_twice() returns void language sql as 'select purge_people(); truncate visits;';
create procedure wipe() language plpgsql as $$ begin drop table visits; end $$;
create function harmless() returns int language plpgsql as $$
begin create temp table people (id int); delete from people; drop table people; return 1; end $$;
create function purge_people(unused boolean) returns int language sql as 'select 1';`;

/** What a run that may lose nothing says of these statements, without the places. */
async function refused(sql: string | readonly string[]): Promise<readonly string[]> {
  await using db = await freshDatabase();
  await db.sql(schema);
  const texts = typeof sql === "string" ? [sql] : sql;
  await using folder = await tempFolder(
    Object.fromEntries(texts.map((text, at) => [`${at + 1}_a.sql`, text] as const)),
  );
  const options = { databaseUrl: db.url, dir: folder.path, allowDestructiveOperations: false, names: false };
  const executor = new MigrationExecutor(options);
  try {
    expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
    return [];
  } catch (error) {
    if (!isClewError(error, "DESTRUCTIVE")) throw error;
    return [...error.message.matchAll(/_a\.sql:\d+:\d+: (.* lost.*)$/gm)].map(([, said]) => said!);
  }
}

const cascades = [
  "some rows of orders could be lost by ON DELETE CASCADE of orders_person_fkey",
  "some rows of lines could be lost by ON DELETE CASCADE of lines_ord_fkey",
];
const purged = "some rows of people could be lost by the function purge_people, which it calls";

describe("what a statement does not name is refused too", () => {
  const cases: readonly (readonly [sql: string, said: readonly string[]])[] = [
    ["delete from people where id = 1", ["some rows of people would be lost", ...cascades]],
    ["alter table people rename to persons; delete from persons", ["all rows of persons would be lost", ...cascades]],
    [
      "truncate people cascade",
      [
        "all rows of people would be lost",
        "all rows of orders would be lost by TRUNCATE … CASCADE, for orders_person_fkey refers to it",
        "all rows of notes would be lost by TRUNCATE … CASCADE, for notes_person_fkey refers to it",
        "all rows of visits would be lost by TRUNCATE … CASCADE, for visits_person_fkey refers to it",
        "all rows of lines would be lost by TRUNCATE … CASCADE, for lines_ord_fkey refers to it",
      ],
    ],
    [
      "alter table visits drop constraint visits_person_fkey, add constraint v foreign key (person) references people on delete cascade; delete from people",
      [
        "all rows of people would be lost",
        ...cascades.slice(0, 1),
        "some rows of visits could be lost by ON DELETE CASCADE of v",
        ...cascades.slice(1),
      ],
    ],
    [
      "select purge_people()",
      [purged, ...cascades.map((one) => `${one}, by the function purge_people, which it calls`)],
    ],
    ["do $$ begin perform public.purge_people(); end $$", [purged]],
    [
      "select purge_twice()",
      [
        "all rows of visits could be lost by the function purge_twice, which it calls",
        `${purged}, by the function purge_twice, which it calls`,
      ],
    ],
    ["call wipe()", ["the table visits with its rows could be lost by the procedure wipe, which it calls"]],
    [
      "create function gone() returns int language sql as 'delete from visits returning 1'; create table t as select gone() as x",
      ["all rows of visits could be lost by the function gone, which it calls"],
    ],
  ];
  test.for(cases)("%s", async ([sql, said]) => {
    const found = await refused(sql);
    expect(found).toEqual(expect.arrayContaining([...said]));
    if (!sql.includes("purge")) expect(found.filter((one) => !one.includes("constraint"))).toHaveLength(said.length);
  });
});

describe("nothing that was there before is lost", () => {
  test.for<string | readonly string[]>([
    "create temp table people (id int); delete from people; truncate people; drop table people",
    "create table staging (id int); insert into staging values (1); delete from staging; drop table staging",
    "create table staging as select 1 as id; alter table staging rename to ready; delete from ready; drop table ready",
    ["create table staging (id int); insert into staging values (1)", "delete from staging; drop table staging"],
    "do $$ begin create temp table t (id int); delete from t; end $$",
    "create view v as select 1; drop view v",
    "select harmless()",
    "comment on function purge_people() is 'select purge_people()'",
    "create view seen as select 'purge_people()' as text",
    "create function later() returns void language plpgsql as $$ begin delete from people; end $$",
    "grant execute on function purge_people() to public",
  ])("%j", async (sql) => {
    expect(await refused(sql)).toEqual([]);
  });

  test.for([
    "create table if not exists people (id int); delete from people",
    ["create temp table people (id int)", "delete from people"],
    "set search_path = pg_temp; create table people (id int); reset search_path; delete from public.people",
  ])("but here it is: %j", async (sql) => {
    expect(await refused(sql)).not.toEqual([]);
  });
});
