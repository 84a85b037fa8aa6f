// Tests of whole runs through the Supabase channel: applied, taken back with their rows, refused with place and way out.
import { tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { startProject, type Project } from "../../test/channel.ts";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

const executorOf = ({ url, key }: Project, dir: string): MigrationExecutor =>
  new MigrationExecutor({ supabaseUrl: url, serviceKey: key, dir });

async function errorOf(work: Promise<unknown>): Promise<{ code: string; message: string; help: string }> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  if (!isClewError(error)) throw error ?? new Error("it did not fail");
  return { code: error.code, message: error.message, help: error.data.help };
}

test("what is applied is recorded for Supabase and for Clew, and is taken back with its rows", async () => {
  await using project = await startProject();
  const { db } = project;
  await db.sql(`create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key,
    statements text[], name text, created_by text, idempotency_key text unique, rollback text[])`);
  await using folder = await tempFolder({
    "01_notes.sql":
      "create table public.notes (id int primary key, text text not null);\ninsert into notes values (1, 'a ''quoted'' $1 ä'), (2, 'b');",
    "02_shorter.sql": "update notes set text = 'gone' where id = 1;\nalter table notes drop column text;",
    "03_empty.sql": "",
    "04_drop.sql": "drop table notes;",
  });
  const executor = executorOf(project, folder.path);
  const report = await executor.executeAll();
  expect(report).toMatchObject({ outcome: "applied", target: { user: "postgres", database: db.name } });
  expect((await executor.getStatus()).counts).toMatchObject({ applied: 4, pending: 0 });
  const rows = await db.sql(
    "select version, name, rollback is not null as back from supabase_migrations.schema_migrations order by 1",
  );
  expect(rows).toEqual([
    { version: "01", name: "notes", back: true },
    { version: "02", name: "shorter", back: expect.any(Boolean) },
    { version: "03", name: "empty", back: expect.any(Boolean) },
    { version: "04", name: "drop", back: expect.any(Boolean) },
  ]);
  expect(await executor.rollback(3)).toMatchObject({ outcome: "rolled-back" });
  expect(await db.sql("select * from notes order by id")).toEqual([
    { id: 1, text: "a 'quoted' $1 ä" },
    { id: 2, text: "b" },
  ]);
  expect((await executor.executeAll()).outcome).toBe("applied");
  expect((await executor.rollback({ to: "0" })).outcome).toBe("rolled-back");
  expect(await db.sql("select to_regclass('public.notes') as t")).toEqual([{ t: null }]);
});

test("a failing statement is told with its line, and nothing of its migration stays", async () => {
  await using project = await startProject();
  await using folder = await tempFolder({
    "01_a.sql": "create table a (id int);",
    "02_b.sql": "-- ä 🧀\ncreate table b (id int);\n\n  insert into b select missing from a;",
    "03_c.sql": "select 1;",
  });
  const executor = executorOf(project, folder.path);
  const report = await executor.executeAll();
  expect(report.outcome).toBe("failed");
  expect(report.steps.map(({ status }) => status)).toEqual(["applied", "failed", "not-run"]);
  expect(report.error).toMatchObject({ code: "STATEMENT_FAILED", sqlstate: "42703", at: { line: 4, column: 24 } });
  expect(await project.db.sql("select to_regclass('b') as b")).toEqual([{ b: null }]);
  const [attempt] = await project.db.sql(
    "select outcome, reply -> 'error' ->> 'code' as code from clew_channel.attempt where outcome = 'failed'",
  );
  expect(attempt).toEqual({ outcome: "failed", code: "42703" });
});

test("what fails where only functions see it is told too: ASSERT, a deferred constraint, a cancelled statement", async () => {
  await using project = await startProject();
  for (const [text, sqlstate] of [
    ["do $$ begin assert false, 'no'; end $$;", "P0004"],
    [
      "create table p (id int primary key); create table q (p int references p deferrable initially deferred); insert into q values (1);",
      "23503",
    ],
    ["select pg_cancel_backend(pg_backend_pid()), pg_sleep(10);", "57014"],
    ["do $$ begin raise sqlstate 'CLW00' using message = 'dry run'; end $$;", "CLW00"],
  ] as const) {
    await using folder = await tempFolder({ "01_a.sql": text });
    const report = await executorOf(project, folder.path).executeAll();
    expect({ text, outcome: report.outcome, sqlstate: report.error?.sqlstate }).toEqual({
      text,
      outcome: "failed",
      sqlstate,
    });
  }
});

test("without a channel, unarmed, with a key of no use: each is said with what to do", async () => {
  await using project = await startProject({ armed: 0 });
  await using folder = await tempFolder({ "01_a.sql": "create table a ();" });
  const { url, db } = project;
  const withKey = (serviceKey: string) =>
    new MigrationExecutor({ supabaseUrl: url, serviceKey, dir: folder.path }).executeAll();
  expect(await errorOf(withKey(project.key))).toMatchObject({
    code: "CHANNEL_NOT_ARMED",
    help: expect.stringContaining("clew supabase arm"),
  });
  expect(await errorOf(withKey("sb_secret_another"))).toMatchObject({ code: "KEY_REFUSED" });
  expect(project.api.requests()).toBe(2);
  expect(await errorOf(withKey("sb_publishable_0123456789abcdef"))).toMatchObject({
    code: "KEY_REFUSED",
    message: expect.stringContaining("publishable"),
  });
  expect(project.api.requests()).toBe(2);
  await db.sql("drop schema clew_channel cascade; drop function clew_state");
  expect(await errorOf(withKey(project.key))).toMatchObject({
    code: "CHANNEL_MISSING",
    help: expect.stringContaining("clew supabase install"),
  });
  expect(await errorOf(new MigrationExecutor({ supabaseUrl: url, dir: folder.path }).executeAll())).toMatchObject({
    code: "CONFIG_INVALID",
    message: "Missing required Supabase configuration: SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY)",
  });
});
