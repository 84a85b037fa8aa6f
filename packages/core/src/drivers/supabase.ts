// Owns the driver for Supabase's API: requests of supabase-js to the functions that `clew supabase install` makes.
import { randomUUID } from "node:crypto";
import {
  asJson,
  cleanSession,
  defaultBegin,
  interrupted,
  SessionError,
  type Driver,
  type Session,
  type Sql,
} from "../driver.ts";
import { ClewError } from "../errors.ts";
import { load } from "../load.ts";
import { channelVersion, requestSeconds } from "../supabase/channel.ts";
import { checkKeys, type SupabaseKeys } from "../supabase/key.ts";
import { refuseStatement } from "../supabase/refuse.ts";
import {
  characters,
  checksumOf,
  inlined,
  notArmed,
  refusal,
  replyFault,
  requestFault,
  type Reply,
  type RequestError,
} from "../supabase/wire.ts";

interface Answer {
  readonly data: unknown;
  readonly error: RequestError | null;
  readonly status: number;
}

/** What of a supabase-js client is used. Clients of version 2 fit. */
export interface SupabaseClient {
  rpc(name: string, args?: object): { abortSignal(signal: AbortSignal): PromiseLike<unknown> };
  schema?(name: string): unknown;
}

/** What the channel says of itself. */
export interface ChannelState {
  readonly version: number;
  readonly armed: boolean;
  readonly armedUntil: string;
  readonly maxBytes: number;
  readonly database: string;
  readonly user: string;
  readonly server: string;
  readonly now: string;
}

/** How requests to the project's API are made. */
export interface SupabaseOptions {
  /** Milliseconds within which a question must be answered. Default 20,000. */
  readonly answerTimeout?: number;
  /** The same of a migration. Default 65,000: its gateway gives up after a minute. */
  readonly requestTimeout?: number;
}

/**
 * The driver for a Supabase project of which only the URL and a service key are known. Give a client, or what makes one; the
 * latter needs the package `@supabase/supabase-js`. The project's channel must be installed (`clew supabase install`) and
 * armed. Throws CONFIG_INVALID or KEY_REFUSED, before any request.
 *
 * @example supabase({ url: "https://<project>.supabase.co", key: process.env.SUPABASE_SERVICE_ROLE_KEY })
 */
export function supabase(source: SupabaseClient | SupabaseKeys, options: SupabaseOptions = {}): Driver {
  if (!("rpc" in source)) checkKeys(source);
  let sent = 0;
  const counted = (one: SupabaseClient): SupabaseClient => ({
    rpc(name, args = {}) {
      sent += Buffer.byteLength(JSON.stringify(args));
      // An app's client may have another schema for its own calls.
      return ((one.schema?.("public") ?? one) as SupabaseClient).rpc(name, args);
    },
  });
  let client: SupabaseClient | undefined = "rpc" in source ? counted(source) : undefined;
  return {
    name: "supabase",
    supports: { autocommit: false, sessions: true },
    untold: { time: "a request of the API is answered as a whole", rows: "the API does not tell them" },
    sent: () => sent,
    refuse: refuseStatement,
    async connect() {
      client ??= counted(await makeClient(source as SupabaseKeys));
      const { version, armed } = await channelState(client, options);
      if (version !== channelVersion)
        throw new ClewError(
          "CHANNEL_MISSING",
          `the project's channel has version ${version}, and this Clew speaks version ${channelVersion}`,
          { help: version < channelVersion ? "Bring it up to date: clew supabase install." : "Upgrade Clew." },
        );
      if (!armed) throw notArmed();
      return session(client, options);
    },
  };
}

/** The client for a project, with nothing of a signed-in user about it. */
async function makeClient({ url, key }: SupabaseKeys): Promise<SupabaseClient> {
  const { createClient } = await load("@supabase/supabase-js", () => import("@supabase/supabase-js"));
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
}

/** Asks the channel for its state, which it tells unarmed too. Rejects as a session does. */
async function channelState(client: SupabaseClient, options: SupabaseOptions = {}): Promise<ChannelState> {
  const state = await call(client, "clew_state", {}, AbortSignal.timeout(options.answerTimeout ?? 20_000), -1);
  if (state === null) throw new ClewError("CHANNEL_MISSING", "the project's channel has no gate");
  return state as ChannelState;
}

async function call(
  client: SupabaseClient,
  name: string,
  args: object,
  signal: AbortSignal,
  end: number,
): Promise<unknown> {
  let answer: Answer;
  try {
    answer = (await client.rpc(name, args).abortSignal(signal)) as Answer;
  } catch (cause) {
    throw new SessionError(
      cause instanceof Error ? cause.message : String(cause),
      { reply: "lost", index: -1 },
      { cause },
    );
  }
  if (answer.error) throw requestFault(answer.error, answer.status, end);
  return answer.data;
}

function session(client: SupabaseClient, options: SupabaseOptions): Session {
  const given = new AbortController();
  const { answerTimeout = 20_000, requestTimeout = (requestSeconds + 10) * 1000 } = options;

  async function ask(name: string, args: object, ms: number, end: number): Promise<Reply> {
    const signal = AbortSignal.any([given.signal, AbortSignal.timeout(ms)]);
    const reply = (await call(client, name, args, signal, end)) as Reply | null;
    if (reply?.outcome === undefined) throw new SessionError("the answer cannot be read", { reply: "lost", index: -1 });
    if (reply.outcome === "refused") throw refusal(reply);
    return reply;
  }

  return {
    async query<Row>(sql: Sql, settings: readonly Sql[] = []) {
      const before = settings.map(inlined);
      const question = inlined(asJson(sql));
      const args = { checksum: checksumOf([...before, question]), question, settings: before };
      const reply = await ask("clew_query", args, answerTimeout, 1);
      if (reply.error) throw replyFault(reply.error, reply.at === 0 ? 0 : -1, question);
      return JSON.parse(reply.rows ?? "[]") as readonly Row[];
    },

    async transaction(batch, { begin = defaultBegin, onItem, signal, within } = {}) {
      if (signal?.aborted) throw interrupted(-1);
      const { name, readOnly } = modeOf(begin);
      const sent = await piecesOf(batch);
      const statements = sent.map(({ text }) => text);
      const args = { request: randomUUID(), checksum: checksumOf(statements), statements, read_only: readOnly };
      const reply = await ask(name, args, Math.min(within ?? Infinity, requestTimeout), batch.length);
      if (reply.error) throw failureOf(reply.error, reply.at ?? 0, sent, batch);
      for (const index of batch.keys()) onItem?.(index);
    },

    autocommit: () =>
      Promise.reject(
        new SessionError("a request of the API is a transaction: what refuses one cannot be run", {
          reply: "error",
          index: 0,
          sqlstate: "25001", // SQLSTATE 25001 active_sql_transaction
        }),
      ),

    destroy: (reason) => given.abort(new Error(reason)),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** The function whose transaction has this level. https://docs.postgrest.org/en/latest/references/transactions.html#isolation-level */
function modeOf(begin: string): { readonly name: string; readonly readOnly: boolean } {
  const level = /\bisolation\s+level\s+(repeatable\s+read|serializable)\b/i.exec(begin)?.[1];
  const suffix = level === undefined ? "" : `_${level.toLowerCase().replace(/\s+/, "_")}`;
  return { name: `clew_transaction${suffix}`, readOnly: /\bread\s+only\b/i.test(begin) };
}

/** A statement as it is sent, and where it comes from: its item of the batch, and its place in that item's text. */
interface Piece {
  readonly text: string;
  readonly index: number;
  readonly ordinal: number;
  /** Characters before it in the item's text. */
  readonly before: number;
}

/** What a session begins with is done by the functions themselves, which know no other. */
const done = new Set(cleanSession.map(({ text }) => text));

async function piecesOf(batch: readonly Sql[]): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for (const [index, sql] of batch.entries()) {
    if (done.has(sql.text)) continue;
    if (!sql.script) {
      pieces.push({ text: inlined(sql), index, ordinal: 0, before: 0 });
      continue;
    }
    const { split } = await import("@clew/sql-analyzer/reading");
    let before = 0;
    let counted = 0;
    for (const [ordinal, { start, end }] of split(sql.text).entries()) {
      before += characters(sql.text.slice(counted, start));
      counted = start;
      pieces.push({ text: sql.text.slice(start, end), index, ordinal, before });
    }
  }
  return pieces;
}

/** `at` counts the statements that were begun; when it is more than there are, the end of the transaction failed. */
function failureOf(
  error: NonNullable<Reply["error"]>,
  at: number,
  sent: readonly Piece[],
  batch: readonly Sql[],
): SessionError {
  const piece = at > sent.length ? undefined : sent[at - 1];
  if (piece === undefined) return replyFault(error, at === 0 ? -1 : batch.length, "");
  const { message, fault } = replyFault(error, piece.index, piece.text);
  return new SessionError(message, {
    ...fault,
    ...(fault.position === undefined ? {} : { position: fault.position + piece.before }),
    ...(batch[piece.index]!.script ? { completed: piece.ordinal } : {}),
  });
}
