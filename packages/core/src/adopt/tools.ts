// Owns what is known of other tools' history tables: how each is recognised, and how what it has applied is read. One entry a tool.
import { quoted, type HistoryTable } from "../store/bind.ts";

/** A tool that a project may come from. */
export type ToolName =
  | "atlas"
  | "dbmate"
  | "diesel"
  | "drizzle"
  | "flyway"
  | "golang-migrate"
  | "goose"
  | "graphile-migrate"
  | "knex"
  | "kysely"
  | "liquibase"
  | "node-pg-migrate"
  | "prisma"
  | "rails"
  | "sqitch"
  | "sqlx"
  | "umzug";

/** What a tool's table says of one migration. */
export interface TheirRow {
  /** How the tool names it. */
  readonly key: string;
  /** All that stands before it counts as applied too. */
  readonly upto: boolean;
  /** Why it cannot count as applied, nor as not applied. */
  readonly wrong: string | null;
  /** What the tool keeps of the file's text, where it refuses to go on with another one. */
  readonly checksum?: string;
}

export interface Tool {
  readonly table: string;
  /** Columns that its table has: several tools share a table's name. */
  readonly columns: readonly string[];
  readonly without?: readonly string[];
  /** A table beside it that only this tool has; with `!`, that it must not have. */
  readonly beside?: string;
  /** SQL of its rows, in the order in which they were applied. */
  readonly rows: (table: string, columns: readonly string[]) => string;
}

const simple =
  (key: string, order: string, where = "true") =>
  (table: string) =>
    `SELECT ${key} AS key, false AS upto, NULL AS wrong FROM ${table} WHERE ${where} ORDER BY ${order}`;

export const tools: Readonly<Record<ToolName, Tool>> = {
  atlas: {
    table: "atlas_schema_revisions",
    columns: ["version", "applied", "total", "type"],
    // Flags of type: 1 baseline, 2 executed, 4 resolved by hand.
    rows: (table) => `SELECT version AS key, (type & 1) = 1 AS upto,
  CASE WHEN (type & 5) = 0 AND (applied < total OR coalesce(error, '') <> '') THEN 'has run in part' END AS wrong
  FROM ${table} WHERE version <> '.atlas_cloud_identifier' ORDER BY version COLLATE "C"`,
  },
  dbmate: {
    table: "schema_migrations",
    columns: ["version"],
    without: ["dirty", "inserted_at", "statements", "name"],
    beside: "!ar_internal_metadata",
    rows: simple("version", 'version COLLATE "C"'),
  },
  diesel: {
    table: "__diesel_schema_migrations",
    columns: ["version", "run_on"],
    rows: simple("version", 'version COLLATE "C"'),
  },
  drizzle: {
    table: "__drizzle_migrations",
    columns: ["id", "hash", "created_at"],
    rows: (table, columns) =>
      simple(
        columns.includes("name") ? "coalesce(name, created_at::text)" : "created_at::text",
        "created_at, id",
      )(table),
  },
  flyway: {
    table: "flyway_schema_history",
    columns: ["installed_rank", "version", "script", "success", "type"],
    // An undo is a row of its own; the last row of a version says what it is.
    rows: (table) => `SELECT version AS key, type IN ('BASELINE', 'SQL_BASELINE') AS upto,
  CASE WHEN NOT success THEN 'has failed' END AS wrong
  FROM (SELECT DISTINCT ON (version) * FROM ${table} WHERE version IS NOT NULL ORDER BY version, installed_rank DESC) last
  WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE' ORDER BY installed_rank`,
  },
  "golang-migrate": {
    table: "schema_migrations",
    columns: ["version", "dirty"],
    rows: (table) =>
      `SELECT version::text AS key, true AS upto, CASE WHEN dirty THEN 'is dirty' END AS wrong FROM ${table}`,
  },
  goose: {
    table: "goose_db_version",
    columns: ["version_id", "is_applied"],
    rows: (table) => `SELECT version_id::text AS key, false AS upto, NULL AS wrong
  FROM (SELECT DISTINCT ON (version_id) * FROM ${table} ORDER BY version_id, id DESC) last
  WHERE is_applied AND version_id > 0 ORDER BY version_id`,
  },
  "graphile-migrate": {
    table: "migrations",
    columns: ["hash", "previous_hash", "filename", "date"],
    rows: simple("filename", "filename"),
  },
  knex: {
    table: "knex_migrations",
    columns: ["id", "name", "batch"],
    rows: simple("name", "id"),
  },
  kysely: { table: "kysely_migration", columns: ["name", "timestamp"], rows: simple("name", "name") },
  liquibase: {
    table: "databasechangelog",
    columns: ["id", "author", "filename", "orderexecuted", "exectype"],
    rows: (
      table,
    ) => `SELECT pg_catalog.concat_ws('::', pg_catalog.regexp_replace(filename, '^.*[/\\\\:]', ''), id, author) AS key, false AS upto,
  CASE WHEN exectype NOT IN ('EXECUTED', 'RERAN', 'MARK_RAN') THEN pg_catalog.lower(exectype) END AS wrong
  FROM ${table} ORDER BY dateexecuted, orderexecuted`,
  },
  "node-pg-migrate": { table: "pgmigrations", columns: ["id", "name", "run_on"], rows: simple("name", "id") },
  prisma: {
    table: "_prisma_migrations",
    columns: ["id", "checksum", "finished_at", "migration_name", "rolled_back_at"],
    rows: (table) => `SELECT migration_name AS key, false AS upto,
  CASE WHEN finished_at IS NULL THEN 'has failed' END AS wrong
  FROM (SELECT DISTINCT ON (migration_name) * FROM ${table} WHERE rolled_back_at IS NULL
    ORDER BY migration_name, (finished_at IS NULL), started_at) one ORDER BY migration_name COLLATE "C"`,
  },
  rails: {
    table: "schema_migrations",
    columns: ["version"],
    without: ["dirty", "inserted_at", "statements", "name"],
    beside: "ar_internal_metadata",
    rows: simple("version", 'version COLLATE "C"'),
  },
  sqitch: {
    table: "changes",
    columns: ["change_id", "change", "project", "planned_at"],
    rows: simple("change", "committed_at"),
  },
  sqlx: {
    table: "_sqlx_migrations",
    columns: ["version", "description", "installed_on", "success", "checksum"],
    rows: (table) => `SELECT version::text AS key, false AS upto,
  CASE WHEN NOT success THEN 'is dirty' END AS wrong, pg_catalog.encode(checksum, 'hex') AS checksum FROM ${table} ORDER BY version`,
  },
  umzug: { table: "SequelizeMeta", columns: ["name"], rows: simple("name", "name") },
};

/** Which columns a table has, and where it is. */
export interface FoundTable extends HistoryTable {
  readonly columns: readonly string[];
}

/** The tools whose tables are there. Two that cannot be told apart are never both said. */
export function recognise(
  tables: readonly FoundTable[],
): readonly { readonly tool: ToolName; readonly table: FoundTable }[] {
  return (Object.entries(tools) as [ToolName, Tool][]).flatMap(([tool, { table, columns, without = [], beside }]) =>
    tables
      .filter((one) => one.table === table && columns.every((column) => one.columns.includes(column)))
      .filter((one) => !without.some((column) => one.columns.includes(column)))
      .filter((one) => {
        if (beside === undefined) return true;
        const wanted = !beside.startsWith("!");
        const name = beside.replace("!", "");
        return tables.some((other) => other.schema === one.schema && other.table === name) === wanted;
      })
      .map((one) => ({ tool, table: one })),
  );
}

/** SQL of the tables that may be a tool's, with their columns. Supabase's services keep tables of the same names. */
export const findTables: string = `SELECT n.nspname AS schema, c.relname AS "table",
  pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) AS columns
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relname IN (${[...Object.values(tools).map(({ table }) => table), "ar_internal_metadata"].map((name) => `'${name}'`).join(", ")})
  AND n.nspname NOT IN ('auth', 'realtime', 'storage', 'supabase_migrations', '_realtime', '_supavisor', '_analytics')
  AND (c.relname <> 'migrations' OR n.nspname = 'graphile_migrate')
GROUP BY 1, 2`;

/** SQL of what a tool's table says. */
export function rowsOf(tool: ToolName, table: FoundTable): string {
  return tools[tool].rows(quoted(table), table.columns);
}

/** The tools that a project can be taken over from. */
export const toolNames: readonly ToolName[] = Object.keys(tools) as ToolName[];
