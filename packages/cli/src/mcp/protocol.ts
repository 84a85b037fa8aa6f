// Owns the Model Context Protocol over stdio as far as a server of tools needs it: JSON-RPC, a message a line.
// https://modelcontextprotocol.io/specification/2025-06-18
import type { Readable } from "node:stream";

/** What a tool is told of a call. */
export interface Call {
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Aborted when the client takes the call back, or goes away. */
  readonly signal: AbortSignal;
}

/** Something that a client may call. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: object;
  readonly annotations: { readonly readOnlyHint: boolean; readonly destructiveHint?: boolean };
  /** The document of the result. What is thrown is told as an error of the tool. */
  call(call: Call): Promise<object>;
}

export interface ServerOptions {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  readonly send: (message: object) => void;
  /** What is told of a tool that threw. */
  readonly documentOf: (error: unknown) => object;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

const versions = ["2025-06-18", "2025-03-26", "2024-11-05"];

/** The longest message that is taken, in characters. */
const longest = 4_194_304;

/** Answers until the input ends. Tools run one after another, for they work on one database. */
export async function serve(input: Readable, options: ServerOptions): Promise<void> {
  const { tools, send, documentOf } = options;
  const calls = new Map<string | number, AbortController>();
  let last: Promise<void> = Promise.resolve();

  const answer = (id: Message["id"], result: object): void => send({ jsonrpc: "2.0", id, result });
  const refuse = (id: Message["id"], code: number, message: string): void =>
    send({ jsonrpc: "2.0", id: id ?? null, error: { code, message } });

  const callTool = async (id: string | number, tool: Tool, given: unknown, signal: AbortSignal): Promise<void> => {
    let document: object;
    let isError = false;
    try {
      if (signal.aborted) return;
      const wanted = isObject(given) ? given : {};
      checkArguments(tool, wanted);
      document = await tool.call({ arguments: wanted, signal });
    } catch (error) {
      document = documentOf(error);
      isError = true;
    }
    calls.delete(id);
    const text = JSON.stringify(document);
    answer(id, { content: [{ type: "text", text }], structuredContent: document, ...(isError ? { isError } : {}) });
  };

  const take = ({ id, method, params = {} }: Message): void => {
    if (method === "notifications/cancelled") return calls.get(params["requestId"] as string | number)?.abort();
    // What is no request wants no answer.
    if (id === undefined || method === undefined) return;
    switch (method) {
      case "initialize": {
        const asked = params["protocolVersion"];
        const protocolVersion = versions.find((one) => one === asked) ?? versions[0]!;
        const { name, version, instructions } = options;
        return answer(id, {
          protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name, version },
          instructions,
        });
      }
      case "ping":
        return answer(id, {});
      case "tools/list":
        // What it does is no JSON, and so is left out.
        return answer(id, { tools });
      case "tools/call": {
        const tool = tools.find(({ name }) => name === params["name"]);
        if (!tool) return refuse(id, -32_602, `there is no tool ${String(params["name"])}`);
        const controller = new AbortController();
        calls.set(id, controller);
        last = last.then(() => callTool(id, tool, params["arguments"], controller.signal));
        return;
      }
      default:
        return refuse(id, -32_601, `there is no method ${method}`);
    }
  };

  let rest = "";
  for await (const data of input.setEncoding("utf8")) {
    const lines = (rest + String(data)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.trim() === "") continue;
      const message = parse(line);
      if (message) take(message);
      else refuse(undefined, -32_700, "that is no JSON-RPC message");
    }
    if (rest.length > longest) throw new Error("the client sent a message that is too long");
  }
  for (const controller of calls.values()) controller.abort();
  await last;
}

/** Names and types as the schema says; what a tool makes of the values is its own. */
function checkArguments({ name, inputSchema }: Tool, given: Readonly<Record<string, unknown>>): void {
  const { properties, required = [] } = inputSchema as {
    readonly properties: Readonly<Record<string, { readonly type: string }>>;
    readonly required?: readonly string[];
  };
  for (const wanted of required) if (given[wanted] === undefined) throw new TypeError(`${name} needs ${wanted}`);
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(properties, key)) throw new TypeError(`${name} takes no ${key}`);
    const { type } = properties[key]!;
    const fits = type === "integer" ? Number.isInteger(value) : typeof value === type;
    if (!fits) throw new TypeError(`${key} of ${name} must be of type ${type}`);
  }
}

function parse(line: string): Message | undefined {
  try {
    const message = JSON.parse(line) as unknown;
    return isObject(message) ? (message as Message) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
