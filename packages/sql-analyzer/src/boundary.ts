// How a statement stands to a transaction block: inside it, alone, ending it, or being its begin or end.
import type { Fields, Grammar, Node, Value } from "./grammar.ts";

/**
 * - `none`: runs inside a transaction.
 * - `alone`: refuses a transaction block (SQLSTATE 25001) and runs by itself.
 * - `commit-after`: runs inside a transaction; what it adds must be committed before it is used.
 * - `transaction-control`: begins or ends a transaction itself.
 */
export type Boundary = "none" | "alone" | "commit-after" | "transaction-control";

/** The boundary of a statement; `text` is the statement's own, for the PL/pgSQL in a `DO`. */
export function boundaryOf(node: Node, text: string, grammar: Grammar): Boundary {
  for (const tag in node) {
    const fields = node[tag]!;
    if (tag === "TransactionStmt") return savepoints.has(String(fields["kind"])) ? "none" : "transaction-control";
    if (tag === "AlterEnumStmt") return fields["oldVal"] === undefined ? "commit-after" : "none";
    if (tag === "DoStmt") return commits(fields, text, grammar) ? "alone" : "none";
    return refuses[tag]?.(fields) === true ? "alone" : "none";
  }
  return "none";
}

const savepoints = new Set(["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"]);

// Each caller of PreventInTransactionBlock in PostgreSQL, as far as the statement alone tells.
const refuses: { readonly [tag: string]: (fields: Fields) => boolean } = {
  IndexStmt: (s) => s["concurrent"] === true,
  DropStmt: (s) => s["concurrent"] === true,
  ReindexStmt: (s) =>
    !["REINDEX_OBJECT_INDEX", "REINDEX_OBJECT_TABLE"].includes(String(s["kind"])) ||
    option(s["params"], "concurrently", false),
  VacuumStmt: (s) => s["is_vacuumcmd"] === true,
  ClusterStmt: (s) => s["relation"] === undefined,
  CreatedbStmt: () => true,
  DropdbStmt: () => true,
  AlterDatabaseStmt: (s) => optionOf(s["options"], "tablespace") !== undefined,
  CreateTableSpaceStmt: () => true,
  DropTableSpaceStmt: () => true,
  AlterSystemStmt: () => true,
  AlterTableStmt: (s) => detachesConcurrently(s["cmds"]),
  DiscardStmt: (s) => s["target"] === "DISCARD_ALL",
  CreateSubscriptionStmt: (s) => option(s["options"], "create_slot", option(s["options"], "connect", true)),
  AlterSubscriptionStmt: (s) => {
    switch (s["kind"]) {
      case "ALTER_SUBSCRIPTION_REFRESH":
        return true;
      case "ALTER_SUBSCRIPTION_SET_PUBLICATION":
      case "ALTER_SUBSCRIPTION_ADD_PUBLICATION":
      case "ALTER_SUBSCRIPTION_DROP_PUBLICATION":
        return option(s["options"], "refresh", true);
      case "ALTER_SUBSCRIPTION_OPTIONS":
        return ["failover", "two_phase"].some((name) => optionOf(s["options"], name) !== undefined);
      default:
        return false;
    }
  },
  // Only a subscription with a replication slot refuses; that is the usual one.
  DropSubscriptionStmt: () => true,
};

function optionOf(options: Value | undefined, name: string): Fields | undefined {
  if (!Array.isArray(options)) return undefined;
  for (const entry of options) {
    const element = entry.DefElem;
    if (element?.defname === name) return element;
  }
  return undefined;
}

// https://www.postgresql.org/docs/current/sql-reindex.html: a boolean may be left out (true), a word or a number.
function option(options: Value | undefined, name: string, otherwise: boolean): boolean {
  const element = optionOf(options, name);
  if (element === undefined) return otherwise;
  const text = JSON.stringify(element["arg"] ?? "true").toLowerCase();
  return !/"(false|off|0)"|"ival":\{\}|"ival":0/.test(text);
}

function detachesConcurrently(commands: Value | undefined): boolean {
  return Array.isArray(commands) && commands.some((c) => c.AlterTableCmd?.def?.PartitionCmd?.concurrent === true);
}

function commits(fields: Fields, text: string, grammar: Grammar): boolean {
  if (!/commit|rollback/i.test(text)) return false;
  const tree = grammar.parsePlpgsql(text);
  return tree === undefined
    ? /\b(commit|rollback)\b/i.test(text)
    : /"PLpgSQL_stmt_(commit|rollback)"/.test(JSON.stringify(tree));
}
