// Owns the question before something that is not easily undone.
import { ClewError } from "@clew/core";
import type { Context } from "./context.ts";

/** Of commands that have no --dry-run: what shows what they would do. */
const shownBy: Readonly<Record<string, string>> = { recover: "`clew recover`", supabase: "--print" };

/** Asks on the terminal. Throws NOT_CONFIRMED on anything but yes, and where there is nobody to ask and no --yes. */
export async function confirm(
  { command, flags, output }: Context,
  signal: AbortSignal,
  what: string,
  question: string,
): Promise<void> {
  if (flags.yes) return;
  output.spinner.stop();
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ClewError("NOT_CONFIRMED", `${what} must be confirmed, and there is no terminal to ask at`, {
      help: `Look at it with ${shownBy[command] ?? "--dry-run"}, then give --yes.`,
    });
  }
  const answer = await ask(`${question} [y/N] `, signal);
  if (!/^y(es)?$/i.test(answer.trim()))
    throw new ClewError("NOT_CONFIRMED", `${what} was not confirmed; nothing was run`);
}

/** Whether there is somebody to ask. */
export function isAttended({ flags }: Context): boolean {
  return !flags.json && process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Asks to type the name of the database that is to be changed. Throws NOT_CONFIRMED on any other answer. */
export async function confirmTarget({ output }: Context, signal: AbortSignal, name: string): Promise<void> {
  output.spinner.stop();
  const answer = await ask(`Type ${name} to approve it and go on: `, signal);
  if (answer.trim() !== name) throw new ClewError("NOT_CONFIRMED", `${name} was not typed; nothing was run`);
}

/** Asks for one of several; gives its place in the list, nothing on any other answer. */
export async function choose(
  { output }: Context,
  signal: AbortSignal,
  lines: readonly string[],
): Promise<number | undefined> {
  output.spinner.stop();
  process.stderr.write(`\n${lines.map((line, at) => `  ${at + 1}  ${line}`).join("\n")}\n`);
  const answer = Number(await ask(`Which, 1 to ${lines.length}? Anything else does nothing. `, signal));
  return Number.isInteger(answer) && answer >= 1 && answer <= lines.length ? answer - 1 : undefined;
}

/** The answer; empty when the terminal is closed, or Ctrl-C pressed. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => {
      terminal.once("close", () => resolve(""));
      terminal.once("SIGINT", () => resolve(""));
      void terminal.question(question, { signal }).then(resolve, () => resolve(""));
    });
  } finally {
    terminal.close();
  }
}
