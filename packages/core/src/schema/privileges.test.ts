// Tests of privileges before a run: what is foreseen is what the server says, statement by statement, and nothing else.
import { freshDatabase, tempFolder, type Database } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

/** Another's database, in which `mover` may do some things. */
const others = `
create table public.theirs (id int primary key, body text);
create view public.their_view as select 1 as one;
create function public.their_function() returns int language sql as 'select 1';
create type public.their_type as enum ('a');
create sequence public.their_sequence;
create schema closed;
create publication theirs;
create schema mine authorization mover;
create table public.shared (id int);
grant insert, trigger on public.shared to mover;
create table public.by_column (id int, body text);
grant update (body) on public.by_column to mover;
create table mine.table_of_another (id int);
create table public.referable (id int primary key);
grant references (id) on public.referable to mover;
create function mine.fire() returns trigger language plpgsql as 'begin return new; end';
alter function mine.fire() owner to mover;
`;

/** Runs each statement as a role, one transaction each that is rolled back, and gives the SQLSTATE that it ends with. */
async function serverSays(db: Database, role: string, sql: string): Promise<string | undefined> {
  const client = await db.client();
  try {
    await client.query(`set session authorization ${role}; begin`);
    await client.query(sql);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  } finally {
    await client.query("rollback; reset session authorization");
  }
}

/** What is foreseen for a role that is connected. */
async function foreseen(url: string, sql: string): Promise<readonly string[]> {
  await using folder = await tempFolder({ "1_a.sql": sql });
  const { findings } = await new MigrationExecutor({ databaseUrl: url, dir: folder.path }).plan();
  return findings.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

/** Roles are the server's: these go when the databases of the test are gone. */
async function givenRoles(roles: Readonly<Record<string, string>>, template: "plain" | "supabase" = "plain") {
  const db = await freshDatabase({ template });
  for (const [role, attributes] of Object.entries(roles)) await db.sql(`create role ${role} ${attributes}`);
  return {
    async [Symbol.asyncDispose]() {
      await db.sql(`drop role ${Object.keys(roles).join(", ")}`);
      await db.drop();
    },
  };
}

/** The URL of a role that may make schemas, and nothing in `public`. */
async function urlOf(db: Database, role: string): Promise<string> {
  await db.sql(`grant create on database ${db.name} to ${role}; revoke all on schema public from public;
    grant usage on schema public to public`);
  return Object.assign(new URL(db.url), { username: role }).href;
}

describe("what the server refuses with 42501 is foreseen, and nothing else is", () => {
  const refused: Readonly<Record<string, readonly string[]>> = {
    NOT_OWNER: [
      "alter table theirs add column more int",
      "alter table if exists theirs enable row level security",
      "drop table theirs",
      "drop table if exists theirs cascade",
      "create index on theirs (body)",
      "create policy p on theirs using (true)",
      "comment on table theirs is 'x'",
      "comment on column theirs.body is 'x'",
      "alter table theirs rename to ours",
      "alter table theirs rename column body to text",
      "alter table theirs set schema mine",
      "alter function their_function() stable",
      "drop function their_function()",
      "alter type their_type add value 'b'",
      "drop type their_type",
      "alter sequence their_sequence restart",
      "drop view their_view",
      "alter schema closed rename to open",
      "drop schema closed",
      "alter publication theirs add table mine.t_of_mover",
      "create rule r as on insert to theirs do nothing",
      "alter table mine.table_of_another add column x int",
      "create table mine.part (x int) inherits (theirs)",
    ],
    NO_PRIVILEGE: [
      "create table here (id int)",
      "create table if not exists theirs (id int)",
      "create table closed.t (id int)",
      "create view here as select 1 as one",
      "create or replace view their_view as select 1 as one",
      "create function f() returns int language sql as 'select 1'",
      "create or replace function their_function() returns int language sql as 'select 1'",
      "create type t as enum ('a')",
      "create domain d as int",
      "create sequence s",
      "create table here as select 1 as one",
      "insert into theirs values (1)",
      "update theirs set body = 'x'",
      "delete from theirs",
      "truncate theirs",
      "truncate shared",
      "create trigger t before insert on theirs for each row execute function mine.fire()",
      "create role another",
      "alter role stranger set work_mem = '1MB'",
      "drop role stranger",
      "create table mine.t (id int references theirs)",
      "create table mine.t (id int, foreign key (id) references theirs (id))",
      "alter table mine.t_of_mover add foreign key (id) references public.theirs (id)",
    ],
    NOT_MEMBER: [
      "set role stranger",
      "create schema of_another authorization stranger",
      "create table mine.t (id int); alter table mine.t owner to stranger",
      "alter default privileges for role stranger grant select on tables to mover",
    ],
    NEEDS_SUPERUSER: [
      "alter system set work_mem = '1MB'",
      "create event trigger e on ddl_command_start execute function mine.fire()",
      "create publication p for all tables",
      "create foreign data wrapper w",
      "set session_replication_role = replica",
      "create function mine.f() returns int language internal as 'now'",
      "create function mine.f() returns int language sql leakproof as 'select 1'",
      "copy mine.table_of_another from '/etc/passwd'",
      "set session authorization stranger",
    ],
  };
  const allowed = [
    "create table mine.t (id int primary key); alter table mine.t add column x int; create index on mine.t (x); drop table mine.t",
    "create temporary table theirs (id int); alter table theirs add column x int; insert into theirs values (1, 2)",
    "create schema another; create table another.t (id int); comment on schema another is 'x'",
    "insert into shared values (1)",
    "update by_column set body = 'x'",
    "create trigger t before insert on shared for each row execute function mine.fire()",
    "drop table mine.table_of_another",
    "drop table if exists nothing",
    "set role friend; reset role",
    "create table mine.t (id int); alter table mine.t owner to friend",
    "alter default privileges in schema mine grant select on tables to public",
    "create table if not exists mine.t as select 1 as one",
    "create publication p for table mine.t_of_mover",
    "create or replace function mine.fire() returns trigger language plpgsql as 'begin return old; end'",
    "create table mine.t (id int references referable)",
    "set statement_timeout = '1min'",
    "set search_path = mine; create table t (id int); create or replace view v as select * from t; create or replace view v as select * from t",
    "do $$begin execute 'select 1'; end$$; create table mine.t2 (id int)",
  ];

  test("on Postgres", { timeout: 120_000 }, async () => {
    await using _ = await givenRoles({ mover: "login", stranger: "", friend: "" });
    await using db = await freshDatabase();
    const url = await urlOf(db, "mover");
    await db.sql("grant friend to mover");
    await db.sql(`${others} create table mine.t_of_mover (id int); alter table mine.t_of_mover owner to mover;
      grant create on schema mine to friend`);
    for (const [code, statements] of Object.entries(refused)) {
      for (const sql of statements) {
        // ALTER SYSTEM refuses a transaction first; whose session is a superuser's may change it.
        if (!/^alter system|^set session auth/.test(sql))
          expect({ sql, server: await serverSays(db, "mover", sql) }).toEqual({ sql, server: "42501" });
        expect({ sql, found: await foreseen(url, sql) }).toEqual({ sql, found: [code] });
      }
    }
    for (const sql of allowed) {
      expect({ sql, server: await serverSays(db, "mover", sql) }).toEqual({ sql, server: undefined });
      expect({ sql, found: await foreseen(url, sql) }).toEqual({ sql, found: [] });
    }
    expect(await foreseen(url, "create extension nowhere")).toEqual(["EXTENSION_NOT_AVAILABLE"]);
    expect(await foreseen(db.url, "create extension if not exists nowhere")).toEqual(["EXTENSION_NOT_AVAILABLE"]);
    const withoutSet = Object.values(refused)
      .flat()
      .filter((sql) => !sql.startsWith("set"));
    expect(await foreseen(db.url, withoutSet.join(";"))).toEqual([]);
    expect(await foreseen(db.url, "set role stranger; set session authorization friend")).toEqual([]);
    // What is refused changes nothing for what follows.
    const given =
      "create table mine.t (id int); alter table mine.t owner to stranger; alter table mine.t add column x int";
    expect(await foreseen(url, given)).toEqual(["NOT_MEMBER"]);
    // What a block may have granted is not known.
    const granting =
      "do $$begin execute 'grant create on schema public to ' || current_user; end$$; create table here (id int)";
    expect(await foreseen(url, granting)).toEqual([]);
    const called =
      "create function mine.open() returns void language plpgsql as $$begin execute 'grant create on schema public to ' || current_user; end$$; select mine.open(); create table here (id int)";
    expect(await foreseen(url, called)).toEqual([]);
    await db.sql(`revoke create on database ${db.name} from mover`);
    expect(await foreseen(url, "create schema if not exists another")).toEqual(["NO_PRIVILEGE"]);
  });

  test("on Supabase", { timeout: 120_000 }, async () => {
    // Here `postgres` is a superuser; on the platform it is none, but owns and may the same.
    await using _ = await givenRoles({ hosted: "login createrole" }, "supabase");
    await using db = await freshDatabase({ template: "supabase" });
    const url = await urlOf(db, "hosted");
    await db.sql("grant postgres to hosted");
    const closed = {
      NOT_OWNER: [
        "alter table storage.objects enable row level security",
        "alter table auth.users add column x int",
        "create index on auth.users (email)",
      ],
      NO_PRIVILEGE: [
        "create table auth.profiles (id int)",
        "create or replace function auth.jwt_role() returns text language sql as 'select 1::text'",
        "create function storage.f() returns int language sql as 'select 1'",
      ],
      NOT_MEMBER: ["alter default privileges for role supabase_admin in schema public grant all on tables to anon"],
      RESERVED_ROLE: [
        "alter role anon nologin",
        "drop role supabase_auth_admin",
        "grant pg_read_server_files to postgres",
      ],
    };
    for (const [code, statements] of Object.entries(closed))
      for (const sql of statements) expect({ sql, found: await foreseen(url, sql) }).toEqual({ sql, found: [code] });
    const open = [
      "create policy p on storage.objects using (true); drop policy p on storage.objects",
      "create function public.f() returns trigger language plpgsql as 'begin return new; end'; create trigger t after insert on auth.users for each row execute function public.f()",
      "create table profiles (id uuid primary key references auth.users on delete cascade)",
      "create event trigger e on ddl_command_end execute function public.f()",
      "alter role authenticator set statement_timeout = '10s'",
      "insert into storage.buckets (id, name) values ('a', 'a')",
      "alter publication supabase_realtime add table only public.t",
      "create extension if not exists pgcrypto with schema extensions",
    ];
    for (const sql of open) expect({ sql, found: await foreseen(url, sql) }).toEqual({ sql, found: [] });
  });
});

test("a run that would stop half-way does not begin, and says where and what to do", async () => {
  await using _ = await givenRoles({ mover: "login" });
  await using db = await freshDatabase();
  const url = await urlOf(db, "mover");
  await db.sql(others);
  await using folder = await tempFolder({
    "1_mine.sql": "create table mine.first (id int);",
    "2_theirs.sql": "select 1;\n\nalter table public.theirs\n  add column more int;\n",
  });
  const executor = (privileges: boolean) => new MigrationExecutor({ databaseUrl: url, dir: folder.path, privileges });
  const error: unknown = await executor(true)
    .executeAll()
    .catch((e: unknown) => e);
  expect(isClewError(error, "CHECK_BLOCKED") && error.message).toMatch(
    /mover is not the owner of table public\.theirs/,
  );
  expect(isClewError(error) && error.message).toContain("2_theirs.sql:3:20: ");
  expect(isClewError(error) && error.data.at).toMatchObject({ line: 3, column: 20 });
  expect(await db.sql("select from pg_class where relname = 'first'")).toEqual([]);
  const { findings } = await executor(true).validate();
  expect(findings).toMatchObject([{ code: "NOT_OWNER", severity: "error", version: "2", at: { line: 3, column: 20 } }]);
  expect(findings[0]!.help).toContain("GRANT");
  expect(await executor(false).executeAll()).toMatchObject({ outcome: "failed", error: { sqlstate: "42501" } });
});
