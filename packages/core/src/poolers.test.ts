// Tests of runs through PgBouncer, and over histories of other shapes.
import { freshDatabase, startPgbouncer, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { files, invariants } from "../test/exactly-once.ts";
import { MigrationExecutor } from "./executor.ts";

test.for(["transaction", "session"] as const)(
  "through PgBouncer in %s mode, two runners at once",
  async (mode, { skip }) => {
    await using db = await freshDatabase();
    await using bouncer = await startPgbouncer(db.url, { mode });
    if (!bouncer) return skip("PgBouncer is not installed");
    await using folder = await tempFolder(files);
    const reports = await Promise.all(
      [1, 2].map(() => new MigrationExecutor({ databaseUrl: bouncer.url(db.name), dir: folder.path }).executeAll()),
    );
    for (const report of reports) expect(["applied", "nothing-to-do"]).toContain(report.outcome);
    expect(await invariants(db, undefined)).toEqual(["01", "02", "03", "04"]);
    expect(reports.flatMap((report) => report.steps.filter((step) => step.status === "applied"))).toHaveLength(4);
  },
);

test("a history that lost its primary key still takes each version once", async () => {
  await using db = await freshDatabase();
  await db.sql(`create schema supabase_migrations;
    create table supabase_migrations.schema_migrations (version text not null, statements text[], name text)`);
  await using folder = await tempFolder(files);
  const reports = await Promise.all(
    [1, 2, 3].map(() => new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll()),
  );
  for (const report of reports) expect(["applied", "nothing-to-do"]).toContain(report.outcome);
  expect(await invariants(db, undefined)).toEqual(["01", "02", "03", "04"]);
});

test("a hosted project's history, with more columns, and an old one with fewer, are both at home", async () => {
  for (const columns of [
    "version text primary key, statements text[], name text, created_by text, idempotency_key text unique, rollback text[]",
    "version text primary key",
  ]) {
    await using db = await freshDatabase();
    await db.sql(`create schema supabase_migrations; create table supabase_migrations.schema_migrations (${columns});
      insert into supabase_migrations.schema_migrations (version) values ('00')`);
    await using folder = await tempFolder({ ...files, "00_base.sql": "" });
    expect((await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll()).outcome).toBe(
      "applied",
    );
    expect((await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).getStatus()).counts).toMatchObject({
      applied: 5,
      pending: 0,
    });
  }
});

test("a history of another name", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const historyTable = { schema: 'My "own"', table: "history" };
  expect(
    (await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, historyTable }).executeAll()).outcome,
  ).toBe("applied");
  expect(await db.sql('select count(*)::int as n from "My ""own""".history')).toEqual([{ n: 4 }]);
});
