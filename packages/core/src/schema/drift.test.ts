// Tests of the comparison of a database with its files: nothing after a run, and all that somebody did beside it.
import { readdirSync, readFileSync } from "node:fs";
import { freshDatabase, tempFolder, type Database, type Files } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";
import type { ExecutorOptions } from "../options.ts";
import type { SchemaDrift } from "./drift.ts";

const files: Files = {
  "01_books.sql": `create type genre as enum ('prose', 'verse');
    create table authors (id bigint generated always as identity primary key, name varchar(80) not null);
    create table books (
      id uuid primary key default gen_random_uuid(),
      author bigint references authors,
      title text not null check (length(title) between 1 and 200),
      genre genre not null default 'prose',
      pages int check (pages in (1, 2, 3) or pages > 10),
      due timestamptz default now() + interval '24 hours');
    create index on books (lower(title)) where genre <> 'verse';`,
  "02_rules.sql": `alter table books enable row level security;
    create policy own on books using (exists (select from authors a where a.id = author and name not in ('x', 'y')));
    create view titles as
      select b.title, a.name as author, count(*) filter (where genre = 'verse') over () n
      from books b left join authors a on a.id = b.author where coalesce(b.author, 0) >= 0 order by 1 desc;
    create function shout(t text, suffix text default '!') returns text language sql immutable return upper(t) || suffix;
    grant select on titles to public;`,
};

/** Runs the files, then what somebody does by hand, and gives the drift. */
async function driftAfter(
  byHand: string,
  options: Omit<ExecutorOptions, "driver"> = {},
  { of = files, db: given }: { readonly of?: Files; readonly db?: Database } = {},
): Promise<SchemaDrift> {
  await using own = given ? undefined : await freshDatabase();
  const db = given ?? own!;
  await using folder = await tempFolder(of);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, ...options });
  expect((await executor.executeAll()).outcome).toBe("applied");
  await db.sql(byHand);
  return await executor.schemaDrift();
}

describe("a plain Postgres", () => {
  test("is what its files make", async () => {
    expect(await driftAfter("")).toEqual({ differences: [], words: [], pending: [] });
    const bare = await driftAfter("comment on schema public is null");
    expect(bare, "a schema public that does not come with Postgres has no comment").toMatchObject({ words: [] });
  });

  test("has indexes and policies on the tables of an extension, which it may have brought", async () => {
    const of: Files = {
      "01_extension.sql":
        "create extension fuzzystrmatch; create table books (pages int); create index pages on books (pages);",
    };
    const { words } = await driftAfter(
      `create table config (id int); create index on config (id); create policy own on config;
       alter extension fuzzystrmatch add table config; drop index pages`,
      {},
      { of },
    );
    expect(words).toEqual([
      "index public.pages: only in the files",
      "index public.config_id_idx: only in the database (may be no difference)",
      "policy public.config.own: only in the database (may be no difference)",
    ]);
  });

  test("is what its files make where a materialized view has been refreshed since", async () => {
    const of: Files = { "01_view.sql": "create materialized view kept as select 1 as one with no data;" };
    expect((await driftAfter("refresh materialized view kept", {}, { of })).words).toEqual([]);
  });

  test("is what its files make where its functions have other comments, and IN was printed as a cast", async () => {
    const body = (comment: string, result: number) =>
      `create or replace function f() returns int language plpgsql as $$\n${comment}begin\n  return ${result};\nend$$`;
    const of: Files = {
      "01_dump.sql": `${body("", 1)};
        CREATE TABLE "public"."kinds" ("kind" character varying(20),
          CONSTRAINT "known" CHECK ((("kind")::"text" = ANY ((ARRAY['a'::character varying, 'b'::character varying])::"text"[]))));`,
    };
    const byHand = "alter table kinds drop constraint known, add constraint known check (kind in ('a', 'b'))";
    expect((await driftAfter(`${body("-- once\n", 1)}; ${byHand}`, {}, { of })).words).toEqual([]);
    expect((await driftAfter(body("-- twice\n", 2), {}, { of })).words).toHaveLength(1);
  });

  test("is what its files make where they copy the system's views, and divide by time", async () => {
    const of: Files = {
      "01_shapes.sql": `create table rules_before as select * from pg_policies;
        create view tables_here as select * from information_schema.tables;
        create table pairs as select * from jsonb_each('{}');
        create table visits (at timestamptz, day date) partition by range (at);
        create table visits_1 partition of visits for values from ('2024-01-01') to ('2024-02-01');`,
    };
    expect(await driftAfter("", {}, { of })).toMatchObject({ words: [] });
  });

  test("has what somebody did beside them, and lacks what somebody dropped", async () => {
    const { words, differences } = await driftAfter(`create table notes (id int primary key, note text);
      alter table books add column isbn text, alter column genre set default 'verse';
      alter policy own on books using (true);
      drop function shout(text, text);
      grant create on schema public to public`);
    expect(words).toEqual([
      "column public.books.genre: default 'prose' → 'verse'::public.genre",
      "column public.books.isbn: only in the database",
      "function public.shout(text, text): only in the files",
      expect.stringMatching(/^policy public\.books\.own: using exists .* → true$/),
      "schema public: grants to public USAGE → CREATE, USAGE",
      "table public.notes: only in the database",
    ]);
    expect(differences.some(({ unsure }) => unsure)).toBe(false);
  });

  test("a text of which the trees cannot tell is in doubt, and so is what dynamic SQL may have made", async () => {
    const dynamic = {
      "03_more.sql": `alter table books add since date default '2024-1-1';
        do $$ begin execute 'alter table books add more int' || case when random() >= 0 then '' end; end $$;`,
      "04_made.sql": `do $$ declare t text; begin
          execute format('create table shelves (id int primary key generated always as identity, place text) %s', left(now()::text, 0));
          for t in select tablename from pg_tables where tablename ~ '^auth' and random() < 2 loop
            execute format('create policy %I on %I using (true)', t || '_read', t);
          end loop;
        end $$;`,
    };
    const { words, differences } = await driftAfter(
      "alter table books alter since set default '2024-01-02'; alter table authors add born date",
      {},
      { of: { ...files, ...dynamic } },
    );
    expect(differences.filter(({ unsure }) => !unsure)).toMatchObject([{ key: "column public.authors.born" }]);
    expect(words).toEqual([
      "column public.authors.born: only in the database",
      "column public.books.more: only in the database (may be no difference)",
      "column public.books.since: default '2024-1-1' → '2024-01-02'::date (may be no difference)",
      "policy public.authors.authors_read: only in the database (may be no difference)",
      "table public.shelves: only in the database (may be no difference)",
    ]);
  });

  test("a table that a function may have renamed is in doubt with its indexes", async () => {
    const renamed = {
      "03_more.sql": `create function grow() returns void language plpgsql as $$ begin
          if (select count(*) from authors) = 0 then execute 'alter table authors rename to writers'; end if;
        end $$;
        select grow();`,
    };
    const { words, differences } = await driftAfter("", {}, { of: { ...files, ...renamed } });
    expect(words).toContain("table public.writers: only in the database (may be no difference)");
    expect(words.some((word) => word.includes("index public.authors_pkey"))).toBe(true);
    expect(differences.filter(({ unsure }) => !unsure)).toEqual([]);
  });

  test("what is not applied is left out; without a history all files count", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(files);
    const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
    expect((await executor.schemaDrift()).words).toContain("table public.books: only in the files");
    await executor.execute("01");
    expect(await executor.schemaDrift()).toEqual({ differences: [], words: [], pending: ["02"] });
    await db.sql("drop schema supabase_migrations cascade; drop schema clew cascade");
    expect(await executor.schemaDrift()).toMatchObject({ pending: [] });
    expect((await executor.schemaDrift()).words).toContain("view public.titles: only in the files");
  });

  test("a history somewhere else is no difference, nor is who runs the files", async () => {
    await using db = await freshDatabase();
    const name = `runner_${db.name}`;
    await db.sql(`create role ${name} superuser login`);
    const databaseUrl = Object.assign(new URL(db.url), { username: name }).href;
    await using folder = await tempFolder(files);
    const historyTable = { schema: "public", table: "applied" };
    const executor = new MigrationExecutor({ databaseUrl, dir: folder.path, historyTable });
    expect((await executor.executeAll()).outcome).toBe("applied");
    const owners = await db.sql<{ owner: string }>(
      "select tableowner as owner from pg_tables where tablename = 'books'",
    );
    expect(owners).toEqual([{ owner: name }]);
    expect((await executor.schemaDrift()).words).toEqual([]);
    const another = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, historyTable });
    expect((await another.schemaDrift()).words).toEqual([]);
    await db.sql(`reassign owned by ${name} to postgres; drop owned by ${name}; drop role ${name}`);
  });
});

describe("a Supabase project", () => {
  const folder = new URL("../../../../migrations/", import.meta.url);
  const portfolio: Files = Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith(".sql"))
      .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
  );

  test("is what the portfolio's migrations make, and what the platform brings is none of theirs", async () => {
    await using db = await freshDatabase({ template: "supabase" });
    const asPostgres = Object.assign(new URL(db.url), { username: "postgres" }).href;
    const { words, differences } = await driftAfter(
      `create table auth.later (id int); create function storage.later() returns int language sql return 1;
       alter table auth.users add column later int; create schema net;
       create policy "by hand" on storage.objects using (false);
       create extension fuzzystrmatch`,
      { databaseUrl: asPostgres },
      { of: portfolio, db },
    );
    const sure = differences.filter(({ unsure }) => !unsure).map(({ key }) => key);
    expect(sure).toEqual(["extension fuzzystrmatch", 'policy storage.objects."by hand"']);
    expect(words.slice(0, 2)).toEqual(sure.map((key) => `${key}: only in the database`));
  });

  test("of before 2026 gives what is made to the API's roles", async () => {
    await using db = await freshDatabase({ template: "supabase" });
    await db.sql("alter default privileges for role postgres in schema public grant all on tables to anon");
    const asPostgres = Object.assign(new URL(db.url), { username: "postgres" }).href;
    const { words } = await driftAfter(
      "grant insert on authors to authenticated",
      { databaseUrl: asPostgres },
      { of: files, db },
    );
    expect(words).toHaveLength(1);
    expect(words[0]).toMatch(/^table public\.authors: grants to authenticated .* → INSERT/);
  });

  test("of before 2026 is what its files make where these give more to the API's roles, or take it", async () => {
    await using db = await projectOfBefore2026();
    const databaseUrl = Object.assign(new URL(db.url), { username: "postgres" }).href;
    const of = {
      "01_defaults.sql": `alter default privileges in schema public grant select on tables to anon;
        alter default privileges in schema public revoke execute on functions from anon;
        create table notes (id serial primary key);
        create function note() returns int language sql as 'select 1';
        create role keeper_${db.name};
        grant keeper_${db.name} to postgres;`,
    };
    expect((await driftAfter("", { databaseUrl }, { of, db })).words).toEqual([]);
    await db.sql(`drop role keeper_${db.name}`);
  });

  test("of before or after 2026 is what a dump makes, which grants all by default in the end", async () => {
    const kinds = ["SEQUENCES", "FUNCTIONS", "TABLES"];
    const of = {
      "01_dump.sql": `
        CREATE TABLE IF NOT EXISTS "public"."notes" ("id" bigint NOT NULL);
        CREATE OR REPLACE FUNCTION "public"."note"() RETURNS integer LANGUAGE sql AS 'select 1';
        REVOKE ALL ON FUNCTION "public"."note"() FROM PUBLIC;
        GRANT ALL ON TABLE "public"."notes" TO "authenticated";
        ${kinds.map((kind) => `ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON ${kind} TO "anon", "authenticated", "service_role";`).join("\n")}`,
    };
    for (const project of [projectOfBefore2026, async () => freshDatabase({ template: "supabase" })]) {
      await using db = await project();
      const databaseUrl = Object.assign(new URL(db.url), { username: "postgres" }).href;
      const { words } = await driftAfter("grant insert on notes to dashboard_user", { databaseUrl }, { of, db });
      expect(words).toEqual(["table public.notes: grants to dashboard_user none → INSERT"]);
    }
  });

  test("is what a dump makes of extensions, and grants on what they bring", async () => {
    await using db = await freshDatabase({ template: "supabase" });
    const databaseUrl = Object.assign(new URL(db.url), { username: "postgres" }).href;
    const of = {
      "01_dump.sql": `
        CREATE EXTENSION IF NOT EXISTS "fuzzystrmatch" WITH SCHEMA "public";
        COMMENT ON EXTENSION "fuzzystrmatch" IS 'determine similarities and distance between strings';
        GRANT ALL ON FUNCTION "public"."soundex"("text") TO "anon";
        CREATE AGGREGATE "public"."total"(integer) (SFUNC = "int4pl", STYPE = integer, FINALFUNC = "int4abs");`,
    };
    expect((await driftAfter("", { databaseUrl }, { of, db })).words).toEqual([]);
  });

  test("counts of the platform's roles and tables what files touch", async () => {
    await using db = await freshDatabase({ template: "supabase" });
    await db.sql("grant update on auth.users to authenticated");
    const of = { "01_grants.sql": "grant references on auth.users to service_role;" };
    const { words } = await driftAfter("revoke references on auth.users from service_role", {}, { of, db });
    expect(words).toHaveLength(1);
    expect(words[0]).toMatch(/^table auth\.users: grants to service_role .*REFERENCES.* → /);
  });

  test("another release of the platform", async () => {
    await using db = await freshDatabase({ template: "supabase" });
    await db.sql(`grant all on schema public to dashboard_user, postgres;
      revoke all on schema public from supabase_realtime_admin; drop function storage.search_v2`);
    const of = { "01_grants.sql": "grant execute on all functions in schema storage to anon;" };
    const asPostgres = Object.assign(new URL(db.url), { username: "postgres" }).href;
    const { words } = await driftAfter(
      "grant create on schema public to anon",
      { databaseUrl: asPostgres },
      { of, db },
    );
    expect(words).toEqual(["schema public: grants to anon USAGE → CREATE, USAGE"]);
  });
});

test("files are folded onto what the platform has: a plain one has none of Supabase's roles and schemas", async () => {
  await using folder = await tempFolder(files);
  const options = { dir: folder.path };
  const here = await new MigrationExecutor({ ...options, platform: "postgres" }).schema("02");
  expect(Object.keys(here.facts)).toContain("table public.books");
  expect(here.facts["schema auth"]).toBeUndefined();
  expect(here.facts["table public.books"]!.grants).toBeUndefined();
  const there = await new MigrationExecutor(options).schema("02");
  expect(there.facts["schema auth"]).toBeDefined();
  expect(there.facts["table public.books"]!.grants!.map(({ to }) => to)).toContain("anon");
});

async function projectOfBefore2026(): Promise<Database> {
  const db = await freshDatabase({ template: "supabase" });
  for (const kind of ["tables", "sequences", "functions"])
    await db.sql(
      `alter default privileges for role postgres in schema public grant all on ${kind} to anon, authenticated, service_role`,
    );
  return db;
}
