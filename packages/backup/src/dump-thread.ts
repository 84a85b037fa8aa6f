// Runs pg_dump, compiled to WebAssembly, in a thread of its own: its calls block, so the connection is kept by the other side.
/* oxlint-disable unicorn/require-post-message-target-origin -- a thread's, not a window's */
import { parentPort, workerData } from "node:worker_threads";
import { connectionOver, type DumpConnection, type Line } from "./dump-connection.ts";

interface Dumper {
  pgDump(options: { readonly pg: DumpConnection; readonly args: string[] }): Promise<File>;
}

parentPort!.on("message", async (args: readonly string[]) => {
  try {
    const { pgDump } = (await import("@electric-sql/pglite-tools/pg_dump")) as unknown as Dumper;
    const file = await pgDump({ pg: connectionOver(workerData as Line), args: [...args] });
    parentPort!.postMessage({ text: await file.text() });
  } catch (error) {
    parentPort!.postMessage({ failure: error instanceof Error ? error.message : String(error) });
  }
});
