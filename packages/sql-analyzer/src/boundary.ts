// How a statement stands to a transaction block: inside it, alone, before a commit, or being its begin or end.
import { type Fields, type Grammar, type Node, nodes, tagOf, type Value } from "./grammar.ts";

/**
 * - `none`: runs inside a transaction.
 * - `alone`: refuses a transaction block (SQLSTATE 25001, or 2D000 for a `DO` that commits) and runs by itself.
 * - `commit-after`: runs inside a transaction, but what it adds can only be used after the commit (SQLSTATE 55P04).
 * - `transaction-control`: begins or ends a transaction itself. Savepoints do not: they are `none`.
 *
 * What only the catalog knows is `none`: a REINDEX or CLUSTER of a partitioned table, a CALL of a procedure that
 * commits. PostgreSQL then refuses it, and nothing has happened.
 */
export type Boundary = "none" | "alone" | "commit-after" | "transaction-control";

/** The boundary of one statement; `text` is the statement's own, in which a `DO` block's PL/pgSQL is read. */
export function boundaryOf(node: Node, text: string, grammar: Grammar): Boundary {
  const tag = tagOf(node);
  const fields = node[tag]!;
  switch (tag) {
    case "TransactionStmt":
      return savepoints.has(fields["kind"]) ? "none" : "transaction-control";
    case "AlterEnumStmt":
      return fields["oldVal"] === undefined ? "commit-after" : "none";
    case "DoStmt":
      return commits(fields, text, grammar) ? "alone" : "none";
    default:
      return refuses[tag]?.(fields) === true ? "alone" : "none";
  }
}

const savepoints = new Set<Value | undefined>(["TRANS_STMT_SAVEPOINT", "TRANS_STMT_RELEASE", "TRANS_STMT_ROLLBACK_TO"]);

// The callers of PreventInTransactionBlock in PostgreSQL, as far as the statement alone tells.
const refuses: { readonly [tag: string]: (fields: Fields) => boolean } = {
  IndexStmt: (s) => s["concurrent"] === true,
  DropStmt: (s) => s["concurrent"] === true,
  ReindexStmt: (s) => manyRelations.has(s["kind"]) || isOn(s["params"], "concurrently", false),
  VacuumStmt: (s) => s["is_vacuumcmd"] === true, // ANALYZE is the other
  ClusterStmt: (s) => s["relation"] === undefined,
  AlterTableStmt: (s) => nodes(s["cmds"]).some(detachesConcurrently),
  CreatedbStmt: () => true,
  DropdbStmt: () => true,
  AlterDatabaseStmt: (s) => option(s["options"], "tablespace") !== undefined,
  CreateTableSpaceStmt: () => true,
  DropTableSpaceStmt: () => true,
  AlterSystemStmt: () => true,
  DiscardStmt: (s) => s["target"] === "DISCARD_ALL",
  CreateSubscriptionStmt: (s) => isOn(s["options"], "create_slot", isOn(s["options"], "connect", true)),
  AlterSubscriptionStmt: altersSlot,
  DropSubscriptionStmt: () => true, // but for one without a slot
};

const manyRelations = new Set<Value | undefined>([
  "REINDEX_OBJECT_SCHEMA",
  "REINDEX_OBJECT_SYSTEM",
  "REINDEX_OBJECT_DATABASE",
]);

function detachesConcurrently(command: Node): boolean {
  const { PartitionCmd: partition } = (command["AlterTableCmd"]?.["def"] ?? {}) as Node;
  return partition?.["concurrent"] === true;
}

// https://www.postgresql.org/docs/current/sql-altersubscription.html
function altersSlot(s: Fields): boolean {
  switch (s["kind"]) {
    case "ALTER_SUBSCRIPTION_REFRESH":
      return true;
    case "ALTER_SUBSCRIPTION_SET_PUBLICATION":
    case "ALTER_SUBSCRIPTION_ADD_PUBLICATION":
    case "ALTER_SUBSCRIPTION_DROP_PUBLICATION":
      return isOn(s["options"], "refresh", true);
    case "ALTER_SUBSCRIPTION_OPTIONS":
      return option(s["options"], "failover") !== undefined || !isOn(s["options"], "two_phase", true);
    default:
      return false;
  }
}

function option(options: Value | undefined, name: string): Fields | undefined {
  return nodes(options).find((node) => node["DefElem"]?.["defname"] === name)?.["DefElem"];
}

// A boolean option may stand without a value, then it is on; otherwise it is a word or a number, as in defGetBoolean.
function isOn(options: Value | undefined, name: string, otherwise: boolean): boolean {
  const element = option(options, name);
  if (element === undefined) return otherwise;
  const value = element["arg"] as Node | undefined;
  if (value === undefined) return true;
  if (value["Integer"] !== undefined) return value["Integer"]["ival"] === 1;
  const word = String(value["String"]?.["sval"] ?? value["Boolean"]?.["boolval"] ?? false).toLowerCase();
  return word === "true" || word === "on";
}

// Whether a DO block ends its transaction, which it may only outside a block.
// https://www.postgresql.org/docs/current/plpgsql-transactions.html
function commits(fields: Fields, text: string, grammar: Grammar): boolean {
  const word = /\b(?:commit|rollback)\b/i;
  if (!word.test(text)) return false;
  const language = argument(fields, "language") ?? "plpgsql";
  const tree = language === "plpgsql" ? grammar.parsePlpgsql(text) : undefined;
  // The body's last resort, where it does not parse or is of another language: any word of the kind in it.
  if (tree === undefined) return word.test(argument(fields, "as") ?? text);
  return /"PLpgSQL_stmt_(?:commit|rollback)":/.test(JSON.stringify(tree));
}

function argument(fields: Fields, name: string): string | undefined {
  const value = option(fields["args"], name)?.["arg"] as Node | undefined;
  const text = value?.["String"]?.["sval"];
  return typeof text === "string" ? text : undefined;
}
