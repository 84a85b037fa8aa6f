// Tests of a run that is killed: at each of its events, and at moments chosen at random; the next run finishes what is missing, once.
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freshDatabase, run, start, tempFolder, type Database } from "@clew/kit";
import { expect, test } from "vitest";
import { files, invariants } from "../test/exactly-once.ts";
import { MigrationExecutor } from "./executor.ts";

const runner = fileURLToPath(new URL("../test/runner.ts", import.meta.url));
const command = (db: Database, dir: string, at: number): string[] => [
  "--conditions=source",
  runner,
  db.url,
  dir,
  String(at),
];

async function finish(db: Database, dir: string): Promise<void> {
  await invariants(db, undefined);
  const report = await new MigrationExecutor({ databaseUrl: db.url, dir }).executeAll();
  expect(["applied", "nothing-to-do"]).toContain(report.outcome);
  expect(await invariants(db, report)).toEqual(["01", "02", "03", "04"]);
}

test("kill -9 at each event", { timeout: 300_000 }, async () => {
  await using folder = await tempFolder(files);
  for (let at = 1; ; at++) {
    await using db = await freshDatabase();
    const ended = await run(process.execPath, command(db, folder.path, at));
    if (ended.signal === null) {
      expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: "applied" });
      expect(at).toBeGreaterThan(10);
      break;
    }
    await finish(db, folder.path);
  }
});

test("kill -9 at moments chosen at random", { timeout: 300_000 }, async () => {
  await using folder = await tempFolder(files);
  const seed = Number(process.env["CLEW_SEED"] ?? 1);
  for (let trial = 0; trial < 12; trial++) {
    await using db = await freshDatabase();
    const running = start(process.execPath, command(db, folder.path, 0));
    // Moments spread over start-up and run alike; the seed moves them.
    await sleep(150 + ((trial * 37 + seed * 61) % 300));
    running.kill("SIGKILL");
    await running.ended;
    await finish(db, folder.path);
  }
});
