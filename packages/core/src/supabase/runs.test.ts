// Tests of what happens beside a run through Supabase's API: others at work, locks, time limits, interruptions, large files, a client of the app's own.
import { tempFolder, type Database, type Files } from "@clew/kit";
import { createClient } from "@supabase/supabase-js";
import { expect, test } from "vitest";
import { startProject, type Project } from "../../test/channel.ts";
import { supabase } from "../drivers/supabase.ts";
import type { RunEvent } from "../events.ts";
import { MigrationExecutor } from "../executor.ts";
import type { ExecutorOptions } from "../options.ts";

async function given(files: Files) {
  const project = await startProject();
  const folder = await tempFolder(files);
  return {
    project,
    db: project.db,
    folder,
    executor: (options: Partial<ExecutorOptions> = {}) => executorOf(project, folder.path, options),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
    },
  };
}

function executorOf(project: Project, dir: string, options: Partial<ExecutorOptions>): MigrationExecutor {
  return new MigrationExecutor({ supabaseUrl: project.url, serviceKey: project.key, dir, ...options });
}

/** Waits until a migration sleeps on the server. */
async function sleeping(db: Database): Promise<void> {
  for (let n = 0; n === 0;) {
    const [row] = await db.sql<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name like 'clew %' and wait_event = 'PgSleep'",
    );
    n = row!.n;
  }
}

test("four runners at once on twelve migrations: each is applied once, and all end well", async () => {
  const files = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`${String(n + 1).padStart(4, "0")}_t.sql`, `create table t${n + 1} ();`]),
  );
  await using it = await given(files);
  const reports = await Promise.all(Array.from({ length: 4 }, () => it.executor().executeAll()));
  for (const report of reports) expect(["applied", "nothing-to-do", "another-run"]).toContain(report.outcome);
  const applied = reports.flatMap(({ steps }) => steps.filter(({ status }) => status === "applied"));
  expect(applied.map(({ version }) => version).toSorted()).toEqual(Object.keys(files).map((name) => name.slice(0, 4)));
});

test("a lock timeout is tried again, and the error names who holds the lock", async () => {
  await using it = await given({ "01_a.sql": "alter table t add column x int;" });
  await it.db.sql("create table t (id int)");
  const holder = await it.db.client();
  await holder.query("set application_name = 'reporting'; begin; lock table t in access exclusive mode");
  const events: RunEvent[] = [];
  const observers = [(event: RunEvent) => void events.push(event)];
  const report = await it
    .executor({ lockTimeout: 1_500, lockRetries: 1, observers, names: false, rollbacks: false, privileges: false })
    .executeAll();
  expect(report.error).toMatchObject({
    code: "LOCK_TIMEOUT",
    sqlstate: "55P03",
    blockers: [{ application: "reporting" }],
  });
  expect(events.some(({ type }) => type === "step.retried")).toBe(true);
});

test("an interruption cancels what runs on the server, and nothing of it stays", async () => {
  await using it = await given({ "01_a.sql": "create table a ();\nselect pg_sleep(60);" });
  const stop = new AbortController();
  const run = it.executor().executeAll({ signal: stop.signal });
  await sleeping(it.db);
  stop.abort();
  expect((await run).outcome).toBe("interrupted");
  await it.project.api.idle();
  expect(await it.db.sql("select to_regclass('a') as a")).toEqual([{ a: null }]);
});

test("the function's own time limit holds, not PostgREST's, and what exceeds it is recorded as failed", async () => {
  await using it = await given({ "01_a.sql": "select pg_sleep(2.5);" });
  await it.db.sql(`alter role authenticator in database ${it.db.name} set statement_timeout = '2s'`);
  expect((await it.executor().executeAll()).outcome).toBe("applied");
  await it.db.sql("alter function clew_transaction(uuid, text, text[], boolean, boolean) set statement_timeout = '3s'");
  await it.folder.write({ "02_b.sql": "create table b ();\nselect pg_sleep(30);" });
  const { outcome, error } = await it.executor().executeAll();
  expect({ outcome, error }).toMatchObject({
    outcome: "failed",
    error: { sqlstate: "57014", at: { line: 2 }, help: expect.stringContaining("direct connection") },
  });
  expect(await it.db.sql("select to_regclass('b') as b")).toEqual([{ b: null }]);
  expect(
    await it.db.sql("select reply -> 'error' ->> 'code' as code from clew_channel.attempt where outcome = 'failed'"),
  ).toEqual([{ code: "57014" }]);
});

test("a file of two megabytes is applied; one that is larger than a request may be is refused, and says how large", async () => {
  const row = `insert into big values ('${"x".repeat(1000)}');\n`;
  await using it = await given({ "01_a.sql": `create table big (t text);\n${row.repeat(2_000)}` });
  expect((await it.executor({ rollbacks: false }).executeAll()).outcome).toBe("applied");
  expect(await it.db.sql("select count(*)::int as n from big")).toEqual([{ n: 2_000 }]);
  await it.folder.write({ "02_b.sql": row.repeat(9_000) });
  const report = await it.executor({ rollbacks: false }).executeAll();
  expect(report).toMatchObject({
    outcome: "failed",
    error: { code: "CHANNEL_REFUSED", message: expect.stringMatching(/\d+ bytes, and the channel takes 8388608/) },
  });
});

test("blocks of their own, an isolation level, an enum value and its use: in as many requests as there are transactions", async () => {
  await using it = await given({
    "01_a.sql": "create type mood as enum ('sad');\ncreate table levels (level text);",
    "02_b.sql":
      "alter type mood add value 'ok';\nselect 'ok'::mood;\nbegin isolation level repeatable read;\ninsert into levels select current_setting('transaction_isolation');\ncommit;\nbegin;\ninsert into levels select current_setting('transaction_isolation');\ncommit;",
  });
  expect((await it.executor().executeAll()).outcome).toBe("applied");
  expect(await it.db.sql("select level from levels")).toEqual([
    { level: "repeatable read" },
    { level: "read committed" },
  ]);
});

test("a client that the app has already", async () => {
  await using it = await given({ "01_a.sql": "create table a ();" });
  const client = createClient(it.project.url, it.project.key, {
    auth: { persistSession: false },
    db: { schema: "elsewhere" as "public" },
  });
  const executor = new MigrationExecutor({ driver: supabase(client), dir: it.folder.path });
  expect((await executor.executeAll()).outcome).toBe("applied");
});

test("the channel is closed while a run is under way: what has begun is applied, and the rest is not", async () => {
  await using it = await given({
    "01_a.sql": "create table a ();\nselect pg_sleep(1);",
    "02_b.sql": "create table b ();",
  });
  const run = it.executor({ rollbacks: false }).executeAll();
  await sleeping(it.db);
  await it.db.sql("update clew_channel.gate set armed_until = '-infinity'");
  const report = await run;
  expect(report).toMatchObject({ outcome: "failed", error: { code: "CHANNEL_NOT_ARMED" } });
  expect(report.steps.map(({ status }) => status)).toEqual(["applied", "failed"]);
  expect(await it.db.sql("select version from supabase_migrations.schema_migrations")).toEqual([{ version: "01" }]);
});
