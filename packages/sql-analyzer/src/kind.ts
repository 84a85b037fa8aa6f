// What a statement is, in words: PostgreSQL's own command tag, with CONCURRENTLY where it says so.
// CreateCommandTag in src/backend/tcop/utility.c
import { type Fields, type Node, tagOf, type Value } from "./grammar.ts";
import { Lexer, WORD } from "./lexer.ts";

/** `CREATE TABLE`, `CREATE INDEX CONCURRENTLY`, `ALTER TABLE`, `INSERT`, `DO`, `COMMIT` … */
export function kindOf(node: Node): string {
  const tag = tagOf(node);
  const name = kinds[tag] ?? tag;
  return typeof name === "string" ? name : name(node[tag]!);
}

/**
 * The kind of a statement that begins with INSERT, UPDATE, DELETE, MERGE, SELECT, VALUES, TABLE or WITH; undefined for
 * any other. `start` is an offset of the lexer's text.
 */
export function kindOfData(lexer: Lexer, start: number): string | undefined {
  lexer.end = start;
  if (!lexer.next() || lexer.kind !== WORD) return undefined;
  return lexer.is("with") ? kindAfterWith(lexer) : (verbOf(lexer) ?? (isQuery(lexer) ? "SELECT" : undefined));
}

/** The kind of a statement that was not parsed, as far as its first words tell. */
export function kindOfWords(statement: string): string {
  const lexer = new Lexer(statement);
  const data = kindOfData(lexer, 0);
  if (data !== undefined) return data;
  const words = /^[a-z]+(?:\s+[a-z]+)?/i.exec(statement)?.[0].toUpperCase().split(/\s+/) ?? [];
  return words.slice(0, /^(?:CREATE|ALTER|DROP)$/.test(words[0] ?? "") ? 2 : 1).join(" ");
}

function kindAfterWith(lexer: Lexer): string {
  let depth = 0;
  let closed = false; // one of its queries has just ended
  while (lexer.next()) {
    const code = lexer.text.charCodeAt(lexer.start);
    if (depth === 0) {
      if (code === 59) break;
      const verb = closed ? verbOf(lexer) : undefined;
      if (verb !== undefined) return verb;
    }
    if (code === 40) depth++;
    closed = code === 41 && --depth === 0;
  }
  return "SELECT";
}

function verbOf(lexer: Lexer): string | undefined {
  if (lexer.is("insert")) return "INSERT";
  if (lexer.is("update")) return "UPDATE";
  if (lexer.is("delete")) return "DELETE";
  return lexer.is("merge") ? "MERGE" : undefined;
}

function isQuery(lexer: Lexer): boolean {
  return lexer.is("select") || lexer.is("values") || lexer.is("table");
}

const kinds: { readonly [tag: string]: string | ((fields: Fields) => string) } = {
  InsertStmt: "INSERT",
  DeleteStmt: "DELETE",
  UpdateStmt: "UPDATE",
  MergeStmt: "MERGE",
  SelectStmt: (s) => (s["intoClause"] ? "SELECT INTO" : "SELECT"),
  TransactionStmt: (s) => transactions[String(s["kind"])] ?? "TRANSACTION",
  DeclareCursorStmt: "DECLARE CURSOR",
  ClosePortalStmt: "CLOSE CURSOR",
  FetchStmt: (s) => (s["ismove"] ? "MOVE" : "FETCH"),
  CreateDomainStmt: "CREATE DOMAIN",
  CreateSchemaStmt: "CREATE SCHEMA",
  CreateStmt: "CREATE TABLE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  AlterTableSpaceOptionsStmt: "ALTER TABLESPACE",
  CreateExtensionStmt: "CREATE EXTENSION",
  AlterExtensionStmt: "ALTER EXTENSION",
  AlterExtensionContentsStmt: "ALTER EXTENSION",
  CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
  AlterFdwStmt: "ALTER FOREIGN DATA WRAPPER",
  CreateForeignServerStmt: "CREATE SERVER",
  AlterForeignServerStmt: "ALTER SERVER",
  CreateUserMappingStmt: "CREATE USER MAPPING",
  AlterUserMappingStmt: "ALTER USER MAPPING",
  DropUserMappingStmt: "DROP USER MAPPING",
  CreateForeignTableStmt: "CREATE FOREIGN TABLE",
  ImportForeignSchemaStmt: "IMPORT FOREIGN SCHEMA",
  DropStmt: (s) => `DROP ${objectName(s["removeType"])}${s["concurrent"] ? " CONCURRENTLY" : ""}`,
  TruncateStmt: "TRUNCATE TABLE",
  CommentStmt: "COMMENT",
  SecLabelStmt: "SECURITY LABEL",
  CopyStmt: "COPY",
  RenameStmt: (s) => `ALTER ${objectName(ofTable.has(String(s["renameType"])) ? s["relationType"] : s["renameType"])}`,
  AlterObjectDependsStmt: (s) => `ALTER ${objectName(s["objectType"])}`,
  AlterObjectSchemaStmt: (s) => `ALTER ${objectName(s["objectType"])}`,
  AlterOwnerStmt: (s) => `ALTER ${objectName(s["objectType"])}`,
  AlterTableMoveAllStmt: (s) => `ALTER ${objectName(s["objtype"])}`,
  AlterTableStmt: (s) => `ALTER ${objectName(s["objtype"])}`,
  AlterDomainStmt: "ALTER DOMAIN",
  AlterFunctionStmt: (s) => `ALTER ${objectName(s["objtype"])}`,
  GrantStmt: (s) => (s["is_grant"] ? "GRANT" : "REVOKE"),
  GrantRoleStmt: (s) => (s["is_grant"] ? "GRANT ROLE" : "REVOKE ROLE"),
  AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
  DefineStmt: (s) => `CREATE ${objectName(s["kind"])}`,
  CompositeTypeStmt: "CREATE TYPE",
  CreateEnumStmt: "CREATE TYPE",
  CreateRangeStmt: "CREATE TYPE",
  AlterEnumStmt: "ALTER TYPE",
  AlterTypeStmt: "ALTER TYPE",
  ViewStmt: "CREATE VIEW",
  CreateFunctionStmt: (s) => (s["is_procedure"] ? "CREATE PROCEDURE" : "CREATE FUNCTION"),
  IndexStmt: (s) => (s["concurrent"] ? "CREATE INDEX CONCURRENTLY" : "CREATE INDEX"),
  RuleStmt: "CREATE RULE",
  CreateSeqStmt: "CREATE SEQUENCE",
  AlterSeqStmt: "ALTER SEQUENCE",
  DoStmt: "DO",
  CreatedbStmt: "CREATE DATABASE",
  AlterDatabaseStmt: "ALTER DATABASE",
  AlterDatabaseRefreshCollStmt: "ALTER DATABASE",
  AlterDatabaseSetStmt: "ALTER DATABASE",
  DropdbStmt: "DROP DATABASE",
  NotifyStmt: "NOTIFY",
  ListenStmt: "LISTEN",
  UnlistenStmt: "UNLISTEN",
  LoadStmt: "LOAD",
  CallStmt: "CALL",
  ClusterStmt: "CLUSTER",
  VacuumStmt: (s) => (s["is_vacuumcmd"] ? "VACUUM" : "ANALYZE"),
  ExplainStmt: "EXPLAIN",
  CreateTableAsStmt: (s) =>
    s["objtype"] === "OBJECT_MATVIEW"
      ? "CREATE MATERIALIZED VIEW"
      : s["is_select_into"]
        ? "SELECT INTO"
        : "CREATE TABLE AS",
  RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
  AlterSystemStmt: "ALTER SYSTEM",
  VariableSetStmt: (s) => (String(s["kind"]).startsWith("VAR_RESET") ? "RESET" : "SET"),
  VariableShowStmt: "SHOW",
  DiscardStmt: (s) => String(s["target"]).replace("DISCARD_", "DISCARD "),
  CreateTransformStmt: "CREATE TRANSFORM",
  CreateTrigStmt: "CREATE TRIGGER",
  CreateEventTrigStmt: "CREATE EVENT TRIGGER",
  AlterEventTrigStmt: "ALTER EVENT TRIGGER",
  CreatePLangStmt: "CREATE LANGUAGE",
  CreateRoleStmt: "CREATE ROLE",
  AlterRoleStmt: "ALTER ROLE",
  AlterRoleSetStmt: "ALTER ROLE",
  DropRoleStmt: "DROP ROLE",
  DropOwnedStmt: "DROP OWNED",
  ReassignOwnedStmt: "REASSIGN OWNED",
  LockStmt: "LOCK TABLE",
  ConstraintsSetStmt: "SET CONSTRAINTS",
  CheckPointStmt: "CHECKPOINT",
  ReindexStmt: "REINDEX",
  CreateConversionStmt: "CREATE CONVERSION",
  CreateCastStmt: "CREATE CAST",
  CreateOpClassStmt: "CREATE OPERATOR CLASS",
  CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
  AlterOpFamilyStmt: "ALTER OPERATOR FAMILY",
  AlterOperatorStmt: "ALTER OPERATOR",
  AlterTSDictionaryStmt: "ALTER TEXT SEARCH DICTIONARY",
  AlterTSConfigurationStmt: "ALTER TEXT SEARCH CONFIGURATION",
  CreatePolicyStmt: "CREATE POLICY",
  AlterPolicyStmt: "ALTER POLICY",
  CreateAmStmt: "CREATE ACCESS METHOD",
  CreatePublicationStmt: "CREATE PUBLICATION",
  AlterPublicationStmt: "ALTER PUBLICATION",
  CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
  AlterSubscriptionStmt: "ALTER SUBSCRIPTION",
  DropSubscriptionStmt: "DROP SUBSCRIPTION",
  AlterCollationStmt: "ALTER COLLATION",
  CreateStatsStmt: "CREATE STATISTICS",
  AlterStatsStmt: "ALTER STATISTICS",
  PrepareStmt: "PREPARE",
  ExecuteStmt: "EXECUTE",
  DeallocateStmt: (s) => (s["isall"] ? "DEALLOCATE ALL" : "DEALLOCATE"),
};

const transactions: { readonly [kind: string]: string } = {
  TRANS_STMT_BEGIN: "BEGIN",
  TRANS_STMT_START: "START TRANSACTION",
  TRANS_STMT_COMMIT: "COMMIT",
  TRANS_STMT_ROLLBACK: "ROLLBACK",
  TRANS_STMT_SAVEPOINT: "SAVEPOINT",
  TRANS_STMT_RELEASE: "RELEASE",
  TRANS_STMT_ROLLBACK_TO: "ROLLBACK TO",
  TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
  TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
  TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
};

// Renaming a part is altering the relation it is a part of.
const ofTable = new Set(["OBJECT_COLUMN", "OBJECT_ATTRIBUTE"]);

const objects: { readonly [type: string]: string } = {
  OBJECT_ATTRIBUTE: "TYPE",
  OBJECT_DOMCONSTRAINT: "DOMAIN",
  OBJECT_FDW: "FOREIGN DATA WRAPPER",
  OBJECT_FOREIGN_SERVER: "SERVER",
  OBJECT_LARGEOBJECT: "LARGE OBJECT",
  OBJECT_MATVIEW: "MATERIALIZED VIEW",
  OBJECT_OPCLASS: "OPERATOR CLASS",
  OBJECT_OPFAMILY: "OPERATOR FAMILY",
  OBJECT_STATISTIC_EXT: "STATISTICS",
  OBJECT_TABCONSTRAINT: "TABLE",
  OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
  OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
  OBJECT_TSPARSER: "TEXT SEARCH PARSER",
  OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
};

function objectName(type: Value | undefined): string {
  const name = String(type);
  return objects[name] ?? name.replace("OBJECT_", "").replaceAll("_", " ");
}
