// Owns claudeFlow(): a swarm that is told of runs, and may be asked before one.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { redact, type Check, type Observe, type ReportFinding } from "@clew/core";
import { askSwarm } from "./ask.ts";
import { makeTeller } from "./messages.ts";
import { findProgram, programEnvironment } from "./program.ts";
import { makeQueue } from "./queue.ts";
import type { Transport } from "./transport.ts";
import { commandLineTransport } from "./transports/command-line.ts";
import { fileTransport } from "./transports/file.ts";
import { mcpTransport } from "./transports/mcp.ts";

/** How a run reaches a Claude Flow swarm. Nothing is ever downloaded: a `claude-flow` that is not installed is not told. */
export interface ClaudeFlowOptions {
  /**
   * `mcp` keeps one server process for the run, `cli` starts one a message, `file` writes lines for others to read. Default: the
   * first that is there.
   */
  readonly transport?: "mcp" | "cli" | "file";
  /** The program; default: `ruflo` or `claude-flow` in node_modules/.bin, then in the path. */
  readonly command?: string;
  /** The folder that the program works in, and that all it writes goes to. Default `.clew/claude-flow`. */
  readonly folder?: string;
  /** The database of the swarm's memory. Default: the project's `.swarm/memory.db` if there is one, else one in the folder. */
  readonly memory?: string;
  /** The key under which the swarm's memory holds the migration's status. Default `swarm/migration/status`. */
  readonly memoryKey?: string;
  /** Asks the swarm for a go before a run; what its silence means. Default: it is not asked. */
  readonly ask?: "silence-allows" | "silence-refuses";
  /** Milliseconds to wait for the swarm's go. Default 10,000. */
  readonly askFor?: number;
  /** Milliseconds that all messages of a run may take together. Default 15,000. */
  readonly budget?: number;
}

/** What Clew calls: the check may refuse a run before it begins, the observer is told of it and can change nothing. */
export interface ClaudeFlowHooks {
  readonly name: "claude-flow";
  readonly check?: Check;
  readonly observe: Observe;
  /** Delivers what is left, ends what was started, and says what could not be told: one finding at most, never an error. */
  close(): Promise<readonly ReportFinding[]>;
}

/**
 * Hooks for a run: `hooks: [claudeFlow()]` in clew.config.ts, or for the engine
 * `{ observers: [hooks.observe], checks: hooks.check ? [hooks.check] : [] }` and `await hooks.close()` at the end.
 */
export function claudeFlow(options: ClaudeFlowOptions = {}): ClaudeFlowHooks {
  const { memoryKey = "swarm/migration/status", budget = 15_000, ask, askFor = 10_000 } = options;
  let toFile: string | undefined;
  const open = async (within: number): Promise<Transport> => {
    const opened = await openTransport(options, within);
    toFile = opened.instead;
    return opened.transport;
  };
  const teller = makeTeller(memoryKey);
  const queue = makeQueue(open, budget);
  const silence = ask === "silence-refuses" ? "refuses" : "allows";
  const check =
    ask &&
    askSwarm({ open, folder: memoryKey.split("/").slice(0, -1).join("/") || memoryKey, silence, within: askFor });
  return {
    name: "claude-flow",
    ...(check ? { check } : {}),
    observe: (event) => queue.push(teller.hear(event)),
    async close() {
      queue.push(teller.end());
      const { sent, lost, reason } = await queue.flush();
      const where = toFile;
      toFile = undefined;
      if (lost > 0) return [untold(lost, sent + lost, reason)];
      return where === undefined || sent === 0 ? [] : [told(where)];
    },
  };
}

function untold(lost: number, of: number, reason = "it did not answer"): ReportFinding {
  return {
    code: "CLAUDE_FLOW_UNTOLD",
    severity: "warning",
    message: `Claude Flow was not told everything: ${lost} of ${of} messages were lost, the first as ${redact(reason)}`,
    help: "The run itself is as it would be without Claude Flow.",
  };
}

function told(file: string): ReportFinding {
  return {
    code: "CLAUDE_FLOW_FILE",
    severity: "info",
    message: `no ruflo or claude-flow is installed: what it would be told is in ${file}`,
  };
}

/** The way that was asked for, or the first that works; a program that is no MCP server is started once a message. */
async function openTransport(
  { transport, command, folder = join(".clew", "claude-flow"), memory }: ClaudeFlowOptions,
  within: number,
): Promise<{ readonly transport: Transport; readonly instead?: string }> {
  const cwd = resolve();
  const own = resolve(folder);
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, ".gitignore"), "*\n");
  if (transport === "file") return { transport: fileTransport(own) };
  const program = findProgram(command, cwd);
  if (program === undefined) {
    if (transport !== undefined || command !== undefined)
      throw new Error(`${command ?? "ruflo or claude-flow"} is not in node_modules/.bin or the path`);
    return { transport: fileTransport(own), instead: join(folder, "events.ndjson") };
  }
  const shared = resolve(".swarm", "memory.db");
  const database =
    memory === undefined ? (existsSync(shared) ? shared : join(own, ".swarm", "memory.db")) : resolve(memory);
  const child = { command: program, cwd: own, env: programEnvironment(own, database) };
  if (transport === "cli") return { transport: commandLineTransport(child, database) };
  try {
    return { transport: await mcpTransport(child, within) };
  } catch (error) {
    // It ended at once, having no such command; one that hangs would hang the other way too.
    if (transport === "mcp" || !/ended with/.test((error as Error).message)) throw error;
    return { transport: commandLineTransport(child, database) };
  }
}
