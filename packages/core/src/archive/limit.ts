// Owns how large an archive would be, and how large it may be.
import type { Sql } from "../driver.ts";
import { ClewError } from "../errors.ts";
import { literal } from "../store/bind.ts";
import type { ArchiveNeeds } from "./needs.ts";

/** A row of `archiveSizes`. */
export interface ArchiveSize {
  readonly relation: string;
  readonly bytes: number;
}

/**
 * How many bytes an archive will take of each table, as far as that can be told before: of what is dropped, and of what
 * statements without WHERE write. As `ArchiveSize`, the largest first.
 */
export function archiveSizes({ tables }: ArchiveNeeds): Sql {
  const rows = tables.filter(({ copies }) => copies !== undefined);
  const list = rows.map(
    ({ key, schema, name, copies }) => `(${literal(key)}, ${literal(schema)}, ${literal(name)}, ${String(copies)})`,
  );
  return {
    text: `SELECT w.key AS relation, (pg_catalog.pg_table_size(c.oid) * w.copies) AS bytes
FROM (VALUES ${list.length === 0 ? "(NULL::text, NULL::text, NULL::text, 0)" : list.join(", ")}) w(key, schema, name, copies)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
ORDER BY bytes DESC, relation`,
  };
}

/** Throws where an archive of this size would be larger than the limit in bytes. */
export function refuseLargeArchive(version: string, sizes: readonly ArchiveSize[], limit: number): void {
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  if (bytes <= limit) return;
  const largest = sizes.slice(0, 3).map((size) => `${size.relation} ${inMegabytes(size.bytes)}`);
  throw new ClewError(
    "ARCHIVE_TOO_LARGE",
    `${version} changes or destroys about ${inMegabytes(bytes)} of rows, and ${inMegabytes(limit)} may be kept: ${largest.join(", ")}`,
    { version },
  );
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;
}
