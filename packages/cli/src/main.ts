// Owns the run of the program from its arguments to its exit status. Nothing else ends the process.
import { readArguments, UsageError, type Flags, type Invocation } from "./arguments.ts";
import { declareCommands, runs, toolVersion } from "./commands.ts";
import type { Context } from "./context.ts";
import type { LogLevel, Output } from "./output.ts";

export async function main(argv: readonly string[]): Promise<void> {
  const cli = declareCommands();
  let invocation: Invocation;
  try {
    invocation = readArguments(cli, argv);
  } catch (error) {
    if (argv.length === 0) {
      // Nothing was asked for: help, but not success, lest a script whose variable is empty goes on.
      console.info = console.error;
      cli.outputHelp();
      return end(2);
    }
    const json = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : argv.length).includes("--json");
    return end(await fail(error, await makeOutput(json ? { json } : {})));
  }
  if (invocation.kind === "version") {
    process.stdout.write(`${toolVersion()}\n`);
    return end(0);
  }
  if (invocation.kind === "help") {
    if (invocation.command) cli.matchedCommand = invocation.command;
    cli.outputHelp();
    return end(0);
  }
  return end(await runCommand(invocation));
}

async function runCommand({ command, args, flags }: Extract<Invocation, { kind: "run" }>): Promise<number> {
  let output: Output;
  try {
    output = await makeOutput(flags);
  } catch (error) {
    return fail(error, await makeOutput(flags.json ? { json: true } : {}));
  }
  const leave = (status: number): void => process.exit(status);
  process.on("uncaughtException", (error) => void fail(error, output).then(leave));
  // What a configuration prints as it is loaded (dotenv does) is no part of the result.
  console.log = console.info = console.debug = console.error;
  // Node's own warnings are for those who develop Clew, and must pass where secrets are held back.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => output.log.debug(`${warning.name}: ${warning.message}`));
  const { interruptSignal } = await import("./interrupt.ts");
  const context: Context = {
    command,
    args,
    flags,
    cwd: process.cwd(),
    env: process.env,
    output,
    onInterrupt: () => interruptSignal(output, () => leave(130)),
  };
  try {
    // Before anything runs, for afterwards it would be too late to say.
    if (flags.report !== undefined) (await import("./publish.ts")).reportFiles(flags.report);
    const run = await runs[command]!();
    return await run(context);
  } catch (error) {
    const status = await fail(error, output);
    if (!(error instanceof UsageError)) await publishError(error, context);
    return status;
  }
}

async function makeOutput(flags: Flags): Promise<Output> {
  const { createOutput } = await import("./output.ts");
  const { stdout, stderr, env } = process;
  const json = flags.json === true;
  const level = levelOf(flags.logLevel) ?? (json ? "warning" : "info");
  return createOutput({ stdout, stderr, env, json, level, noColor: flags.noColor === true });
}

function levelOf(text: string | undefined): LogLevel | undefined {
  if (text === undefined || text === "debug" || text === "info" || text === "warning" || text === "error") return text;
  throw new UsageError(`there is no log level ${text}; there are debug, info, warning and error`);
}

/** Leaves the error for others too, where the command leaves a report or CI is to show it. */
async function publishError(failure: unknown, context: Context): Promise<void> {
  const { flags, env } = context;
  if (flags.report === undefined && env["GITHUB_ACTIONS"] !== "true") return;
  const { asClewError } = await import("./errors.ts");
  const { publish } = await import("./publish.ts");
  publish(context, { kind: "error", outcome: "error", error: asClewError(failure).data });
}

/** Tells the error, and gives its exit status. */
async function fail(failure: unknown, output: Output): Promise<number> {
  const { asClewError, errorText } = await import("./errors.ts");
  const { exitStatus } = await import("@clew/core");
  const error = asClewError(failure);
  output.spinner.stop();
  output.log.error(errorText(error.data, output.paint));
  const { cause } = error;
  if (error.code === "INTERNAL") output.log.debug(cause instanceof Error ? cause.stack : error.stack);
  if (output.json) output.result({ kind: "error", outcome: "error", error: error.data }, () => "");
  return exitStatus(error);
}

/** Ends the process once all is written: a socket that still lingers must not keep a finished command. */
async function end(status: number): Promise<void> {
  const flushed = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => void stream.write("", () => resolve())),
  );
  await Promise.all(flushed);
  process.exit(status);
}
