// Owns everything that is printed: results on stdout, the rest on stderr, and no secret on either.
import { stripVTControlCharacters } from "node:util";
import { redact } from "@clew/core";
import { createConsola, type ConsolaInstance, type LogType } from "consola/core";
import { paintFor, type Paint, type Style } from "./colors.ts";
import { createSpinner, type Spinner } from "./spinner.ts";

export type LogLevel = "debug" | "info" | "warning" | "error";

export interface OutputOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly level: LogLevel;
  readonly noColor: boolean;
}

export interface Output {
  readonly json: boolean;
  /** Messages on stderr. */
  readonly log: ConsolaInstance;
  /** What goes on now, on stderr, where that is a terminal. */
  readonly spinner: Spinner;
  /** Colours for stderr; those for stdout are given to the function that makes the text. */
  readonly paint: Paint;
  /** Prints what the command was asked for: one document, or its text for people. */
  result(document: object, text: (paint: Paint) => string): void;
  /** Prints a line of what goes on for as long as the command does. */
  line(text: (paint: Paint) => string): void;
  /** Prints a document on one line of stdout: a message of a protocol. */
  message(document: object): void;
  /** Prints lines on stderr as they are, whatever the level: for programs that read it. */
  errorLines(lines: readonly string[]): void;
  /** From now on this text is never printed. */
  hide(secret: string): void;
  /** From now on this listener gets every message, of whatever level; not those that only tell events of the engine. */
  hear(listener: (level: LogLevel, text: string) => void): void;
  /** Takes the secrets out of a text. */
  clean(text: string): string;
  /** What the configuration says of the level, where no flag has. */
  tell(level: LogLevel): void;
}

/** consola's levels: https://github.com/unjs/consola#log-level */
const levels: Readonly<Record<LogLevel, number>> = { error: 0, warning: 1, info: 3, debug: 4 };

/** The tag of messages that only tell events of the engine. */
export const ofEvents = "events";

/** The tag of messages that say themselves how severe they are. */
export const asItIs = "as it is";

const prefixes: Readonly<Partial<Record<LogType, readonly [prefix: string, style: Style]>>> = {
  error: ["error: ", "red"],
  warn: ["warning: ", "yellow"],
  success: ["✔ ", "green"],
  debug: ["debug: ", "dim"],
};

export function createOutput({ stdout, stderr, env, json, level, noColor }: OutputOptions): Output {
  const secrets: string[] = [];
  const paint = paintFor(stderr, env, noColor);
  const clean = (text: string): string => redact(text, secrets);
  // A reader that went away (`| head`) ends nothing: a run goes on.
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
  const showsSpinner = stderr.isTTY && !json && levels[level] >= levels.info && env["TERM"] !== "dumb" && !env["CI"];
  const spinner = createSpinner(stderr, { enabled: showsSpinner, paint, clean });
  let shown = levels[level];
  let listener: ((level: LogLevel, text: string) => void) | undefined;
  const log = createConsola({
    level: levels.debug,
    throttle: 0,
    reporters: [
      {
        log({ type, args, tag, level: weight }) {
          const text = args.map(String).join(" ");
          if (tag !== ofEvents) listener?.(levelOf(type), stripVTControlCharacters(text));
          if (weight > shown) return;
          const [prefix, style] = (tag === asItIs ? undefined : prefixes[type]) ?? ["", "dim"];
          spinner.clear();
          stderr.write(clean(`${prefix && paint(style, prefix)}${text}\n`));
        },
      },
    ],
  });
  return {
    json,
    log,
    spinner,
    paint,
    result(document, text) {
      spinner.stop();
      if (json)
        stdout.write(
          `${JSON.stringify(document, (_, value: unknown) => (typeof value === "string" ? clean(value) : value), 2)}\n`,
        );
      else stdout.write(`${clean(text(paintFor(stdout, env, noColor)))}\n`);
    },
    line(text) {
      spinner.clear();
      stdout.write(`${clean(text(paintFor(stdout, env, noColor)))}\n`);
    },
    message(document) {
      spinner.clear();
      const text = JSON.stringify(document, (_, value: unknown) => (typeof value === "string" ? clean(value) : value));
      stdout.write(`${text}\n`);
    },
    errorLines(lines) {
      if (lines.length > 0) stderr.write(`${lines.map(clean).join("\n")}\n`);
    },
    hide(secret) {
      for (const variant of variantsOf(secret)) if (!secrets.includes(variant)) secrets.push(variant);
    },
    hear(hearer) {
      listener = hearer;
    },
    clean,
    tell(wanted) {
      shown = levels[wanted];
    },
  };
}

function levelOf(type: LogType): LogLevel {
  if (type === "error" || type === "debug") return type;
  return type === "warn" ? "warning" : "info";
}

/**
 * The secrets of a connection string, as they stand in it and decoded. A password that is part of the user's, the database's or the
 * host's name, as in a local Supabase (postgres:postgres@…/postgres), is none: those names are printed all the time.
 */
export function secretsOf(url: string): readonly string[] {
  // Also of a URL that cannot be read: a # or @ in the password makes it so.
  const [, user = "", raw = "", rest = ""] = /^[^:]+:\/\/([^:@/]*)(?::(.*))?@([^@]*)$/s.exec(url) ?? [];
  const parameters = [...rest.matchAll(/[?&](?:ssl)?password=([^&]*)/g)].map((match) => match[1]!);
  const names = decode(`${user} ${rest.split("?")[0]}`);
  return [...new Set([raw, ...parameters].flatMap((secret) => [secret, decode(secret), encode(secret)]))]
    .filter((secret) => secret.length >= 4 && !names.includes(secret))
    .sort((a, b) => b.length - a.length);
}

/** A secret as it stands in JSON, in SQL and in JSON in JSON, too. */
function variantsOf(secret: string): readonly string[] {
  const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
  return [secret, escaped(secret), escaped(escaped(secret)), secret.replaceAll("'", "''")];
}

function encode(text: string): string {
  return encodeURIComponent(decode(text));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
