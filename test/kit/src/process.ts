// Owns running a program under test: what it printed, how it ended, and ending it at a chosen moment.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to PATH, HOME and TMPDIR, the only variables that pass from the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Text for its standard input, which is closed after it. */
  readonly input?: string;
  /** Called each time it has printed something, with all that it printed so far. */
  readonly onOutput?: (output: Output, kill: (signal?: NodeJS.Signals) => void) => void;
  /** Milliseconds until it is killed and the run rejects; 60,000 by default. */
  readonly timeoutMs?: number;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

export interface Ended extends Output {
  /** Exit status, or null after a signal. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Running {
  readonly pid: number;
  /** Sends a signal to it; SIGKILL by default. */
  kill(signal?: NodeJS.Signals): void;
  /** How it ended. @throws Error where it did not start, or did not end in time */
  readonly ended: Promise<Ended>;
}

/** Starts a program, without a shell. */
export function start(command: string, args: readonly string[] = [], options: RunOptions = {}): Running {
  const { timeoutMs = 60_000, onOutput } = options;
  const child = spawn(command, args, { cwd: options.cwd, env: { ...inherited(), ...options.env }, stdio: "pipe" });
  const kill = (signal: NodeJS.Signals = "SIGKILL"): void => void child.kill(signal);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      onOutput?.(output, kill);
    });
  }
  child.stdin.on("error", () => {}); // it may end without having read its input
  child.stdin.end(options.input ?? "");

  const ended = new Promise<Ended>((resolve, reject) => {
    const timer = setTimeout(() => {
      const threads = threadsOf(child.pid);
      kill();
      const { stdout, stderr } = output;
      const said = [`${command} ${args.join(" ")} did not end within ${timeoutMs} ms`, threads, stdout, stderr];
      reject(new Error(said.join("\n")));
    }, timeoutMs);
    child.once("error", (cause) => {
      clearTimeout(timer);
      reject(cause);
    });
    child.once("close", (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, ...output });
    });
  });
  return { pid: child.pid ?? 0, kill, ended };
}

/** Runs a program to its end. */
export function run(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Ended> {
  return start(command, args, options).ended;
}

/** What each thread of a process waits for in the kernel, where that tells: a program that hangs cannot be asked. */
function threadsOf(pid: number | undefined): string {
  try {
    const tasks = readdirSync(`/proc/${String(pid)}/task`);
    const read = (task: string, what: string): string =>
      readFileSync(`/proc/${String(pid)}/task/${task}/${what}`, "utf8").trim();
    return tasks.map((task) => `${read(task, "comm")}: ${read(task, "wchan")}`).join(", ");
  } catch {
    return "";
  }
}

/** Variables such as DATABASE_URL, CI and VITEST would change what the program under test does. */
function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
