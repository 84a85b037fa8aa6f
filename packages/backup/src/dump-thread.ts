// Runs pg_dump, compiled to WebAssembly, in a thread of its own: its calls block, so the connection is kept by the other side.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Line } from "./wasm-dump.ts";

const { flag, port } = workerData as Line;
const answered = new Int32Array(flag);
const patienceMs = 60_000;

/** Asks the other side; it has answered when this returns. */
function ask(bytes: Uint8Array): Uint8Array {
  Atomics.store(answered, 0, 0);
  port.postMessage(bytes);
  Atomics.wait(answered, 0, 0, patienceMs);
  const received = receiveMessageOnPort(port) as { readonly message: Uint8Array } | undefined;
  if (received === undefined) throw new Error("the server gives no answer");
  return received.message;
}

/** What it uses of a PGlite instance: bytes for the server go out, and its answer comes back. */
function connection() {
  let pending = Buffer.alloc(0);
  let started = false;
  return {
    query: async () => ({ rows: [{ search_path: "public" }] }),
    exec: async () => [],
    async execProtocolRawStream(bytes: Uint8Array, { onRawData }: { readonly onRawData: (bytes: Uint8Array) => void }) {
      pending = Buffer.concat([pending, bytes]);
      if (started ? !endsInQuestion(pending) : pending.length < 4 || pending.length < pending.readInt32BE(0)) return;
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

/** Whether bytes are whole messages, of which the last one is answered: a query, a sync, a flush, the end. */
function endsInQuestion(bytes: Buffer): boolean {
  let at = 0;
  let last = "";
  while (at + 5 <= bytes.length) {
    last = String.fromCharCode(bytes[at]!);
    at += 1 + bytes.readInt32BE(at + 1);
  }
  return at === bytes.length && "QSHX".includes(last);
}

interface Dumper {
  pgDump(options: { readonly pg: unknown; readonly args: string[] }): Promise<File>;
}

parentPort!.on("message", async (args: readonly string[]) => {
  try {
    const { pgDump } = (await import("@electric-sql/pglite-tools/pg_dump")) as unknown as Dumper;
    const file = await pgDump({ pg: connection(), args: [...args] });
    parentPort!.postMessage({ text: await file.text() });
  } catch (error) {
    parentPort!.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});
