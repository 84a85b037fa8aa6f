// Owns what is asked of the archives' books: how large one would be, what it does not hold, what was given back; and purging.
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

/** What a migration wrote or destroyed that its archive does not hold: `{ relation, what }`. None: nothing is lost. */
export function archiveLosses({ id }: Pick<ArchiveNeeds, "id">): Sql {
  return {
    text: `SELECT DISTINCT relation, what FROM clew_archive.loss WHERE archive = $1::uuid ORDER BY relation, what`,
    values: [id],
  };
}

/** What a rollback gave back, `{ relation, kept, restored, conflicts }` in rows. */
export function archiveResults({ id }: Pick<ArchiveNeeds, "id">): Sql {
  return {
    text: `SELECT relation, kept, restored, conflicts FROM clew_archive.result WHERE archive = $1::uuid ORDER BY relation`,
    values: [id],
  };
}

/** Rows that a rollback left as they were, for somebody changed them after the migration: `{ relation, row, what }`. */
export function archiveConflicts({ id }: Pick<ArchiveNeeds, "id">): Sql {
  return {
    text: `SELECT relation, row, what FROM clew_archive.conflict WHERE archive = $1::uuid ORDER BY relation, row`,
    values: [id],
  };
}

/** Lets go of the archives that expired before a time (ISO 8601), in one transaction. Their migrations keep a rollback without rows. */
export function purgeArchives(before: string): readonly Sql[] {
  return [
    {
      text: `DO $clew$DECLARE a uuid; BEGIN
IF pg_catalog.to_regclass('clew_archive.archive') IS NULL THEN RETURN; END IF;
FOR a IN DELETE FROM clew_archive.archive WHERE expires_at < ${literal(before)}::pg_catalog.timestamptz RETURNING id LOOP
  -- No foreign key is there to do it: it would be checked for each statement of a migration.
  DELETE FROM clew_archive.capture WHERE archive = a;
  EXECUTE pg_catalog.format('DROP TABLE IF EXISTS clew_archive.%I', 'rows ' || a::text);
END LOOP;
END$clew$`,
    },
  ];
}
