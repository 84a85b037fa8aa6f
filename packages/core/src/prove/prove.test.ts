// Tests of proofs on real servers: what is proved, disproved, cannot be proved, and that no scratch database stays.
import { execFileSync, spawnSync } from "node:child_process";
import { Client } from "pg";
import { freshDatabase, startServer, tempFolder, type Files, type Server } from "@clew/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";
import type { ExecutorOptions } from "../options.ts";
import { unforeseenIn } from "./trial.ts";

let server: Server;
// A server of its own: others' scratch databases would be counted too.
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function given(files: Files, before = "select 1", on = server) {
  const db = await freshDatabase({ server: on });
  await db.sql(before);
  const folder = await tempFolder(files);
  const executor = (more: Partial<ExecutorOptions> = {}) =>
    new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, who: "tester", platform: "postgres", ...more });
  return {
    db,
    folder,
    executor,
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function scratches(): Promise<readonly string[]> {
  await using db = await freshDatabase({ server });
  const rows = await db.sql<{ datname: string }>("select datname from pg_database where datname like 'clew_scratch%'");
  return rows.map(({ datname }) => datname);
}

const books = "create table books (id bigint generated always as identity primary key, title text not null unique)";

describe("pending migrations", () => {
  test("are proved one after the other, from the schema of the target, which is left alone", async () => {
    await using it = await given(
      {
        "0002_authors.sql": `create table authors (id int primary key, name text not null);
          alter table books add author int references authors, add shelf text check (shelf in ('A', 'B'));`,
        "0003_index.sql": "create index concurrently books_title on books (title);",
        "0004_status.sql": "alter table books rename title to name; alter table books drop constraint books_title_key;",
      },
      books,
    );
    const report = await it.executor().prove();
    expect(report).toMatchObject({ kind: "proof", outcome: "proved", scratch: { place: "server" } });
    expect(report.steps).toMatchObject([
      { version: "0002", proof: "proved", class: "exact", rows: { tables: 1, rows: 3, refused: [] } },
      { version: "0003", proof: "proved", class: "exact" },
      { version: "0004", proof: "proved", class: "exact", rollback: "synthesised" },
    ]);
    for (const { before, after, inverse } of report.steps) {
      expect([before, after, inverse]).toEqual([/./, /./, /./].map(() => expect.stringMatching(/^[0-9a-f]{64}$/)));
      expect(before).not.toBe(after);
    }
    expect(report.steps[1]!.before).toBe(report.steps[0]!.after);
    expect(report.findings).toEqual([]);
    expect(await scratches()).toEqual([]);
    expect(await it.db.sql("select to_regclass('authors') as made, to_regnamespace('clew') as journal")).toEqual([
      { made: null, journal: null },
    ]);
  });

  test("with a version, those before it run first and only it is proved", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);", "2_b.sql": "alter table a add b int;" });
    const { steps } = await it.executor().prove("2");
    expect(steps).toMatchObject([{ version: "2", proof: "proved" }]);
  });

  test("an older one that is pending is tried below what is applied", async () => {
    await using it = await given({ "2_b.sql": "create table b (id int);" });
    await it.executor().executeAll();
    await it.folder.write({ "1_a.sql": "create table a (id int);" });
    expect((await it.executor().prove()).steps).toMatchObject([{ version: "1", proof: "proved" }]);
  });
});

test("what comes of a migration and was not foreseen is told; where nothing was foreseen, nothing", async () => {
  await using it = await given({}, books);
  const foreseen = await it.executor().schema();
  await it.db.sql("comment on table books is 'audited'");
  const after = await it.executor().schema();
  expect(await unforeseenIn(foreseen, after)).toEqual(["table public.books: comment none → audited"]);
  expect(await unforeseenIn(after, after)).toEqual([]);
  expect(await unforeseenIn(undefined, after)).toEqual([]);
});

test("a project of Supabase, whose tables, policies and triggers stand on the platform's", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await db.sql(`create table profiles (id uuid primary key references auth.users on delete cascade, name text);
    create policy public_files on storage.objects for select to anon using (bucket_id = 'public');
    create function on_user() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger new_user after insert on auth.users for each row execute function on_user()`);
  await using folder = await tempFolder({
    "1_notes.sql": `create table notes (id bigint generated by default as identity primary key, owner uuid default auth.uid() references profiles);
      alter table notes enable row level security; create policy own on notes using (owner = auth.uid());`,
    "2_drop.sql": `drop policy public_files on storage.objects; drop trigger new_user on auth.users;
      drop function on_user; alter table profiles drop column name;`,
  });
  const { steps } = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).prove();
  expect(steps).toMatchObject([
    { proof: "proved", class: "exact", rows: { refused: [] } },
    { proof: "proved", class: "needs-data", rows: { refused: [] } },
  ]);
});

describe("rows", () => {
  test("that a migration destroys or changes come back, also of one that is applied", async () => {
    await using it = await given(
      {
        "1_drop.sql": "alter table books drop column title;",
        "2_delete.sql": "delete from books; do $$ begin update shelves set name = name || '!'; end $$;",
        "3_table.sql": "drop table shelves;",
      },
      `${books}; create table shelves (name text primary key)`,
    );
    const proved = [1, 2, 3].map(() => ({ proof: "proved", class: "needs-data" }));
    expect((await it.executor().prove()).steps).toMatchObject(proved);
    await it.executor().executeAll();
    const { steps } = await it.executor().prove("1");
    // Its table is none that files make.
    expect(steps).toMatchObject([{ proof: "not-provable", reason: expect.stringContaining('"books" does not exist') }]);
  });

  test("of an applied migration come from the archive that the scratch keeps", async () => {
    await using it = await given({
      "1_books.sql": `${books};`,
      "2_drop.sql": "alter table books drop column title;",
    });
    await it.executor().executeAll();
    expect((await it.executor().prove("2")).steps).toMatchObject([
      { proof: "proved", class: "needs-data", rows: { rows: 3 } },
    ]);
    expect((await it.executor().getStatus()).steps.map(({ proof }) => proof)).toEqual([undefined, "proved"]);
  });

  test("with which a migration does not run are said, and the schema is proved without them", async () => {
    await using it = await given(
      { "1_a.sql": "alter table books add year int not null;", "2_b.sql": "select 1;" },
      books,
    );
    expect((await it.executor().prove()).steps).toMatchObject([
      { proof: "proved-structure", reason: expect.stringContaining('"year" of relation "books" contains null values') },
      { proof: "proved" },
    ]);
  });
});

describe("a rollback written by hand", () => {
  const up = "alter table books add year int; create index on books (year);";

  test("that forgets something is disproved, with what is different in words and as SQL; what comes after it is still tried", async () => {
    await using it = await given(
      {
        "1_year.sql": up,
        "1_year.down.sql": "drop index books_year_idx;",
        "2_more.sql": "create table more (id int);",
      },
      books,
    );
    const { outcome, steps } = await it.executor().prove();
    expect(outcome).toBe("disproved");
    expect(steps).toMatchObject([
      {
        proof: "disproved",
        rollback: "hand-written",
        reason: "the rollback does not give the schema back",
        differences: { words: ["column public.books.year: added"] },
      },
      { version: "2", proof: "proved" },
    ]);
    expect(steps[0]!.differences!.sql.join(";\n")).toContain("ALTER TABLE public.books DROP COLUMN year");
    expect(await scratches()).toEqual([]);
  });

  test("that fails is disproved", async () => {
    await using it = await given({ "1_year.sql": up, "1_year.down.sql": "drop index no_such;" }, books);
    const { steps } = await it.executor().prove();
    expect(steps).toMatchObject([{ proof: "disproved", reason: expect.stringContaining("no_such") }]);
  });

  test("that loses rows is disproved", async () => {
    await using it = await given(
      { "1_year.sql": up, "1_year.down.sql": "alter table books drop year; delete from books;" },
      books,
    );
    const { steps } = await it.executor().prove();
    expect(steps).toMatchObject([
      { proof: "disproved", reason: "the rollback does not give back the rows of table public.books" },
    ]);
  });

  test("that is right is proved", async () => {
    await using it = await given({ "1_year.sql": up, "1_year.down.sql": "alter table books drop column year;" }, books);
    expect((await it.executor().prove()).steps).toMatchObject([{ proof: "proved", rollback: "hand-written" }]);
  });
});

describe("an applied migration", () => {
  test("is proved by the rollback that is kept, which is shown until it is another", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);", "2_b.sql": "alter table a add b int;" });
    await it.executor().executeAll();
    const proofs = async () => (await it.executor().getStatus()).steps.map(({ proof }) => proof);
    expect(await proofs()).toEqual([undefined, undefined]);
    expect((await it.executor().prove("2")).steps).toMatchObject([{ version: "2", proof: "proved", class: "exact" }]);
    expect(await proofs()).toEqual([undefined, "proved"]);
    expect((await it.executor().planRollback()).steps).toMatchObject([{ version: "2", proof: "proved" }]);
    await it.folder.write({ "2_b.down.sql": "select 1;" });
    expect(await proofs()).toEqual([undefined, undefined]);
    expect((await it.executor().prove("2")).steps).toMatchObject([{ proof: "disproved", rollback: "hand-written" }]);
    expect(await proofs()).toEqual([undefined, "disproved"]);
  });

  test("a kept rollback that somebody has damaged is disproved", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);" });
    await it.executor().executeAll();
    await it.db.sql("update clew.rollback set statements = '{select 1}'");
    expect((await it.executor().prove("1")).steps).toMatchObject([{ proof: "disproved" }]);
  });
});

const program = { dump: "pg_dump" };
const dumper = spawnSync(program.dump, ["--version"], { encoding: "utf8" });
const major = Number(/ (\d+)\./.exec(dumper.stdout ?? "")?.[1]);

describe.runIf(major === 15 || major === 17 || major === 18)(
  "pg_dump, which knows nothing of proofs, agrees (needs one of 15, 17 or 18)",
  () => {
    // It refuses servers newer than itself.
    let dumped: Server;
    beforeAll(async () => {
      dumped = await startServer({ major: major as 15 | 17 | 18 });
    });
    afterAll(() => dumped.stop());

    const schema = `${books}; comment on table books is 'all'; create view titles as select title from books;
    create type mood as enum ('good', 'bad'); create sequence numbers; alter table books enable row level security;
    create policy all_of_them on books using (id > 0); create index by_length on books (length(title))`;
    test.each<[up: string, down: string | undefined, proof: string]>([
      ["alter table books rename to volumes; alter index by_length rename to by_size;", undefined, "proved"],
      ["drop policy all_of_them on books; drop view titles; drop type mood;", undefined, "proved"],
      [
        "drop view titles; alter table books alter title type varchar(80);",
        "alter table books alter title type text;",
        "disproved",
      ],
      ["create or replace view titles as select title, id from books;", undefined, "proved"],
      ["comment on table books is null; drop index by_length;", "comment on table books is 'all';", "disproved"],
      ["do $$ begin execute 'alter sequence numbers increment 5'; end $$;", undefined, "proved"],
      ["alter sequence numbers cycle;", "alter sequence numbers no cycle;", "proved"],
      ["grant select on books to pg_monitor;", "select 1;", "disproved"],
    ])("%s", async (up, down, proof) => {
      const files = { "1_it.sql": up, ...(down === undefined ? {} : { "1_it.down.sql": down }) };
      await using it = await given(files, schema, dumped);
      const without = ["clew", "clew_archive", "supabase_migrations"].flatMap((schema) => ["-N", schema]);
      // Newer ones print a random key.
      const dump = () =>
        execFileSync(program.dump, ["-s", ...without, it.db.url], { encoding: "utf8" }).replaceAll(/^\\\w+ .*$/gm, "");
      const before = dump();
      expect((await it.executor().prove()).steps).toMatchObject([{ proof }]);
      expect((await it.executor().executeAll()).outcome).toBe("applied");
      expect((await it.executor().rollback()).outcome).toBe("rolled-back");
      if (proof === "proved") expect(dump()).toBe(before);
      else expect(dump()).not.toBe(before);
    });
  },
);

describe("what cannot be proved", () => {
  test("without the right to create databases is tried in memory; where that is not allowed, it says so", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);" });
    await it.db.sql("create role plain_user login; grant all on schema public to plain_user");
    const url = Object.assign(new URL(it.db.url), { username: "plain_user" }).href;
    const { outcome, steps } = await it.executor({ databaseUrl: url }).prove(undefined, { scratch: "server" });
    expect(outcome).toBe("unproved");
    expect(steps).toMatchObject([{ proof: "not-provable", reason: expect.stringContaining("CREATEDB") }]);
    // In memory whoever runs it bears the name of the target's role, so that the rollback is the same.
    const executor = it.executor({ databaseUrl: url });
    expect(await executor.prove()).toMatchObject({ outcome: "proved", scratch: { place: "embedded" } });
    await it.db.sql(`grant create on database ${it.db.name} to plain_user`);
    const report = await it.executor({ databaseUrl: url, proof: "required" }).executeAll();
    expect(report).toMatchObject({ outcome: "applied", steps: [{ proof: "proved" }] });
  });

  test("a migration that does not run, and what comes after it", async () => {
    await using it = await given({
      "1_a.sql": "alter table nowhere add a int;",
      "2_b.sql": "create table b (id int);",
    });
    expect((await it.executor().prove()).steps).toMatchObject([
      { proof: "not-provable", reason: expect.stringContaining('"nowhere" does not exist') },
      { proof: "not-provable", reason: expect.stringContaining("1_a, which comes before it") },
    ]);
  });

  test("what reaches beyond a database is not tried on the target's server", async () => {
    await using it = await given({
      "1_role.sql": "create role shared_reader; grant pg_read_all_data to shared_reader;",
    });
    const { steps } = await it.executor().prove(undefined, { scratch: "server" });
    expect(steps).toMatchObject([
      { proof: "not-provable", reason: expect.stringContaining("beyond a database (roles)") },
    ]);
    expect(await it.db.sql("select from pg_roles where rolname = 'shared_reader'")).toEqual([]);
    const elsewhere = await it.executor().prove();
    expect(elsewhere).toMatchObject({ outcome: "proved", scratch: { place: "embedded" } });
    expect(await it.db.sql("select from pg_roles where rolname = 'shared_reader'")).toEqual([]);
  });
});

describe("a run that demands proofs", () => {
  const files = {
    "1_a.sql": `${books};`,
    "2_b.sql": "alter table books add year int;",
    "2_b.down.sql": "select 1;",
  };

  test("keeps them with what it applies", async () => {
    await using it = await given({
      "1_a.sql": `${books};`,
      "2_b.sql": "delete from books; alter table books drop title;",
    });
    const report = await it.executor({ proof: "required" }).executeAll();
    expect(report).toMatchObject({ outcome: "applied", steps: [{ proof: "proved" }, { proof: "proved" }] });
    expect((await it.executor().getStatus()).steps.map(({ proof }) => proof)).toEqual(["proved", "proved"]);
    expect((await it.executor().rollback()).steps).toMatchObject([{ status: "rolled-back", proof: "proved" }]);
    expect(await it.executor({ proof: "required" }).execute("1")).toMatchObject({ outcome: "nothing-to-do" });
  });

  test("applies nothing where one is disproved, and up to it where that is asked for", async () => {
    await using it = await given(files);
    const executor = it.executor({ proof: "required" });
    await expect(executor.executeAll()).rejects.toMatchObject({
      code: "UNPROVED",
      message: expect.stringMatching(/2_b\.sql: its rollback is disproved.*\n {2}column public\.books\.year: added/),
    });
    expect(await it.db.sql("select to_regclass('books') as made")).toEqual([{ made: null }]);
    expect(await executor.execute("1")).toMatchObject({
      outcome: "applied",
      steps: [{ version: "1", proof: "proved" }],
    });
  });

  test("applies one that the configuration excepts, and says so", async () => {
    await using it = await given(files);
    const report = await it.executor({ proof: { except: { "2": "the column is harmless" } } }).executeAll();
    expect(report).toMatchObject({
      outcome: "applied",
      steps: [{ proof: "proved" }, { proof: "disproved" }],
      findings: [{ code: "PROOF_WAIVED", version: "2", message: expect.stringContaining("the column is harmless") }],
    });
  });

  test("finishes what is partly applied before it proves what comes after", async () => {
    const up = `${books}; create index concurrently on books (title); select 1 / (select count(*) from gate);`;
    await using it = await given({ "1_a.sql": up }, "create table gate (n int)");
    const executor = it.executor({ proof: "required" });
    expect((await it.executor({ onPartial: "resume" }).executeAll()).outcome).toBe("failed");
    await it.db.sql("insert into gate values (1)");
    await it.folder.write({ "2_b.sql": "select 2;" });
    await expect(executor.executeAll()).rejects.toMatchObject({
      code: "UNPROVED",
      message: expect.stringContaining("partly"),
    });
    expect((await executor.execute("1")).outcome).toBe("applied");
    expect((await executor.executeAll()).outcome).toBe("applied");
  });
});

describe("scratch databases", () => {
  test("on another server get the roles that the schema names, and give them back", async () => {
    await using other = await startServer();
    await using it = await given(
      { "1_a.sql": "alter table books add a int; grant select on books to reader_of_books;" },
      `create role reader_of_books; create role owner_of_books; ${books}; alter table books owner to owner_of_books`,
    );
    const url = other.url();
    const report = await it.executor().prove(undefined, { scratch: url });
    expect(report).toMatchObject({ outcome: "proved", steps: [{ proof: "proved" }] });
    const client = new Client(url);
    await client.connect();
    const { rows } = await client.query("select from pg_roles where rolname like '%_books'");
    await client.end();
    expect(rows).toEqual([]);
    await it.db.sql("drop table books; drop role reader_of_books; drop role owner_of_books");
  });

  test("left over by a run that was killed are dropped by the next; those in use and those of others are not", async () => {
    await using it = await given({ "1_a.sql": "create table a (id int);" });
    const names = ["clew_scratch_1000_dead", "clew_scratch_1001_used", "clew_scratch_mine"];
    for (const name of names) await it.db.sql(`create database ${name}`);
    const user = new Client(Object.assign(new URL(it.db.url), { pathname: `/${names[1]}` }).href);
    await user.connect();
    await it.executor().prove();
    await user.end();
    expect((await scratches()).toSorted()).toEqual(names.slice(1));
    for (const name of names.slice(1)) await it.db.sql(`drop database ${name} with (force)`);
  });

  test("without a database: the files alone, in memory, on a fresh project of Supabase", async () => {
    await using folder = await tempFolder({
      "1_notes.sql": `create table notes (id uuid primary key default gen_random_uuid(), owner uuid references auth.users, body text);
        alter table notes enable row level security;
        create policy own on notes to authenticated using (owner = auth.uid());`,
      "2_more.sql": "alter table notes add at timestamptz not null default now(); create index on notes (owner);",
    });
    const report = await new MigrationExecutor({ dir: folder.path }).prove();
    expect(report).toMatchObject({
      outcome: "proved",
      scratch: { place: "embedded" },
      steps: [{ proof: "proved" }, { proof: "proved", rows: { tables: 2 } }],
    });
  });
});
