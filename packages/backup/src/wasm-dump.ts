// Owns pg_dump of npm's @electric-sql/pglite-tools, for servers that the machine's own does not know: in a thread, over a connection of ours.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { close, connect, cut, type Client } from "./client.ts";
import type { Line } from "./dump-connection.ts";
import { lastOfWhole } from "./messages.ts";

/** What the thread says when it has ended. */
export interface Said {
  readonly text?: string;
  readonly failure?: string;
}

export function hasWasmDump(): boolean {
  try {
    createRequire(import.meta.url).resolve("@electric-sql/pglite-tools/pg_dump");
    return true;
  } catch {
    return false;
  }
}

/** The schema of a database as that pg_dump prints it. Throws what it says. */
export async function wasmDump(url: string): Promise<string> {
  const client = await connect(url);
  const flag = new SharedArrayBuffer(4);
  const { port1, port2 } = new MessageChannel();
  const line: Line = { flag, port: port2 };
  // Where the sources themselves run, this is one of them.
  const file = import.meta.url.endsWith(".ts")
    ? new URL("./dump-thread.ts", import.meta.url)
    : new URL("./dump-thread.js", import.meta.url);
  let worker: Worker | undefined;
  try {
    const greeting = await greet(client);
    const database = new URL(url).pathname.slice(1);
    worker = new Worker(file, { workerData: line, transferList: [port2] });
    const answered = new Int32Array(flag);
    forward(client, greeting, port1, () => {
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    });
    const reply = once(worker, "message") as Promise<[Said]>;
    worker.postMessage(["--schema-only", "-d", decodeURIComponent(database)]);
    const [{ text, failure }] = await reply;
    if (text === undefined) throw new Error(failure);
    return text;
  } finally {
    await worker?.terminate();
    port1.close();
    // Its messages are not read by it any more.
    if (worker) cut(client);
    await close(client);
  }
}

/** Passes what the thread writes to the server, and the server's answers back once they are whole. */
function forward(client: Client, greeting: Buffer, port: MessagePort, onAnswer: () => void): void {
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Socket } }).connection;
  let received: Buffer[] = [];
  let greeted = false;
  const give = (bytes: Buffer): void => {
    port.postMessage(new Uint8Array(bytes));
    onAnswer();
  };
  const giveAll = (): void => {
    give(Buffer.concat(received));
    received = [];
  };
  stream.removeAllListeners("data");
  stream.on("data", (bytes: Buffer) => {
    received.push(bytes);
    // The server waits for the next query.
    if (lastOfWhole(Buffer.concat(received)) === "Z") giveAll();
  });
  stream.on("close", giveAll);
  port.on("message", (bytes: Uint8Array) => {
    if (greeted) stream.write(bytes);
    // It begins by saying who it is, which was settled when the connection was made.
    else give(greeting);
    greeted = true;
  });
}

/** What a server says to who connects. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP */
async function greet(client: Client): Promise<Buffer> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, pg_catalog.current_setting(name) AS setting FROM pg_catalog.unnest(ARRAY['server_version', 'server_encoding', 'client_encoding',
      'standard_conforming_strings', 'integer_datetimes', 'DateStyle', 'IntervalStyle', 'TimeZone', 'is_superuser', 'session_authorization']) name`,
  );
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type, 0);
    head.writeInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const settings = rows.map(({ name, setting }) => message("S", Buffer.from(`${name}\0${setting}\0`)));
  return Buffer.concat([
    message("R", Buffer.alloc(4)),
    ...settings,
    message("K", Buffer.alloc(8)),
    message("Z", Buffer.from("I")),
  ]);
}
