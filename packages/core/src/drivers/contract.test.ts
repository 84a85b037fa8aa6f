// The contract of every driver: the same behaviour of query, transaction and autocommit, held by the same tests.
import { freshDatabase } from "@clew/kit";
import { PGlite } from "@electric-sql/pglite";
import { Client, Pool } from "pg";
import { afterAll, describe, expect, test } from "vitest";
import { isSessionError, type Driver, type Fault, type Sql } from "../driver.ts";
import { pg } from "./pg.ts";
import { pglite } from "./pglite.ts";
import { supabase } from "./supabase.ts";
import { startProject } from "../../test/channel.ts";

interface Given extends AsyncDisposable {
  readonly driver: Driver;
}

const embedded = new PGlite();
afterAll(() => embedded.close());

const drivers: Readonly<Record<string, () => Promise<Given>>> = {
  "pg, from a function": async () => {
    const db = await freshDatabase();
    return { driver: pg(() => new Client(db.url)), [Symbol.asyncDispose]: db.drop };
  },
  "pg, from a pool": async () => {
    const db = await freshDatabase();
    const pool = new Pool({ connectionString: db.url });
    return {
      driver: pg(pool),
      async [Symbol.asyncDispose]() {
        await pool.end();
        await db.drop();
      },
    };
  },
  "pg, one client": async () => {
    const db = await freshDatabase();
    const client = await db.client();
    return { driver: pg(client), [Symbol.asyncDispose]: db.drop };
  },
  pglite: async () => {
    await embedded.exec("drop schema public cascade; create schema public");
    return { driver: pglite(embedded), [Symbol.asyncDispose]: async () => undefined };
  },
  supabase: async () => {
    const project = await startProject();
    return { driver: supabase(project), [Symbol.asyncDispose]: () => project[Symbol.asyncDispose]() };
  },
};

const sql = (text: string, values?: (string | null)[]): Sql => (values ? { text, values } : { text });

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (isSessionError(error)) return error.fault;
    throw error;
  }
  throw new Error("it did not fail");
}

describe.each(Object.entries(drivers))("%s", (_, make) => {
  test("query: what ran before in the session does not reach it", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const { autocommit } = given.driver.supports;
    const [{ user }] = (await session.query(sql("select current_user as user"))) as [{ user: string }];
    await session.transaction([sql("set search_path = nowhere"), ...(autocommit ? [sql("set role pg_monitor")] : [])]);
    const question = sql("select current_user as user, current_setting('search_path') like '%public%' as home");
    expect(await session.query(question)).toEqual([{ user, home: true }]);
    if (autocommit) await session.autocommit([sql("reset role"), sql("reset all")]);
  });

  test("query: rows as Postgres's own JSON, parameters as text", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    expect(
      await session.query(
        sql(
          "select 1 as n, 9007199254740993::text as big, $1::text as t, $2::text is null as nil, array['a','b'] as list, true as yes",
          ["ä'\\", null],
        ),
      ),
    ).toEqual([{ n: 1, big: "9007199254740993", t: "ä'\\", nil: true, list: ["a", "b"], yes: true }]);
    expect(await session.query(sql("select 1 as x where false"))).toEqual([]);
  });

  test("query: settings hold for it alone", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const settings = [sql("set search_path = pg_catalog"), sql("select set_config('work_mem', '4MB', false)")];
    expect(await session.query(sql("select current_setting('search_path') as path"), settings)).toEqual([
      { path: "pg_catalog" },
    ]);
    expect(await session.query(sql("select current_setting('search_path') as path"))).not.toEqual([
      { path: "pg_catalog" },
    ]);
  });

  test("query: cannot write, and its failure leaves the session usable", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    expect(await faultOf(session.query(sql("select * from nothing")))).toMatchObject({
      reply: "error",
      sqlstate: "42P01",
    });
    expect(await session.query(sql("select 1 as n"))).toEqual([{ n: 1 }]);
  });

  test("transaction: all of it, in order, told one by one", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const told: number[] = [];
    const counts: (number | undefined)[] = [];
    await session.transaction(
      [
        sql("create table t (id int, name text)"),
        sql("insert into t values (1, $1)", ["ä"]),
        sql("insert into t select 2, 'x'"),
      ],
      {
        onItem: (index, rows) => {
          told.push(index);
          counts.push(rows);
        },
      },
    );
    expect(await session.query(sql("select * from t order by id"))).toEqual([
      { id: 1, name: "ä" },
      { id: 2, name: "x" },
    ]);
    expect(told).toEqual([0, 1, 2]);
    // A driver tells the rows as they are, or nothing.
    expect(counts).toEqual(given.driver.untold?.rows ? [undefined, undefined, undefined] : [undefined, 1, 1]);
    expect(given.driver.sent?.() ?? Infinity).toBeGreaterThan(100);
  });

  test("transaction: or none of it, with the failing item, its position in characters, hint and detail", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const batch = [
      sql("create table t (id int primary key)"),
      sql("insert into t values (1)"),
      sql("select '🧀', nothing from t"),
      sql("create table u ()"),
    ];
    expect(await faultOf(session.transaction(batch))).toMatchObject({
      reply: "error",
      index: 2,
      sqlstate: "42703",
      position: 13,
    });
    expect(await session.query(sql("select to_regclass('t') as t, to_regclass('u') as u"))).toEqual([
      { t: null, u: null },
    ]);
    expect(await faultOf(session.transaction([batch[0]!, batch[1]!, batch[1]!]))).toMatchObject({
      index: 2,
      sqlstate: "23505",
      constraint: "t_pkey",
      detail: expect.any(String),
    });
  });

  test("transaction: a savepoint does not bring a failed one back", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const batch = ["create table t ()", "savepoint a", "select 1/0", "rollback to a", "create table u ()"].map((text) =>
      sql(text),
    );
    // Where the batch is run by a function, there is no savepoint in the first place.
    const expected = given.driver.supports.autocommit
      ? { index: 2, sqlstate: "22012" }
      : { index: 1, sqlstate: "0A000" };
    expect(await faultOf(session.transaction(batch))).toMatchObject(expected);
    expect(await session.query(sql("select to_regclass('t') as t, to_regclass('u') as u"))).toEqual([
      { t: null, u: null },
    ]);
  });

  test("transaction: a deferred constraint fails at COMMIT, whose place is the batch's length", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    await session.transaction([
      sql("create table a (id int primary key)"),
      sql("create table b (a int references a deferrable initially deferred)"),
    ]);
    expect(await faultOf(session.transaction([sql("insert into b values (1)")]))).toMatchObject({
      reply: "error",
      index: 1,
      sqlstate: "23503",
    });
    expect(await session.query(sql("select * from b"))).toEqual([]);
  });

  test("transaction: modes, and a script with many statements", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const script = {
      text: "create table t (n int); insert into t values (1);\ninsert into t values (2)",
      script: true,
    };
    await session.transaction(
      [script, sql("insert into t select (current_setting('transaction_isolation') = 'serializable')::int")],
      {
        begin: "ISOLATION LEVEL SERIALIZABLE",
      },
    );
    expect(await session.query(sql("select n from t"))).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
    const bad = { text: "insert into t values (3); insert into nothing values (4)", script: true };
    expect(await faultOf(session.transaction([sql("select 1"), bad]))).toMatchObject({
      index: 1,
      sqlstate: "42P01",
      position: 39,
    });
    const without = { text: "insert into t values (3); do 'begin perform 1/0; end'; select 1", script: true };
    expect(await faultOf(session.transaction([without]))).toMatchObject({ index: 0, sqlstate: "22012", completed: 1 });
    expect(await session.query(sql("select count(*) as n from t"))).toEqual([{ n: 3 }]);
  });

  test("transaction: a session that was left read only by default can still write", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    await session.transaction([sql("set default_transaction_read_only = on")]);
    await session.transaction([sql("create table t ()")]);
    await session.transaction([sql("reset default_transaction_read_only")]);
  });

  test("transaction: a signal that is aborted stops it between items, and nothing stays", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    expect(
      await faultOf(session.transaction([sql("create table t ()")], { signal: AbortSignal.abort() })),
    ).toMatchObject({ reply: "error", sqlstate: "57014" });
    expect(await session.query(sql("select to_regclass('t') as t"))).toEqual([{ t: null }]);
  });

  test("autocommit: statements that refuse a transaction, each by itself", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    await session.transaction([sql("create table t (id int)")]);
    if (!given.driver.supports.autocommit) {
      expect(await faultOf(session.autocommit([sql("vacuum t")]))).toMatchObject({ reply: "error", sqlstate: "25001" });
      return;
    }
    await session.autocommit([
      sql("set work_mem = '5MB'"),
      sql("vacuum t"),
      sql("create index concurrently i on t (id)"),
    ]);
    expect(await session.query(sql("select to_regclass('i')::text as i"))).toEqual([{ i: "i" }]);
    expect(await faultOf(session.autocommit([sql("select 1"), sql("vacuum nothing")]))).toMatchObject({
      index: 1,
      sqlstate: "42P01",
    });
  });

  test("transaction: 20,000 statements", async () => {
    await using given = await make();
    await using session = await given.driver.connect();
    const many = Array.from({ length: 20_000 }, (_, n) => sql(`insert into t values (${n})`));
    await session.transaction([sql("create table t (n int)"), ...many]);
    expect(await session.query(sql("select count(*) as n, max(n) as max from t"))).toEqual([
      { n: 20_000, max: 19_999 },
    ]);
  });
});

describe("pg", () => {
  test("a session that the server ends is lost", async () => {
    await using db = await freshDatabase();
    await using session = await pg(() => new Client(db.url)).connect();
    const [{ pid }] = (await session.query<{ pid: number }>(sql("select pg_backend_pid() as pid"))) as [
      { pid: number },
    ];
    const work = faultOf(session.transaction([sql("create table t ()"), sql("select pg_sleep(60)")]));
    await db.sql(`select pg_terminate_backend(${pid})`);
    expect((await work).reply).toBe("lost");
    expect((await faultOf(session.transaction([sql("select 1")]))).reply).toBe("lost");
    expect(await db.sql("select to_regclass('t') as t")).toEqual([{ t: null }]);
  });

  test("a session that is given up ends at once", async () => {
    await using db = await freshDatabase();
    await using session = await pg(() => new Client(db.url)).connect();
    const work = faultOf(session.autocommit([sql("select pg_sleep(60)")]));
    session.destroy("enough");
    expect((await work).reply).toBe("lost");
  });

  test("a question that is not answered counts as lost", async () => {
    await using db = await freshDatabase();
    await using session = await pg(() => new Client(db.url), { answerTimeout: 200 }).connect();
    expect((await faultOf(session.query(sql("select pg_sleep(60)")))).reply).toBe("lost");
  });

  test("nobody at the address", async () => {
    const driver = pg(() => new Client({ host: "127.0.0.1", port: 1 }));
    expect(await faultOf(driver.connect())).toMatchObject({ reply: "lost", index: -1 });
  });
});
