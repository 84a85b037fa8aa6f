// Owns the driver for PGlite: Postgres inside this process, one session.
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

/** What of a PGlite instance is used. */
export interface PGliteClient {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; affectedRows?: number }>;
  exec(text: string): Promise<unknown>;
  execProtocol(
    message: Uint8Array,
    options: { readonly throwOnError: boolean },
  ): Promise<{ readonly messages: readonly { readonly name: string }[] }>;
}

/** The driver for a PGlite instance. The instance stays open: who made it closes it. */
export function pglite(db: PGliteClient): Driver {
  return {
    name: "pglite",
    supports: { autocommit: true, sessions: false },
    connect: async () => session(db),
  };
}

type Answer = Awaited<ReturnType<PGliteClient["query"]>>;

/** Rows that were changed or returned. Of what changes none PGlite says no more than of what has no rows. */
function rowsOf(text: string, { rows, affectedRows = 0 }: Answer): number | undefined {
  const count = affectedRows || rows.length;
  return count > 0 || /^\s*(?:insert|update|delete|merge|select|with)\b/i.test(text) ? count : undefined;
}

function session(db: PGliteClient): Session {
  async function run(sql: Sql, index: number): Promise<Answer> {
    try {
      if (!sql.script) return await db.query(sql.text, [...(sql.values ?? [])]);
    } catch (error) {
      throw sessionError(error, index);
    }
    // `exec` does not tell how many statements were done before one that fails.
    const { messages } = await db.execProtocol(simpleQuery(sql.text), { throwOnError: false });
    const failure = messages.find(({ name }) => name === "error");
    const done = messages.filter(({ name }) => name === "commandComplete");
    if (failure) throw sessionError(failure, index, done.length);
    return { rows: [] };
  }

  async function inTransaction<T>(begin: string, work: () => Promise<T>): Promise<T> {
    await run({ text: begin }, -1);
    try {
      return await work();
    } catch (error) {
      await db.exec("ROLLBACK").catch(() => undefined);
      throw error;
    }
  }

  return {
    query: <Row>(sql: Sql, settings: readonly Sql[] = []) =>
      inTransaction("BEGIN READ ONLY", async () => {
        for (const setting of [...cleanSession, ...settings]) await run(setting, -1);
        const [row] = (await run(asJson(sql), 0)).rows as { rows: string }[];
        await run({ text: "ROLLBACK" }, 1);
        return JSON.parse(row?.rows ?? "[]") as readonly Row[];
      }),

    transaction: (batch, { begin = defaultBegin, onItem, signal } = {}) =>
      inTransaction(`BEGIN ${begin}`, async () => {
        for (const [index, sql] of batch.entries()) {
          // A turn of the event loop, so that an interruption can be seen: PGlite itself never leaves this thread.
          if (signal) await new Promise((resolve) => setImmediate(resolve));
          if (signal?.aborted) throw interrupted(index);
          const answer = await run(sql, index);
          onItem?.(index, sql.script ? undefined : rowsOf(sql.text, answer));
        }
        await run({ text: "COMMIT" }, batch.length);
      }),

    async autocommit(batch, { onItem } = {}) {
      for (const [index, sql] of batch.entries()) {
        await run(sql, index);
        onItem?.(index);
      }
    },

    destroy: () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY */
function simpleQuery(text: string): Uint8Array {
  const body = new TextEncoder().encode(`${text}\0`);
  const message = new Uint8Array(5 + body.length);
  message[0] = 0x51; // Q
  new DataView(message.buffer).setInt32(1, 4 + body.length);
  message.set(body, 5);
  return message;
}
