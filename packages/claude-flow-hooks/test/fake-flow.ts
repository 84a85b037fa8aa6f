// Owns a program that behaves as Claude Flow does, or misbehaves: it notes what it is called with, and what it sees.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How it behaves. `daemon` leaves a grandchild that holds its output open; `old` knows no `mcp`. */
export type Manner = "well" | "hang" | "fail" | "flood" | "daemon" | "old" | "deaf";

export interface FakeFlow extends AsyncDisposable {
  readonly command: string;
  readonly folder: string;
  /** Every call: its arguments, or the tool and its arguments. */
  calls(): Promise<readonly Call[]>;
  /** Process ids that it, and what it started, had. */
  pids(): Promise<readonly number[]>;
}

export interface Call {
  readonly pid: number;
  readonly args: readonly string[];
  readonly tool?: { readonly name: string; readonly arguments: Readonly<Record<string, unknown>> };
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

const script = (folder: string, manner: Manner): string => `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
const { spawn } = require("node:child_process");
const args = process.argv.slice(2);
const note = (tool) => appendFileSync(${JSON.stringify(join(folder, "calls"))},
  JSON.stringify({ pid: process.pid, args, tool, env: process.env, cwd: process.cwd() }) + "\\n");
const memoryFile = ${JSON.stringify(join(folder, "memory.json"))};
const memory = () => (existsSync(memoryFile) ? JSON.parse(readFileSync(memoryFile, "utf8")) : {});
const store = (key, value) => writeFileSync(memoryFile, JSON.stringify({ ...memory(), [key]: value }));
const flag = (name) => args.find((arg) => arg.startsWith("--" + name + "="))?.slice(name.length + 3);
const manner = ${JSON.stringify(manner)};
if (manner === "old" && args[0] === "mcp") process.exit(1);
if (!(args[0] === "mcp" && manner !== "hang")) note();
if (manner === "hang") setInterval(() => {}, 1000);
else if (manner === "fail") process.exit(3);
else if (manner === "flood") for (;;) process.stdout.write("x".repeat(65536) + "\\n");
else if (manner === "daemon") {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: ["ignore", "inherit", "inherit"] });
  appendFileSync(${JSON.stringify(join(folder, "calls"))}, JSON.stringify({ pid: child.pid, args: [], env: {}, cwd: "" }) + "\\n");
  child.unref();
  process.exit(0);
} else if (args[0] === "mcp") {
  let text = "";
  process.stdout.write("[INFO] starting\\n");
  process.stdin.on("data", (data) => {
    text += data;
    const lines = text.split("\\n");
    text = lines.pop();
    for (const line of lines) {
      const { id, method, params } = JSON.parse(line);
      const answer = (result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
      if (method === "initialize") answer({ protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: {} });
      if (method !== "tools/call") continue;
      note(params);
      if (manner === "deaf") continue;
      const { name, arguments: given } = params;
      if (name === "memory_store") store(given.key, given.value);
      const value = memory()[given.key];
      const said = name === "memory_retrieve" ? { key: given.key, value: value ?? null, found: value !== undefined } : { success: true };
      answer({ content: [{ type: "text", text: JSON.stringify(said) }] });
    }
  });
  process.stdin.on("end", () => process.exit(0));
} else if (args[0] === "memory" && args[1] === "store") store(flag("key"), flag("value"));
else if (args[0] === "memory" && args[1] === "retrieve") {
  const value = memory()[flag("key")];
  if (value === undefined) process.exit(1);
  console.log("[INFO] Retrieving");
  console.log(JSON.stringify({ key: flag("key"), value }, undefined, 2));
}
`;

export async function fakeFlow(manner: Manner, name = "claude-flow"): Promise<FakeFlow> {
  const folder = await mkdtemp(join(tmpdir(), "clew-flow-"));
  const command = join(folder, name);
  await writeFile(command, script(folder, manner));
  await chmod(command, 0o755);
  const calls = async (): Promise<readonly Call[]> =>
    (await readFile(join(folder, "calls"), "utf8").catch(() => ""))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Call);
  return {
    command,
    folder,
    calls,
    pids: async () => (await calls()).map(({ pid }) => pid),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
