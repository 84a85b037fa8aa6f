// Pins the network that fault tests stand on: what is counted, what is late, what is lost and what is not.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { freshDatabase } from "./database.ts";
import { startProxy } from "./proxy.ts";

async function session(url: string): Promise<Client> {
  const client = new Client(url);
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** A TCP server that keeps what each client sent, and answers as it is told. */
async function listen(answer: (bytes: Buffer, socket: Socket) => void) {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received.push(bytes);
      answer(bytes, socket);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    text: () => Buffer.concat(received).toString(),
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function dial(to: { readonly host: string; readonly port: number }): Promise<Socket> {
  const socket = connect(to.port, to.host);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** Reads until the other side ends or resets the stream. */
async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (bytes) => (text += bytes.toString()));
  await new Promise((resolve) => socket.once("close", resolve).once("end", resolve));
  return text;
}

describe("counting", () => {
  test("each query that is waited for is one round trip, connecting one or, with a password, three; goodbye is none", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const connecting = new URL(db.url).password === "" ? 1 : 3;
    expect(proxy.counts()).toMatchObject({ connections: 1, roundTrips: connecting });
    await client.query("select 1");
    await client.query("begin; create table thing (id int); commit");
    await client.query("select $1::text", ["extended protocol: parse, bind, describe, execute and sync in one burst"]);
    expect(proxy.counts().roundTrips).toBe(connecting + 3);
    await client.end();
    expect(proxy.counts().roundTrips).toBe(connecting + 3);
    await (await session(proxy.url)).end();
    expect(proxy.counts()).toMatchObject({ connections: 2, roundTrips: 2 * connecting + 3 });
  });

  test("an answer of a megabyte is one round trip, its bytes are counted", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const before = proxy.counts();
    await client.query("select repeat('x', 1000000)");
    expect(proxy.counts().roundTrips).toBe(before.roundTrips + 1);
    expect(proxy.counts().bytesFromServer - before.bytesFromServer).toBeGreaterThan(1_000_000);
    expect(proxy.counts().bytesFromClient - before.bytesFromClient).toBeLessThan(100);
    await client.end();
  });

  test("messages sent while the answer is on its way are the same round trip", async () => {
    await using server = await listen((_, socket) => socket.write("answer "));
    await using proxy = await startProxy(server.url, { delayMs: 400 });
    const socket = await dial(proxy);
    socket.write("one ");
    while (server.text() !== "one ") await new Promise(setImmediate);
    socket.write("two "); // the first answer is under way, and the client does not know it
    let text = "";
    for await (const bytes of socket) if ((text += bytes) === "answer answer ") break;
    expect(proxy.counts().roundTrips).toBe(1);
  });
});

describe("delay", () => {
  test("a round trip takes at least the delay", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url, { delayMs: 100 });
    const client = await session(proxy.url);
    const began = performance.now();
    await client.query("select 1");
    expect(performance.now() - began).toBeGreaterThanOrEqual(100);
    await client.end();
  });

  test("order is kept, and many messages are under way at once", async () => {
    let answered = false;
    await using server = await listen((_, socket) => socket.write("."));
    await using proxy = await startProxy(server.url, { delayMs: 1000 });
    const socket = await dial(proxy);
    socket.once("data", () => (answered = true));
    const words = Array.from({ length: 50 }, (_, index) => `${index} `);
    for (const word of words) {
      socket.write(word);
      await new Promise(setImmediate); // a lot of its own
    }
    while (server.text() !== words.join("")) {
      expect(answered).toBe(false); // one after the other they would take 25 s, and the first answer 1 s
      await new Promise(setImmediate);
    }
    socket.destroy();
  });

  test("a large answer arrives whole", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url, { delayMs: 20 });
    const client = await session(proxy.url);
    const { rows } = await client.query("select md5(i::text) as hash from generate_series(1, 500000) i");
    expect(rows).toHaveLength(500_000);
    await client.end();
  });
});

test("silence: nothing passes, nobody is told, and what was held back arrives after it", async () => {
  await using db = await freshDatabase();
  await db.sql("create table thing (id int)");
  await using proxy = await startProxy(db.url);
  const client = await session(proxy.url);
  proxy.silence();
  let settled = 0;
  const count = (): void => void (settled += 1);
  const insert = client.query("insert into thing values (1)").finally(count);
  const newcomer = session(proxy.url).finally(count);
  await db.sql("select pg_sleep(0.2)");
  expect(settled).toBe(0);
  expect(await db.sql("select * from thing")).toEqual([]);
  proxy.resume();
  await insert;
  expect(await db.sql("select * from thing")).toEqual([{ id: 1 }]);
  await Promise.all([client.end(), (await newcomer).end()]);
});

test("a client that is killed in the silence leaves its session behind, until the silence ends", async () => {
  await using db = await freshDatabase();
  await using proxy = await startProxy(db.url);
  const client = await session(proxy.url);
  const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
  const alive = () => db.sql("select from pg_stat_activity where pid = $1", [rows[0]!.pid]);
  proxy.silence();
  (client as unknown as { connection: { stream: Socket } }).connection.stream.resetAndDestroy();
  await db.sql("select pg_sleep(0.2)");
  expect(await alive()).toHaveLength(1);
  proxy.resume();
  await expect.poll(alive, { timeout: 10_000 }).toHaveLength(0);
});

describe("cutting", () => {
  test("resets what is open; new connections pass", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const query = client.query("select pg_sleep(60)");
    const rejected = expect(query).rejects.toThrow();
    await expect
      .poll(() => db.sql("select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"))
      .toHaveLength(1);
    proxy.cut();
    await rejected;
    const next = await session(proxy.url);
    expect((await next.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await next.end();
  });

  const commit = (seen: Buffer): boolean => seen.includes("commit");

  test("before COMMIT arrives: nothing is committed", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const cut = proxy.cutWhen("client", commit, "before");
    await client.query("begin");
    await client.query("create table thing (id int)");
    await expect(client.query("commit")).rejects.toThrow();
    await cut;
    await expect
      .poll(() =>
        db.sql("select from pg_stat_activity where datname = current_database() and state = 'idle in transaction'"),
      )
      .toEqual([]);
    expect(await db.sql("select to_regclass('thing') as thing")).toEqual([{ thing: null }]);
  });

  test("after COMMIT has passed: the server carries on alone, and it is committed a while later", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const cut = proxy.cutWhen("client", commit, "after");
    await expect(client.query("begin; create table thing (id int); select pg_sleep(0.5); commit")).rejects.toThrow();
    await cut;
    expect(await db.sql("select to_regclass('thing')::text as thing")).toEqual([{ thing: null }]);
    await expect
      .poll(() => db.sql("select to_regclass('thing')::text as thing"), { timeout: 10_000 })
      .toEqual([{ thing: "thing" }]);
  });

  test("when COMMIT was answered: it is committed, and the client does not know", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const cut = proxy.cutWhen("client", commit, "answered");
    await expect(
      client.query("begin; create table thing (id int); select repeat('x', 100000); commit"),
    ).rejects.toThrow();
    await cut;
    expect(await db.sql("select to_regclass('thing')::text as thing")).toEqual([{ thing: "thing" }]);
  });

  test("at what the server says: its answer is lost", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const client = await session(proxy.url);
    const cut = proxy.cutWhen("server", (seen) => seen.includes("COMMIT\0"), "before");
    await expect(client.query("begin; create table thing (id int); commit")).rejects.toThrow();
    await cut;
    expect(await db.sql("select to_regclass('thing')::text as thing")).toEqual([{ thing: "thing" }]);
  });

  test("strikes one connection, once", async () => {
    await using db = await freshDatabase();
    await using proxy = await startProxy(db.url);
    const [one, two] = [await session(proxy.url), await session(proxy.url)];
    const cut = proxy.cutWhen("client", (seen) => seen.includes("now"), "before");
    await expect(one.query("select 'now'")).rejects.toThrow();
    await cut;
    expect((await two.query("select 'now' as word")).rows).toEqual([{ word: "now" }]);
    await two.end();
  });

  test("exactly that many bytes from the client arrive", async () => {
    await using server = await listen(() => {});
    await using proxy = await startProxy(server.url);
    const socket = await dial(proxy);
    const cut = proxy.cutAfterBytes("client", 7);
    socket.write("1234");
    while (server.text() !== "1234") await new Promise(setImmediate);
    socket.write("5678");
    await cut;
    await readToEnd(server.sockets[0]!);
    expect(server.text()).toBe("1234567");
  });

  test("exactly that many bytes from the server arrive", async () => {
    await using server = await listen((_, socket) => socket.write("a long answer"));
    await using proxy = await startProxy(server.url);
    const socket = await dial(proxy);
    void proxy.cutAfterBytes("server", 6);
    socket.write("?");
    expect(await readToEnd(socket)).toBe("a long");
  });
});
