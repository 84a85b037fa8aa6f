// Owns what travels to the channel's functions, and how their answers are read: values within the text, checksums, faults. Pure.
import { createHash } from "node:crypto";
import { SessionError, withoutUndefined, type Fault, type Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { literal } from "../store/bind.ts";

/** The checksum that the functions compare: of each statement's length in bytes and its text. */
export function checksumOf(statements: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of statements) hash.update(`${Buffer.byteLength(text)}:`).update(text);
  return hash.digest("hex");
}

/** What a parameter must not be looked for in: constants, quoted names, comments. https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
const tokens =
  /[Ee]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\d+)/g;

/** A statement of Clew's own with its values as constants: the functions take texts, and no parameters. */
export function inlined({ text, values }: Sql): string {
  if (values === undefined || values.length === 0) return text;
  return text.replaceAll(tokens, (token, _tag, number: string | undefined) => {
    if (number === undefined) return token;
    const value = values[Number(number) - 1];
    return value === undefined || value === null ? "NULL" : literal(value);
  });
}

/** What a function of the channel answers. */
export interface Reply {
  readonly outcome: "done" | "failed" | "refused";
  /** Rows as JSON, of a question. */
  readonly rows?: string | null;
  /** Of what failed: how many statements were begun; none left to begin when it was the end of the transaction. */
  readonly at?: number;
  readonly error?: ServerError;
  readonly why?: "not-armed" | "too-large" | "checksum" | "reused";
  readonly message?: string;
  readonly repeated?: boolean;
}

interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
  readonly where: string;
  readonly schema: string;
  readonly table: string;
  readonly constraint: string;
}

const some = (text: string | undefined): string | undefined => (text === "" ? undefined : text);

/** The failure of a statement as a session's. `text` is what was sent of it, in which the place is looked for. */
export function replyFault(error: ServerError, index: number, text: string): SessionError {
  return new SessionError(
    error.message,
    withoutUndefined<Fault>({
      reply: "error",
      index,
      sqlstate: error.code,
      position: positionOf(error, text),
      completed: undefined,
      detail: some(error.detail),
      hint: some(error.hint),
      where: some(error.where),
      schema: some(error.schema),
      table: some(error.table),
      constraint: some(error.constraint),
    }),
  );
}

/**
 * PL/pgSQL does not pass on at which character a statement failed. Where the message quotes a word of it that stands there
 * once, the word is the place; errors of class 42 are of the statement's own text.
 */
function positionOf({ code, message, where }: ServerError, text: string): number | undefined {
  if (
    !code.startsWith("42") ||
    !where.includes("clew_channel.") ||
    /^PL\/pgSQL function (?!clew_channel\.)/m.test(where)
  )
    return undefined;
  const quoted = /"([^"]+)"/.exec(message)?.[1] ?? /^(?:column|function|operator) (\S+?)[\s(]/.exec(message)?.[1];
  if (quoted === undefined) return undefined;
  const word = new RegExp(`(?<![\\w$])${quoted.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?![\\w$])`, "gi");
  const places = [...text.matchAll(word)];
  if (places.length !== 1) return undefined;
  return characters(text.slice(0, places[0]!.index)) + 1;
}

/** How many characters Postgres counts in a text. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Why the channel refused a request. */
export function refusal({ why, message = "the channel refused the request" }: Reply): ClewError {
  if (why === "not-armed") return notArmed();
  if (why === "too-large")
    return new ClewError("CHANNEL_REFUSED", `${message}`, {
      help: "Use a direct connection (--db) for this migration.",
    });
  return new ClewError("CHANNEL_REFUSED", message);
}

export function notArmed(): ClewError {
  return new ClewError("CHANNEL_NOT_ARMED", "the project's channel is not armed: nothing runs through it");
}

/** What supabase-js says of a request that PostgREST, or something before it, did not answer with a function's result. */
export interface RequestError {
  readonly message: string;
  readonly code?: string;
  readonly details?: string | null;
  readonly hint?: string | null;
}

/** How that fails. Only an answer that comes from Postgres or PostgREST says that nothing was done; all else is lost. */
export function requestFault(error: RequestError, status: number, end: number): SessionError | ClewError {
  const { code = "", message } = error;
  if (code === "PGRST202" || code === "42883" || code === "PGRST106")
    return new ClewError("CHANNEL_MISSING", "the project has no channel for Clew, or its API has not seen it yet"); // SQLSTATE 42883
  if (status === 401 || /^PGRST30[0-3]$/.test(code))
    return new ClewError("KEY_REFUSED", "the project does not accept the Supabase key");
  if (code === "42501" && /\bclew_\w+/.test(message))
    return new ClewError("KEY_REFUSED", "the Supabase key is not the service role's: it may not use the channel"); // SQLSTATE 42501
  const answered = /^[0-9A-Z]{5}$/.test(code) && !/^(?:08|57P|25P03|25P04)/.test(code);
  const refusedEarly = /^PGRST[12]/.test(code) || status === 413;
  // What fails outside the statements fails before them or at the end; of integrity and serialization it is the end.
  const index = /^(?:23|40)/.test(code) ? end : -1;
  return new SessionError(
    message || `no answer (HTTP status ${status})`,
    withoutUndefined<Fault>({
      reply: answered || refusedEarly ? "error" : "lost",
      index,
      sqlstate: answered ? code : undefined,
      position: undefined,
      completed: undefined,
      detail: error.details ?? undefined,
      hint: error.hint ?? undefined,
      where: undefined,
      schema: undefined,
      table: undefined,
      constraint: undefined,
    }),
    { cause: new Error(message) },
  );
}
