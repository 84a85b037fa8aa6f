// Runs examples/backup, as its README says, in a copy of it.
import { chmod, cp } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, run, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { bin } from "../cli/clew.ts";

test("the example loses no row", { timeout: 120_000 }, async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ clew: `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n` });
  await chmod(join(folder.path, "clew"), 0o755);
  await cp(join(import.meta.dirname, "../../examples/backup"), join(folder.path, "example"), { recursive: true });
  const env = { PATH: `${folder.path}:${process.env["PATH"]}`, CLEW_DATABASE_URL: db.url };
  const { status, stdout, stderr } = await run("sh", [join(folder.path, "example/run.sh")], {
    env,
    timeoutMs: 110_000,
  });
  expect(status, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/scoped +0002 +1000 /);
  expect(stdout).toContain("is as it was written (restore): 1 table, 1000 rows");
  expect(await db.sql("select count(*)::int as rows, sum(total)::int as total from orders")).toEqual([
    { rows: 1000, total: 500_500 },
  ]);
});
