// Tests of exactly once through Supabase's API: requests are lost, abandoned, delayed, repeated, timed out, and each migration is applied once. CHANNEL_TRIALS, CHANNEL_SEED and CHANNEL_THOROUGH choose.
import { fileURLToPath } from "node:url";
import { run, tempFolder, type RequestFault } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { startProject, type Project } from "../../test/channel.ts";
import { expireLease, invariants, transactional } from "../../test/exactly-once.ts";
import { faulty } from "../../test/faulty.ts";
import { supabase } from "../drivers/supabase.ts";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";
import type { ExecutorOptions } from "../options.ts";
import type { RunReport } from "../report.ts";

/** By default each kind of fault meets every third request, each beginning at another; CHANNEL_THOROUGH is for all of them. */
const stride = process.env["CHANNEL_THOROUGH"] ? 1 : 3;

/** The report, or undefined where the run was refused before anything ran. */
async function runOf(executor: MigrationExecutor): Promise<RunReport | undefined> {
  return executor.executeAll().catch((error: unknown) => {
    if (!isClewError(error) || error.code === "INTERNAL") throw error;
    return undefined;
  });
}

async function finished({ db, api }: Project, options: ExecutorOptions): Promise<void> {
  await api.idle();
  await expireLease(db);
  const after = await new MigrationExecutor(options).executeAll();
  expect(["applied", "nothing-to-do"]).toContain(after.outcome);
  expect(await invariants(db, after)).toEqual(["01", "02", "03", "04"]);
}

describe.each([
  { when: "before", lasting: false },
  { when: "after", lasting: false },
  { when: "after", lasting: true },
] as const)("every call fails in turn, $when it is done, lasting: $lasting", ({ when, lasting }) => {
  test("the report is true, and the next run finishes just what is missing", { timeout: 600_000 }, async () => {
    await using folder = await tempFolder(transactional);
    let trials = 0;
    for (let call = lasting ? 2 : 1; ; call += stride) {
      await using project = await startProject();
      const { driver, calls } = faulty(supabase(project), { call, when, lasting });
      const options = { dir: folder.path, wait: 0, rollbacks: false };
      const report = await runOf(new MigrationExecutor({ ...options, driver, reconnectFor: lasting ? 0 : 5_000 }));
      await invariants(project.db, report);
      await finished(project, { ...options, driver: supabase(project) });
      trials++;
      if (calls() < call) break;
    }
    expect(trials * stride).toBeGreaterThan(10);
  });
});

test.each(["unsent", "unanswered", "abandoned", "late", "twice", "gateway"] as const)(
  "every request in turn is %s",
  { timeout: 600_000 },
  async (fault) => {
    await using folder = await tempFolder(transactional);
    let trials = 0;
    for (let at = 1 + (fault.length % stride); ; at += stride) {
      let here = true;
      await using project = await startProject({
        fault: ({ number }) => (here && number === at ? fault : undefined),
      });
      const options = {
        supabaseUrl: project.url,
        serviceKey: project.key,
        dir: folder.path,
        wait: 0,
        rollbacks: false,
      };
      const report = await runOf(new MigrationExecutor(options));
      const requests = project.api.requests();
      here = false;
      await project.api.idle();
      await invariants(project.db, report);
      await finished(project, options);
      trials++;
      if (requests < at) break;
    }
    expect(trials * stride).toBeGreaterThan(10);
  },
);

test.each(["unsent", "unanswered", "abandoned", "late", "twice"] as const)(
  "every request of a rollback in turn is %s",
  { timeout: 600_000 },
  async (fault) => {
    await using folder = await tempFolder(transactional);
    let trials = 0;
    for (let at = 1 + (fault.length % stride); ; at += stride) {
      let from = Infinity;
      await using project = await startProject({
        fault: ({ number }) => (number === from + at ? fault : undefined),
      });
      const options = { supabaseUrl: project.url, serviceKey: project.key, dir: folder.path, wait: 0, names: false };
      await new MigrationExecutor(options).executeAll();
      from = project.api.requests();
      const report = await new MigrationExecutor(options).rollback().catch((error: unknown) => {
        if (!isClewError(error) || error.code === "INTERNAL") throw error;
        return undefined;
      });
      const requests = project.api.requests() - from;
      from = Infinity;
      await project.api.idle();
      const left = await invariants(project.db, undefined);
      if (report?.outcome === "rolled-back") expect(left).toEqual(["01", "02", "03"]);
      // Once, whatever came of it: never the one before it as well.
      expect(left.slice(0, 3)).toEqual(["01", "02", "03"]);
      await finished(project, options);
      trials++;
      if (requests < at) break;
    }
    expect(trials * stride).toBeGreaterThan(8);
  },
);

test("kill -9 at events of a run", { timeout: 600_000 }, async () => {
  await using folder = await tempFolder(transactional);
  const runner = fileURLToPath(new URL("../../test/runner.ts", import.meta.url));
  for (let at = 1; ; at += stride) {
    await using project = await startProject();
    const ended = await run(process.execPath, ["--conditions=source", runner, project.url, folder.path, String(at)], {
      env: { SUPABASE_SECRET_KEY: project.key },
    });
    await project.api.idle();
    await invariants(project.db, undefined);
    await finished(project, { supabaseUrl: project.url, serviceKey: project.key, dir: folder.path, rollbacks: false });
    if (ended.signal === null) {
      expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: "applied" });
      expect(at).toBeGreaterThan(10);
      break;
    }
  }
});

const trials = Number(process.env["CHANNEL_TRIALS"] ?? 40);
const seed = Number(process.env["CHANNEL_SEED"] ?? 1);

/** A generator of numbers from 0 to 1: mulberry32. */
function numbers(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`at random, ${String(trials)} migrations, seed ${String(seed)}`, { timeout: 3_600_000 }, async () => {
  const any = numbers(seed);
  const kinds: readonly RequestFault[] = ["unsent", "unanswered", "abandoned", "late", "twice", "gateway"];
  const seen = new Map<string, number>();
  let quiet = true;
  await using project = await startProject({
    armed: 36_000,
    fault: () => {
      if (quiet || any() > 0.12) return undefined;
      const kind = kinds[Math.floor(any() * kinds.length)]!;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
      return kind;
    },
  });
  const { db, api } = project;
  await db.sql("create table tally (migration int)");
  await using folder = await tempFolder({});
  let runs = 0;
  for (let n = 1; n <= trials; n++) {
    const version = String(n).padStart(4, "0");
    const pause = any() < 0.3 ? `select pg_sleep(${(any() / 10).toFixed(3)});` : "";
    await folder.write({ [`${version}_n.sql`]: `insert into tally values (${String(n)});\n${pause}` });
    for (let done = false; !done; runs++) {
      // Some requests are given up by the client while the database is still at work.
      const patience = any() < 0.3 ? { requestTimeout: 20 + Math.floor(any() * 100) } : {};
      const driver = supabase(project, patience);
      quiet = false;
      const report = await runOf(
        new MigrationExecutor({ driver, dir: folder.path, wait: 0, reconnectFor: 500, rollbacks: false, names: false }),
      );
      quiet = true;
      const found = await db.sql<{ n: number }>(`select count(*)::int as n from tally where migration = ${String(n)}`);
      const step = report?.steps.find((one) => one.version === version);
      if (step?.status === "applied") expect(found).toEqual([{ n: 1 }]);
      await api.idle();
      await expireLease(db);
      const [row] = await db
        .sql<{ n: number }>(
          `select count(*)::int as n from supabase_migrations.schema_migrations where version = '${version}'`,
        )
        .catch(() => [{ n: 0 }]);
      done = row!.n === 1;
    }
  }
  const tally = await db.sql("select count(*)::int as rows, count(distinct migration)::int as migrations from tally");
  expect(tally).toEqual([{ rows: trials, migrations: trials }]);
  const history = await db.sql("select count(*)::int as n from supabase_migrations.schema_migrations");
  expect(history).toEqual([{ n: trials }]);
  expect(runs).toBeGreaterThanOrEqual(trials);
  if (trials >= 40) expect([...seen.keys()].toSorted()).toEqual(kinds.toSorted());
});
