// Owns what stands in the way of rows that come and go in any order: foreign keys are checked at the end, triggers may rest.
import { ClewError } from "@clew/core";
import { qualified, quote, type Client } from "./client.ts";
import { nameOf, type BackupTable } from "./manifest.ts";

type Named = Pick<BackupTable, "schema" | "name">;

interface ForeignKey {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly toSchema: string;
  readonly toTable: string;
  readonly toColumns: readonly string[];
  /** What a DELETE there does here: `a`, `r`, `c`ascade, set `n`ull, set `d`efault. */
  readonly onDelete: string;
  readonly deferrable: boolean;
  readonly mine: boolean;
}

/** The foreign keys of tables and to them; those of partitions only at the top, where they can be altered. */
async function foreignKeys(client: Client, tables: readonly Named[]): Promise<readonly ForeignKey[]> {
  const names = JSON.stringify(tables.map(({ schema, name }) => ({ schema, name })));
  const { rows } = await client.query<ForeignKey>(
    `WITH chosen AS (SELECT c.oid FROM pg_catalog.json_to_recordset($1::json) AS w(schema text, name text)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name)
SELECT k.conname AS name, n.nspname AS schema, c.relname AS table, tn.nspname AS "toSchema", t.relname AS "toTable", k.confdeltype AS "onDelete",
  k.condeferrable AS deferrable, pg_catalog.pg_has_role(c.relowner, 'USAGE') AS mine,
  ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS p(num, at) JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = p.num ORDER BY p.at) AS columns,
  ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS p(num, at) JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = p.num ORDER BY p.at) AS "toColumns"
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_class t ON t.oid = k.confrelid JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND (k.conrelid IN (SELECT oid FROM chosen) OR k.confrelid IN (SELECT oid FROM chosen))
ORDER BY 2, 3, 1`,
    [names],
  );
  return rows;
}

/**
 * Lets the foreign keys of tables, and to them, wait until the end of the transaction. Gives what is to be run there: all are
 * checked, and are as they were.
 */
export async function deferForeignKeys(client: Client, tables: readonly Named[]): Promise<() => Promise<void>> {
  const keys = (await foreignKeys(client, tables)).filter(({ deferrable, mine }) => !deferrable && mine);
  const alter = (how: string): Promise<void> =>
    inOrder(
      client,
      keys.map(
        ({ schema, table, name }) =>
          `ALTER TABLE ${qualified({ schema, name: table })} ALTER CONSTRAINT ${quote(name)} ${how}`,
      ),
    );
  await alter("DEFERRABLE INITIALLY DEFERRED");
  await client.query("SET CONSTRAINTS ALL DEFERRED");
  return async () => {
    await client.query("SET CONSTRAINTS ALL IMMEDIATE");
    await alter("NOT DEFERRABLE");
  };
}

/** Lets triggers rest that users made. Gives what wakes those that were awake. */
export async function restTriggers(client: Client, tables: readonly Named[]): Promise<() => Promise<void>> {
  const wake: string[] = [];
  for (const table of tables) {
    const { rows } = await client.query<{ name: string; enabled: string }>(
      `SELECT t.tgname AS name, t.tgenabled AS enabled FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
       JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND NOT t.tgisinternal AND t.tgenabled <> 'D'`,
      [table.schema, table.name],
    );
    if (rows.length === 0) continue;
    await client.query(`ALTER TABLE ONLY ${qualified(table)} DISABLE TRIGGER USER`);
    for (const { name, enabled } of rows)
      wake.push(`ALTER TABLE ONLY ${qualified(table)} ENABLE ${awake[enabled] ?? ""}TRIGGER ${quote(name)}`);
  }
  return () => inOrder(client, wake);
}

const awake: Readonly<Record<string, string>> = { A: "ALWAYS ", R: "REPLICA " };

async function inOrder(client: Client, statements: readonly string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}

/**
 * Throws RESTORE_FAILED where rows of a table that is not restored would go with rows that are to go, or be changed by it.
 * `saved`: where the saved rows of each table are.
 */
export async function refuseCascades(
  client: Client,
  tables: readonly (Named & Pick<BackupTable, "key">)[],
  saved: (table: Named) => string | undefined,
): Promise<void> {
  const mine = new Set(tables.map(nameOf));
  for (const key of await foreignKeys(client, tables)) {
    const child = { schema: key.schema, name: key.table };
    if (mine.has(nameOf(child)) || !"cnd".includes(key.onDelete)) continue;
    const parent = tables.find(({ schema, name }) => schema === key.toSchema && name === key.toTable);
    const rows = parent && saved(parent);
    if (parent === undefined || rows === undefined) continue;
    const joined = key.columns.map((column, at) => `c.${quote(column)} = t.${quote(key.toColumns[at]!)}`).join(" AND ");
    const kept = parent.key.map((name) => `s.${quote(name)} = t.${quote(name)}`).join(" AND ");
    const gone = parent.key.length === 0 ? "" : ` WHERE NOT EXISTS (SELECT FROM ${rows} AS s WHERE ${kept})`;
    const counted = await client.query<{ count: number }>(
      `SELECT pg_catalog.count(*)::float8 AS count FROM ${qualified(child)} AS c JOIN ${qualified(parent)} AS t ON ${joined}${gone}`,
    );
    const { count } = counted.rows[0]!;
    if (count === 0) continue;
    throw new ClewError(
      "RESTORE_FAILED",
      `${String(count)} rows of ${nameOf(child)} refer to rows of ${nameOf(parent)} that are not in the backup and would go`,
      { help: `Restore ${nameOf(child)} with it, or use --mode merge, which removes nothing.` },
    );
  }
}
