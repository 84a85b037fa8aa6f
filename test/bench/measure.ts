// Owns the measuring of programs: wall time of any, CPU time and memory of Node's.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, tempFolder } from "@clew/kit";
import type { Ended } from "@clew/kit";

const bin = fileURLToPath(import.meta.resolve("@clew/cli/package.json").replace("package.json", "dist/bin.js"));
const preload = fileURLToPath(new URL("usage.js", import.meta.url));
const timeoutMs = 600_000;

export interface Timed extends Ended {
  readonly seconds: number;
}

export interface Usage extends Timed {
  /** User and system time. */
  readonly cpuMs: number;
  /** The most memory that it held. */
  readonly peakMb: number;
  /** How many modules of WebAssembly it loaded. */
  readonly wasmModules: number;
}

/** Runs a program to its end. @throws Error with what it printed where it failed */
async function timed(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Timed> {
  const began = performance.now();
  const ended = await run(command, args, { env, timeoutMs });
  const seconds = (performance.now() - began) / 1000;
  if (ended.status === 0) return { ...ended, seconds };
  throw new Error(`${command} ${args.join(" ")} ended with ${ended.status}\n${ended.stdout}\n${ended.stderr}`);
}

/** Runs the same Node as this one, and says what it used. */
export async function node(...args: readonly string[]): Promise<Usage> {
  await using folder = await tempFolder();
  const file = join(folder.path, "usage.json");
  const ended = await timed(process.execPath, ["--import", preload, ...args], { CLEW_BENCH_USAGE: file });
  return { ...ended, ...(JSON.parse(await readFile(file, "utf8")) as Omit<Usage, keyof Timed>) };
}

/** Runs the built command line. */
export function clew(...args: readonly string[]): Promise<Usage> {
  return node(bin, ...args);
}

/** Runs psql as a script would. */
export function psql(url: string, ...args: readonly string[]): Promise<Timed> {
  return timed("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, ...args]);
}

/** The middle one of several measurements. */
export async function median<T>(times: number, measure: () => Promise<T>, by: (one: T) => number): Promise<T> {
  const all: T[] = [];
  for (let at = 0; at < times; at += 1) all.push(await measure());
  return all.sort((a, b) => by(a) - by(b))[Math.floor(times / 2)]!;
}
