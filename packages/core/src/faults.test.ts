// Tests of exactly once: every call of a run fails in turn, before and after it reaches the server, once and for good, and each time the invariants hold.
import { freshDatabase, startProxy, tempFolder } from "@clew/kit";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { expireLease, files, invariants } from "../test/exactly-once.ts";
import { faulty } from "../test/faulty.ts";
import { pg } from "./drivers/pg.ts";
import { isClewError } from "./errors.ts";
import { MigrationExecutor } from "./executor.ts";
import type { RunEvent } from "./events.ts";

describe.each([
  { when: "before", lasting: false },
  { when: "after", lasting: false },
  { when: "before", lasting: true },
  { when: "after", lasting: true },
] as const)("every call fails in turn, $when it is done, lasting: $lasting", ({ when, lasting }) => {
  test("the report is true, and the next run finishes just what is missing", { timeout: 600_000 }, async () => {
    await using folder = await tempFolder(files);
    let trials = 0;
    for (let call = 1; ; call++) {
      await using db = await freshDatabase();
      const { driver, calls } = faulty(
        pg(() => new Client(db.url)),
        { call, when, lasting },
      );
      const executor = new MigrationExecutor({ driver, dir: folder.path, wait: 0, reconnectFor: lasting ? 0 : 5_000 });
      const report = await executor.executeAll().catch((error: unknown) => {
        if (!isClewError(error)) throw error;
        return undefined;
      });
      await invariants(db, report);
      // The lease of a run that was cut off is left to expire: here that takes no time.
      await expireLease(db);
      const after = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll();
      expect(["applied", "nothing-to-do"]).toContain(after.outcome);
      expect(await invariants(db, after)).toEqual(["01", "02", "03", "04"]);
      trials++;
      if (calls() < call) break;
    }
    expect(trials).toBeGreaterThan(15);
  });
});

describe("races", () => {
  test("eight runners on thirty migrations, one with CONCURRENTLY: each is applied once, and all end well", async () => {
    await using db = await freshDatabase();
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [
        `${String(n + 1).padStart(4, "0")}_t.sql`,
        `create table t${n + 1} (id int); insert into t${n + 1} values (1);`,
      ]),
    );
    await using folder = await tempFolder({
      ...many,
      "0015_t.sql":
        "create table t15 (id int);\ncreate index concurrently t15_id on t15 (id);\ninsert into t15 values (1);",
    });
    const reports = await Promise.all(
      Array.from({ length: 8 }, () => new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll()),
    );
    for (const report of reports) expect(["applied", "nothing-to-do", "another-run"]).toContain(report.outcome);
    const applied = reports.flatMap((report) =>
      report.steps.filter((step) => step.status === "applied").map((step) => step.version),
    );
    expect(applied.toSorted()).toEqual(Object.keys(many).map((name) => name.slice(0, 4)));
    const rows = await db.sql(
      Array.from({ length: 30 }, (_, n) => `select count(*)::int as n from t${n + 1}`).join(" union all "),
    );
    expect(rows).toEqual(Array.from({ length: 30 }, () => ({ n: 1 })));
  });

  test.each([
    ["commit", "applied-elsewhere"],
    ["rollback", "applied"],
  ])("another tool that writes the same version, and ends with %s: %s", async (end, status) => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      "01_a.sql": "create table a ();",
      "02_b.sql": "create table if not exists b ();",
      "03_c.sql": "create table c ();",
    });
    const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
    await executor.execute("01");
    const other = await db.client();
    await other.query(
      "begin; create table b (); insert into supabase_migrations.schema_migrations values ('02', '{}', 'b')",
    );
    setTimeout(() => void other.query(end), 400);
    const report = await executor.executeAll();
    expect(report.outcome).toBe("applied");
    expect(report.steps.map((step) => step.status)).toEqual([status, "applied"]);
  });
});

test("a second run says for whom it waits, and gives up when its patience ends", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "01_a.sql": "select 1;", "02_b.sql": "select pg_sleep(2);" });
  await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).execute("01");
  const events: RunEvent[] = [];
  const first = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, who: "the first" }).executeAll();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const second = await new MigrationExecutor({
    databaseUrl: db.url,
    dir: folder.path,
    wait: 300,
    observers: [(event) => void events.push(event)],
  }).executeAll();
  expect(second).toMatchObject({
    outcome: "another-run",
    error: { code: "ANOTHER_RUN" },
    steps: [{ status: "not-run" }],
  });
  expect(events.find((event) => event.type === "run.waited")).toMatchObject({
    who: expect.stringContaining("the first"),
  });
  expect((await first).outcome).toBe("applied");
});

test("two rollbacks of the last migration at once take back one, and one says so", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "01_a.sql": "create table a ();",
    "01_a.down.sql": "drop table a;",
    "02_b.sql": "create table b ();",
    "02_b.down.sql": "select pg_sleep(0.2); drop table b;",
  });
  const executor = () => new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  await executor().executeAll();
  const outcomes = (await Promise.all([executor().rollback(), executor().rollback()])).map((report) => report.outcome);
  expect(outcomes.toSorted()).toEqual(["another-run", "rolled-back"]);
  expect(await db.sql("select version from supabase_migrations.schema_migrations")).toEqual([{ version: "01" }]);
});

describe("locks", () => {
  test("a lock timeout is tried again, and the error names who holds the lock", async () => {
    await using db = await freshDatabase();
    await db.sql("create table t (id int)");
    await using folder = await tempFolder({ "01_a.sql": "alter table t add column x int;" });
    const holder = await db.client();
    await holder.query("set application_name = 'reporting'; begin; lock table t in access exclusive mode");
    const events: RunEvent[] = [];
    const executor = new MigrationExecutor({
      databaseUrl: db.url,
      dir: folder.path,
      lockTimeout: 600,
      lockRetries: 1,
      observers: [(event) => void events.push(event)],
    });
    const report = await executor.executeAll();
    expect(report).toMatchObject({
      outcome: "failed",
      error: {
        code: "LOCK_TIMEOUT",
        sqlstate: "55P03",
        blockers: [{ application: "reporting", state: "idle in transaction" }],
      },
    });
    expect(report.error?.blockers?.[0]?.query).toContain("lock table t");
    expect(events.filter((event) => event.type === "step.retried")).toHaveLength(1);
    expect(events.some((event) => event.type === "step.blocked")).toBe(true);
    await holder.query("commit");
    expect((await executor.executeAll()).outcome).toBe("applied");
  });

  test("a lock on the history names its holder too", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ "01_a.sql": "select 1;" });
    const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
    await executor.executeAll();
    const holder = await db.client();
    await holder.query("set application_name = 'reporting'; begin; lock table supabase_migrations.schema_migrations");
    const error: unknown = await executor.getStatus().catch((e: unknown) => e);
    expect(isClewError(error, "LOCK_TIMEOUT") && error.data.blockers).toMatchObject([{ application: "reporting" }]);
  });

  test("a lock that is given up meanwhile costs patience only", async () => {
    await using db = await freshDatabase();
    await db.sql("create table t (id int)");
    await using folder = await tempFolder({ "01_a.sql": "alter table t add column x int;" });
    const holder = await db.client();
    await holder.query("begin; lock table t in access exclusive mode");
    const observers = [(event: RunEvent) => (event.type === "step.retried" ? void holder.query("commit") : undefined)];
    const report = await new MigrationExecutor({
      databaseUrl: db.url,
      dir: folder.path,
      lockTimeout: 300,
      observers,
    }).executeAll();
    expect(report.outcome).toBe("applied");
  });
});

describe("the network", () => {
  test("a network that goes silent is noticed, and the outcome is called in doubt", { timeout: 60_000 }, async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    await using folder = await tempFolder({
      "01_a.sql": "create table a (); select pg_sleep(5);",
      "02_b.sql": "create table b ();",
    });
    const observers = [
      (event: RunEvent) => (event.type === "step.started" ? void setTimeout(() => proxy.silence(), 300) : undefined),
    ];
    const report = await new MigrationExecutor({ databaseUrl: proxy.url, dir: folder.path, observers }).executeAll();
    expect(report).toMatchObject({
      outcome: "in-doubt",
      error: { code: "IN_DOUBT", version: "01" },
      steps: [{ status: "in-doubt" }, { status: "not-run" }],
    });
    expect(report.ms).toBeLessThan(45_000);
  });

  test("a network that goes silent at Clew's own writes is noticed too", { timeout: 60_000 }, async () => {
    await using folder = await tempFolder({
      "01_c.sql": "create table c (id int);\ncreate index concurrently c_id on c (id);",
    });
    const ends = ['into "clew"."run"', "'intended', cast", 'into "supabase_migrations"', '"finished_at" ='].map(
      async (write) => {
        await using db = await freshDatabase();
        await using proxy = await startProxy(db.url);
        const silenced = (seen: Buffer): boolean => {
          if (seen.includes(write)) proxy.silence();
          return false;
        };
        void proxy.cutWhen("client", silenced);
        const executor = new MigrationExecutor({ databaseUrl: proxy.url, dir: folder.path, reconnectFor: 4_000 });
        return await executor.executeAll().then(
          (report) => report.outcome,
          (error: unknown) => isClewError(error, "CONNECTION_LOST"),
        );
      },
    );
    expect(await Promise.all(ends)).toEqual([true, "failed", "in-doubt", "applied"]);
  });

  test.each([
    ["before the server has done it", "before", "failed", ["failed", "not-run"]],
    ["after the server has done it", "answered", "applied", ["applied", "applied"]],
  ] as const)("a connection that is cut %s: the history is the witness", async (_, moment, outcome, steps) => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    await using folder = await tempFolder({ "01_a.sql": "create table a ();", "02_b.sql": "create table b ();" });
    const cut = proxy.cutWhen("client", (seen) => seen.includes("create table a ()"), moment);
    const events: RunEvent[] = [];
    const report = await new MigrationExecutor({
      databaseUrl: proxy.url,
      dir: folder.path,
      observers: [(event) => void events.push(event)],
    }).executeAll();
    await cut;
    expect(report.outcome).toBe(outcome);
    expect(report.steps.map((step) => step.status)).toEqual(steps);
    expect(events.some((event) => event.type === "connection.lost")).toBe(true);
    if (outcome === "failed") expect(report.error?.code).toBe("CONNECTION_LOST");
  });

  test("100 migrations cost at most 100 round trips and 12 more", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    await using folder = await tempFolder(
      Object.fromEntries(
        Array.from({ length: 100 }, (_, n) => [
          `${String(n + 1).padStart(4, "0")}_t.sql`,
          `create table t${n} (id int);\ninsert into t${n} values (1);\n`,
        ]),
      ),
    );
    const report = await new MigrationExecutor({ databaseUrl: proxy.url, dir: folder.path }).executeAll();
    expect(report.outcome).toBe("applied");
    expect(proxy.counts().roundTrips).toBeLessThanOrEqual(112);
  });
});

test("a migration that gives its session another name is seen, and stopped", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "01_a.sql": "set application_name = 'mine';\nselect pg_sleep(60);" });
  const abort = new AbortController();
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path });
  setTimeout(() => abort.abort(), 500);
  const report = await executor.executeAll({ signal: abort.signal });
  expect(report.outcome).toBe("interrupted");
  expect(report.ms).toBeLessThan(30_000);
});

test("an interruption stops the running statement, takes its migration back, and says what was applied", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "01_a.sql": "create table a ();",
    "02_b.sql": "create table b (); select pg_sleep(60);",
  });
  const abort = new AbortController();
  const observers = [
    (event: RunEvent) =>
      event.type === "step.started" && event.version === "02" ? void setTimeout(() => abort.abort(), 200) : undefined,
  ];
  const report = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, observers }).executeAll({
    signal: abort.signal,
  });
  expect(report).toMatchObject({ outcome: "interrupted", steps: [{ status: "applied" }, { status: "not-run" }] });
  expect(await db.sql("select to_regclass('b') as b")).toEqual([{ b: null }]);
});
