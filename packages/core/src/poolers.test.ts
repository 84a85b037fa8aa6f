// Tests of runs through PgBouncer, and over histories of other shapes.
import { freshDatabase, startPgbouncer, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { Client } from "pg";
import { files, invariants, transactional } from "../test/exactly-once.ts";
import { isTransactionPooler } from "./connect.ts";
import { pg } from "./drivers/pg.ts";
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

test("through a pooler that is known to be in transaction mode: what would stay in its connections is refused", async ({
  skip,
}) => {
  await using db = await freshDatabase();
  await using bouncer = await startPgbouncer(db.url, { mode: "transaction" });
  if (!bouncer) return skip("PgBouncer is not installed");
  const url = bouncer.url(db.name);
  const driver = pg(() => new Client(url), { transactionPooler: true });
  await using folder = await tempFolder(transactional);
  expect((await new MigrationExecutor({ driver, dir: folder.path }).executeAll()).outcome).toBe("applied");
  expect(await invariants(db, undefined)).toEqual(["01", "02", "03", "04"]);
  expect(await new MigrationExecutor({ driver, dir: folder.path }).rollback(2)).toMatchObject({
    outcome: "rolled-back",
  });
  for (const text of [
    "create index concurrently on a (id);",
    "set search_path = app;",
    "listen x;",
    "create temp table x ();",
  ]) {
    await folder.write({ "05_e.sql": text });
    await expect(new MigrationExecutor({ driver, dir: folder.path }).executeAll()).rejects.toMatchObject({
      code: "UNSUPPORTED_BY_DRIVER",
      message: expect.stringMatching(/05_e\.sql:1:1: /),
    });
  }
  await folder.write({
    "05_e.sql": "set local role pg_monitor; reset role; delete from a; savepoint b; rollback to b;",
  });
  await expect(new MigrationExecutor({ driver, dir: folder.path }).executeAll()).rejects.toMatchObject({
    message: expect.stringMatching(/05_e\.sql:1:28: /),
  });
  const { port } = new URL(url);
  expect([isTransactionPooler(url), isTransactionPooler(url.replace(port, "6543"))]).toEqual([false, true]);
});

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
