// Tests of the executor on the embedded Postgres: the same engine, one session.
import { tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { files } from "../test/exactly-once.ts";
import { MigrationExecutor } from "./executor.ts";

test("embedded: apply, fail, resume, roll back, and open the folder again", async () => {
  await using folder = await tempFolder({
    ...files,
    "05_e.sql":
      "alter table public.a enable row level security;\ncreate policy own on a using (auth.uid() is not null);\nselect 1/0;",
    "05_e.down.sql": "drop policy own on a; alter table a disable row level security;",
  });
  await using data = await tempFolder();
  {
    await using executor = new MigrationExecutor({ embedded: data.path, dir: folder.path });
    const report = await executor.executeAll();
    expect(report).toMatchObject({ outcome: "failed", error: { sqlstate: "22012", at: { line: 3, column: 1 } } });
    expect(report.steps.map((step) => step.status)).toEqual(["applied", "applied", "applied", "applied", "failed"]);
  }
  await folder.write({
    "05_e.sql":
      "alter table public.a enable row level security;\ncreate policy own on a using (auth.uid() is not null);",
  });
  await using executor = new MigrationExecutor({ embedded: data.path, dir: folder.path });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied", steps: [{ version: "05" }] });
  expect(await executor.rollback()).toMatchObject({
    outcome: "rolled-back",
    steps: [{ version: "05", status: "rolled-back" }],
  });
  expect((await executor.getStatus()).counts).toMatchObject({ applied: 4, pending: 1 });
});
