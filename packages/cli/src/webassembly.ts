// Owns how V8 compiles WebAssembly in this process.
import { setFlagsFromString } from "node:v8";

/**
 * Keeps V8 from optimising WebAssembly that is loaded from now on. The largest function of PostgreSQL's grammar has a
 * loop around a table of 100 kB, which V8 takes for hot after a few statements, and compiles in the background: a second
 * of CPU and 500 MB, for what then runs some milliseconds faster.
 */
export function compileOnce(): void {
  for (const flag of ["--no-wasm-tier-up", "--no-wasm-dynamic-tiering"]) setFlagsFromString(flag);
}
