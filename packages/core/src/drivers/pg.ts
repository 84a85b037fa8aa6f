// Owns the driver for node-postgres: a direct connection, or a pooler.
import {
  asJson,
  cleanSession,
  defaultBegin,
  interrupted,
  sessionError,
  type Driver,
  type Session,
  type Sql,
} from "../driver.ts";
import { identifier } from "../store/bind.ts";
import { refuseInPooler } from "../supabase/refuse.ts";
import { pipeline, script, type Message, type MessageFailure, type Submittable } from "./pg-message.ts";

/** What of a `pg` Client is used. Clients of `pg` 8.11 and later fit; those of `pg-native` do not. */
export interface PgClient {
  connect(): Promise<unknown>;
  query(query: Submittable): unknown;
  end(): Promise<void>;
  on(event: "error", listener: (error: Error) => void): unknown;
  off(event: "error", listener: (error: Error) => void): unknown;
}

/** What of a `pg` Pool is used: how it makes its clients. */
export interface PgPool {
  readonly Client: new (options: never) => PgClient;
  readonly options: object;
}

/** What is known of a connection beside how it is made. */
export interface PgOptions {
  /** Milliseconds within which a question of Clew's own must be answered; 0 sets no limit. Default 20,000. */
  readonly answerTimeout?: number;
  /**
   * Each transaction may get another connection, which others get after it: what refuses a transaction, and what stays in a
   * session, is refused. Default false.
   */
  readonly transactionPooler?: boolean;
  /** The role to work as, where it is not the one that logs in. */
  readonly role?: string;
}

/** Statements that travel in one message; a larger batch takes several, each awaited, so that memory stays bounded. */
const messageStatements = 2_000;
const messageLength = 1 << 20;

/** Settings of a question: it may neither wait nor run for long, and writes nothing. The server gives up before a client that is not in a hurry. */
function asking(answerTimeout: number): readonly Sql[] {
  const least = (ms: number, share: number): number => (share === 0 ? 0 : Math.max(ms, Math.ceil(share)));
  return [
    { text: "BEGIN READ ONLY" },
    ...cleanSession,
    { text: `SET LOCAL lock_timeout = ${least(10_000, answerTimeout / 2)}` },
    { text: `SET LOCAL statement_timeout = ${least(15_000, answerTimeout * 0.75)}` },
  ];
}

const commit: Sql = { text: "COMMIT" };

/**
 * The driver for `pg`: give a function that makes a client that is not connected yet; or a Pool, whose settings are used and
 * whose connections are not, so that nothing of a migration's session reaches the app; or one connected client.
 * With one client there is no second session: no heartbeat, no watch over locks, no connecting again after a loss.
 *
 * @example pg(() => new Client(url))
 */
export function pg(source: (() => PgClient) | PgPool | PgClient, options: PgOptions = {}): Driver {
  const make = makerOf(source);
  /** Clients that are open, with what they had sent before. */
  const open = new Map<PgClient, number>();
  let sent = 0;
  return {
    name: "pg",
    sent: () => sent + [...open].reduce((sum, [client, before]) => sum + bytesSent(client) - before, 0),
    supports: { autocommit: !options.transactionPooler, sessions: make !== undefined },
    ...(options.transactionPooler ? { refuse: refuseInPooler } : {}),
    async connect() {
      try {
        const client = make ? make() : (source as PgClient);
        // Until it is connected, an error is also what `connect` rejects with.
        client.off("error", ignore);
        client.on("error", ignore);
        if (make) await client.connect();
        open.set(client, make ? 0 : bytesSent(client));
        const close = async (): Promise<void> => {
          if (make) await client.end();
          sent += bytesSent(client) - (open.get(client) ?? bytesSent(client));
          open.delete(client);
        };
        return session(client, close, options);
      } catch (error) {
        throw sessionError(error, -1);
      }
    },
  };
}

function ignore(): void {}

interface Socket {
  readonly bytesWritten?: number;
  destroy(): void;
}

/** pg does not say that it has a socket; every client of it has. */
function socketOf(client: PgClient): Socket | undefined {
  return (client as { connection?: { stream?: Socket } }).connection?.stream;
}

function bytesSent(client: PgClient): number {
  return socketOf(client)?.bytesWritten ?? 0;
}

function makerOf(source: (() => PgClient) | PgPool | PgClient): (() => PgClient) | undefined {
  if (typeof source === "function") return source;
  if ("Client" in source) return () => new source.Client(source.options as never);
  return undefined;
}

function session(
  client: PgClient,
  close: () => Promise<void>,
  { answerTimeout = 20_000, role }: Omit<PgOptions, "transactionPooler">,
): Session {
  /** A clean session has the role that was asked for. */
  const asRole = (batch: readonly Sql[]): readonly Sql[] =>
    role === undefined
      ? batch
      : batch.map((sql) => (sql.text === "RESET ROLE" ? { text: `SET ROLE ${identifier(role)}` } : sql));
  const question = asRole(asking(answerTimeout));
  let lost: Error | undefined;
  const onError = (error: Error): void => void (lost ??= error);
  client.on("error", onError);

  async function send(
    message: Message,
    index: (completed: number) => number,
  ): Promise<readonly (string | null)[] | undefined> {
    if (lost) throw sessionError(lost, index(0));
    client.query(message.query);
    try {
      return await message.done;
    } catch (failure) {
      const { cause, completed } = failure as MessageFailure;
      throw sessionError(lost ?? cause, index(completed), completed);
    }
  }

  /** A transaction that failed is over for us: what the server still holds of it goes. */
  async function rollback(): Promise<void> {
    if (!lost) await send(script("ROLLBACK"), () => -1).catch(() => undefined);
  }

  function destroy(reason: string): void {
    lost ??= new Error(reason);
    socketOf(client)?.destroy();
  }

  /** What is silent for longer than it may be is lost. */
  async function answered<T>(ms: number | undefined, work: () => Promise<T>): Promise<T> {
    const timer = ms === undefined ? undefined : setTimeout(() => destroy(`no answer for ${ms} ms`), ms);
    try {
      return await work();
    } catch (error) {
      await rollback();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    query: <Row>(sql: Sql, settings: readonly Sql[] = []) =>
      answered(answerTimeout || undefined, async () => {
        const row = await send(pipeline([...question, ...settings, asJson(sql), { text: "ROLLBACK" }]), (n) => n);
        return JSON.parse(row?.[0] ?? "[]") as readonly Row[];
      }),

    async transaction(batch, { begin = defaultBegin, onItem, signal, within } = {}) {
      const all: readonly Sql[] = [{ text: `BEGIN ${begin}` }, ...asRole(batch), commit];
      let last = "";
      const tell = (at: number, tag: string): void => {
        last = tag;
        if (at >= 1 && at <= batch.length) onItem?.(at - 1, rowsOf(tag));
      };
      await answered(within, async () => {
        for (const [from, to] of messages(all)) {
          if (signal?.aborted) throw interrupted(from - 1);
          if (all[from]!.script) {
            const rows = { sum: 0 };
            const onStatement = (_: number, tag: string): void => void (rows.sum += rowsOf(tag) ?? 0);
            await send(script(all[from]!.text, onStatement), () => from - 1);
            tell(from, `ROWS ${rows.sum}`);
          } else {
            const onStatement = (completed: number, tag: string): void => tell(from + completed - 1, tag);
            await send(pipeline(all.slice(from, to), onStatement), (completed) => from + completed - 1);
          }
        }
      });
      // The server answers COMMIT with ROLLBACK when the transaction had already failed.
      if (last !== "COMMIT") throw sessionError(new Error(`COMMIT was answered with ${last}`), batch.length);
    },

    async autocommit(batch, { onItem } = {}) {
      for (const [index, item] of asRole(batch).entries()) {
        await send(item.values ? pipeline([item]) : script(item.text), () => index);
        onItem?.(index);
      }
    },

    destroy,

    async [Symbol.asyncDispose]() {
      client.off("error", onError);
      const timer = setTimeout(() => destroy("the server did not let go"), 2_000);
      await close().catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-COMMANDCOMPLETE */
function rowsOf(tag: string): number | undefined {
  const digits = / (\d+)$/.exec(tag)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The batch in messages of bounded size, as ranges; a script is a message of its own. */
function* messages(batch: readonly Sql[]): Generator<readonly [from: number, to: number]> {
  let from = 0;
  let length = 0;
  for (const [at, { text, script }] of batch.entries()) {
    const full = at - from >= messageStatements || length + text.length > messageLength;
    if (at > from && (script || full)) {
      yield [from, at];
      from = at;
      length = 0;
    }
    length += text.length;
    if (script) {
      yield [at, at + 1];
      from = at + 1;
      length = 0;
    }
  }
  if (from < batch.length) yield [from, batch.length];
}
