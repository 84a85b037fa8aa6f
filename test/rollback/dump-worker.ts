// Runs pg_dump, compiled to WebAssembly, in a thread of its own: its calls block, so the connection is kept by the other side.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { parentPort, workerData } from "node:worker_threads";
import type { PGlite } from "@electric-sql/pglite";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";
import { connectionOver, type Line } from "../../packages/backup/src/dump-connection.ts";

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

parentPort!.on("message", async (args: readonly string[]) => {
  try {
    const file = await pgDump({ pg: connectionOver(workerData as Line) as unknown as PGlite, args: [...args] });
    parentPort!.postMessage({ text: await file.text() });
  } catch (error) {
    parentPort!.postMessage({ failure: String(error) });
  }
});
