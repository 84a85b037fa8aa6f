// A migration is taken back by what was kept when it ran: the schema, and the rows.
import { freshDatabase, tempFolder, type Database, type Files } from "@clew/kit";
import { diff, describeDiff } from "@clew/sql-analyzer";
import { describe, expect, test } from "vitest";
import { startProject } from "../../test/channel.ts";
import { MigrationExecutor } from "../executor.ts";
import type { ExecutorOptions } from "../options.ts";

const channels = {
  "a direct connection": async () => {
    const db = await freshDatabase();
    return { db, where: { databaseUrl: db.url }, [Symbol.asyncDispose]: db.drop };
  },
  "Supabase's API": async () => {
    const project = await startProject();
    const where = { supabaseUrl: project.url, serviceKey: project.key };
    return { db: project.db, where, [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() };
  },
} as const;

async function given(files: Files, through: keyof typeof channels = "a direct connection") {
  const channel = await channels[through]();
  const { db, where } = channel;
  const folder = await tempFolder(files);
  const executor = (options: Partial<ExecutorOptions> = {}) =>
    new MigrationExecutor({ ...where, dir: folder.path, who: "tester", ...options });
  return {
    db,
    folder,
    executor,
    [Symbol.asyncDispose]: async () => {
      await channel[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const base = `create type mood as enum ('sad', 'ok');
create table person (id int generated always as identity primary key, name text not null, mood mood default 'ok', age bigint);
create table pet (id serial primary key, owner int references person on delete cascade, name varchar(20));
create view named as select id, name from person;
insert into person (name, mood, age) select 'p' || n, 'sad', n from generate_series(1, 20) n;
insert into pet (owner, name) select n, 'pet ' || n from generate_series(1, 20) n;`;

const rowsOf = async (db: Database): Promise<unknown> =>
  db.sql(
    "select (select json_agg(p order by id) from person p) as person, (select json_agg(p order by id) from pet p) as pet",
  );

/** Each is run on the base, and taken back. */
const cases: readonly (readonly [name: string, sql: string, verdict: string])[] = [
  [
    "a new table",
    "create table extra (id int primary key, person int references person); create index on extra (person)",
    "exact",
  ],
  ["a table that goes", "drop table pet", "needs-data"],
  ["a column that goes, the last", "alter table person drop column age", "needs-data"],
  ["a rename", "alter table person rename to human; alter table human rename column name to called", "exact"],
  ["a rename in the way of what comes after", "alter table pet rename to old_pet; create table pet (id int)", "exact"],
  [
    "a narrower type",
    "drop view named; alter table person alter name type varchar(2) using left(name, 2)",
    "needs-data",
  ],
  ["an update", "update person set name = upper(name), age = null where id > 5", "needs-data"],
  ["a delete with its cascade", "delete from person where id < 10", "needs-data"],
  ["truncation", "truncate person cascade", "needs-data"],
  [
    "rows in a block",
    "do $$ begin execute 'update pet set name = null'; insert into person (name) values ('new'); end $$",
    "needs-data",
  ],
  ["a table made by dynamic SQL", "do $$ begin execute 'create table made (id int)'; end $$", "exact"],
  [
    "NULL where there was none",
    "alter table person alter name drop not null; update person set name = null where true",
    "needs-data",
  ],
  ["a value of an enum", "alter type mood add value 'great'", "exact"],
  [
    "policies and flags",
    "alter table person enable row level security; create policy p on person using (true); comment on table pet is 'pets'",
    "exact",
  ],
  [
    "a policy that calls a function of its table's rows",
    `create type share as enum ('none', 'all'); create table study (id int, shared share);
     create function visible(s study) returns boolean language sql stable as $$ select s.shared = 'all' $$;
     alter table study enable row level security; create policy seen on study using (visible(study));`,
    "exact",
  ],
  ["nothing", "select 1", "exact"],
];

describe.each(Object.keys(channels) as (keyof typeof channels)[])("through %s", (through) => {
  test.each(cases)("%s", async (_, sql, verdict) => {
    await using it = await given({ "1_base.sql": base }, through);
    await it.executor().executeAll();
    const before = await it.executor().schema();
    const rows = await rowsOf(it.db);
    await it.folder.write({ "2_change.sql": sql });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
    const { steps } = await it.executor().getStatus();
    expect(steps.at(-1)).toMatchObject({ rollback: "synthesised", class: verdict });
    const after = await it.executor().schema();
    const back = await it.executor().rollback();
    expect(back).toMatchObject({ outcome: "rolled-back", steps: [{ version: "2", class: verdict }] });
    expect(describeDiff(diff(before, await it.executor().schema()))).toEqual([]);
    expect(await rowsOf(it.db)).toEqual(rows);
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
    expect(describeDiff(diff(after, await it.executor().schema()))).toEqual([]);
  });
});

describe("how far", () => {
  const three = { "1_a.sql": "create table a ()", "2_b.sql": "create table b ()", "3_c.sql": "create table c ()" };

  test("back to a version, and all the way", async () => {
    await using it = await given(three);
    await it.executor().executeAll();
    const told = { class: "exact", proof: "unproved", rows: { kept: 0, restored: 0, conflicts: 0 } };
    const planned = { version: "3", ...told, statements: expect.any(Number) };
    expect(await it.executor().planRollback({ to: "1" })).toMatchObject({ steps: [planned, { version: "2" }] });
    expect(await it.executor().rollback({ to: "1" })).toMatchObject({ steps: [planned, { version: "2" }] });
    expect(await it.executor().rollback({ to: "0" })).toMatchObject({ steps: [{ version: "1" }] });
    expect(await it.db.sql("select relname from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
  });

  test("what a failed run has applied, where that is wanted", async () => {
    await using it = await given({ ...three, "4_d.sql": "create table d ();\nvacuum d;\nselect 1/0" });
    const report = await it.executor().executeAll({ autoRollback: true });
    expect(report).toMatchObject({ outcome: "failed", error: { sqlstate: "22012" } });
    expect(report.steps.map(({ status }) => status)).toEqual(["rolled-back", "rolled-back", "rolled-back", "failed"]);
    expect(await it.db.sql("select relname from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
    expect(await it.db.sql("select * from clew.segment")).toEqual([]);
    expect(await it.db.sql("select * from clew.rollback")).toEqual([]);
  });

  test("the part that has run of a migration", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);\nvacuum a;\nselect 1/0" });
    expect(await it.executor({ onPartial: "resume" }).executeAll()).toMatchObject({ outcome: "failed" });
    // As of a statement of which somebody has said that it had no effect.
    await it.db.sql(`insert into clew.rollback (version, ordinal, class, statements, run)
      select version, 2, 'exact', '{drop table nothing}', run from clew.rollback where ordinal = 0`);
    expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back", steps: [{ version: "1" }] });
    expect(await it.executor().getStatus()).toMatchObject({ steps: [{ status: "pending" }] });
    expect(await it.db.sql("select to_regclass('a') as a")).toEqual([{ a: null }]);
  });
});

test("Supabase's history is told the rollback, where it has a place for it", async () => {
  await using it = await given({
    "1_a.sql": "create table a (id int)",
    "2_b.sql": "alter table a add b int;\nvacuum a;\nalter table a add c int",
    "3_c.sql": "insert into a values (1)",
  });
  await it.db.sql(`create schema supabase_migrations; create table supabase_migrations.schema_migrations
    (version text not null primary key, statements text[], name text, rollback text[])`);
  await it.executor().executeAll();
  const rows = await it.db.sql<{ rollback: string[] }>(
    "select rollback from supabase_migrations.schema_migrations where version < '3' order by version",
  );
  const told = rows.map(({ rollback }) => rollback.filter((statement) => !statement.startsWith("SET ")));
  expect(told).toEqual([
    ["DROP TABLE public.a"],
    ["ALTER TABLE public.a DROP COLUMN c", "ALTER TABLE public.a DROP COLUMN b"],
  ]);
  // The row in the history is ours to write, and no loss of the migration's.
  expect((await it.executor().planRollback()).steps).toMatchObject([{ version: "3", class: "needs-data" }]);
});

test("rows written since are left as they are, and named", async () => {
  await using it = await given({
    "1_base.sql": base,
    "2_change.sql": "update person set name = 'changed' where id <= 3",
  });
  await it.executor().executeAll();
  await it.db.sql("update person set name = 'mine' where id = 2");
  const rows = { kept: 3, restored: 0, conflicts: 0 };
  expect((await it.executor().planRollback()).steps).toMatchObject([{ class: "needs-data", rows }]);
  const back = await it.executor().rollback();
  expect(back).toMatchObject({
    outcome: "rolled-back",
    steps: [{ version: "2", rows: { kept: 3, restored: 2, conflicts: 1 } }],
    findings: [{ code: "ROWS_LEFT", severity: "warning", message: expect.stringContaining("person") }],
  });
  expect(await it.db.sql("select name from person where id <= 3 order by id")).toEqual([
    { name: "p1" },
    { name: "mine" },
    { name: "p3" },
  ]);
});

test("a column that comes back asks its default, or its identity, only for rows that came since", async () => {
  await using it = await given({
    "1_base.sql": `create sequence ticket; create table counter (n int); insert into counter values (0);
      create function counted() returns int language sql as 'update counter set n = n + 1 returning n';
      create function coded() returns text language sql as $$ select 'c' $$;
      create table bill (number int not null default counted(), ticket int default nextval('ticket'), again serial,
        id smallint generated always as identity (increment by 5) primary key, name text);
      alter table bill add twice int generated always as (number * 2) stored, add code text collate "C" not null default coded();
      create view bills as select id, twice, name from bill; create publication told for table bill;
      create function refused() returns trigger language plpgsql as $$ begin raise 'refused'; end $$;
      insert into bill (name) select 'b' || n from generate_series(1, 3) n; delete from bill where name = 'b2';
      create trigger refused before update on bill for each row execute function refused()`,
    "2_drop.sql": `alter table bill drop number cascade, drop code, drop ticket, drop again, drop id cascade,
      add id uuid primary key default gen_random_uuid()`,
  });
  expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
  await it.db.sql("insert into bill (name) values ('since')");
  expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await it.db.sql("select number, ticket, again, b.* from bill join bills b using (id) order by id")).toEqual([
    { number: 1, ticket: 1, again: 1, id: 1, twice: 2, name: "b1" },
    { number: 3, ticket: 3, again: 3, id: 11, twice: 6, name: "b3" },
    { number: 4, ticket: null, again: 4, id: 16, twice: 8, name: "since" },
  ]);
  expect(await it.db.sql("select n from counter")).toEqual([{ n: 4 }]);
  expect(
    await it.db.sql("select collation_name as name from information_schema.columns where column_name = 'code'"),
  ).toEqual([{ name: "C" }]);
  const [next] = await it.db.sql("insert into bill (name) values ('next') returning number, ticket, again, id");
  expect(next).toEqual({ number: 5, ticket: 4, again: 5, id: 21 });
});

test("rows that refer to what has gone since do not come back, or without the reference, and are named", async () => {
  await using it = await given({
    "1_base.sql": `create table org (id int primary key);
      create table person (id int primary key, org int references org on delete cascade, boss int references person);
      create table pet (id int primary key, person int not null references person, org int references org);
      create table shop (id int, org int references org);
      insert into org select n from generate_series(1, 4) n; insert into person select n, n, nullif(n - 1, 0) from generate_series(1, 4) n;
      insert into pet select n, n, 5 - n from generate_series(1, 4) n; insert into shop select n, n from generate_series(1, 4) n`,
    "2_drop.sql": "drop table pet; drop table person; alter table shop drop column org",
  });
  await it.executor().executeAll();
  await it.db.sql("delete from org where id = 2");
  const back = await it.executor().rollback();
  expect(back).toMatchObject({ outcome: "rolled-back", steps: [{ rows: { kept: 12, restored: 7, conflicts: 5 } }] });
  expect(back.findings[0]?.message).toContain("public.person id=2: what it refers to in public.org is gone");
  const rows = async (table: string): Promise<unknown> =>
    (await it.db.sql<{ rows: unknown }>(`select json_agg(t order by id) as rows from ${table} t`))[0]!.rows;
  expect(await rows("person")).toEqual([
    { id: 1, org: 1, boss: null },
    { id: 3, org: 3, boss: null },
    { id: 4, org: 4, boss: 3 },
  ]);
  expect(await rows("pet")).toEqual([
    { id: 1, person: 1, org: 4 },
    { id: 3, person: 3, org: null },
    { id: 4, person: 4, org: 1 },
  ]);
  expect(await rows("shop")).toEqual([1, 2, 3, 4].map((id) => ({ id, org: id === 2 ? null : id })));
});

test("values that came since go back to the former type where that takes them", async () => {
  await using it = await given({
    "1_base.sql":
      "create table t (id int primary key, price int); insert into t select n, n * 10 from generate_series(1, 3) n",
    "2_retype.sql": "alter table t alter price type numeric(8, 2) using price / 3.0",
  });
  await it.executor().executeAll();
  await it.db.sql("insert into t values (4, 7), (5, 7.5)");
  expect(await it.executor().rollback()).toMatchObject({ outcome: "failed", error: { sqlstate: "22P02" } });
  await it.db.sql("delete from t where id = 5");
  expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
  expect(await it.db.sql("select price from t order by id")).toEqual([10, 20, 30, 7].map((price) => ({ price })));
});

describe("a migration that fails half-way", () => {
  const before = { "1_base.sql": base };
  const half = "alter table person add email text;\ncreate index concurrently person_email on person (email);\n";

  test("is taken back at once, and what was applied before stays", async () => {
    await using it = await given({ ...before, "2_half.sql": `${half}update pet set name = 'x'; select 1/0` });
    const was = await it.executor().execute("1");
    expect(was).toMatchObject({ outcome: "applied" });
    const schema = await it.executor().schema();
    const report = await it.executor().executeAll();
    expect(report).toMatchObject({
      outcome: "failed",
      error: { sqlstate: "22012", help: expect.stringContaining("was rolled back") },
      steps: [{ version: "2", status: "failed", segments: { done: 0, of: 3 }, error: { sqlstate: "22012" } }],
      findings: [],
    });
    expect(describeDiff(diff(schema, await it.executor().schema()))).toEqual([]);
    expect((await it.executor().getStatus()).steps.map(({ status }) => status)).toEqual(["applied", "pending"]);
    await it.folder.write({ "2_half.sql": half });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
  });

  const column = "alter table person add email text;\n";
  const unique = "create unique index concurrently person_email on person ((email is null));\n";

  test("is taken back where it is a statement outside a transaction that fails", async () => {
    await using it = await given({ ...before, "2_half.sql": column + unique });
    await it.executor().execute("1");
    const schema = await it.executor().schema();
    expect(await it.executor().executeAll()).toMatchObject({
      outcome: "failed",
      error: { sqlstate: "23505", help: expect.stringContaining("was rolled back") },
      steps: [{ version: "2", status: "failed", segments: { done: 0, of: 2 } }],
      findings: [],
    });
    expect(describeDiff(diff(schema, await it.executor().schema()))).toEqual([]);
  });

  test("comes back as it was run, where a statement that failed has become another", async () => {
    await using it = await given({ ...before, "2_half.sql": column + unique });
    await it.executor().execute("1");
    const schema = await it.executor().schema();
    expect(await it.executor({ onPartial: "resume" }).executeAll()).toMatchObject({ outcome: "failed" });
    await it.folder.write({ "2_half.sql": `${column}create index concurrently person_mail on person (email);` });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
    expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back", findings: [] });
    expect(describeDiff(diff(schema, await it.executor().schema()))).toEqual([]);
  });

  test("is left, as all that a run has applied, where something newer is applied", async () => {
    await using it = await given({ ...before, "9_new.sql": "create table newer ()" });
    await it.executor().executeAll();
    await it.folder.write({ "2_half.sql": `${half}select 1/0` });
    for (const options of [{}, { autoRollback: true }]) {
      expect(await it.executor({ outOfOrder: true }).executeAll(options)).toMatchObject({
        outcome: "failed",
        findings: expect.arrayContaining([
          expect.objectContaining({
            code: "NOT_ROLLED_BACK",
            message: expect.stringContaining("it is not the newest that is applied"),
          }),
        ]),
      });
      expect(await it.db.sql("select to_regclass('newer') is not null as there")).toEqual([{ there: true }]);
    }
  });

  test("is left where rows would not come back, and that is said", async () => {
    await using it = await given({ ...before, "2_half.sql": `drop table pet;\nvacuum person;\nselect 1/0` });
    const report = await it.executor({ archive: false }).executeAll();
    expect(report).toMatchObject({
      outcome: "failed",
      steps: [{ status: "applied" }, { status: "failed", segments: { done: 2, of: 3 } }],
      findings: [{ code: "NOT_ROLLED_BACK", message: expect.stringContaining("its rollback is lossy") }],
    });
  });

  test("is left for the next run where only a lock was not to be had", async () => {
    await using it = await given({ ...before, "2_half.sql": `${half}alter table pet add seen bool` });
    await it.executor().execute("1");
    const other = await it.db.client();
    await other.query("begin; select from pet");
    const report = await it.executor({ lockTimeout: 100, lockRetries: 0 }).executeAll();
    await other.query("rollback");
    expect(report).toMatchObject({
      outcome: "failed",
      steps: [{ status: "failed", segments: { done: 2, of: 3 } }],
    });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
  });
});

describe("what was filled since, and goes with a rollback", () => {
  test("rows of a table that the migration made are kept, found and put back", async () => {
    await using it = await given({
      "1_base.sql": base,
      "2_note.sql": `create table "No te" (id int primary key, v text, twice int generated always as (id * 2) stored); create table empty (id int);`,
    });
    await it.executor().executeAll();
    await it.db.sql(`insert into "No te" select n, 'note ' || n from generate_series(1, 12) n`);
    const plan = await it.executor().planRollback();
    expect(plan.findings).toMatchObject([
      { code: "ROWS_KEPT", version: "2", message: expect.stringContaining('12 rows of "public"."No te"') },
    ]);
    const back = await it.executor().rollback();
    expect(back).toMatchObject({
      outcome: "rolled-back",
      findings: [{ code: "ROWS_KEPT", message: expect.stringContaining('12 rows of public."No te"') }],
    });
    expect(await it.db.sql(`select to_regclass('"No te"') as t`)).toEqual([{ t: null }]);
    expect(await it.executor().keptRows()).toMatchObject([
      { version: "2", direction: "down", rows: 12, tables: [{ table: 'public."No te"', rows: 12 }] },
    ]);
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "applied" });
    const insert = /INSERT INTO .* x(?=;)/.exec(back.findings[0]!.help!)![0];
    await it.db.sql(insert);
    expect(await it.db.sql(`select count(*)::int as n, max(v) as v from "No te"`)).toEqual([{ n: 12, v: "note 9" }]);
  });

  test("values of a column that the migration added, and not where there are none", async () => {
    await using it = await given({
      "1_base.sql": base,
      "2_add.sql": "alter table person add email text",
      "3_add.sql": "alter table person add phone text",
    });
    await it.executor().executeAll();
    await it.db.sql("update person set email = name || '@example.org' where id <= 3");
    expect(await it.executor().rollback(2)).toMatchObject({
      outcome: "rolled-back",
      findings: [{ code: "ROWS_KEPT", version: "2", message: expect.stringContaining("public.person") }],
    });
    const [kept, ...others] = await it.executor().keptRows();
    expect(others).toEqual([]);
    expect(
      await it.db.sql(`select was from clew_archive."rows ${kept!.id}" where was like '%@%' order by was limit 2`),
    ).toEqual([{ was: "(1,p1@example.org)" }, { was: "(2,p2@example.org)" }]);
  });

  test("values of columns that the migration added where it gave their names, and their table's, to others", async () => {
    await using it = await given({
      "1_base.sql": base,
      "2_names.sql": `alter table person rename column name to title; alter table person add column name text;
        alter table person rename to people; alter table people add column email text`,
    });
    await it.executor().executeAll();
    await it.db.sql("update people set name = 'new', email = 'here' where id = 1");
    expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
    const [kept] = await it.executor().keptRows();
    expect(kept).toMatchObject({ direction: "down", tables: [{ table: "public.people" }] });
    expect(await it.db.sql(`select was from clew_archive."rows ${kept!.id}" where was like '%new%here%'`)).toHaveLength(
      1,
    );
  });

  test("values of a column that the migration dropped and added, the new ones; the old ones are back", async () => {
    await using it = await given({
      "1_base.sql":
        "create table t (id int primary key, size int, note text); insert into t values (1, 2, 'a'), (3, 4, 'b')",
      "2_again.sql": "alter table t drop column size, add column size int",
    });
    await it.executor().executeAll();
    await it.db.sql("update t set size = 77 where id = 1");
    expect(await it.executor().rollback()).toMatchObject({
      outcome: "rolled-back",
      steps: [{ class: "lossy", reason: "the order of the columns of table public.t does not come back" }],
    });
    expect(await it.db.sql("select * from t order by id")).toEqual([
      { id: 1, size: 2, note: "a" },
      { id: 3, size: 4, note: "b" },
    ]);
    const kept = (await it.executor().keptRows()).find(({ direction }) => direction === "down");
    expect(await it.db.sql(`select was from clew_archive."rows ${kept!.id}" where was like '%77%'`)).toHaveLength(1);
  });

  test("what a rollback that was written by hand changes", async () => {
    await using it = await given({
      "1_base.sql": base,
      "2_note.sql": "create table note (id int)",
      "2_note.down.sql": "update person set name = 'x' where id = 1; drop table note",
    });
    await it.executor().executeAll();
    await it.db.sql("insert into note values (1)");
    expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
    expect(await it.executor().keptRows()).toMatchObject([
      {
        direction: "down",
        tables: [
          { table: "public.note", rows: 1 },
          { table: "public.person", rows: 1 },
        ],
      },
    ]);
  });
});

describe("more rows than may be kept", () => {
  const many = `create table big (id int primary key, v text); insert into big select n, repeat(md5(n::text), 20) from generate_series(1, 5000) n;`;
  const run = async (it: Awaited<ReturnType<typeof given>>) => it.executor({ archiveLimit: 1_000_000 }).executeAll();
  const left = async ({ db }: Awaited<ReturnType<typeof given>>) =>
    db.sql("select count(*)::int as rows, count(*) filter (where v = '')::int as changed from big");

  test.each([
    [
      "what goes is seen before",
      "drop table big",
      /^2 changes or destroys about .* table public.big .* nothing of it was run$/,
    ],
    [
      "one statement",
      "update big set v = '' where id < 4000",
      /public.big: the rows that it changes take more than 977 kB/,
    ],
    [
      "a loop",
      "do $$ begin for i in 1..5000 loop update big set v = '' where id = i; end loop; end $$",
      /public.big: the rows that it changes take more than 977 kB/,
    ],
    [
      "a loop that goes on after errors",
      "do $$ begin for i in 1..3000 loop begin update big set v = '' where id = i; exception when others then null; end; end loop; end $$",
      /public.big: the rows that it changes take more than 977 kB/,
    ],
  ])("%s, and nothing is done", async (_, sql, message) => {
    await using it = await given({ "1_base.sql": many, "2_change.sql": sql });
    const report = await run(it);
    expect(report).toMatchObject({
      outcome: "failed",
      steps: [{ status: "applied" }, { status: "failed", error: { code: "ARCHIVE_TOO_LARGE" } }],
    });
    expect(report.error!.message).toMatch(message);
    expect(report.error!.help).toContain("archiveLimit");
    expect(await left(it)).toEqual([{ rows: 5000, changed: 0 }]);
    expect(await it.executor().keptRows()).toEqual([]);
  });

  test("a file may say that its rows are not to be kept", async () => {
    await using it = await given({ "1_base.sql": many, "2_change.sql": "-- clew: no-archive\nupdate big set v = ''" });
    expect(await run(it)).toMatchObject({ outcome: "applied" });
    expect((await it.executor().getStatus()).steps.at(-1)).toMatchObject({ class: "lossy" });
    expect(await it.executor().keptRows()).toEqual([]);
  });

  test.each([
    ["a statement", "update person set age = 1"],
    ["a block", "do $$ begin update person set age = 1; end $$"],
  ])("where none are kept, %s that updates is not called exact", async (_, sql) => {
    await using it = await given({ "1_base.sql": base, "2_change.sql": sql });
    expect(await it.executor({ archive: false }).executeAll()).toMatchObject({ outcome: "applied" });
    const reason = "rows of table public.person are not kept";
    expect((await it.executor().planRollback()).steps).toMatchObject([{ class: "lossy", reason }]);
  });
});

test("a schema that is not as the statements say is named, and the rollbacks concerned are no longer called exact", async () => {
  await using it = await given({ "1_a.sql": "create table a (id int)", "2_b.sql": "create table b (id int)" });
  await it.db.sql(`create function more() returns event_trigger language plpgsql as $$ begin
      if to_regclass('public.a') is not null then comment on table public.a is 'by somebody else'; end if; end $$;
    create event trigger more on ddl_command_end when tag in ('CREATE TABLE') execute function more()`);
  const report = await it.executor().executeAll();
  expect(report).toMatchObject({
    outcome: "unverified",
    steps: [{ status: "applied" }, { status: "applied" }],
    findings: [{ code: "SCHEMA_UNFORESEEN", message: expect.stringContaining("by somebody else") }],
  });
  expect((await it.executor().getStatus()).steps.map((step) => step.class)).toEqual(["lossy", "exact"]);
});

test("rows that were purged are no way back any more", async () => {
  await using it = await given({
    "1_base.sql": base,
    "2_change.sql": "drop table pet",
    "3_other.sql": "create table o ()",
  });
  await it.executor({ archiveDays: 0 }).executeAll();
  const executor = it.executor();
  const kept = await executor.keptRows();
  expect(kept).toMatchObject([
    { version: "2", expired: true, restoredAt: null, tables: [{ table: "public.pet", rows: 20 }], rows: 20 },
  ]);
  expect(await executor.purgeKeptRows(new Date(0))).toEqual([]);
  expect(await executor.purgeKeptRows()).toEqual(kept);
  expect(await executor.keptRows()).toEqual([]);
  expect((await executor.getStatus()).steps.map((step) => step.class)).toEqual(["exact", "impossible", "exact"]);
  expect(await executor.rollback()).toMatchObject({ outcome: "rolled-back" });
  await expect(executor.rollback()).rejects.toThrow("2_change: the rows that it gives back were purged");
});

test("what was done without stopping writers is undone so", async () => {
  await using it = await given({
    "1_a.sql": "create table a (id int);\ncreate unique index concurrently a_id on a (id);",
    "2_b.sql": "drop index concurrently a_id;",
  });
  await it.executor().executeAll();
  const sql = async (): Promise<readonly string[]> => (await it.executor().planRollback()).steps[0]!.sql!;
  expect(await sql()).toEqual(["CREATE UNIQUE INDEX CONCURRENTLY a_id ON public.a USING btree (id)"]);
  expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
  expect((await sql())[0]).toBe("DROP INDEX CONCURRENTLY public.a_id");
  expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
});

test("what no statement tells is looked up when it has run", async () => {
  await using it = await given({
    "1_a.sql": `create function make(name text) returns void language plpgsql as $$ begin execute format('create table %I ()', name); end $$;`,
    "2_b.sql":
      "do $$ declare names text[] := array(select 'made_' || n from generate_series(1, 3) n); each text; begin foreach each in array names loop perform make(each); end loop; end $$",
    "3_c.sql": "select make('more')",
  });
  await it.executor().executeAll();
  expect((await it.executor().getStatus()).steps.map((step) => step.class)).toEqual(["exact", "exact", "exact"]);
  expect(await it.executor().rollback(2)).toMatchObject({ outcome: "rolled-back" });
  expect(await it.db.sql("select relname from pg_class where relnamespace = 'public'::regnamespace")).toEqual([]);
});

test("a rollback stops before anything is done where rows are in the way", async () => {
  await using it = await given({ "1_base.sql": base, "2_open.sql": "alter table person alter name drop not null" });
  await it.executor().executeAll();
  await it.db.sql("insert into person (name) values (null)");
  const report = await it.executor().rollback();
  expect(report).toMatchObject({ outcome: "failed" });
  expect(report.error?.message).toContain("column name has no value: 1 rows (id: 21)");
  expect(await it.db.sql("select version from supabase_migrations.schema_migrations")).toHaveLength(2);
});

test("a rollback names the rows that came since for which there is no value", async () => {
  await using it = await given({ "1_base.sql": base, "2_drop.sql": "alter table person drop column name cascade" });
  await it.executor().executeAll();
  await it.db.sql("insert into person (age) values (1), (2)");
  const report = await it.executor().rollback();
  expect(report).toMatchObject({ outcome: "failed", error: { code: "STATEMENT_FAILED", sqlstate: "23514" } });
  expect(report.error?.message).toContain("public.person: column name has no value: 2 rows (id: 21; 22)");
  expect(report.error?.help).toContain("rollback --write");
  await it.db.sql("delete from person where id > 20");
  expect(await it.executor().rollback()).toMatchObject({ outcome: "rolled-back" });
});
