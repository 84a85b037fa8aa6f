// Tests how a database is reached: again where it may soon be there, in the time that is given, over the connections that are allowed.
import { createServer, type Server } from "node:net";
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { openSession, openUrl } from "./connect.ts";
import { SessionError, type Driver, type Session } from "./driver.ts";
import { MigrationExecutor } from "./executor.ts";

/** A driver that fails so often before it is there. */
function failing(times: number, error: SessionError): Driver & { readonly tried: () => number } {
  let tried = 0;
  return {
    name: "failing",
    supports: { autocommit: true, sessions: true },
    tried: () => tried,
    async connect() {
      if (++tried <= times) throw error;
      return {} as Session;
    },
  };
}

const lost = new SessionError("connect ECONNREFUSED", { reply: "lost", index: -1 });
const full = new SessionError("sorry, too many clients already", { reply: "lost", index: -1, sqlstate: "53300" });
const denied = new SessionError("password authentication failed", { reply: "lost", index: -1, sqlstate: "28P01" });

test("what may soon be there is tried again, as often as is said", async () => {
  for (const error of [lost, full]) {
    const driver = failing(2, error);
    await openSession(driver, 2);
    expect(driver.tried()).toBe(3);
  }
  const driver = failing(2, lost);
  await expect(openSession(driver, 1)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  expect(driver.tried()).toBe(2);
});

test("a wrong password is not tried again, and by default nothing is", async () => {
  const wrong = failing(1, denied);
  await expect(openSession(wrong, 5)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  const refused = failing(1, lost);
  await expect(openSession(refused)).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  expect([wrong.tried(), refused.tried()]).toEqual([1, 1]);
});

test("connecting takes no longer than connectTimeout", async () => {
  await using silent = await listening();
  const { driver } = await openUrl(`postgresql://a@127.0.0.1:${silent.port}/b`, undefined, { connectTimeout: 50 });
  await expect(driver.connect()).rejects.toThrow(/timeout/);
});

/** A server that takes connections and never says a word. */
async function listening(): Promise<AsyncDisposable & { readonly port: number }> {
  const server: Server = createServer((socket) => void socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

test("what Clew asks is given up after answerTimeout", async () => {
  await using db = await freshDatabase();
  const { driver } = await openUrl(db.url, undefined, { answerTimeout: 200 });
  await using session = await driver.connect();
  await expect(session.query({ text: "SELECT pg_sleep(60)" })).rejects.toMatchObject({
    message: "no answer for 200 ms",
  });
});

test("a pooler that is in transaction mode at any port is treated as one", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "0001_index.sql": "create index concurrently a_b on a (b);" });
  const through = (pooler: "transaction" | "session"): MigrationExecutor =>
    new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, pooler, names: false });
  await expect(through("transaction").plan()).rejects.toMatchObject({ code: "UNSUPPORTED_BY_DRIVER" });
  expect((await through("session").plan()).steps).toHaveLength(1);
});

test.for([1, 2])("a run that takes long holds %i connections at most", async (connections) => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    "0001_seen.sql":
      "create table seen as select pg_sleep(2) is null as slept; insert into seen select count(*) > 1 from pg_stat_activity where datname = current_database() and backend_type = 'client backend';",
  });
  const executor = new MigrationExecutor({ databaseUrl: db.url, dir: folder.path, connections, lockTimeout: 400 });
  expect(await executor.executeAll()).toMatchObject({ outcome: "applied" });
  expect(await db.sql("select slept from seen offset 1")).toEqual([{ slept: connections > 1 }]);
});
