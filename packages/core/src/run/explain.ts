// Owns the turning of a database's failure into an error that a person can act on: what, where in the file, why, what to do.
import { archiveFull } from "../archive/limit.ts";
import { isSessionError, type Fault, type SessionError } from "../driver.ts";
import { ClewError, isClewError, type Blocker, type ErrorCode, type ErrorData } from "../errors.ts";
import { placeOf, type PreparedSegment, type Script } from "../files/prepare.ts";
import type { PlanStep } from "../plan/plan.ts";
import { redact, redactDetail } from "../redact.ts";

/** Where in a migration a failure happened. */
export interface Whereabouts {
  readonly step: Pick<PlanStep, "version" | "direction" | "rollback">;
  readonly script: Script;
  readonly segment: PreparedSegment;
  /** Offset in the text of what was sent as the failing item; undefined for what is not in the file, and for COMMIT. */
  readonly start?: number;
  readonly end?: number;
  /** Statement in the segment, where it is known. */
  readonly statement?: number;
  readonly blockers?: readonly Blocker[];
  /** Segments of the migration that have run before. */
  readonly done?: number;
}

/** Makes the error for a statement of a migration that the server refused. */
export function statementError(error: SessionError, at: Whereabouts): ClewError {
  const { fault } = error;
  const place = placeOfFault(fault, at);
  const code = codeOf(fault, place !== undefined);
  const message = redact(
    place ? `${place.path}:${place.line}:${place.column}: ${error.message}` : `${at.script.path}: ${error.message}`,
  );
  return new ClewError(
    code,
    message,
    {
      ...describe(fault),
      ...(code === "STATEMENT_FAILED" ? whatStays(at) : {}),
      ...helpFor(fault, error.message),
      version: at.step.version,
      ...(place ? { at: place } : {}),
      ...(at.blockers && at.blockers.length > 0 && code === "LOCK_TIMEOUT"
        ? { blockers: at.blockers.map(redactBlocker) }
        : {}),
    },
    { cause: error },
  );
}

/** Makes the error for a failure of what Clew itself asked or wrote. */
export function ownError(error: unknown, doing: string, blockers: readonly Blocker[] = []): ClewError {
  if (isClewError(error)) return error;
  if (!isSessionError(error)) {
    return new ClewError(
      "INTERNAL",
      redact(`${doing}: ${error instanceof Error ? error.message : String(error)}`),
      {},
      { cause: error },
    );
  }
  const { fault } = error;
  const code: ErrorCode =
    fault.reply === "lost" ? "CONNECTION_LOST" : fault.sqlstate === "42501" ? "JOURNAL_DENIED" : codeOf(fault, true); // SQLSTATE 42501
  const held = code === "LOCK_TIMEOUT" && blockers.length > 0 ? { blockers: blockers.map(redactBlocker) } : {};
  return new ClewError(code, redact(`${doing}: ${error.message}`), { ...describe(fault), ...held }, { cause: error });
}

/** Makes the error for a database that cannot be reached. */
export function connectError(error: unknown): ClewError {
  if (isClewError(error)) return error;
  const cause = isSessionError(error) && error.cause instanceof Error ? error.cause : error;
  // Node gives one error for several addresses, with an empty message.
  const all = cause instanceof AggregateError ? cause.errors : [cause];
  const message = all.map((one) => (one instanceof Error ? one.message : String(one))).join("; ");
  return new ClewError(
    "CONNECT_FAILED",
    redact(`the database cannot be reached: ${message}`),
    {
      ...(isSessionError(error) ? describe(error.fault) : {}),
      ...connectHelp(message),
    },
    { cause: error },
  );
}

function connectHelp(message: string): { help?: string } {
  if (/ECONNREFUSED/.test(message))
    return { help: "Nothing listens at this host and port: start the server, or correct the URL." };
  if (/ENOTFOUND|EAI_AGAIN/.test(message))
    return { help: "The host's name is not known: correct the URL, or look at the network." };
  if (/ENETUNREACH|EHOSTUNREACH/.test(message)) {
    return {
      help: "There is no way to this host. A direct Supabase connection needs IPv6: use the session pooler's URL (port 5432).",
    };
  }
  if (/password|SASL|SCRAM/.test(message))
    return {
      help: "User or password are wrong: correct the URL; reserved characters in a password must be percent-encoded.",
    };
  if (/does not support SSL/.test(message))
    return {
      help: "The server has no TLS: sslmode=disable goes without, where the network is trusted; or set TLS up on the server.",
    };
  if (/database ".*" does not exist/.test(message))
    return { help: "Correct the database's name in the URL, or create it." };
  if (/SSL|TLS|certificate/i.test(message))
    return {
      help: "Add sslmode=require (encrypted) or sslmode=verify-full (and checked) to the URL, as the server wants it.",
    };
  if (/timeout|no answer/i.test(message))
    return { help: "The server did not answer in time: look at the network, firewall and address." };
  return {};
}

function describe(fault: Fault): Partial<ErrorData> {
  return {
    ...(fault.sqlstate === undefined ? {} : { sqlstate: fault.sqlstate }),
    ...(fault.detail === undefined ? {} : { detail: redactDetail(fault.detail, fault.sqlstate) }),
    ...(fault.hint === undefined ? {} : { hint: redact(fault.hint) }),
    ...(fault.where === undefined ? {} : { context: redact(fault.where) }),
  };
}

function codeOf(fault: Fault, inStatement: boolean): ErrorCode {
  if (fault.reply === "lost") return "CONNECTION_LOST";
  if (fault.sqlstate === "55P03") return "LOCK_TIMEOUT"; // SQLSTATE 55P03 lock_not_available
  if (fault.sqlstate === archiveFull) return "ARCHIVE_TOO_LARGE"; // SQLSTATE CLW05
  return inStatement ? "STATEMENT_FAILED" : "COMMIT_FAILED";
}

/** Where a part of the migration has run before. */
export const staysHelp =
  "Correct the statement and run again; what ran of the migration before it stays, and will not run again.";

/** What to do where not all of the migration was rolled back. */
function whatStays({ step, segment, done = 0 }: Whereabouts): { help?: string } {
  if (segment.effect?.kind === "unknown")
    return {
      help: "Correct the statement and run again; it ran outside a transaction, and what it committed itself stays.",
    };
  if (done > 0) return { help: staysHelp };
  if (step.direction === "up") return {};
  const mend =
    step.rollback === "synthesised"
      ? "Mend what is in its way and run again, or write it to a file with `clew rollback --write` and say there what is to be done with it"
      : "Correct the statement and run again";
  return { help: `${mend}; nothing of the migration was taken back.` };
}

/** What to do, for failures whose mend Postgres's own hint does not tell. */
function helpFor(fault: Fault, message: string): { help?: string } {
  switch (fault.sqlstate) {
    case "42P06": // SQLSTATE 42P06 duplicate_schema
      return /"(?:clew|clew_archive|supabase_migrations)"/.test(message)
        ? {
            help: "This schema is for the records of runs, and no migration's. Leave it out of a dump: pg_dump -N clew -N clew_archive -N supabase_migrations",
          }
        : {};
    case "25001": // SQLSTATE 25001 active_sql_transaction
    case "2D000": // SQLSTATE 2D000 invalid_transaction_termination
      return {
        help: "This statement refuses a transaction: put `-- supabase:disable-transaction` on the file's first line.",
      };
    case "57014": // SQLSTATE 57014 query_canceled
      return {
        help: "It was cancelled, or ran longer than it may: see --statement-timeout. Through Supabase's API a request has 55 s: use a direct connection for what takes longer.",
      };
    case "55P04": // SQLSTATE 55P04 unsafe_new_enum_value_usage
      return { help: "A new enum value can be used only after it is committed: use it in a migration of its own." };
    case "42501": // SQLSTATE 42501 insufficient_privilege
      return {
        help: "The role of the connection may not do this: connect as the owner, or have the privilege granted.",
      };
    default:
      return {};
  }
}

function placeOfFault(fault: Fault, at: Whereabouts): ErrorData["at"] {
  if (at.start === undefined) return undefined;
  const { text } = at.script;
  if (fault.position !== undefined) return placeOf(at.script, advance(text, at.start, fault.position - 1));
  const statement = at.statement === undefined ? undefined : at.segment.statements[at.statement];
  return placeOf(at.script, statement?.start ?? at.start, statement?.end ?? at.end);
}

/** The offset that lies `characters` after `start`: Postgres counts characters, JavaScript UTF-16 units. */
function advance(text: string, start: number, characters: number): number {
  let offset = start;
  for (let left = characters; left > 0 && offset < text.length; left--)
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return offset;
}

function redactBlocker(blocker: Blocker): Blocker {
  return { ...blocker, query: redact(blocker.query) };
}
