// Owns the transport that starts the program once a message.
import { existsSync } from "node:fs";
import type { Message } from "../messages.ts";
import { startProgram, type Program } from "../program.ts";
import { inTime, type Transport } from "../transport.ts";

/** Bytes of output that are looked at; a program that prints more is drained, not kept. */
const kept = 65_536;

/** `claude-flow hooks …` and `claude-flow memory …`, values as `--key=value`, lest one that begins with a dash becomes a flag. */
export function commandLineTransport(program: Program, memory: string): Transport {
  const call = async (args: readonly string[], within: number): Promise<string> => {
    const { child, ended, kill } = startProgram(program, args, "ignore");
    let output = "";
    child.stdout?.on("data", (data: Buffer) => {
      if (output.length < kept) output += data.toString("utf8", 0, kept);
    });
    child.stderr?.resume();
    try {
      const how = await inTime(ended, within);
      if (how !== "ended with 0") throw new Error(`${args.slice(0, 2).join(" ")} ${how}`);
      return output;
    } finally {
      kill();
    }
  };
  return {
    async send(message, within) {
      const began = performance.now();
      // `memory store` fails where there is no database yet.
      if (message.kind === "memory" && !existsSync(memory)) await call(["memory", "init", `--path=${memory}`], within);
      await call(argumentsOf(message, memory), within - (performance.now() - began));
    },
    async recall(key, within) {
      const output = await call(
        ["memory", "retrieve", `--key=${key}`, `--path=${memory}`, "--format=json"],
        within,
      ).catch(() => "");
      return valueIn(output);
    },
    close: async () => undefined,
  };
}

function argumentsOf(message: Message, memory: string): readonly string[] {
  switch (message.kind) {
    case "pre-task":
      return ["hooks", "pre-task", `--task-id=${message.task}`, `--description=${message.description}`];
    case "post-edit":
      // Releases since 3 pass over --memory-key; what it meant is said by `memory store`.
      return [
        "hooks",
        "post-edit",
        `--file=${message.file}`,
        `--success=${message.success}`,
        `--memory-key=${message.key}`,
      ];
    case "memory":
      return ["memory", "store", `--key=${message.key}`, `--value=${message.value()}`, `--path=${memory}`, "--upsert"];
    case "notify":
      return ["hooks", "notify", `--message=${message.message}`, `--level=${message.level}`];
    case "post-task":
      return [
        "hooks",
        "post-task",
        `--task-id=${message.task}`,
        `--success=${message.success}`,
        `--duration=${message.ms}`,
      ];
  }
}

/** The value in what `memory retrieve` printed: a line of its log may stand before the JSON. */
function valueIn(output: string): unknown {
  try {
    const { value, content } = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
      readonly value?: unknown;
      readonly content?: unknown;
    };
    return parsed(value ?? content);
  } catch {
    return undefined;
  }
}

/** Memory gives JSON back as it was stored, as text or as what it says. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value ?? undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
