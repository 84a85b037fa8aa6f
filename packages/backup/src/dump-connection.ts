// Owns what stands for PGlite before the pg_dump of npm: bytes for the server go out to another thread, and its answer comes back.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { lastOfWhole } from "./messages.ts";

/** What a thread is given: where it asks, and what says that it has been answered. */
export interface Line {
  readonly flag: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** What pg_dump uses of a PGlite instance. */
export interface DumpConnection {
  query(): Promise<{ readonly rows: readonly object[] }>;
  exec(): Promise<readonly object[]>;
  execProtocolRawStream(bytes: Uint8Array, options: { readonly onRawData: (bytes: Uint8Array) => void }): Promise<void>;
}

const patienceMs = 60_000;

/** A connection for one dump. Its calls block the thread until the other side has answered. */
export function connectionOver({ flag, port }: Line): DumpConnection {
  const answered = new Int32Array(flag);
  const ask = (bytes: Uint8Array): Uint8Array => {
    Atomics.store(answered, 0, 0);
    port.postMessage(bytes);
    Atomics.wait(answered, 0, 0, patienceMs);
    const received = receiveMessageOnPort(port) as { readonly message: Uint8Array } | undefined;
    if (received === undefined) throw new Error("the server gives no answer");
    return received.message;
  };
  let pending = Buffer.alloc(0);
  let started = false;
  return {
    query: async () => ({ rows: [{ search_path: "public" }] }),
    exec: async () => [],
    async execProtocolRawStream(bytes, { onRawData }) {
      pending = Buffer.concat([pending, bytes]);
      if (started ? !isAnswered(pending) : pending.length < 4 || pending.length < pending.readInt32BE(0)) return;
      started = true;
      const out = new Uint8Array(pending);
      pending = Buffer.alloc(0);
      // The end is not said: the connection is not its own.
      if (String.fromCharCode(out[0]!) === "X") return;
      const answer = ask(out);
      if (answer.length > 0) onRawData(answer);
    },
  };
}

/** Whether the last of whole messages is one that is answered, or the end: a query, a sync, a flush. */
function isAnswered(bytes: Buffer): boolean {
  return "QSHX".includes(lastOfWhole(bytes) ?? " ");
}
