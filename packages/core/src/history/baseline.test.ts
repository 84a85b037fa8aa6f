// Tests of the baseline: files count as applied only where the database has what they make.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

const files = {
  "1_notes.sql": "create table notes (id int primary key, body text); insert into notes values (1);",
  "2_policy.sql": "alter table notes enable row level security; create policy own on notes using (id > 0);",
  "3_more.sql": "alter table notes add column more int;",
};

test("a database that has it all: files up to the version are marked, and the rest is run", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  await db.sql(`${files["1_notes.sql"]} ${files["2_policy.sql"]} create table beyond ();`);
  expect(await executor.history.baseline("2", { dryRun: true })).toMatchObject({
    outcome: "proposed",
    versions: ["1", "2"],
  });
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);
  expect(await executor.history.baseline("2")).toMatchObject({ outcome: "marked", missing: [], doubtful: [] });
  expect(await executor.history.baseline("2")).toMatchObject({ outcome: "in-step", versions: [] });
  expect((await executor.getStatus()).counts).toMatchObject({ applied: 2, pending: 1, changed: 0 });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied", steps: [{ version: "3" }] });
  expect(await db.sql("select * from notes")).toEqual([{ id: 1, body: null, more: null }]);
  expect((await executor.schemaDrift()).words).toEqual(["table public.beyond: only in the database"]);
});

test("a database that lacks something is told what; --force marks all the same", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const { history } = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  await db.sql("create table notes (id bigint primary key);");
  const found = await history.baseline("2");
  expect(found.outcome).toBe("missing");
  expect(found.missing.join("\n")).toMatch(/body.*\n?.*/);
  expect(found.missing.join("\n")).toContain("policy");
  expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);
  expect(await history.baseline("1", { force: true })).toMatchObject({ outcome: "marked", versions: ["1"] });
  await expect(history.baseline("9")).rejects.toThrow("no file of version 9");
});

test("Supabase's own schema counts as there", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using folder = await tempFolder({
    "1_profiles.sql":
      "create table profiles (id uuid primary key references auth.users); grant select on profiles to anon;",
  });
  const { history } = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  expect((await history.baseline("1")).missing.join()).toContain("profiles");
  await db.sql(
    "set role postgres; create table profiles (id uuid primary key references auth.users); grant select on profiles to anon;",
  );
  expect(await history.baseline("1")).toMatchObject({ outcome: "marked" });
});
