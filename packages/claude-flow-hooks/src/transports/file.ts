// Owns the transport without a program: lines and a status file in a folder, for whoever reads them.
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Message } from "../messages.ts";
import type { Transport } from "../transport.ts";

/**
 * Appends each message as a line to events.ndjson; what goes to memory is in memory.json too, replaced whole, so that a reader
 * never sees half of it. What others tell is read from answers.json.
 */
export function fileTransport(folder: string): Transport {
  const memory: Record<string, unknown> = {};
  return {
    async send(message: Message) {
      const told = message.kind === "memory" ? { ...message, value: JSON.parse(message.value()) as unknown } : message;
      appendFileSync(join(folder, "events.ndjson"), `${JSON.stringify({ at: new Date().toISOString(), ...told })}\n`);
      if (told.kind !== "memory") return;
      memory[told.key] = told.value;
      const draft = join(folder, `memory.json.${process.pid}`);
      writeFileSync(draft, `${JSON.stringify(memory, undefined, 2)}\n`);
      renameSync(draft, join(folder, "memory.json"));
    },
    async recall(key) {
      try {
        return (JSON.parse(readFileSync(join(folder, "answers.json"), "utf8")) as Record<string, unknown>)[key];
      } catch {
        return undefined;
      }
    },
    close: async () => undefined,
  };
}
