// Owns what is said and which status is given when something is wrong.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, startProxy, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { bin, clew, migrations, startClew, until } from "./clew.ts";
import { run } from "@clew/kit";

describe("2: usage", () => {
  test.each([
    [["exeucte"], "there is no command exeucte; did you mean execute?"],
    [["stauts"], "there is no command stauts; did you mean status?"],
    [["status", "--jsno"], "there is no flag --jsno; did you mean --json?"],
    [["execute", "--lockTimeout", "5"], "there is no flag --lockTimeout; did you mean --lock-timeout?"],
    [["status", "--dry-run"], "status has no flag --dry-run; execute, rollback"],
    [["status", "--db"], "--db needs a value: --db <url>"],
    [["status", "--db", ""], "--db was given an empty value"],
    [["status", "--yes", "--yes"], "--yes was given twice"],
    [["status", "--json=yes"], "--json takes no value"],
    [["status", "now"], "status does not take now"],
    [["new"], "new needs <name>"],
    [["execute", "--embedded", "0002"], "put 0002 before --embedded, or write --embedded=0002"],
    [["--embedded", "status"], "put status before --embedded"],
    [["execute", "--force"], "--force needs the version"],
    [["execute", "--lock-timeout", "soon"], "--lock-timeout: soon is no time"],
    [["rollback", "20240101000001"], "rollback takes a number of migrations"],
    [["rollback", "0"], "rollback takes a number of migrations"],
    [["status", "--log-level", "loud"], "there is no log level loud"],
  ])("clew %j", async (args, said) => {
    await using folder = await tempFolder(migrations);
    const { status, stdout, stderr } = await clew(args, { cwd: folder.path });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  test("without a command there is help, and no success", async () => {
    const { status, stdout, stderr } = await clew([]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("$ clew <command> [options]");
  });

  test("help and version are successes, on stdout", async () => {
    expect(await clew(["--version"])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/),
    });
    expect(await clew(["-h"])).toMatchObject({ status: 0, stdout: expect.stringContaining("rollback [steps]") });
    const help = await clew(["execute", "--help"]);
    expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining("--lock-timeout <time>") });
    expect(help.stdout).not.toContain("default: true");
  });
});

test("2: no database is given: the ways to give one are shown, and none is made up", async () => {
  await using folder = await tempFolder(migrations);
  const { status, stdout, stderr } = await clew(["execute"], { cwd: folder.path });
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  for (const way of ["--db", "--embedded", "clew.config.ts", "CLEW_DATABASE_URL, DATABASE_URL, SUPABASE_DB_URL"]) {
    expect(stderr).toContain(way);
  }
});

test("2: no folder", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder();
  const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
  expect(await clew(["status"], at)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("there is neither supabase/migrations nor migrations here [NO_FOLDER]"),
  });
  expect((await clew(["status", "--dir", "nowhere"], at)).stderr).toContain("nowhere: there is nothing of this name");
});

describe("1: failed", () => {
  test("a statement: its place, the caret, SQLSTATE, hint first; what was applied stays", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      ...migrations,
      "migrations/0004_wrong.sql": "create table halfway ();\n-- größe 😀\nselect nmae from people;",
      "migrations/0005_later.sql": "select 1;",
    });
    const { status, stdout, stderr } = await clew(["execute", "--db", db.url], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'error: migrations/0004_wrong.sql:3:8: column "nmae" does not exist [STATEMENT_FAILED, SQLSTATE 42703]\n' +
        "  1 | create table halfway ();\n  2 | -- größe 😀\n> 3 | select nmae from people;\n    |        ^\n" +
        'hint: Perhaps you meant to reference the column "people.name" or the column "people.note".\nhelp: ',
    );
    expect(stdout).toMatch(/^Failed after [\d.]+ m?s: 3 applied, 1 failed, 1 not run\.\nNext: /);
    expect(await db.sql("select to_regclass('halfway') is null as gone")).toEqual([{ gone: true }]);
  });

  test("--continue-on-error says every error, and what was skipped", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      "1_a.sql": "select 1/0;",
      "2_b.sql": "create table b ();",
      "3_c.sql": "select boo();",
    });
    const { status, stdout, stderr } = await clew([
      "execute",
      "--continue-on-error",
      "--db",
      db.url,
      "--dir",
      folder.path,
    ]);
    expect(status).toBe(1);
    expect(stderr).toContain("division by zero");
    expect(stderr).toContain("function boo() does not exist");
    expect(stdout).toMatch(/^Partly applied in .*: 1 applied, 2 skipped\.\nNext: /);
  });

  test("a lock: who holds it, while waiting and at the end", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({
      "migrations/1_a.sql": "alter table people add column x int;",
      "clew.config.json": '{ "lockRetries": 1 }',
    });
    await db.sql("create table people (id int)");
    const holder = await db.client();
    await holder.query("set application_name = 'the dashboard'");
    await holder.query("begin; lock table people in access share mode");
    const { status, stderr } = await clew(["execute", "--lock-timeout", "400ms", "--db", db.url], {
      cwd: folder.path,
    });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /1_a \(1 of 1\) waits for a lock held by pid \d+ \(the dashboard, user postgres, idle in transaction, /,
    );
    expect(stderr).toMatch(/canceling statement due to lock timeout; tried again in [\d.]+ m?s/);
    expect(stderr).toContain("[LOCK_TIMEOUT, SQLSTATE 55P03]");
    expect(stderr).toMatch(/blocked by: pid \d+ \(the dashboard, .*\): begin; lock table people in access share mode/);
  });

  test("nobody listens", async () => {
    await using folder = await tempFolder(migrations);
    const { status, stderr } = await clew(["status", "--db", "postgres://localhost:1/x"], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toContain("[CONNECT_FAILED]");
    expect(stderr).toContain("help: Nothing listens at this host and port");
  });
});

describe("3: the plan is not valid", () => {
  test("out of order, mended by --out-of-order and by --include-all", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ "2_b.sql": "select 2;" });
    const flags = ["--db", db.url, "--dir", folder.path];
    await clew(["execute", ...flags]);
    await writeFile(join(folder.path, "1_a.sql"), "select 1;");
    const refused = await clew(["execute", ...flags]);
    expect(refused).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining("[OUT_OF_ORDER]") });
    expect((await clew(["plan", "--include-all", ...flags])).stdout).toContain("1 migration would be applied");
    expect(await clew(["execute", "--include-all", ...flags])).toMatchObject({ status: 0 });
  });

  test("a changed file: a warning in development, a refusal with --strict and in production", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ "1_a.sql": "select 1;" });
    const flags = ["--db", db.url, "--dir", folder.path];
    await clew(["execute", ...flags]);
    await folder.write({ "1_a.sql": "select 11;", "2_b.sql": "select 2;" });
    const shown = await clew(["status", ...flags]);
    expect(shown).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/1 {8}a {5}changed[\s\S]*warning: .*changed since it was applied/),
    });
    expect(await clew(["execute", "--strict", ...flags])).toMatchObject({ status: 3 });
    expect(await clew(["status", "--env", "production", ...flags])).toMatchObject({ status: 3 });
    const run = await clew(["execute", ...flags]);
    expect(run).toMatchObject({ status: 0, stderr: expect.stringContaining("warning: ") });
    expect(run.stderr).toContain("changed since it was applied");
  });

  test.each([
    ["a version that is not there", ["execute", "9"], "[UNKNOWN_VERSION]"],
    ["no way back to where nobody was", ["rollback", "--to", "9", "--yes"], "[UNKNOWN_VERSION]"],
  ])("%s", async (_, args, said) => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(migrations);
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
    await clew(["execute"], at);
    expect(await clew(args, at)).toMatchObject({ status: 3, stdout: "", stderr: expect.stringContaining(said) });
  });
});

describe("4: not confirmed", () => {
  test("a rollback where nobody can be asked", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(migrations);
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
    await clew(["execute"], at);
    const refused = await clew(["rollback"], at);
    expect(refused).toMatchObject({ status: 4, stdout: "", stderr: expect.stringContaining("[NOT_CONFIRMED]") });
    expect(refused.stderr).toContain("give --yes");
    expect((await clew(["status"], at)).stdout).toContain("3 applied, 0 pending.");
  });

  test("a run in production, unless there is nothing to do", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(migrations);
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url, CLEW_ENV: "production" } };
    expect(await clew(["execute"], at)).toMatchObject({ status: 4, stdout: "" });
    expect(await db.sql("select from pg_namespace where nspname = 'clew'")).toEqual([]);
    expect(await clew(["execute", "--yes"], at)).toMatchObject({ status: 4 });
    const { id } = JSON.parse((await clew(["plan", "--json"], at)).stdout) as { id: string };
    expect(await clew(["execute", "--approve", id], at)).toMatchObject({ status: 0 });
    expect(await clew(["execute"], at)).toMatchObject({ status: 0, stdout: expect.stringContaining("Nothing to do") });
  });
});

test("5: another run is at work, and is not waited for", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "1_a.sql": "select pg_sleep(60);", "2_b.sql": "select 2;" });
  const flags = ["--db", db.url, "--dir", folder.path];
  const first = startClew(["execute", ...flags]);
  await until(
    async () =>
      (await db.sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
        .length > 0,
  );
  expect((await clew(["status", ...flags])).stdout).toContain("A run is at work now, by ");
  const second = await clew(["execute", "--wait", "0", ...flags]);
  expect(second).toMatchObject({
    status: 5,
    stdout: expect.stringMatching(/^Another run is at work, or won: 2 not run\./),
  });
  first.kill("SIGINT");
  await first.ended;
});

test("6: in doubt, where the answer to COMMIT is lost and the database is gone", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "migrations/1_a.sql": "create table the_table ();",
    "clew.config.json": '{ "reconnectFor": 500 }',
  });
  await using proxy = await startProxy(db.url);
  const lost = proxy.cutWhen("client", (seen) => seen.includes("the_table"), "answered");
  const ended = clew(["execute", "--db", proxy.url], { cwd: folder.path });
  await lost;
  await proxy.stop();
  const { status, stdout, stderr } = await ended;
  expect({ status, stdout }).toEqual({ status: 6, stdout: expect.stringMatching(/^In doubt after .*: 1 in doubt\./) });
  expect(stderr).toContain("[IN_DOUBT]");
});

describe("70: a defect of Clew", () => {
  test("says that it is one; the stack is shown to those who debug", async () => {
    await using folder = await tempFolder({
      ...migrations,
      "break.mjs": "const has = Object.hasOwn; Object.hasOwn = () => { throw new TypeError('unforeseen'); }; void has;",
      "clew.config.json": '{ "strict": false }',
    });
    const broken = (...flags: string[]) =>
      run(process.execPath, ["--import", join(folder.path, "break.mjs"), bin, "validate", ...flags], {
        cwd: folder.path,
      });
    const { status, stderr } = await broken();
    expect(status).toBe(70);
    expect(stderr).toContain("error: unforeseen [INTERNAL]\nhelp: Please report it");
    expect(stderr).not.toContain("    at ");
    expect((await broken("--log-level", "debug")).stderr).toMatch(/debug: TypeError: unforeseen\n {4}at /);
  });
});

test("a reader that goes away stops nothing", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const piped = `"${process.execPath}" "${bin}" execute --db "${db.url}" 2>/dev/null | true; echo "$?"`;
  await run("sh", ["-c", piped], { cwd: folder.path });
  await until(async () => {
    const rows = await db
      .sql<{ n: string }>("select count(*) as n from supabase_migrations.schema_migrations")
      .catch(() => []);
    return rows[0]?.n === "3";
  });
});
