// Owns the case that the tests of exactly once run: its migrations, and what must hold of the database whatever happens.
import type { Database } from "@clew/kit";
import { expect } from "vitest";
import type { RunReport } from "../src/report.ts";

/** Migrations of every kind of segment. */
export const files = {
  "01_a.sql": "create table a (id int); insert into a values (1);",
  "02_b.sql": "alter table a add column b int;",
  "03_c.sql":
    "create table c (id int);\ncreate index concurrently c_id on c (id);\ncreate index concurrently on c (id, id);\ninsert into c values (1);",
  "04_d.sql": "insert into a values (2);",
};

/** The same without what refuses a transaction. */
export const transactional = {
  ...files,
  "03_c.sql":
    "create table c (id int);\ncreate index c_id on c (id);\ncreate index on c (id, id);\ninsert into c values (1);",
};

/** What must always hold: the history says just what the schema shows, each migration at most once. */
export async function invariants(db: Database, report: RunReport | undefined): Promise<readonly string[]> {
  const has = async (table: string): Promise<boolean> =>
    (await db.sql<{ is: boolean }>(`select to_regclass('${table}') is not null as is`))[0]!.is;
  const applied = (await has("supabase_migrations.schema_migrations"))
    ? (
        await db.sql<{ version: string }>("select version from supabase_migrations.schema_migrations order by version")
      ).map((row) => row.version)
    : [];
  expect(await has("a")).toBe(applied.includes("01"));
  if (applied.includes("01")) {
    const rows = await db.sql<{ id: number }>("select id from a order by id");
    expect(rows.map((row) => row.id)).toEqual(applied.includes("04") ? [1, 2] : [1]);
    const columns = await db.sql("select attname from pg_attribute where attrelid = 'a'::regclass and attname = 'b'");
    expect(columns.length === 1).toBe(applied.includes("02"));
  }
  if (applied.includes("03")) {
    expect(
      await db.sql(
        "select count(*)::int as n, bool_and(indisvalid) as valid from pg_index where indrelid = 'c'::regclass",
      ),
    ).toEqual([{ n: 2, valid: true }]);
    expect(await db.sql("select * from c")).toEqual([{ id: 1 }]);
  }
  for (const step of report?.steps ?? []) {
    if (step.status === "applied") expect(applied).toContain(step.version);
    if (step.status === "not-run" || step.status === "failed") expect(applied).not.toContain(step.version);
  }
  return applied;
}

/** A run that was cut off leaves its lease to expire, which takes half a minute; in tests it takes no time. */
export async function expireLease(db: Database): Promise<void> {
  const [{ there }] = (await db.sql("select to_regclass('clew.lease') is not null as there")) as [{ there: boolean }];
  if (there) await db.sql("update clew.lease set expires_at = '-infinity'");
}
