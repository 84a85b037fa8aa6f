// Tests of what the Supabase channel refuses at plan time: each with its place and the way out, and each tried on the server.
import { tempFolder } from "@clew/kit";
import { loadGrammar, read } from "@clew/sql-analyzer/reading";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startProject, type Project } from "../../test/channel.ts";
import { isClewError } from "../errors.ts";
import { MigrationExecutor } from "../executor.ts";
import { refuseStatement } from "./refuse.ts";

const grammar = await loadGrammar();
const refusalOf = (text: string) => read(text, grammar).statements.map(refuseStatement).find(Boolean);

/** The statement, and a word of what is said of it. */
const refused: readonly (readonly [text: string, said: string])[] = [
  ["create index concurrently i on t (id)", "refuses a transaction"],
  ["drop index concurrently i", "refuses a transaction"],
  ["vacuum t", "refuses a transaction"],
  ["alter system set work_mem = '5MB'", "refuses a transaction"],
  ["do $$ begin commit; end $$", "refuses a transaction"],
  ["set search_path = app", "SET LOCAL"],
  ["set time zone 'UTC'", "SET LOCAL"],
  ["reset all", "SET LOCAL"],
  ["set session characteristics as transaction isolation level serializable", "SET LOCAL"],
  ["select pg_catalog.set_config('search_path', '', false)", "third argument"],
  ["with x as (select set_config('a.b', '1', false)) select * from x", "third argument"],
  ["set transaction isolation level serializable", "BEGIN ISOLATION LEVEL"],
  ["set role app", "as one role"],
  ["set local role app", "as one role"],
  ["reset role", "as one role"],
  ["set session authorization app", "as one role"],
  ["listen x", "LISTEN"],
  ["unlisten x", "LISTEN"],
  ["create temporary table x (id int)", "ON COMMIT DROP"],
  ["create temp table x as select 1", "ON COMMIT DROP"],
  ["create table pg_temp.x (id int)", "ON COMMIT DROP"],
  ["create temp view x as select 1", "ON COMMIT DROP"],
  ["create temp sequence x", "ON COMMIT DROP"],
  ["copy t to stdout", "INSERT"],
  ["copy t from '/tmp/x'", "INSERT"],
  ["prepare x as select 1", "the statement itself"],
  ["execute x", "the statement itself"],
  ["deallocate all", "the statement itself"],
  ["discard temp", "DISCARD"],
  ["declare c cursor for select 1", "loop"],
  ["savepoint a", "BEGIN … EXCEPTION"],
  ["rollback to a", "BEGIN … EXCEPTION"],
  ["select 1 as id into made", "CREATE TABLE … AS"],
  ["delete from t", "WHERE true"],
  ["update t set id = 1", "WHERE true"],
  ["with gone as (delete from t returning *) select * from gone", "WHERE true"],
  ["select pg_advisory_lock(1)", "pg_advisory_xact_lock"],
  ["select pg_try_advisory_lock(1)", "pg_advisory_xact_lock"],
];

const allowed = [
  "set local search_path = app",
  "select set_config('search_path', '', true)",
  "select set_config('search_path', '', 't')",
  "create temp table x (id int) on commit drop",
  "delete from t where true",
  "update t set id = 1 where id = 2",
  "select pg_advisory_xact_lock(1)",
  "lock table t",
  "notify x",
  "analyze t",
  "truncate t",
  "create function f() returns void language sql as 'delete from t'",
  "set constraints all deferred",
  "begin; create table x (); commit",
  "do $$ begin perform 1; exception when others then null; end $$",
];

test.each(refused)("%s is refused", (text, said) => {
  const found = refusalOf(text);
  expect(`${found?.message} ${found?.help}`).toContain(said);
  expect(found?.help).not.toBe("");
});

test.each(allowed)("%s is not", (text) => {
  expect(refusalOf(text)).toBeUndefined();
});

describe("a plan", () => {
  let project: Project;
  beforeAll(async () => {
    project = await startProject();
  });
  afterAll(() => project?.[Symbol.asyncDispose]());

  test("with such statements is refused before anything runs, every place in it", async () => {
    await using folder = await tempFolder({
      "01_a.sql": "create table public.a (id int);",
      "02_b.sql": "create table b (id int);\n\nset search_path = b;\n  create index concurrently on b (id);\n",
    });
    const executor = new MigrationExecutor({ supabaseUrl: project.url, serviceKey: project.key, dir: folder.path });
    for (const work of [() => executor.executeAll(), () => executor.plan()]) {
      const error = await work().then(
        () => undefined,
        (failure: unknown) => failure,
      );
      if (!isClewError(error, "UNSUPPORTED_BY_DRIVER")) throw error ?? new Error("it was not refused");
      expect(error.data).toMatchObject({
        version: "02",
        at: { line: 3, column: 1 },
        help: expect.stringContaining("SET LOCAL"),
      });
      expect(error.message).toMatch(/02_b\.sql:3:1: [^]*02_b\.sql:4:3: [^]*--db/);
    }
    expect(await project.db.sql("select to_regclass('public.a') as a")).toEqual([{ a: null }]);
    expect((await executor.execute("01")).outcome).toBe("applied");
  });

  test("with what is allowed runs", async () => {
    await using folder = await tempFolder({
      "02_t.sql": "create schema if not exists app; create table if not exists t (id int);",
      ...Object.fromEntries(allowed.map((text, at) => [`${String(at + 10)}_it.sql`, text])),
    });
    const executor = new MigrationExecutor({ supabaseUrl: project.url, serviceKey: project.key, dir: folder.path });
    const report = await executor.executeAll({});
    expect(report.error).toBeUndefined();
    expect(report.outcome).toBe("applied");
  });
});
