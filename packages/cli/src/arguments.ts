// Owns the reading of the command line. Not cac's own reading: it makes numbers of versions, lets a switch with a dash in its name
// swallow the word after it, and passes over unknown commands.
import type { CAC, Command } from "cac";
import { didYouMean } from "./nearest.ts";

/** Flags as they were given, by name in camelCase. */
export interface Flags {
  readonly db?: string;
  /** `true` where no folder was named. */
  readonly embedded?: string | true;
  readonly dir?: string;
  readonly env?: string;
  readonly yes?: true;
  readonly json?: true;
  readonly logLevel?: string;
  readonly noColor?: true;
  readonly dryRun?: true;
  readonly outOfOrder?: true;
  readonly force?: true;
  readonly continueOnError?: true;
  readonly lockTimeout?: string;
  readonly statementTimeout?: string;
  readonly wait?: string;
  readonly strict?: true;
  readonly all?: true;
  readonly with?: string;
  readonly to?: string;
  readonly format?: string;
  readonly write?: true;
  readonly claudeFlow?: true;
  readonly follow?: true;
  readonly report?: string;
  readonly filter?: string;
  readonly autoRollback?: true;
  readonly platform?: string;
  readonly scratch?: string;
  readonly allowDestructive?: true;
  readonly moveDropped?: true;
  readonly approve?: string;
  readonly do?: string;
  readonly prove?: true;
  readonly plan?: string;
  readonly out?: string;
  readonly for?: string;
  readonly forGood?: true;
  readonly print?: true;
  readonly keep?: string;
  readonly from?: string;
  readonly status?: string;
  readonly backup?: string;
  readonly at?: string;
  readonly keyFile?: string;
  readonly level?: string;
  readonly schemaOnly?: true;
  readonly mode?: string;
  readonly noTriggers?: true;
  readonly last?: string;
  readonly days?: string;
  readonly size?: string;
}

/** What the command line asks for. Arguments are text, exactly as typed. */
export type Invocation =
  | { readonly kind: "run"; readonly command: string; readonly args: readonly string[]; readonly flags: Flags }
  | { readonly kind: "help"; readonly command?: Command }
  | { readonly kind: "version" };

/** A command line that cannot be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Option = Command["options"][number];

/** Reads arguments by what is declared. Throws UsageError. */
export function readArguments(cli: CAC, argv: readonly string[]): Invocation {
  const end = argv.indexOf("--");
  const tokens = end < 0 ? argv : argv.slice(0, end);
  const given = { words: [] as string[], flags: [] as { option: Option; value: string | true }[] };
  const all = [...cli.globalCommand.options, ...cli.commands.flatMap((command) => command.options)];

  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (!isFlag(token)) {
      given.words.push(token);
      continue;
    }
    const [name, inline] = cut(token);
    const option = all.find((one) => spellings(one).includes(name));
    if (!option) throw unknownFlag(name, optionsOf(cli, commandOf(cli, tokens)));
    const next = tokens[at + 1];
    if (option.isBoolean && inline !== undefined) throw new UsageError(`${name} takes no value`);
    let value: string | true = inline ?? true;
    if (!option.isBoolean && inline === undefined && next !== undefined && !isFlag(next)) {
      value = next;
      at++;
      if (!option.required) refuseSwallowed(cli, name, value);
    }
    if (option.required && value === true) throw new UsageError(`${name} needs a value: ${option.rawName}`);
    if (value === "") throw new UsageError(`${name} was given an empty value`);
    if (given.flags.some((flag) => flag.option.name === option.name)) throw new UsageError(`${name} was given twice`);
    given.flags.push({ option, value });
  }

  const words = end < 0 ? given.words : [...given.words, ...argv.slice(end + 1)];
  const has = (flag: string): boolean => given.flags.some(({ option }) => spellings(option).includes(flag));
  if (words.length === 0 && has("--version")) return { kind: "version" };
  if (words.length === 0 && has("--help")) return { kind: "help" };
  // `backup` is the beginning of commands, which the help of all lists.
  if (has("--help") && words.length === 1 && commandsIn(cli, words[0]!).length > 0) return { kind: "help" };
  const command = commandNamed(cli, words);
  if (has("--help")) return { kind: "help", command };
  const allowed = optionsOf(cli, command);
  for (const { option } of given.flags) if (!allowed.includes(option)) refuseForeign(cli, command, option);
  const args = words.slice(command.name.split(" ").length);
  checkCount(command, args);
  const flags = Object.fromEntries(given.flags.map(({ option, value }) => [camelCase(spellings(option)[0]!), value]));
  return { kind: "run", command: command.name, args, flags };
}

/** A lone dash is a word. */
function isFlag(token: string): boolean {
  return token.startsWith("-") && token !== "-";
}

function cut(token: string): [name: string, inline: string | undefined] {
  const at = token.indexOf("=");
  return at < 0 ? [token, undefined] : [token.slice(0, at), token.slice(at + 1)];
}

/** `--out-of-order, --include-all` in two, the main one first; a short one comes last. */
function spellings(option: Option): string[] {
  return option.rawName
    .replace(/[<[].*/, "")
    .split(",")
    .map((name) => name.trim())
    .sort((a, b) => Number(b.startsWith("--")) - Number(a.startsWith("--")));
}

function camelCase(flag: string): string {
  return flag.replace(/^-+/, "").replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function optionsOf(cli: CAC, command: Command | undefined): readonly Option[] {
  // Equal switches of several commands, such as --dry-run, are one to the reader.
  const own = command?.options ?? cli.commands.flatMap((one) => one.options);
  return [...cli.globalCommand.options, ...own];
}

function commandOf(cli: CAC, tokens: readonly string[]): Command | undefined {
  return cli.commands.find((command) =>
    tokens.some((token, at) => command.isMatched(token) || command.isMatched(`${token} ${tokens[at + 1]}`)),
  );
}

/** A command is one word, or two: `backup create`. */
function commandNamed(cli: CAC, [word, second]: readonly string[]): Command {
  if (word === undefined) throw new UsageError("no command was given");
  const command = cli.commands.find((one) => one.isMatched(word) || one.isMatched(`${word} ${second}`));
  if (command) return command;
  const within = commandsIn(cli, word);
  if (within.length > 0 && second === undefined) throw new UsageError(`${word} needs one of ${within.join(", ")}`);
  if (within.length > 0) throw new UsageError(`there is no command ${word} ${second}${didYouMean(second!, within)}`);
  const names = cli.commands.flatMap((one) => [one.name, ...one.aliasNames]);
  throw new UsageError(`there is no command ${word}${didYouMean(word, names)}`);
}

/** The second words of commands that begin with this one. */
function commandsIn(cli: CAC, word: string): readonly string[] {
  return cli.commands.flatMap(({ name }) => (name.startsWith(`${word} `) ? [name.slice(word.length + 1)] : []));
}

function unknownFlag(name: string, options: readonly Option[]): UsageError {
  const guess = didYouMean(
    name,
    options.flatMap(spellings).filter((one) => one.startsWith("--")),
  );
  return new UsageError(`there is no flag ${name}${guess}`);
}

/** `--embedded 0002` and `--embedded status` name no folder. */
function refuseSwallowed(cli: CAC, name: string, value: string): void {
  if (!/^\d+$/.test(value) && !cli.commands.some((command) => command.isMatched(value))) return;
  throw new UsageError(
    `${name} ${value} would take ${value} for a folder: put ${value} before ${name}, or write ${name}=${value}`,
  );
}

function refuseForeign(cli: CAC, command: Command, option: Option): void {
  const [flag] = spellings(option);
  if (command.options.some((own) => own.rawName === option.rawName)) return;
  const owners = cli.commands
    .filter((one) => one.options.some((own) => own.rawName === option.rawName))
    .map((one) => one.name);
  const have = owners.length > 1 ? "have" : "has";
  const list = owners.length > 1 ? `${owners.slice(0, -1).join(", ")} and ${owners.at(-1)}` : owners[0];
  throw new UsageError(`${command.name} has no flag ${flag}; ${list} ${have} it`);
}

function checkCount(command: Command, args: readonly string[]): void {
  const missing = command.args.find((arg, at) => arg.required && args[at] === undefined);
  if (missing) throw new UsageError(`${command.name} needs <${missing.value}>`);
  if (args.length > command.args.length && !command.args.at(-1)?.variadic) {
    throw new UsageError(`${command.name} does not take ${args.slice(command.args.length).join(" ")}`);
  }
}
