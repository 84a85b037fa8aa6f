// Owns pg_dump of native servers, whatever their version: the one from npm, in a thread of its own.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { MessageChannel, Worker } from "node:worker_threads";

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
  const answered = new Int32Array(flag);
  let line: Line | undefined;
  port1.on("message", (bytes: Uint8Array) => line!.send(bytes));
  const answer = (bytes: Uint8Array): void => {
    port1.postMessage(bytes);
    Atomics.store(answered, 0, 1);
    Atomics.notify(answered, 0);
  };
  return {
    async dump(url, args) {
      line = openLine(new URL(url), answer);
      try {
        worker.ref();
        const reply = once(worker, "message") as Promise<[Said]>;
        worker.postMessage([...args, "-d", new URL(url).pathname.slice(1)]);
        const [{ text, failure }] = await reply;
        if (text === undefined) throw new Error(failure);
        return text;
      } finally {
        worker.unref();
        line.end();
      }
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

interface Line {
  send(bytes: Uint8Array): void;
  end(): void;
}

/** A connection whose first packet names who connects to what: pg_dump does not know. */
function openLine(url: URL, answer: (bytes: Uint8Array) => void): Line {
  const socket: Socket = connect(Number(url.port), url.hostname);
  let received: Buffer[] = [];
  let started = false;
  const give = (): void => {
    answer(new Uint8Array(Buffer.concat(received)));
    received = [];
  };
  socket.on("data", (bytes) => {
    received.push(bytes);
    if (isReady(Buffer.concat(received))) give();
  });
  socket.on("end", give);
  socket.on("error", give);
  return {
    send(bytes) {
      socket.write(started ? bytes : startup(url));
      started = true;
    },
    end: () => void socket.destroy(),
  };
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

/** Whether the bytes are whole messages, the last of which says that the server waits for the next query. */
function isReady(bytes: Buffer): boolean {
  let at = 0;
  let last = "";
  while (at + 5 <= bytes.length) {
    last = String.fromCharCode(bytes[at]!);
    at += 1 + bytes.readInt32BE(at + 1);
  }
  return at === bytes.length && last === "Z";
}
