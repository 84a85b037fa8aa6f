// Tests of the executor against a real server: what a run applies, records, refuses and reports.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, tempFolder, type Database, type Files } from "@clew/kit";
import { describe, expect, test } from "vitest";
import type { Check } from "./checks.ts";
import { isClewError } from "./errors.ts";
import type { RunEvent } from "./events.ts";
import { MigrationExecutor } from "./executor.ts";
import type { ExecutorOptions } from "./options.ts";

async function given(files: Files, options: Partial<ExecutorOptions> = {}) {
  const db = await freshDatabase();
  const folder = await tempFolder(files);
  const executor = (more: Partial<ExecutorOptions> = {}) =>
    new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, who: "tester", ...options, ...more });
  return {
    db,
    folder,
    executor,
    [Symbol.asyncDispose]: async () => {
      await db[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const historyOf = async (db: Database): Promise<string[]> =>
  (await db.sql<{ version: string }>("select version from supabase_migrations.schema_migrations order by version")).map(
    (row) => row.version,
  );

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: unknown) => (isClewError(error) ? error.code : String(error)),
  );

describe("executeAll", () => {
  test("applies pending migrations in order, each with its rows in history and journal", async () => {
    await using it = await given({
      "20250101000001_books.sql": "create table books (id int primary key, title text not null);",
      "20250101000002_more.sql": "insert into books values (1, 'Odyssey');\nalter table books add column year int;",
    });
    const report = await it.executor().executeAll();
    expect(report).toMatchObject({
      kind: "execute",
      outcome: "applied",
      steps: [{ status: "applied" }, { status: "applied" }],
    });
    expect(await historyOf(it.db)).toEqual(["20250101000001", "20250101000002"]);
    expect(await it.db.sql("select version, name, statements, who from clew.migration order by version")).toEqual([
      { version: "20250101000001", name: "books", statements: 1, who: "tester" },
      { version: "20250101000002", name: "more", statements: 2, who: "tester" },
    ]);
    expect(
      await it.db.sql("select statements from supabase_migrations.schema_migrations where version = '20250101000002'"),
    ).toEqual([{ statements: ["insert into books values (1, 'Odyssey')", "alter table books add column year int"] }]);
    expect(await it.db.sql("select outcome, ms > 0 as timed from clew.attempt")).toEqual([
      { outcome: "applied", timed: true },
      { outcome: "applied", timed: true },
    ]);
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "nothing-to-do", run: null, steps: [] });
  });

  test("a failing statement takes its migration back, leaves those before, and is shown with its place", async () => {
    await using it = await given({
      "01_a.sql": "create table a (id int);",
      "02_b.sql": "create table b (id int);\n-- ein Käse 🧀\ninsert into b values ('🧀', nichts);\n",
      "03_c.sql": "create table c (id int);",
    });
    const report = await it.executor().executeAll();
    expect(report.outcome).toBe("failed");
    expect(report.steps.map((step) => step.status)).toEqual(["applied", "failed", "not-run"]);
    expect(report.error).toMatchObject({
      code: "STATEMENT_FAILED",
      sqlstate: "42703",
      version: "02",
      at: { line: 3, column: 28 },
    });
    expect(report.error?.at?.excerpt).toContain("^");
    expect(await historyOf(it.db)).toEqual(["01"]);
    expect(await it.db.sql("select to_regclass('b') as b")).toEqual([{ b: null }]);
    expect(await it.db.sql("select outcome, sqlstate from clew.attempt where version = '02'")).toEqual([
      { outcome: "failed", sqlstate: "42703" },
    ]);
    await it.folder.write({ "02_b.sql": "create table b (id int);" });
    expect((await it.executor().executeAll()).steps.map((step) => step.status)).toEqual(["applied", "applied"]);
  });

  test("goes on after a failure where it is told to, and says what it skipped", async () => {
    await using it = await given({
      "01_a.sql": "select 1/0;",
      "02_b.sql": "create table b ();",
      "03_c.sql": "create tabel c ();",
    });
    const report = await it.executor({ continueOnError: true }).executeAll();
    expect(report).toMatchObject({
      outcome: "partly-applied",
      steps: [
        { status: "skipped", error: { sqlstate: "22012" } },
        { status: "applied" },
        { status: "skipped", error: { code: "SCRIPT_INVALID" } },
      ],
    });
    expect(await historyOf(it.db)).toEqual(["02"]);
  });

  test("a deferred constraint that fails at COMMIT is reported against its file, which is not applied", async () => {
    await using it = await given({
      "01_a.sql":
        "create table a (id int primary key); create table b (a int references a deferrable initially deferred);",
      "02_b.sql": "insert into b values (7);",
    });
    const report = await it.executor().executeAll();
    expect(report.error).toMatchObject({ code: "COMMIT_FAILED", sqlstate: "23503", version: "02" });
    expect(report.error?.message).toContain("02_b.sql");
    expect(await historyOf(it.db)).toEqual(["01"]);
  });

  test("a temporary table of one file hides no table from the next", async () => {
    await using it = await given({
      "01_a.sql": "create table t (id int); create temp table t (id int);",
      "02_b.sql": "insert into t values (1);",
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql("select id from t")).toEqual([{ id: 1 }]);
  });

  test("a database that is read only by default is written to, inside transactions and outside", async () => {
    await using it = await given({ "01_a.sql": "create table a (id int);\ncreate index concurrently a_id on a (id);" });
    await it.db.sql(`alter database ${it.db.name} set default_transaction_read_only = on`);
    expect((await it.executor().executeAll()).outcome).toBe("applied");
  });

  test("a failure half-way says that what ran before stays", async () => {
    await using it = await given({ "01_a.sql": "create table a (id int);\nvacuum a;\nselect 1/0;" });
    const executor = it.executor({ onPartial: "resume" });
    expect((await executor.executeAll()).error?.help).toContain("what ran of the migration before it stays");
  });

  test("a last file that changes the role does not keep the run from closing its books", async () => {
    await using it = await given({
      "01_a.sql": "set session authorization pg_monitor;",
      "02_b.sql": "set role pg_monitor;",
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql("select outcome from clew.run")).toEqual([{ outcome: "applied" }]);
    expect(await it.db.sql("select expires_at > now() as held from clew.lease")).toEqual([{ held: false }]);
  });

  test.each([
    ["its row", "delete from supabase_migrations.schema_migrations where version = '02';"],
    ["every row", "truncate supabase_migrations.schema_migrations;"],
    ["the history", "drop schema supabase_migrations cascade;"],
    ["the journal", "drop schema clew cascade;"],
  ])("a migration that takes away %s is taken back, and runs once", async (_, text) => {
    await using it = await given({ "01_a.sql": "create table a ();", "02_b.sql": `create table b (); ${text}` });
    const report = await it.executor().executeAll();
    expect(report).toMatchObject({ outcome: "failed", steps: [{ status: "applied" }, { status: "failed" }] });
    expect(report.error?.message).toContain("02_b.sql: the record of this migration is gone");
    expect(await historyOf(it.db)).toEqual(["01"]);
    expect(await it.db.sql("select to_regclass('b') as b")).toEqual([{ b: null }]);
  });

  test.each([
    [
      "reaches for another server in vain",
      "do $$ begin raise 'no such host' using errcode = '08001'; end $$;",
      "08001",
    ],
    ["has a parameter that nobody gives", "select $1;", "08P01"],
  ])("a statement that %s failed; its connection is not lost", async (_, text, sqlstate) => {
    await using it = await given({ "01_a.sql": `create table a ();\n${text}` });
    const { error } = await it.executor().executeAll();
    expect(error).toMatchObject({ code: "STATEMENT_FAILED", sqlstate, at: { line: 2 } });
  });

  test("a forced migration that failed half-way is forced again from there", async () => {
    await using it = await given({
      "01_a.sql":
        "create table if not exists a (id int);\ncreate index concurrently if not exists a_id on a (id);\ninsert into a select count(*) from a;",
    });
    await it.executor().executeAll();
    await it.db.sql("alter table a add constraint none check (id < 1)");
    expect((await it.executor().execute("01", { force: true })).outcome).toBe("failed");
    await it.db.sql("alter table a drop constraint none");
    expect((await it.executor().execute("01", { force: true })).outcome).toBe("applied");
    expect(await it.db.sql("select id from a order by id")).toEqual([{ id: 0 }, { id: 1 }]);
    expect(await it.db.sql("select * from clew.segment")).toEqual([]);
  });

  test("SET TRANSACTION holds, as the first statement of a file or of a block", async () => {
    const level = "create table %s as select current_setting('transaction_isolation') as level;";
    await using it = await given({
      "01_a.sql": `set transaction isolation level repeatable read;\n${level.replace("%s", "a")}`,
      "02_b.sql": `begin;\nset transaction isolation level serializable;\n${level.replace("%s", "b")}\ncommit;`,
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql("select a.level as a, b.level as b from a, b")).toEqual([
      { a: "repeatable read", b: "serializable" },
    ]);
  });

  test("a partition that was left half detached is detached to the end", async () => {
    await using it = await given({ "01_a.sql": "alter table p detach partition q concurrently;" });
    await it.db.sql("create table p (id int) partition by range (id)");
    await it.db.sql("create table q partition of p for values from (0) to (9)");
    const reader = await it.db.client();
    await reader.query("begin; select * from p");
    const impatient = { concurrentLockTimeout: 300, lockRetries: 1 };
    expect((await it.executor(impatient).executeAll()).error?.code).toBe("LOCK_TIMEOUT");
    expect(await it.db.sql("select inhdetachpending as half from pg_inherits")).toEqual([{ half: true }]);
    await reader.query("commit");
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql("select * from pg_inherits")).toEqual([]);
  });

  test("a REINDEX CONCURRENTLY that was cut short leaves no invalid index", async () => {
    await using it = await given({ "01_a.sql": "reindex index concurrently t_id;" });
    await it.db.sql("create table t (id int); create index t_id on t (id)");
    const reader = await it.db.client();
    await reader.query("begin; select * from t");
    const impatient = { concurrentLockTimeout: 300, lockRetries: 0 };
    expect((await it.executor(impatient).executeAll()).error?.code).toBe("LOCK_TIMEOUT");
    const invalid = "select count(*)::int as n from pg_index where indrelid = 't'::regclass and not indisvalid";
    expect(await it.db.sql(invalid)).toEqual([{ n: 1 }]);
    await reader.query("commit");
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql(invalid)).toEqual([{ n: 0 }]);
  });

  test("settings of one file never reach the next, nor Clew's own statements", async () => {
    await using it = await given({
      "01_a.sql":
        "create schema s; set search_path = s; set check_function_bodies = off; set role pg_monitor; select 1;",
      "02_b.sql": "create table b (id int);",
      "03_c.sql": "set session authorization pg_monitor; set default_transaction_read_only = on;",
      "04_d.sql": "create table d (id int);",
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(
      await it.db.sql("select to_regclass('public.b') is not null as b, to_regclass('public.d') is not null as d"),
    ).toEqual([{ b: true, d: true }]);
  });

  test("empty and comment-only files are applied and recorded; BOM, CRLF and odd versions are no obstacle", async () => {
    await using it = await given({
      "0002_empty.sql": "",
      "0003_comment.sql": "-- nothing\n/* here */",
      "00000000000000000004_bom.sql": new Uint8Array([
        0xef,
        0xbb,
        0xbf,
        ...new TextEncoder().encode("create table bom (\r\n id int\r\n);\r\n"),
      ]),
      "0001_.sql": "select 1",
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await historyOf(it.db)).toEqual(["00000000000000000004", "0001", "0002", "0003"]);
  });
});

describe("segments", () => {
  test("CONCURRENTLY, enum values, blocks of the author's and the directive run in their own segments", async () => {
    await using it = await given({
      "01_a.sql": "create table t (id int, kind text); create type mood as enum ('ok');",
      "02_b.sql": "alter table t add column n int;\ncreate index concurrently t_n on t (n);\ninsert into t values (1);",
      "03_c.sql": "alter type mood add value 'sad';\ncreate table m (mood mood default 'sad');",
      "04_d.sql": "begin;\ncreate table x ();\ncommit;\nbegin;\ncreate table y ();\ncommit;",
      "05_e.sql": "-- supabase:disable-transaction\ncreate table z ();\nvacuum t;",
      "06_f.sql": "create index concurrently on t (kind);",
    });
    const report = await it.executor().executeAll();
    expect(report.error).toBeUndefined();
    expect(report.outcome).toBe("applied");
    expect(await it.db.sql("select * from clew.segment")).toEqual([]);
    expect(await it.db.sql("select indisvalid from pg_index where indrelid = 't'::regclass")).toEqual([
      { indisvalid: true },
      { indisvalid: true },
    ]);
  });

  test("a failure after a segment has run is resumed from there", async () => {
    await using it = await given({
      "01_a.sql": "create table t (id int);",
      "02_b.sql": "create table u (id int);\ncreate index concurrently u_id on u (id);\nselect 1/0;",
    });
    const first = await it.executor({ onPartial: "resume" }).executeAll();
    expect(first).toMatchObject({ outcome: "failed", error: { sqlstate: "22012", at: { line: 3 } } });
    const status = await it.executor().getStatus();
    expect(status.steps[1]).toMatchObject({ version: "02", status: "partly-applied", segments: { done: 2, of: 3 } });
    expect(first.steps[1]).toMatchObject({ status: "failed", segments: { done: 2, of: 3 } });
    await it.folder.write({
      "02_b.sql": "create table uu (id int);\ncreate index concurrently u_id on u (id);\nselect 1;",
    });
    expect(await codeOf(it.executor().executeAll())).toBe("PARTLY_APPLIED_CHANGED");
    await it.folder.write({
      "02_b.sql": "create table u (id int);\ncreate index concurrently u_id on u (id);\nselect 1;",
    });
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await historyOf(it.db)).toEqual(["01", "02"]);
  });

  test("a COMMIT without a BEGIN commits what stands before it, with a warning", async () => {
    const stray = "update t set parent = 1;\nCOMMIT;\nalter table t add column n int;\nend;";
    await using it = await given({
      "01_a.sql": `create table t (id int primary key, parent int references t deferrable initially deferred);
        insert into t values (1);`,
      "02_b.sql": stray, // in one transaction: SQLSTATE 55006, pending trigger events
    });
    expect(await codeOf(it.executor({ strict: true }).executeAll())).toBe("STRICT");
    expect(await it.db.sql("select to_regclass('t') as t")).toEqual([{ t: null }]);
    const report = await it.executor().executeAll();
    expect(report).toMatchObject({ outcome: "applied", steps: [{}, { segments: { done: 2, of: 2 } }] });
    expect(report.findings.map(({ code, at }) => `${code} ${at?.line}`)).toEqual([
      "UNMATCHED_COMMIT 2",
      "UNMATCHED_COMMIT 4",
    ]);
    await it.folder.write({ "03_c.sql": "create table u ();\ncommit;\nselect 1/0;" });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "failed", error: { sqlstate: "22012" } });
    expect(await it.db.sql("select to_regclass('u') as u")).toEqual([{ u: null }]);
  });

  test("a unique index that cannot be built leaves nothing invalid behind", async () => {
    await using it = await given({
      "01_a.sql": "create table t (id int); insert into t values (1), (1);",
      "02_b.sql": "create unique index concurrently if not exists t_id on t (id);",
    });
    expect(await it.executor().executeAll()).toMatchObject({ outcome: "failed", error: { sqlstate: "23505" } });
    expect(await it.db.sql("select * from pg_index where indrelid = 't'::regclass")).toEqual([]);
    await it.db.sql("delete from t");
    expect((await it.executor().executeAll()).outcome).toBe("applied");
    expect(await it.db.sql("select indisvalid from pg_index where indrelid = 't'::regclass")).toEqual([
      { indisvalid: true },
    ]);
  });

  test.each([
    ["psql commands", "\\set x 1\nselect 1;", "PSQL"],
    ["COPY from stdin", "create table t ();\ncopy t from stdin;\n\\.\n", "COPY"],
    ["a BEGIN without a COMMIT", "create table t ();\nbegin;\ncreate table u ();", "COMMIT"],
    ["a ROLLBACK without a BEGIN", "create table t ();\nrollback;", "ROLLBACK"],
    ["a syntax error", "create table t (;", "syntax"],
  ])("%s: refused before anything runs", async (_, text, word) => {
    await using it = await given({ "01_a.sql": "create table a ();", "02_b.sql": text });
    const error: unknown = await it
      .executor()
      .executeAll()
      .catch((e: unknown) => e);
    expect(isClewError(error, "SCRIPT_INVALID")).toBe(true);
    expect(String(error)).toMatch(new RegExp(word, "i"));
    expect(await it.db.sql("select to_regclass('a') as a")).toEqual([{ a: null }]);
  });
});

describe("files and history out of step", () => {
  test("changed and missing files are warnings, and refusals in strict runs; white space is no change", async () => {
    await using it = await given({ "01_a.sql": "create table a ();", "02_b.sql": "create table b ();" });
    await it.executor().executeAll();
    await it.folder.write({ "01_a.sql": "-- now with a comment\ncreate   table a ();\n" });
    expect((await it.executor().executeAll()).findings).toEqual([]);
    await it.folder.write({ "01_a.sql": "create table a (id int);" });
    await rm(join(it.folder.path, "02_b.sql"));
    const report = await it.executor().executeAll();
    expect(report.findings.map((finding) => finding.code)).toEqual(["FILE_CHANGED", "FILE_MISSING"]);
    expect(await codeOf(it.executor({ strict: true }).executeAll())).toBe("FILE_CHANGED");
  });

  test("rows of other tools are compared by what their statements say", async () => {
    await using it = await given({ "01_a.sql": "create table a (id int); -- x\ncreate table b ();" });
    await it.db.sql(`create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);
      insert into supabase_migrations.schema_migrations values ('01', array['CREATE TABLE a (id int)', 'create table b()'], 'a')`);
    expect((await it.executor().executeAll()).findings).toEqual([]);
    await it.db.sql(
      "update supabase_migrations.schema_migrations set statements = array['create table a (id bigint)']",
    );
    expect((await it.executor().executeAll()).findings).toMatchObject([{ code: "FILE_CHANGED", version: "01" }]);
  });

  test("an older file is refused unless out of order is allowed", async () => {
    await using it = await given({ "02_b.sql": "create table b ();" });
    await it.executor().executeAll();
    await it.folder.write({ "01_a.sql": "create table a ();", "03_c.sql": "create table c ();" });
    expect(await codeOf(it.executor().executeAll())).toBe("OUT_OF_ORDER");
    expect((await it.executor({ outOfOrder: true }).executeAll()).steps.map((step) => step.version)).toEqual([
      "01",
      "03",
    ]);
  });

  test("duplicate versions, a missing folder, bytes that are no UTF-8: a clear error, nothing run", async () => {
    await using it = await given({ "01_a.sql": "select 1", "01_b.sql": "select 2" });
    expect(await codeOf(it.executor().executeAll())).toBe("DUPLICATE_VERSION");
    await rm(join(it.folder.path, "01_b.sql"));
    await it.folder.write({ "02_x.sql": new Uint8Array([0x73, 0xff, 0xfe, 0x00]), "notes.sql": "select 1" });
    const error: unknown = await it
      .executor()
      .executeAll()
      .catch((e: unknown) => e);
    expect(isClewError(error, "FILE_UNREADABLE") && error.message).toContain("02_x.sql");
    expect(await codeOf(it.executor({ dir: `${it.folder.path}/none` }).executeAll())).toBe("NO_FOLDER");
    expect(await it.db.sql("select to_regclass('supabase_migrations.schema_migrations') as t")).toEqual([{ t: null }]);
  });

  test("execute stops after the version that is named; force runs an applied one again", async () => {
    await using it = await given({
      "01_a.sql": "create table if not exists a (); ",
      "02_b.sql": "create table b ();",
      "03_c.sql": "create table c ();",
    });
    expect((await it.executor().execute("02")).steps.map((step) => step.version)).toEqual(["01", "02"]);
    expect((await it.executor().execute("01", { force: true })).steps).toMatchObject([
      { version: "01", status: "applied" },
    ]);
    expect(await historyOf(it.db)).toEqual(["01", "02"]);
    expect(await codeOf(it.executor().execute("99"))).toBe("UNKNOWN_VERSION");
  });

  test("a plan changes nothing and has the same id each time", async () => {
    await using it = await given({ "01_a.sql": "create table a ();" });
    const plan = await it.executor().plan();
    expect(plan).toMatchObject({
      base: null,
      steps: [{ version: "01", mode: "whole", segments: [{ kind: "transaction" }] }],
    });
    expect((await it.executor().plan()).id).toBe(plan.id);
    expect(
      await it.db.sql("select nspname from pg_namespace where nspname in ('clew', 'supabase_migrations')"),
    ).toEqual([]);
  });
});

describe("rollback", () => {
  test("takes back the last n in reverse order with hand-written files", async () => {
    await using it = await given({
      "01_a.sql": "create table a ();",
      "02_b.sql": "create table b ();",
      "02_b.down.sql": "drop table b;",
      "03_c.sql": "create table c ();",
      "down/03_c.sql": "drop index concurrently if exists nothing;\ndrop table c;",
    });
    await it.executor().executeAll();
    const report = await it.executor().rollback(2);
    expect(report).toMatchObject({
      kind: "rollback",
      outcome: "rolled-back",
      steps: [{ version: "03", status: "rolled-back" }, { version: "02" }],
    });
    expect(await historyOf(it.db)).toEqual(["01"]);
    expect(await it.db.sql("select to_regclass('b') as b, to_regclass('c') as c")).toEqual([{ b: null, c: null }]);
    expect((await it.executor().executeAll()).outcome).toBe("applied");
  });

  test("what nobody has kept a rollback of is refused", async () => {
    await using it = await given({ "01_a.sql": "create table a ();" });
    await it.executor({ rollbacks: false }).executeAll();
    expect(await codeOf(it.executor().rollback())).toBe("NO_ROLLBACK");
  });
});

test("nothing is rolled back from under a migration that is partly applied", async () => {
  await using it = await given({
    "01_a.sql": "create table a (id int);",
    "01_a.down.sql": "drop table a;",
    "02_b.sql": "alter table a add b int;\nvacuum a;\nselect 1/0;",
  });
  expect((await it.executor({ rollbacks: false }).executeAll()).outcome).toBe("failed");
  expect(await codeOf(it.executor().rollback())).toBe("NO_ROLLBACK");
  expect(await historyOf(it.db)).toEqual(["01"]);
});

test("a rollback that stopped half-way is told, and goes on", async () => {
  await using it = await given({
    "01_a.sql": "create table a (id int); create table b (id int);",
    "01_a.down.sql": "drop table a;\nvacuum b;\nselect 1/0;",
  });
  await it.executor().executeAll();
  expect((await it.executor().rollback()).outcome).toBe("failed");
  const findings = [{ code: "PARTLY_ROLLED_BACK", version: "01" }];
  expect(await it.executor().getStatus()).toMatchObject({ findings });
  expect(await it.executor().executeAll()).toMatchObject({ outcome: "nothing-to-do", findings });
  await it.folder.write({ "01_a.down.sql": "drop table a;\nvacuum b;\ndrop table b;" });
  expect((await it.executor().rollback()).outcome).toBe("rolled-back");
  expect(await it.db.sql("select * from clew.segment")).toEqual([]);
});

test("a role that may not create schemas is told which grant is missing", async () => {
  await using it = await given({ "01_a.sql": "select 1" });
  await it.db.sql("create role limited login");
  const url = Object.assign(new URL(it.db.url), { username: "limited" }).href;
  const error: unknown = await it
    .executor({ databaseUrl: url })
    .executeAll()
    .catch((e: unknown) => e);
  await it.db.sql("drop role limited");
  expect(isClewError(error, "JOURNAL_DENIED") && error.data.help).toContain(
    `GRANT CREATE ON DATABASE "${it.db.name}" TO "limited"`,
  );
});

test("a policy that hides the history from the role is an error, not an empty history", async () => {
  await using it = await given({ "01_a.sql": "select 1" });
  await it.executor().executeAll();
  await it.db.sql("create role watched login; grant usage on schema clew, supabase_migrations to watched");
  await it.db.sql("grant all on all tables in schema clew, supabase_migrations to watched");
  await it.db.sql("alter table supabase_migrations.schema_migrations enable row level security");
  const url = Object.assign(new URL(it.db.url), { username: "watched" }).href;
  const code = await codeOf(it.executor({ databaseUrl: url }).getStatus());
  await it.db.sql("drop owned by watched; drop role watched");
  expect(code).toBe("JOURNAL_DENIED");
});

test("an observer that throws changes nothing", async () => {
  await using it = await given({ "01_a.sql": "create table a ();" });
  const seen: string[] = [];
  const observers = [
    () => {
      throw new Error("no");
    },
    async () => Promise.reject(new Error("no")),
    (event: { type: string }) => void seen.push(event.type),
  ];
  expect((await it.executor({ observers }).executeAll()).outcome).toBe("applied");
  expect(seen).toEqual(["run.started", "step.started", "statement.finished", "step.finished", "run.finished"]);
});

test("an observer that changes what it is told changes nothing", async () => {
  await using it = await given({ "01_a.sql": "create table a ();" });
  const observers = [
    (event: RunEvent) => void (event.type === "run.started" && Object.assign(event.plan.steps, { length: 0 })),
    (event: RunEvent) => void (event.type === "run.finished" && Object.assign(event.report, { steps: [] })),
  ];
  expect((await it.executor({ observers }).executeAll()).steps).toMatchObject([{ version: "01", status: "applied" }]);
});

test("a check before may refuse the run, one after may call it unverified; both may ask the database", async () => {
  await using it = await given({ "01_a.sql": "create table a ();" });
  const finding = { code: "NO", severity: "error", message: "not on a Friday" } as const;
  const asked: unknown[] = [];
  const check = (when: "before" | "after"): Check => ({
    name: "weekday",
    when,
    run: async ({ session, plan }) => {
      asked.push(...(await session.query({ text: `select ${plan.steps.length} as n` })));
      return [finding];
    },
  });
  expect(await codeOf(it.executor({ checks: [check("before")] }).executeAll())).toBe("CHECK_BLOCKED");
  expect(await it.db.sql("select to_regclass('a') as a")).toEqual([{ a: null }]);
  const report = await it.executor({ checks: [check("after")] }).executeAll();
  expect(report).toMatchObject({
    outcome: "unverified",
    findings: [finding],
    steps: [{ status: "applied" }],
    error: { code: "UNVERIFIED" },
  });
  expect(asked).toEqual([{ n: 1 }, { n: 1 }]);
});

test("a check that breaks after the run leaves the report, and calls it unverified", async () => {
  await using it = await given({ "01_a.sql": "create table a ();" });
  const check: Check = { name: "broken", when: "after", run: () => Promise.reject(new Error("no such page")) };
  const report = await it.executor({ checks: [check] }).executeAll();
  expect(report).toMatchObject({ outcome: "unverified", steps: [{ status: "applied" }] });
  expect(report.error?.message).toContain("no such page");
});

test("reports and plans are plain data", async () => {
  await using it = await given({ "01_a.sql": "create table a ();", "02_b.sql": "select nothing" });
  const plan = await it.executor().plan();
  const report = await it.executor().executeAll();
  const status = await it.executor().getStatus();
  for (const data of [plan, report, status]) expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});
