// Owns other people's programs: where they are found, what they get to see, and that none outlives us or holds us up.
import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { environmentOf } from "@clew/core";

/** A program with the folder that it works in and all the variables that it sees. */
export interface Program {
  readonly command: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

const names = ["ruflo", "claude-flow"];

/** No keys, no database: what a program needs to start. */
const passed = ["PATH", "LANG", "TMPDIR", "TEMP", "SystemRoot", "PATHEXT"];

/** Claude Flow's own switches: no installing of itself, no daemon, no telemetry. */
const quiet = { CI: "true", CLAUDE_FLOW_AUTO_UPDATE: "false", RUFLO_DAEMON_AUTOSTART: "0", RUFLO_FUNNEL: "0" };

/** The program given, or `ruflo` or `claude-flow` in node_modules/.bin from here upwards, then in the path. Nothing is downloaded. */
export function findProgram(command: string | undefined, cwd: string): string | undefined {
  const { PATH = "" } = environmentOf(["PATH"]);
  const path = PATH.split(delimiter).filter((folder) => folder !== "");
  if (command !== undefined) {
    const places = /[/\\]/.test(command) ? [resolve(cwd, command)] : path.map((folder) => join(folder, command));
    return places.find(isProgram);
  }
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.push(join(folder, "node_modules", ".bin"));
    if (folder === dirname(folder)) break;
  }
  return [...folders, ...path].flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

/** What a program sees. Its home is its own folder, so that what it leaves behind stays there. */
export function programEnvironment(folder: string, memory: string): Readonly<Record<string, string>> {
  return {
    ...environmentOf(passed),
    ...quiet,
    HOME: folder,
    CLAUDE_FLOW_DB_PATH: memory,
    CLAUDE_FLOW_MEMORY_PATH: dirname(memory),
    CLAUDE_FLOW_MCP_TOOLS: "hooks,memory",
  };
}

/** A child in a process group of its own, without a shell; when this process ends, the group does. */
export function startProgram({ command, cwd, env }: Program, args: readonly string[], input: "pipe" | "ignore"): Child {
  const child = spawn(command, args, { cwd, env, stdio: [input, "pipe", "pipe"], detached: true });
  let over = false;
  const kill = (): void => {
    if (!over) killGroup(child);
  };
  const atExit = (): void => kill();
  process.once("exit", atExit);
  const ended = new Promise<string>((settle) => {
    child.once("error", (error: NodeJS.ErrnoException) => settle(`could not be started (${error.code})`));
    child.once("exit", (status, signal) => settle(signal ? `was ended by ${signal}` : `ended with ${status}`));
  }).then((how) => {
    process.removeListener("exit", atExit);
    // A grandchild that holds the output open, or stays as a daemon, is not waited for.
    kill();
    over = true;
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    return how;
  });
  // An app that forgets to close the hooks ends all the same.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr]) {
    stream?.on("error", () => undefined);
    if (stream && "unref" in stream) (stream as unknown as { unref(): void }).unref();
  }
  return { child, ended, kill };
}

export interface Child {
  readonly child: ChildProcess;
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  /** Ends it with all that it started. */
  kill(): void;
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone; or the system has none, and the child alone is ended.
    child.kill("SIGKILL");
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
