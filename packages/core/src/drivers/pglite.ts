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
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
  exec(text: string): Promise<unknown>;
}

/** The driver for a PGlite instance. The instance stays open: who made it closes it. */
export function pglite(db: PGliteClient): Driver {
  return {
    name: "pglite",
    supports: { autocommit: true, sessions: false },
    connect: async () => session(db),
  };
}

function session(db: PGliteClient): Session {
  async function run(sql: Sql, index: number): Promise<unknown[]> {
    try {
      if (sql.script) await db.exec(sql.text);
      else return (await db.query(sql.text, [...(sql.values ?? [])])).rows;
      return [];
    } catch (error) {
      throw sessionError(error, index);
    }
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
        const [row] = (await run(asJson(sql), 0)) as { rows: string }[];
        await run({ text: "ROLLBACK" }, 1);
        return JSON.parse(row?.rows ?? "[]") as readonly Row[];
      }),

    transaction: (batch, { begin = defaultBegin, onItem, signal } = {}) =>
      inTransaction(`BEGIN ${begin}`, async () => {
        for (const [index, sql] of batch.entries()) {
          // A turn of the event loop, so that an interruption can be seen: PGlite itself never leaves this thread.
          if (signal) await new Promise((resolve) => setImmediate(resolve));
          if (signal?.aborted) throw interrupted(index);
          await run(sql, index);
          onItem?.(index);
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
