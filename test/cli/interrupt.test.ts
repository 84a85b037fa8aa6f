// Owns Ctrl-C.
import { freshDatabase, startProxy, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { startClew, until } from "./clew.ts";

const files = {
  "1_a.sql": "create table a ();",
  "2_b.sql": "create table b ();\nselect pg_sleep(60);",
  "3_c.sql": "create table c ();",
};

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s rolls back what runs, and the report says what was applied",
  async (signal) => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(files);
    const running = startClew(["execute", "--json", "--db", db.url, "--dir", folder.path]);
    await until(
      async () =>
        (await db.sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
          .length > 0,
    );
    running.kill(signal);
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(1);
    const report = JSON.parse(stdout) as { outcome: string; steps: { status: string }[] };
    expect(report.outcome).toBe("interrupted");
    expect(report.steps.map((step) => step.status)).toEqual(["applied", "not-run", "not-run"]);
    expect(stderr).toContain("stopping: what runs now is rolled back");
    expect(await db.sql("select version from supabase_migrations.schema_migrations")).toEqual([{ version: "1" }]);
    expect(await db.sql("select to_regclass('b') is null as gone")).toEqual([{ gone: true }]);
  },
);

test("a second Ctrl-C leaves at once", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  await using proxy = await startProxy(db.url);
  let said = (): void => undefined;
  const stopping = new Promise<void>((resolve) => (said = resolve));
  const running = startClew(["execute", "--db", proxy.url, "--dir", folder.path], {
    onOutput: ({ stderr }) => stderr.includes("stopping") && said(),
  });
  await until(
    async () =>
      (await db.sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
        .length > 0,
  );
  proxy.silence();
  running.kill("SIGINT");
  await stopping;
  running.kill("SIGINT");
  expect(await running.ended).toMatchObject({ status: 130, stdout: "" });
});
