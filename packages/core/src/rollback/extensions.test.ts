// Tests of extensions: what they bring on tables of their own comes and goes with them, and no statement says so.
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

test("indexes and policies on the tables of an extension go with it, and come back with it", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using folder = await tempFolder({
    "1_in.sql": "create extension pg_cron; create extension pg_net;",
    "2_out.sql": "drop extension pg_cron; drop extension pg_net;",
  });
  await using executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
  const kept = await db.sql<{ text: string }>("select array_to_string(statements, ';') as text from clew.rollback");
  expect(kept.map(({ text }) => text.match(/(?:CREATE|DROP) (?:INDEX|POLICY)/g))).toEqual([null, null]);
  expect(await executor.rollback()).toMatchObject({ outcome: "rolled-back", steps: [{ version: "2" }] });
  expect(await db.sql("select polname from pg_policy where polrelid = 'cron.job'::regclass")).toHaveLength(1);
  expect(await executor.rollback()).toMatchObject({ outcome: "rolled-back", steps: [{ version: "1" }] });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
});
