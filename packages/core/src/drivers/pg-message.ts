// Owns the messages that are sent to a `pg` client: many statements in one round trip, and the reading of their answers.
import type { Sql } from "../driver.ts";

/** What of pg's connection object a pipeline uses: the extended query protocol's messages. */
export interface PgConnection {
  readonly stream: { cork?(): void; uncork?(): void };
  parse(message: { text: string; name: string; types: readonly number[] }): void;
  bind(message: { portal: string; statement: string; values: readonly (string | null)[] }): void;
  describe(message: { type: "P"; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  query(text: string): void;
  flush(): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

/** What a pipeline is told by pg, which drives it as one of its own queries. */
export interface Submittable {
  submit(connection: PgConnection): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void;
  handlePortalSuspended(): void;
  handleCommandComplete(message: { readonly text: string }): void;
  handleEmptyQuery(): void;
  handleError(error: unknown): void;
  handleReadyForQuery(): void;
  handleCopyInResponse(connection: PgConnection): void;
  handleCopyData(): void;
}

/** A message: given to pg as a query of its own kind, and the promise of its answers. */
export interface Message {
  readonly query: Submittable;
  /** The last row of all. Rejects with a MessageFailure. */
  readonly done: Promise<readonly (string | null)[] | undefined>;
}

/** Why a message ended badly, and how many of its statements were done before. */
export interface MessageFailure {
  readonly cause: unknown;
  readonly completed: number;
}

type OnStatement = (completed: number, tag: string) => void;

/**
 * Sends statements in the extended protocol with one Sync at the end: one round trip, each statement with its own error
 * position, and after an error the server skips the rest. Flush after each lets its answer out at once, which is what
 * progress is read from. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export function pipeline(batch: readonly Sql[], onStatement?: OnStatement): Message {
  return message(onStatement, (connection) => {
    for (const { text, values = [] } of batch) {
      connection.parse({ text, name: "", types: [] });
      connection.bind({ portal: "", statement: "", values });
      connection.describe({ type: "P", name: "" });
      connection.execute({ portal: "", rows: 0 });
      connection.flush();
    }
    connection.sync();
  });
}

/** Sends a text of any number of statements in the simple protocol. */
export function script(text: string, onStatement?: OnStatement): Message {
  return message(onStatement, (connection) => connection.query(text));
}

function message(onStatement: OnStatement | undefined, send: (connection: PgConnection) => void): Message {
  let last: readonly (string | null)[] | undefined;
  let completed = 0;
  const { promise, resolve, reject } = Promise.withResolvers<typeof last>();
  // Nobody may be waiting yet when a connection dies.
  promise.catch(() => undefined);
  const complete = (tag: string): void => {
    completed++;
    onStatement?.(completed, tag);
  };
  return {
    done: promise,
    query: {
      submit(connection) {
        connection.stream.cork?.();
        try {
          send(connection);
        } finally {
          connection.stream.uncork?.();
        }
        return null;
      },
      handleRowDescription: () => undefined,
      handleDataRow: (message) => void (last = message.fields),
      handlePortalSuspended: () => undefined,
      handleCommandComplete: (message) => complete(message.text),
      handleEmptyQuery: () => complete(""),
      handleError: (cause) => reject({ cause, completed } satisfies MessageFailure),
      handleReadyForQuery: () => resolve(last),
      handleCopyInResponse: (connection) => connection.sendCopyFail("COPY FROM STDIN is not supported here"),
      handleCopyData: () => undefined,
    },
  };
}
