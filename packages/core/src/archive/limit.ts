// Owns how large an archive would be, and how large it may be.
import type { Session } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { literal, textArray } from "../store/bind.ts";
import type { ArchiveNeeds } from "./needs.ts";

/** How a statement fails by which an archive becomes too large. */
export const archiveFull = "CLW05";

/** Throws what `tooLarge` gives. */
export async function refuseLargeArchive(session: Session, needs: ArchiveNeeds, limit: number): Promise<void> {
  const error = await tooLarge(session, needs, limit);
  if (error) throw error;
}

/** ARCHIVE_TOO_LARGE, of a migration that is not begun, where `describeExcess` has something to say. */
export async function tooLarge(session: Session, needs: ArchiveNeeds, limit: number): Promise<ClewError | undefined> {
  const excess = await describeExcess(session, needs, limit);
  if (excess === undefined) return undefined;
  return new ClewError("ARCHIVE_TOO_LARGE", `${excess}; nothing of it was run`, { version: needs.version });
}

/**
 * Says that an archive would be larger than the limit in bytes, as far as that can be told before: of tables and columns that
 * go, and of statements without WHERE.
 */
export async function describeExcess(
  session: Session,
  needs: ArchiveNeeds,
  limit: number,
): Promise<string | undefined> {
  const copied = needs.tables.filter(({ copies }) => copies !== undefined);
  if (copied.length === 0 || limit === 0) return undefined;
  const list = copied.map(
    ({ key, schema, name, copies, dropped, written, columns = [], identity = [] }) =>
      `(${[key, schema, name].map(literal).join(", ")}, ${String(copies)}, ${
        // Of columns that go, the values and what tells the rows apart.
        dropped || written || identity.length === 0
          ? "NULL"
          : literal(textArray([...columns.map((one) => one.name), ...identity]))
      })`,
  );
  const sizes = await session.query<{ relation: string; bytes: number }>({
    text: `SELECT w.key AS relation, (least(pg_catalog.pg_table_size(c.oid), CASE WHEN w.columns IS NOT NULL AND c.reltuples > 0 THEN c.reltuples * (64 +
    (SELECT coalesce(sum(coalesce(s.avg_width, 32)), 32) FROM unnest(w.columns::text[]) x LEFT JOIN pg_catalog.pg_stats s
      ON s.schemaname = w.schema AND s.tablename = w.name AND s.attname = x)) END) * w.copies)::float8 AS bytes
FROM (VALUES ${list.join(", ")}) w(key, schema, name, copies, columns)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
ORDER BY bytes DESC, relation`,
  });
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= limit) return undefined;
  const largest = sizes.slice(0, 3).map(({ relation, bytes }) => `${relation} ${inMegabytes(bytes)}`);
  return `${needs.version} changes or destroys about ${inMegabytes(total)} of rows, and ${inMegabytes(limit)} may be kept: ${largest.join(", ")}`;
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;
}

/**
 * Stands in an archive's functions: fails where its rows are too large. All are expressions; `what` is for what was written
 * last.
 */
export function checkSize(rows: string, limit: string, what: string): string {
  return `IF ${limit} > 0 AND pg_table_size(${rows}::regclass) > ${limit} THEN
    RAISE EXCEPTION '%: the rows that it changes take more than %, and no more may be kept of one migration', ${what}, pg_size_pretty(${limit}::bigint)
      USING ERRCODE = '${archiveFull}';
  END IF;`;
}
