// Owns pg_dump of native servers, whatever their version: the one from npm, in a thread of its own.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MessageChannel, Worker } from "node:worker_threads";
import { lastOfWhole } from "../../packages/backup/src/messages.ts";

/** pg_dump, ready to be asked again and again; one at a time. */
export interface Dumper extends AsyncDisposable {
  /** What it prints for the database of a connection string that needs no password. */
  dump(url: string, args: readonly string[]): Promise<string>;
}

interface Said {
  readonly text?: string;
  readonly failure?: string;
}

export function startDumper(): Dumper {
  const flag = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL("dump-worker.ts", import.meta.url), {
    workerData: { flag, port: port2 },
    transferList: [port2],
  });
  worker.unref();
  port1.unref();
  const end = once(worker, "exit").then(([status]): never => {
    throw new Error(`pg_dump's thread has ended with status ${String(status)}`);
  });
  end.catch(() => undefined);
  const answered = new Int32Array(flag);
  let line: Line | undefined;
  port1.on("message", (bytes: Uint8Array) => void line!.ask(bytes).then(answer));
  const answer = (bytes: Uint8Array): void => {
    port1.postMessage(bytes);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  };
  return {
    async dump(url, args) {
      if (line?.url !== url || !(await line.renew())) {
        line?.end();
        line = openLine(url);
      }
      try {
        worker.ref();
        const reply = once(worker, "message") as Promise<[Said]>;
        worker.postMessage([...args, "-d", new URL(url).pathname.slice(1)]);
        const [{ text, failure }] = await Promise.race([reply, end]);
        if (text === undefined) throw new Error(failure);
        return text;
      } finally {
        worker.unref();
        // Until it is over, its transaction keeps locks.
        await line.over();
      }
    },
    async [Symbol.asyncDispose]() {
      line?.end();
      await worker.terminate();
    },
  };
}

interface Line {
  readonly url: string;
  /** Sends what pg_dump says, and gives what the server answers. */
  ask(bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends what the last dump has begun. */
  over(): Promise<void>;
  /** Makes it as new for the next dump: a session that has looked around once answers sooner. False where it is lost. */
  renew(): Promise<boolean>;
  end(): void;
}

/** A connection whose first packet names who connects to what: pg_dump does not know. */
function openLine(url: string): Line {
  const socket: Socket = connect(Number(new URL(url).port), new URL(url).hostname);
  socket.unref();
  let received: Buffer[] = [];
  let give: (bytes: Uint8Array) => void = () => {};
  let greeting: Uint8Array | undefined;
  let started = false;
  const done = (): void => {
    const bytes = new Uint8Array(Buffer.concat(received));
    received = [];
    give(bytes);
  };
  const send = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    if (socket.destroyed) return new Uint8Array();
    give = resolve;
    socket.write(bytes);
    return promise;
  };
  socket.on("data", (bytes) => {
    received.push(bytes);
    if (lastOfWhole(Buffer.concat(received)) === "Z") done();
  });
  socket.on("close", done);
  socket.on("error", () => undefined);
  return {
    url,
    async ask(bytes) {
      if (!started) {
        started = true;
        return (greeting ??= await send(startup(new URL(url))));
      }
      return send(bytes);
    },
    over: async () => void (await send(query("rollback"))),
    async renew() {
      started = false;
      return (await send(query("discard all"))).length > 0;
    },
    end: () => void socket.destroy(),
  };
}

function query(text: string): Buffer {
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.from("Q\0\0\0\0");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

// https://www.postgresql.org/docs/current/protocol-message-formats.html
function startup(url: URL): Buffer {
  const settings = { user: decodeURIComponent(url.username), database: url.pathname.slice(1), client_encoding: "UTF8" };
  const body = Buffer.from(`${Object.entries(settings).flat().join("\0")}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}
