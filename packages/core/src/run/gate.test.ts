// Owns the proof that a run which is not verified is taken back where the policy says so, and that a row of the history which came meanwhile is seen.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import type { Check } from "../checks.ts";
import { MigrationExecutor } from "../executor.ts";

const wrong: Check = {
  name: "smoke",
  when: "after",
  run: () => Promise.resolve([{ code: "SMOKE", severity: "error", message: "the app does not start" }]),
};

test.each([
  [true, [], "rolled-back"],
  [false, ["1"], "applied"],
])("verification fails, rollbackUnverified: %j", async (rollbackUnverified, left, status) => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "create table a (id int);" });
  const options = { databaseUrl: db.url, dir: folder.path, checks: [wrong], rollbackUnverified };
  // What is taken back was approved when it was applied.
  await using executor = new MigrationExecutor({ ...options, approval: "required" });
  const { id } = await executor.plan();
  const report = await executor.executeAll({ approve: id });
  expect(report).toMatchObject({ outcome: "unverified", steps: [{ status }] });
  const rows = await db.sql<{ version: string }>("select version from supabase_migrations.schema_migrations");
  expect(rows.map(({ version }) => version)).toEqual(left);
});

test.each([
  ["the schema", "create table c (id int)", "unverified", ["table public.c: added"]],
  ["the server's roles", "create role passing; grant passing to current_user; drop role passing", "applied", []],
  ["a role that stays", "create role staying; comment on role staying is 'of another database'", "applied", []],
])("what others do meanwhile to %s", async (_, others, outcome, told) => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "create table a (id int);", "2_b.sql": "select pg_sleep(0.3);" });
  await using executor = new MigrationExecutor({
    databaseUrl: db.url,
    dir: folder.path,
    observers: [(event) => (event.type === "step.finished" && event.version === "1" ? void db.sql(others) : undefined)],
  });
  const report = await executor.executeAll();
  await db.sql("drop role if exists staying");
  expect(report).toMatchObject({
    outcome,
    findings: told.map((words) => ({ code: "SCHEMA_UNFORESEEN", message: expect.stringContaining(words) })),
  });
});

test("an approved run is refused where the history gets an older row while it is checked", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "2_a.sql": "create table a (id int);", "3_b.sql": "select 3;" });
  const meanwhile: Check = {
    name: "meanwhile",
    when: "before",
    run: async () => {
      await db.sql("insert into supabase_migrations.schema_migrations (version, name) values ('1', 'by_hand')");
      return [];
    },
  };
  const options = { databaseUrl: db.url, dir: folder.path };
  await using first = new MigrationExecutor(options);
  expect(await first.execute("2")).toMatchObject({ outcome: "applied" });
  await using executor = new MigrationExecutor({ ...options, checks: [meanwhile] });
  const plan = await executor.plan();
  await expect(executor.executeAll({ approve: plan.id, plan })).rejects.toMatchObject({
    code: "PLAN_CHANGED",
    message: expect.stringContaining("the history has rows that it did not have: 1_by_hand"),
  });
  expect((await executor.getStatus()).counts).toMatchObject({ pending: 1 });
});
