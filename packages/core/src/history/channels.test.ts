// Tests of repair, marks and baseline on the other channels: Supabase's API, and the embedded Postgres.
import { tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { startProject } from "../../test/channel.ts";
import { MigrationExecutor } from "../executor.ts";

const files = {
  "20260105101500_notes.sql": "create table notes (id int primary key);",
  "20260106000000_tags.sql": "create table tags (id int primary key);",
};

async function outOfStep(executor: MigrationExecutor, sql: (text: string) => Promise<unknown>): Promise<void> {
  expect((await executor.execute("20260105101500")).outcome).toBe("applied");
  await sql("update supabase_migrations.schema_migrations set version = '20260105101533'");
  const { history } = executor;
  const shown = await history.planRepair();
  expect(shown).toMatchObject({ outcome: "proposed", mends: [{ kind: "rekey-row", by: "name and text" }] });
  expect(await history.repair({ expected: shown.id })).toMatchObject({ outcome: "mended" });
  expect(await history.planRepair()).toMatchObject({ outcome: "in-step" });
  expect(await history.mark("20260106000000", "applied")).toMatchObject({ outcome: "marked" });
  expect(await history.mark("20260106000000", "reverted")).toMatchObject({ outcome: "marked" });
  expect(await history.baseline("20260106000000")).toMatchObject({ outcome: "missing" });
  expect((await executor.executeAll()).outcome).toBe("applied");
  expect(await executor.rollback(2)).toMatchObject({ outcome: "rolled-back" });
}

test("through Supabase's API", { timeout: 60_000 }, async () => {
  await using project = await startProject();
  await using folder = await tempFolder(files);
  const executor = new MigrationExecutor({ supabaseUrl: project.url, serviceKey: project.key, dir: folder.path });
  await outOfStep(executor, (text) => project.db.sql(text));
});

test("on the embedded Postgres", { timeout: 120_000 }, async () => {
  const { openEmbedded } = await import("../embedded/index.ts");
  const { pglite } = await import("../drivers/pglite.ts");
  const { db, close } = await openEmbedded(undefined);
  await using folder = await tempFolder(files);
  const executor = new MigrationExecutor({ driver: pglite(db), dir: folder.path });
  await outOfStep(executor, (text) => db.exec(text));
  await close();
});
