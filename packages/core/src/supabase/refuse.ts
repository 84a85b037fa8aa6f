// Owns which statements Supabase's API and its transaction pooler cannot run, why, and the way out. Pure.
import { isSetting, type Fields, type Node, type Statement } from "@clew/sql-analyzer/reading";
import type { Refused } from "../driver.ts";

const direct = "Run this migration over a direct connection (--db, port 5432).";

/**
 * What a function cannot do, or what would stay in a connection that PostgREST gives to the next request.
 * https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-STATEMENTS-EXECUTING-DYN
 */
export function refuseStatement(statement: Statement): Refused | undefined {
  const { boundary, ast } = statement;
  if (boundary === "alone")
    return refused("this statement refuses a transaction, and each request of the API is one", direct);
  if (ast === undefined) return undefined;
  const [tag, fields] = Object.entries(ast)[0] ?? [];
  if (tag === undefined || fields === undefined) return undefined;
  return ofTag[tag]?.(fields) ?? ofDepth(ast, ofNode) ?? ofSetting(statement);
}

/** What a pooler's transaction cannot do, or what would stay in a connection that it gives to the next client. */
export function refuseInPooler(statement: Statement): Refused | undefined {
  const { boundary, ast } = statement;
  if (boundary === "alone")
    return refused(
      "this statement refuses a transaction, and the settings that it needs would stay in a pooled connection",
      "Use the direct connection or the session pooler (port 5432).",
    );
  if (ast === undefined) return undefined;
  const [tag, fields] = Object.entries(ast)[0] ?? [];
  if (tag === undefined || fields === undefined) return undefined;
  return (staying.has(tag) ? ofTag[tag]?.(fields) : undefined) ?? ofDepth(ast, ofSession) ?? ofSetting(statement);
}

/** Statements that leave something in the session. */
const staying = new Set(
  "ListenStmt UnlistenStmt PrepareStmt ExecuteStmt DeallocateStmt DiscardStmt CreateStmt CreateTableAsStmt ViewStmt CreateSeqStmt".split(
    " ",
  ),
);

const refused = (message: string, help: string): Refused => ({ message, help });

const temporary = (relation: unknown, onCommit?: unknown): Refused | undefined => {
  const { relpersistence, schemaname } = (relation ?? {}) as Fields;
  if (relpersistence !== "t" && schemaname !== "pg_temp") return undefined;
  if (onCommit === "ONCOMMIT_DROP") return undefined;
  return refused(
    "a temporary object stays in a connection that others get",
    `Write ON COMMIT DROP, or a CTE or an ordinary table that the migration drops. Or: ${direct}`,
  );
};

const prepared = (): Refused =>
  refused("a prepared statement stays in a connection that others get", "Write the statement itself.");
const listening = (): Refused =>
  refused("LISTEN belongs to a connection, and others get this one", "Leave it out of migrations.");
const copy = (): Refused => refused("COPY needs a connection of its own", `Write INSERT … VALUES. Or: ${direct}`);
const savepoint = (): Refused =>
  refused("a savepoint cannot be set in a request of the API", "Write a DO block with BEGIN … EXCEPTION … END.");
const role = (): Refused =>
  refused(
    "a request of the API runs as one role, and cannot take another",
    `Name the owner in the statements (ALTER … OWNER TO). Or: ${direct}`,
  );

const ofTag: Readonly<Record<string, (fields: Fields) => Refused | undefined>> = {
  ListenStmt: listening,
  UnlistenStmt: listening,
  PrepareStmt: prepared,
  ExecuteStmt: prepared,
  DeallocateStmt: prepared,
  CopyStmt: copy,
  DiscardStmt: () => refused("DISCARD is of a connection, and this one is not ours", "Leave it out."),
  DeclareCursorStmt: () => refused("a cursor cannot be declared in a request of the API", "Use a loop in a DO block."),
  TransactionStmt: ({ kind }) => (/SAVEPOINT|RELEASE|ROLLBACK_TO/.test(String(kind)) ? savepoint() : undefined),
  VariableSetStmt: ({ name }) => {
    if (name === "role" || name === "session_authorization") return role();
    if (name !== "TRANSACTION" && name !== "TRANSACTION SNAPSHOT") return undefined;
    return refused(
      "the request's transaction has begun before this statement",
      "Say it with BEGIN: BEGIN ISOLATION LEVEL …; … COMMIT;",
    );
  },
  CreateStmt: ({ relation, oncommit }) => temporary(relation, oncommit),
  CreateTableAsStmt: ({ into }) => {
    const { rel, onCommit } = (into ?? {}) as Fields;
    return temporary(rel, onCommit);
  },
  ViewStmt: ({ view }) => temporary(view),
  CreateSeqStmt: ({ sequence }) => temporary(sequence),
  SelectStmt: ({ intoClause }) =>
    intoClause === undefined
      ? undefined
      : refused("SELECT … INTO cannot be run in a request of the API", "Write CREATE TABLE … AS SELECT …."),
};

function ofSetting(statement: Statement): Refused | undefined {
  if (!isSetting(statement)) return undefined;
  return refused(
    "a setting of the session stays in a connection that others get",
    "Write SET LOCAL: it holds to the end of the file, or of the BEGIN … COMMIT that it stands in.",
  );
}

const sessionLocks = new Set([
  "pg_advisory_lock",
  "pg_advisory_lock_shared",
  "pg_try_advisory_lock",
  "pg_try_advisory_lock_shared",
]);

type OfNode = (tag: string, fields: Fields) => Refused | undefined;

/** What is forbidden wherever in a statement it stands. */
function ofDepth(node: unknown, forbidden: OfNode): Refused | undefined {
  if (typeof node !== "object" || node === null) return undefined;
  for (const [tag, fields] of Object.entries(node as Node)) {
    const found = (Array.isArray(node) ? undefined : forbidden(tag, fields)) ?? ofDepth(fields, forbidden);
    if (found) return found;
  }
  return undefined;
}

function ofNode(tag: string, fields: Fields): Refused | undefined {
  if ((tag !== "DeleteStmt" && tag !== "UpdateStmt") || fields["whereClause"] !== undefined)
    return ofSession(tag, fields);
  return refused(
    `the API refuses ${tag === "DeleteStmt" ? "DELETE" : "UPDATE"} without WHERE (its extension safeupdate)`,
    "Write WHERE true where all rows are meant.",
  );
}

/** Calls of functions that leave something in the session. */
function ofSession(tag: string, fields: Fields): Refused | undefined {
  if (tag !== "FuncCall") return undefined;
  const name =
    (fields["funcname"] as readonly { String?: { sval?: string } }[] | undefined)?.at(-1)?.String?.sval ?? "";
  if (sessionLocks.has(name)) {
    return refused(
      "an advisory lock of the session stays in a connection that others get",
      "Use pg_advisory_xact_lock: it ends with the transaction.",
    );
  }
  if (name !== "set_config") return undefined;
  const last = JSON.stringify((fields["args"] as readonly unknown[] | undefined)?.[2] ?? null);
  if (/"boolval":true|"sval":"t(?:rue)?"/.test(last)) return undefined;
  return refused(
    "a setting of the session stays in a connection that others get",
    "Give true as set_config's third argument: the setting holds to the end of the transaction.",
  );
}
