// Owns the transport that keeps one MCP server of Claude Flow for the run, and speaks JSON-RPC with it in lines.
import type { Message } from "../messages.ts";
import { startProgram, type Program } from "../program.ts";
import { inTime, type Transport } from "../transport.ts";
import { parsed } from "./command-line.ts";

interface Reply {
  readonly id?: unknown;
  readonly error?: { readonly message?: unknown };
  readonly result?: unknown;
}

/** Bytes of a line, and of all that is no reply, before the server is thought to be out of its mind. */
const longest = 1_048_576;

/** How long a server may take to end by itself once its input is closed. */
const grace = 500;

/** Starts `claude-flow mcp start`. Rejects where it is no MCP server, or is none in time. */
export async function mcpTransport(program: Program, within: number): Promise<Transport> {
  const { child, ended, kill } = startProgram(program, ["mcp", "start"], "pipe");
  const waiting = new Map<number, { resolve(reply: Reply): void; reject(error: Error): void }>();
  let last = 0;
  let gone: Error | undefined;
  const end = (error: Error): void => {
    gone ??= error;
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
    kill();
  };
  void ended.then((how) => end(new Error(`its MCP server ${how}`)));

  let line = "";
  let noise = 0;
  child.stderr?.resume();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (line + text).split("\n");
    line = lines.pop()!;
    for (const one of lines) {
      const reply = replyIn(one);
      const waiter = waiting.get(reply?.id as number);
      if (reply && waiter) {
        waiting.delete(reply.id as number);
        waiter.resolve(reply);
      } else noise += one.length;
    }
    if (line.length + noise > longest) end(new Error("its MCP server said too much"));
  });

  const write = (message: object): void =>
    void child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = async (method: string, params: object, ms: number): Promise<unknown> => {
    if (gone) throw gone;
    const id = ++last;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    waiting.set(id, { resolve, reject });
    write({ id, method, params });
    const reply = await inTime(promise, ms).finally(() => waiting.delete(id));
    if (reply.error) throw new Error(`${method} failed: ${String(reply.error.message)}`);
    return reply.result;
  };
  const callTool = async (name: string, args: object, ms: number): Promise<unknown> => {
    const result = (await request("tools/call", { name, arguments: args }, ms)) as {
      readonly isError?: boolean;
      readonly content?: readonly { readonly text?: string }[];
    } | null;
    const answer = parsed(result?.content?.[0]?.text);
    const refused = name === "memory_store" && isRecord(answer) && answer["success"] === false;
    if (result?.isError || refused) throw new Error(`${name} failed`);
    return answer;
  };

  try {
    const clientInfo = { name: "clew", version: "1" };
    await request("initialize", { protocolVersion: "2024-11-05", capabilities: {}, clientInfo }, within);
  } catch (error) {
    end(error as Error);
    throw error;
  }
  write({ method: "notifications/initialized" });
  return {
    async send(message, ms) {
      const [name, args] = toolOf(message);
      await callTool(name, args, ms);
    },
    async recall(key, ms) {
      const answer = await callTool("memory_retrieve", { key }, ms);
      return isRecord(answer) && answer["found"] !== false ? parsed(answer["value"]) : undefined;
    },
    async close() {
      child.stdin?.end();
      await inTime(ended, grace).catch(() => undefined);
      end(new Error("closed"));
    },
  };
}

/** The tool for a message, and its arguments: they are not those of the command line. */
function toolOf(message: Message): readonly [name: string, args: object] {
  switch (message.kind) {
    case "pre-task":
      return ["hooks_pre-task", { taskId: message.task, description: message.description }];
    case "post-edit":
      return ["hooks_post-edit", { filePath: message.file, success: message.success }];
    case "memory":
      return ["memory_store", { key: message.key, value: message.value(), upsert: true }];
    case "notify":
      return [
        "hooks_notify",
        { message: message.message, target: "all", priority: message.level === "error" ? "high" : "normal" },
      ];
    case "post-task":
      return ["hooks_post-task", { taskId: message.task, success: message.success, duration: message.ms }];
  }
}

function replyIn(line: string): Reply | undefined {
  try {
    const reply = JSON.parse(line) as unknown;
    return isRecord(reply) ? reply : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
