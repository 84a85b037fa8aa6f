// Owns how a server program is run for a test: never as root, and never longer than the process that started it.
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** A running program that ends with the process that started it, however that one ends. */
export interface Daemon {
  readonly pid: number;
  /** Ends it with that signal and waits until it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

type Command = readonly [command: string, args: readonly string[]];

const nobody = 65534;
let namespaces: boolean | undefined;

/** True where root may make a user namespace; containers often forbid it. */
function canUnshare(): boolean {
  namespaces ??= spawnSync("unshare", ["--user", "--map-user=1000", "--map-group=1000", "true"]).status === 0;
  return namespaces;
}

/** The account that a daemon's files must belong to, or undefined where they may stay ours. */
export function fileOwner(): number | undefined {
  return process.getuid?.() === 0 && !canUnshare() ? nobody : undefined;
}

/** PostgreSQL and PgBouncer refuse to run as root: root becomes 1000 in a namespace of its own, or else `nobody`. */
export function unprivileged(command: string, args: readonly string[]): Command {
  if (process.getuid?.() !== 0) return [command, args];
  return canUnshare()
    ? ["unshare", ["--user", "--map-user=1000", "--map-group=1000", command, ...args]]
    : ["setpriv", [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", command, ...args]];
}

/**
 * Starts a program and resolves once its output holds `ready`.
 * The kernel sends it SIGINT when this process is gone, also after kill -9; a terminal's Ctrl-C does not reach it.
 * @throws Error with the program's output where it ends first, or says nothing for 30 s
 */
export async function startDaemon(command: string, args: readonly string[], ready: string): Promise<Daemon> {
  // setpriv runs inside the namespace: a change of credentials clears the death signal
  const [program, rest] = unprivileged("setpriv", ["--pdeathsig", "INT", command, ...args]);
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"], detached: true });
  await saidReady(child, ready);
  child.unref();
  return {
    pid: child.pid!,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref(); // else this process may end before its daemon, and leave its files
      const gone = once(child, "exit");
      child.kill(signal);
      await gone;
    },
  };
}

function saidReady(child: ChildProcess, ready: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    const fail = (why: string): void => reject(new Error(`${child.spawnfile} ${why}\n${output}`));
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail("was not ready within 30 s");
    }, 30_000);
    child.once("error", (cause) => {
      clearTimeout(timer);
      fail(`did not start: ${cause.message}`);
    });
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? code}`);
    });
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-16_384);
        if (!output.includes(ready)) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
