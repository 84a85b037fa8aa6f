// Owns the cut between the engine and a database: what a driver must offer, and how its sessions fail.
import type { Statement } from "@clew/sql-analyzer/reading";

/** One statement with its parameters. Every value travels as text: cast in the SQL. */
export interface Sql {
  readonly text: string;
  readonly values?: readonly (string | null)[];
  /** The text holds many statements, and no values: a piece of a large file, sent as it is. */
  readonly script?: boolean;
}

/** Why a driver cannot run a statement, and the way out. */
export interface Refused {
  readonly message: string;
  readonly help: string;
}

/** How to reach a database. The contract test in drivers/contract.test.ts holds every driver to the same behaviour. */
export interface Driver {
  readonly name: string;
  readonly supports: {
    /** Statements that refuse a transaction block can run. */
    readonly autocommit: boolean;
    /** `connect` can be called again for a second session beside the first. */
    readonly sessions: boolean;
  };
  /** Figures that it cannot tell of statements, and why: `time`, where a batch is answered as a whole. Default: it tells all. */
  readonly untold?: { readonly time?: string; readonly rows?: string };
  /** Bytes that its sessions have sent until now. */
  sent?(): number;
  /** Why a statement cannot run here, for drivers that cannot run all: a plan with such statements is refused. */
  refuse?(statement: Statement): Refused | undefined;
  /** Opens a session. Rejects with a SessionError, or with a ClewError that says what the project must do first. */
  connect(signal?: AbortSignal): Promise<Session>;
}

/** The modes of a transaction are said, since an earlier file may have changed the session's defaults. */
export const defaultBegin = "ISOLATION LEVEL READ COMMITTED, READ WRITE";

/**
 * Undoes what an earlier file did to the session, whichever session a pooler gives.
 * RESET ALL leaves role and session authorization: https://www.postgresql.org/docs/current/sql-reset.html
 */
export const cleanSession: readonly Sql[] = [
  { text: "RESET SESSION AUTHORIZATION" },
  { text: "RESET ROLE" },
  { text: "RESET ALL" },
];

/** How a batch is to run. */
export interface BatchOptions {
  /** What stands after BEGIN. Default `defaultBegin`. */
  readonly begin?: string;
  /** Told after each item, with its place in the batch and, where the server tells, the rows that it changed or returned. */
  readonly onItem?: (index: number, rows?: number) => void;
  /** Milliseconds within which it must be answered, else the session counts as lost. Default: no limit. */
  readonly within?: number;
  /** Stops the batch between two items, as SQLSTATE 57014; the transaction rolls back. */
  readonly signal?: AbortSignal;
}

/** One conversation with the database. Every method rejects with a SessionError. */
export interface Session extends AsyncDisposable {
  /**
   * One SELECT, in a clean session whatever ran before. Rows come as Postgres's own `to_json` gives them, so they are the
   * same on every driver. `settings` run before it, in the same transaction, which leaves nothing behind.
   */
  query<Row>(sql: Sql, settings?: readonly Sql[]): Promise<readonly Row[]>;
  /** All of it, in order, in one transaction, or none of it. */
  transaction(batch: readonly Sql[], options?: BatchOptions): Promise<void>;
  /** Each item in order, by itself, outside any transaction. */
  autocommit(batch: readonly Sql[], options?: Pick<BatchOptions, "onItem">): Promise<void>;
  /** Gives the session up at once: what runs in it fails as lost. */
  destroy(reason: string): void;
}

/** What is known of a failure: the server's answer, or that there was none. */
export interface Fault {
  /** `error`: the server refused, and nothing of a transaction remains. `lost`: no answer, the outcome is not known. */
  readonly reply: "error" | "lost";
  /** Place of the failing item in the batch; the batch's length for COMMIT. */
  readonly index: number;
  readonly sqlstate?: string;
  /** Position in the item's text, in characters from 1. */
  readonly position?: number;
  /** Statements of a many-statement item that were done before the failing one. */
  readonly completed?: number;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
}

/** How a session fails. The driver's own error is the cause. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly fault: Fault;

  constructor(message: string, fault: Fault, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }
}

export function isSessionError(error: unknown): error is SessionError {
  return error instanceof Error && error.name === "SessionError";
}

interface PostgresError {
  readonly message: string;
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly position?: unknown;
  readonly detail?: unknown;
  readonly hint?: unknown;
  readonly where?: unknown;
  readonly schema?: unknown;
  readonly table?: unknown;
  readonly constraint?: unknown;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Turns what a Postgres client throws into a SessionError. Without an SQLSTATE, or with one that ends the session, the reply is lost. */
export function sessionError(cause: unknown, index: number, completed?: number): SessionError {
  if (isSessionError(cause)) return cause;
  const error: PostgresError = cause instanceof Error ? cause : new Error(String(cause));
  // Node's own EPIPE has the shape of an SQLSTATE; what comes from the operating system names the system call.
  const answered = typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) && !("syscall" in error);
  const sqlstate = answered ? (error.code as string) : undefined;
  const severity = text(error.severity);
  // FATAL ends the session, and may come in the place of COMMIT's answer; the word is in the server's language, so the codes
  // that are never less are asked too. Class 08 as a mere ERROR is of a statement that reached for another server, or of $1.
  const ends = severity === "FATAL" || severity === "PANIC" || /^(?:57P0|25P03|25P04)/.test(sqlstate ?? "");
  const lost = sqlstate === undefined || ends || (sqlstate.startsWith("08") && severity !== "ERROR");
  const position = Number(error.position);
  return new SessionError(
    error.message,
    withoutUndefined<Fault>({
      reply: lost ? "lost" : "error",
      index,
      sqlstate,
      position: Number.isInteger(position) && position > 0 ? position : undefined,
      completed,
      detail: text(error.detail),
      hint: text(error.hint),
      where: text(error.where),
      schema: text(error.schema),
      table: text(error.table),
      constraint: text(error.constraint),
    }),
    { cause },
  );
}

/** The query whose one cell holds the rows of `sql`, as JSON. */
export function asJson({ text, values = [] }: Sql): Sql {
  return { text: `SELECT coalesce(pg_catalog.json_agg(q), '[]')::pg_catalog.text AS rows FROM (${text}\n) q`, values };
}

/** How a session fails when its signal says so: with the SQLSTATE that a cancelled statement has. */
export function interrupted(index: number): SessionError {
  return new SessionError("interrupted", { reply: "error", index, sqlstate: "57014" }); // SQLSTATE 57014
}

type Loose<T> = { readonly [K in keyof T]: T[K] | undefined };

/** The same record without the keys that are undefined. */
export function withoutUndefined<T extends object>(record: Loose<T>): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
