// Jobs of pg_cron come back with the rollback of what scheduled, altered or took them off; by its stand-in, which has its functions.
import { freshDatabase, tempFolder, type Files } from "@clew/kit";
import { expect, test } from "vitest";
import { MigrationExecutor } from "../executor.ts";

const jobs = "select jobname, schedule, command, active from cron.job order by jobname, command";
const first = `create extension if not exists pg_cron;
select cron.schedule('daily', '0 3 * * *', 'select 1');
select cron.schedule('paused', '0 4 * * *', 'select 2');
select cron.alter_job(jobid, active := false) from cron.job where jobname = 'paused';
select cron.schedule('*/5 * * * *', 'select 3');`;

async function given(files: Files) {
  const db = await freshDatabase({ template: "supabase" });
  const folder = await tempFolder({ "1_first.sql": first, ...files });
  const executor = (): MigrationExecutor =>
    new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, who: "tester" });
  await executor().execute("1");
  return {
    db,
    executor,
    [Symbol.asyncDispose]: async () => {
      await folder[Symbol.asyncDispose]();
      await db.drop();
    },
  };
}

test("what was scheduled, altered and taken off comes back, and runs again", async () => {
  await using it = await given({
    "2_more.sql":
      "select cron.schedule('hourly', '0 * * * *', $$select 'it''s'$$); select cron.schedule('daily', '30 3 * * *', 'select 10')",
    "3_less.sql": `select cron.unschedule('paused');
      do $$ begin perform cron.unschedule(jobid) from cron.job where jobname is null or jobname = 'hourly'; end $$`,
  });
  const before = await it.db.sql(jobs);
  await it.executor().executeAll();
  const after = await it.db.sql(jobs);
  const back = await it.executor().rollback(2);
  expect(back.steps.map((step) => step.class)).toEqual(["needs-data", "needs-data"]);
  expect(await it.db.sql(jobs)).toEqual(before);
  const again = await it.executor().executeAll();
  expect(again.outcome).toBe("applied");
  expect(await it.db.sql(jobs)).toEqual(after);
});

test("a job that was altered since is left as it is, and named", async () => {
  await using it = await given({ "2_more.sql": "select cron.schedule('hourly', '0 * * * *', 'select 1')" });
  await it.executor().executeAll();
  await it.db.sql("select cron.schedule('hourly', '0 * * * *', 'select 2')");
  const changed = await it.db.sql(jobs);
  const back = await it.executor().rollback(1);
  expect(await it.db.sql(jobs)).toEqual(changed);
  expect(JSON.stringify(back.findings)).toContain("hourly");
});

test("with the extension its jobs go", async () => {
  await using it = await given({});
  const back = await it.executor().rollback(1);
  expect(back.outcome).toBe("rolled-back");
  expect(await it.db.sql("select to_regclass('cron.job') as job")).toEqual([{ job: null }]);
});
