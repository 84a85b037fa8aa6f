// Tests of what is said when the database refuses: place, reason, what to do, and no secret.
import { freshDatabase, startServer, secretUser, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { isClewError, type ErrorData } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";

async function failureOf(text: string, before = "select 1"): Promise<ErrorData> {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "01_a.sql": before, "02_b.sql": text });
  const report = await new MigrationExecutor({ databaseUrl: db.url, dir: folder.path }).executeAll();
  if (!report.error) throw new Error("it did not fail");
  return report.error;
}

async function thrownBy(databaseUrl: string): Promise<ErrorData> {
  await using folder = await tempFolder({ "01_a.sql": "select 1" });
  try {
    await new MigrationExecutor({ databaseUrl, dir: folder.path }).executeAll();
  } catch (error) {
    if (isClewError(error)) return error.data;
    throw error;
  }
  throw new Error("it did not fail");
}

test("the place counts characters, whatever stands before it", async () => {
  const error = await failureOf("select '🧀🧀', 'é'; /* ü */ select '🧀', nichts;");
  expect(error.at).toMatchObject({ line: 1, column: 39 });
  expect(error.at?.excerpt.split("\n").at(-1)).toMatch(/\^/);
  expect(error.message).toContain("02_b.sql:1:39:");
});

test("without a position of Postgres's the statement is shown", async () => {
  const error = await failureOf("select 1;\n\ncreate table t ();\ncreate table t ();\n");
  expect(error).toMatchObject({ sqlstate: "42P07", at: { line: 4, column: 1 } });
});

test("Postgres's hint, detail and context are kept", async () => {
  const hint = await failureOf("create table t (id int); select idd from t;");
  expect(hint.hint).toContain('"t.id"');
  const detail = await failureOf(
    "insert into t values (1);",
    "create table t (id int primary key); insert into t values (1)",
  );
  expect(detail.detail).toContain("(id)=(***)");
  const context = await failureOf(
    "select f();",
    "create function f() returns int language plpgsql as 'begin return 1/0; end'",
  );
  expect(context.context).toContain("f() line 1");
});

test("a statement that refuses a transaction, hidden in a procedure: how to run it", async () => {
  const error = await failureOf("call p();", "create procedure p() language plpgsql as 'begin commit; end'");
  expect(error).toMatchObject({ sqlstate: "2D000" });
  expect(error.help).toContain("supabase:disable-transaction");
});

test("a dump that holds the records of runs: how to leave them out", async () => {
  const error = await failureOf("create schema clew; create table clew.runs ();");
  expect(error).toMatchObject({ sqlstate: "42P06", help: expect.stringContaining("pg_dump -N clew") });
  expect((await failureOf("create schema mine; create schema mine;")).help).not.toContain("pg_dump");
});

test("a password in a statement does not come out", async () => {
  const error = await failureOf("create role nobody_here login password 'canary-s3cret' in role nobody_there;");
  expect(JSON.stringify(error)).not.toContain("canary-s3cret");
});

test.each([
  ["nobody listens", "postgresql://me:canary-s3cret@127.0.0.1:1/db", /start the server/],
  ["no such host", "postgresql://me:canary-s3cret@host.invalid/db", /host's name/],
  ["no URL", "postgres//me:canary-s3cret@host/db", /postgresql:\/\//],
  ["another database's URL", "mysql://me:canary-s3cret@host/db", /postgresql:\/\//],
])("%s: what to do, without the password", async (_, url, help) => {
  const error = await thrownBy(url);
  expect(error.help).toMatch(help);
  expect(JSON.stringify(error)).not.toContain("canary-s3cret");
});

test("a wrong password, a database that is not there, encryption that the server does not have", async () => {
  await using server = await startServer();
  const wrong = await thrownBy(server.url({ user: secretUser.user, password: "canary-s3cret" }));
  expect(wrong).toMatchObject({ code: "CONNECT_FAILED", sqlstate: "28P01" });
  expect(wrong.help).toMatch(/password/);
  expect(JSON.stringify(wrong)).not.toContain("canary-s3cret");
  expect(await thrownBy(server.url({ database: "nothing" }))).toMatchObject({
    code: "CONNECT_FAILED",
    sqlstate: "3D000",
  });
  const tls = await thrownBy(`${server.url()}?sslmode=require`);
  expect(tls).toMatchObject({ code: "CONNECT_FAILED" });
  expect(tls.help).toMatch(/sslmode/);
});
