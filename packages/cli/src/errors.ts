// Owns how errors are told to people: where, why, and what to do.
import { ClewError, isClewError, type Blocker, type ErrorData } from "@clew/core";
import { UsageError } from "./arguments.ts";
import type { Paint } from "./colors.ts";
import { formatDuration } from "./durations.ts";

/** Any error as one of Clew's: what was not foreseen is a defect. */
export function asClewError(error: unknown): ClewError {
  if (isClewError(error)) return error;
  if (error instanceof UsageError) return new ClewError("USAGE", error.message, {}, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  // What the system refuses to do with a file is no defect of Clew.
  if (typeof (error as NodeJS.ErrnoException | null)?.path === "string") {
    const help = "Look at the file or folder that the message names.";
    return new ClewError("CONFIG_INVALID", message, { help }, { cause: error });
  }
  return new ClewError("INTERNAL", message || "something unforeseen happened", {}, { cause: error });
}

/** The lines of an error: the message, the place, then Postgres's hint and what else is known. */
export function errorText(error: ErrorData, paint: Paint): string {
  const { code, message, at, sqlstate, detail, hint, context, blockers = [], help } = error;
  const label = (name: string, text: string | undefined): readonly string[] =>
    text ? [`${paint("bold", `${name}:`)} ${text.replaceAll("\n", "\n  ")}`] : [];
  // Errors about several files bring the excerpts in their message.
  const excerpt = at && !message.includes(at.excerpt) ? [at.excerpt] : [];
  return [
    `${message} ${paint("dim", sqlstate ? `[${code}, SQLSTATE ${sqlstate}]` : `[${code}]`)}`,
    ...excerpt,
    ...label("hint", hint),
    ...label("detail", detail),
    ...label("context", context),
    ...blockers.flatMap((blocker) => label("blocked by", blockerText(blocker))),
    ...label("help", help),
  ].join("\n");
}

/** `pid 4711 (psql, user ann, idle in transaction, 34.0 s): UPDATE …` */
export function blockerText({ pid, application, user, state, query, seconds }: Blocker): string {
  const who = [application, user && `user ${user}`, state, formatDuration(seconds * 1_000)].filter(Boolean).join(", ");
  const text = query.replaceAll(/\s+/g, " ").trim();
  return `pid ${pid} (${who})${text ? `: ${text}` : ""}`;
}
