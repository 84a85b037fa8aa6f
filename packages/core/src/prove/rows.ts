// Owns the telling of rows: a hash for each table, by which rows before and after are compared.
import { addressOf, factsOf, type Catalog, type Key } from "@clew/sql-analyzer";
import type { Session } from "../driver.ts";

/** By table how many rows it has and a hash of them, whatever the order of rows and columns. */
export type Rows = ReadonlyMap<Key, string>;

/** Reads the rows of all tables that are not partitions: those are in their partitioned table. */
export async function readRows(session: Session, catalog: Catalog): Promise<Rows> {
  const tables = factsOf(catalog, "table").filter(({ bound }) => bound === undefined);
  const found = new Map<Key, string>();
  // Each a query of its own in one message; beyond some hundreds the planner minds.
  for (let at = 0; at < tables.length; at += 200) {
    const some = tables.slice(at, at + 200);
    const parts = some.map(
      ({ key, partitionBy }, index) =>
        `SELECT ${index} AS at, count(*) || ' rows, ' || coalesce(pg_catalog.md5(pg_catalog.string_agg(line, E'\\n' ORDER BY line COLLATE "C")), '') AS said
  FROM (SELECT pg_catalog.to_jsonb(t)::text AS line FROM ${partitionBy ? "" : "ONLY "}${addressOf(key)} t) r`,
    );
    const rows = await session.query<{ at: number; said: string }>({ text: parts.join("\nUNION ALL ") }, [
      { text: "SET LOCAL row_security = off" },
    ]);
    for (const { at: index, said } of rows) found.set(some[index]!.key, said);
  }
  return found;
}

/** The tables whose rows are not the same. */
export function otherRows(before: Rows, after: Rows): readonly Key[] {
  return [...before].filter(([table, said]) => after.get(table) !== said).map(([table]) => table);
}
