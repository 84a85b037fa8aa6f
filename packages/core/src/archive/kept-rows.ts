// Owns what is told of the archives that a database keeps, and the purging of those that have expired.
import type { Session, Sql } from "../driver.ts";
import { literal } from "../store/bind.ts";
import type { Direction } from "../store/state.ts";

/** The rows that one transaction of a migration, or of its rollback, changed or destroyed, as they are kept. */
export interface KeptRows {
  /** A UUID; the rows are in the table `clew_archive."rows <id>"`. */
  readonly id: string;
  /** The migration's version. */
  readonly version: string;
  /** `down`: its rollback took them away, and nothing gives them back by itself. */
  readonly direction: Direction;
  /** When, in ISO 8601. */
  readonly keptAt: string;
  /** From when on they may be purged, in ISO 8601; null: never. */
  readonly expiresAt: string | null;
  readonly expired: boolean;
  /** When a rollback gave them back, in ISO 8601; null where none has. */
  readonly restoredAt: string | null;
  readonly tables: readonly {
    /** `schema.name`, quoted as SQL, as the table was called before the migration. */
    readonly table: string;
    /** Rows, each as often as it was changed or destroyed. */
    readonly rows: number;
  }[];
  /** Of all tables. */
  readonly rows: number;
  /** On the server's disk. */
  readonly bytes: number;
}

const iso = (column: string): string =>
  `pg_catalog.to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const question: Sql = {
  text: `SELECT a.id, a.version, a.direction, ${iso("a.made_at")} AS "keptAt", ${iso("a.expires_at")} AS "expiresAt",
  coalesce(a.expires_at < pg_catalog.now(), false) AS expired, ${iso("a.restored_at")} AS "restoredAt",
  coalesce(t.tables, '[]') AS tables, coalesce(t.rows, 0)::float8 AS rows,
  coalesce(pg_catalog.pg_total_relation_size(pg_catalog.to_regclass(pg_catalog.format('clew_archive.%I', 'rows ' || a.id))), 0)::float8
    + (SELECT coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0) FROM pg_catalog.pg_class c
      WHERE c.relnamespace = 'clew_archive'::pg_catalog.regnamespace AND c.relkind = 'r' AND c.relname LIKE 'table ' || a.id || ' %')::float8 AS bytes
FROM clew_archive.archive a LEFT JOIN LATERAL (
  SELECT pg_catalog.json_agg(pg_catalog.json_build_object('table', k.name, 'rows', k.rows) ORDER BY k.name) AS tables, sum(k.rows) AS rows
  FROM (SELECT pg_catalog.format('%I.%I', r.schema, r.name) AS name, sum(c.rows) AS rows
    FROM clew_archive.capture c JOIN clew_archive.relation r USING (archive, oid) WHERE c.archive = a.id AND c.rows > 0 GROUP BY 1) k) t ON true
ORDER BY a.made_at, a.id`,
};

/** All archives of a database, the oldest first. */
export async function readKeptRows(session: Session): Promise<readonly KeptRows[]> {
  const [here] = await session.query<{ there: boolean }>({
    text: "SELECT pg_catalog.to_regclass('clew_archive.archive') IS NOT NULL AS there",
  });
  return here?.there === true ? session.query<KeptRows>(question) : [];
}

/** Tables whose locks one transaction can hold beside others, with the least that a server is set to. */
const atOnce = 100;

/**
 * Lets go of archives, and says of the rollbacks that need them that they are not possible any more: half of one is worse than
 * none.
 */
export async function purgeKeptRows(session: Session, archives: readonly KeptRows[]): Promise<void> {
  for (let at = 0; at < archives.length; at += atOnce)
    await session.transaction(purge(archives.slice(at, at + atOnce).map(({ id }) => id)));
}

function purge(ids: readonly string[]): readonly Sql[] {
  const list = `ARRAY[${ids.map(literal).join(", ")}]::pg_catalog.uuid[]`;
  return [
    { text: "SET LOCAL lock_timeout = '10s'" },
    {
      text: `DO $clew$DECLARE a uuid; moved text; BEGIN
FOR a IN DELETE FROM clew_archive.archive WHERE id = ANY (${list}) RETURNING id LOOP
  -- No foreign key is there to do it: it would be checked for each statement of a migration.
  DELETE FROM clew_archive.capture WHERE archive = a;
  EXECUTE pg_catalog.format('DROP TABLE IF EXISTS clew_archive.%I', 'rows ' || a::text);
  FOR moved IN SELECT c.oid::pg_catalog.regclass FROM pg_catalog.pg_class c
    WHERE c.relnamespace = 'clew_archive'::pg_catalog.regnamespace AND c.relkind = 'r' AND c.relname LIKE 'table ' || a::text || ' %'
  LOOP EXECUTE 'DROP TABLE ' || moved; END LOOP;
END LOOP;
IF pg_catalog.to_regclass('clew.rollback') IS NOT NULL THEN
  UPDATE clew.rollback SET class = 'impossible', reason = 'the rows that it gives back were purged'
  WHERE (archive ->> 'id')::pg_catalog.uuid = ANY (${list})
    AND pg_catalog.jsonb_array_length(archive -> 'tables') + pg_catalog.jsonb_array_length(archive -> 'sequences') > 0;
END IF;
END$clew$`,
    },
  ];
}
