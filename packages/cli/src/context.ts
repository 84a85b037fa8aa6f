// Owns what a command is given: what was asked, where it stands, and how it speaks.
import type { Flags } from "./arguments.ts";
import type { Output } from "./output.ts";

export interface Context {
  /** The command's name, without its alias. */
  readonly command: string;
  /** The words after the command, as typed. */
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly cwd: string;
  /** Those of the process; files of the environment add theirs. */
  readonly env: Record<string, string | undefined>;
  readonly output: Output;
  /** From now on the first Ctrl-C aborts this signal, and a second one ends the program. */
  onInterrupt(): AbortSignal;
}
