// Runs pg_dump, compiled to WebAssembly, in a thread of its own: its calls block, so the connection is kept by the other side.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from "node:worker_threads";
import type { PGlite } from "@electric-sql/pglite";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";

const { flag, port } = workerData as { readonly flag: SharedArrayBuffer; readonly port: MessagePort };
const answered = new Int32Array(flag);
const patienceMs = 60_000;

interface Assembly {
  compile(code: Uint8Array): Promise<object>;
  instantiate(code: object, imports: object): Promise<unknown>;
}

// Each dump is a program of its own, of the same code: to compile it takes longer than most dumps.
const assembly = (globalThis as unknown as { readonly WebAssembly: Assembly }).WebAssembly;
const { instantiate } = assembly;
const compiled = new Map<number, object>();
assembly.instantiate = async (code, imports) => {
  if (!(code instanceof Uint8Array)) return instantiate(code, imports);
  const module = compiled.get(code.byteLength) ?? (await assembly.compile(code));
  compiled.set(code.byteLength, module);
  return { module, instance: await instantiate(module, imports) };
};

/** What stands for PGlite: bytes for the server go out, and its answer comes back, before the call returns. */
function connection(): PGlite {
  let pending = Buffer.alloc(0);
  let started = false;
  const ask = (bytes: Uint8Array): Uint8Array => {
    Atomics.store(answered, 0, 0);
    port.postMessage(bytes);
    Atomics.wait(answered, 0, 0, patienceMs);
    const received = receiveMessageOnPort(port) as { readonly message: Uint8Array } | undefined;
    if (received === undefined) throw new Error("the server gives no answer");
    return received.message;
  };
  const stand = {
    query: async () => ({ rows: [{ search_path: "public" }] }),
    exec: async () => [],
    async execProtocolRawStream(bytes: Uint8Array, { onRawData }: { readonly onRawData: (bytes: Uint8Array) => void }) {
      pending = Buffer.concat([pending, bytes]);
      if (started ? !endsInQuestion(pending) : pending.length < 4 || pending.length < pending.readInt32BE(0)) return;
      started = true;
      const out = new Uint8Array(pending);
      pending = Buffer.alloc(0);
      const answer = ask(out);
      if (answer.length > 0) onRawData(answer);
    },
  };
  return stand as unknown as PGlite;
}

/** Whether the bytes are whole messages, of which the last one is answered: a query, a sync, a flush, a password, the end. */
function endsInQuestion(bytes: Buffer): boolean {
  let at = 0;
  let last = "";
  while (at + 5 <= bytes.length) {
    last = String.fromCharCode(bytes[at]!);
    at += 1 + bytes.readInt32BE(at + 1);
  }
  return at === bytes.length && "QSHpX".includes(last);
}

parentPort!.on("message", async (args: readonly string[]) => {
  try {
    const file = await pgDump({ pg: connection(), args: [...args] });
    parentPort!.postMessage({ text: await file.text() });
  } catch (error) {
    parentPort!.postMessage({ failure: String(error) });
  }
});
