// Owns archives whose rows are in a backup: which they are, and the SQL that fills one when its rollback runs.
import { literal, textArray } from "../store/bind.ts";
import { equality } from "./capture-functions.ts";
import type { ArchivedTable, ArchiveNeeds } from "./needs.ts";
import { closeArchive, ensureArchive } from "./schema.ts";
import { own } from "./text.ts";

/** Rows that are to be saved outside the database before a migration changes or destroys them. */
export interface OutsideRequest {
  /** The migration. */
  readonly version: string;
  readonly tables: readonly OutsideTable[];
}

/** A table by its name before the migration. */
export interface OutsideTable {
  readonly schema: string;
  readonly name: string;
  /** Only these values of all rows: columns that go, and what tells the rows apart. */
  readonly columns?: readonly string[];
  /** It stays, and is written too: what was foreseen of that is enough; where it was not, all of it. */
  readonly written?: true;
}

/** Where rows are kept that the database may not keep, or not so many of them. */
export interface Outside {
  /** Saves rows, and gives the name of the backup that they are in. Undefined where none is to be made. */
  readonly save?: ((request: OutsideRequest) => Promise<string>) | undefined;
  /** Fills the archive of a rollback that is about to run. One that is filled already stays as it is. */
  load(needs: ArchiveNeeds): Promise<void>;
}

/** Everything that is to be saved of a migration. */
export function toSave({ version, tables }: ArchiveNeeds): OutsideRequest {
  return {
    version,
    tables: tables.map(({ schema, name, dropped, written, identity, columns = [] }): OutsideTable => {
      const some = columns.length > 0 && identity ? [...columns.map((one) => one.name), ...identity] : undefined;
      const only =
        dropped || (columns.length > 0 && !some)
          ? {}
          : { ...(some ? { columns: some } : {}), ...(written ? { written } : {}) };
      return { schema, name, ...only };
    }),
  };
}

/** What of an archive a rollback can take from a backup: tables and columns that go. Undefined where that is nothing. */
export function outsideNeeds(needs: ArchiveNeeds, backup: string): ArchiveNeeds | undefined {
  const goes = ({ dropped, columns = [] }: ArchivedTable): boolean =>
    dropped === true || (columns.length > 0 && columns.every(({ retyped }) => retyped === undefined));
  const tables = needs.tables.filter(goes).map((table) => {
    const { written: _, ...rest } = table;
    return rest;
  });
  if (tables.length === 0) return undefined;
  return { ...needs, outside: backup, tables, rewritten: [] };
}

/** What a backup has of a table. */
export interface SavedRows {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
}

/** How an archive is filled, in one transaction: `rows` of each table go into `into`, then `take` is run. */
export interface Filling {
  /** Says whether it is filled already: gives a row then. */
  readonly asked: string;
  readonly first: readonly string[];
  readonly tables: readonly {
    readonly saved: SavedRows;
    /** A table of texts. */
    readonly into: string;
    readonly make: string;
    readonly take: readonly string[];
  }[];
}

/** The statements that fill an archive from what a backup has, with the positions of sequences there. */
export function fillArchive(
  needs: ArchiveNeeds,
  saved: readonly SavedRows[],
  sequences: readonly {
    readonly schema: string;
    readonly name: string;
    readonly last: string;
    readonly called: boolean;
  }[],
): Filling {
  const id = `${literal(needs.id)}::uuid`;
  const kept = needs.tables.filter(({ root, dropped }) => dropped || root === undefined);
  const targets = kept.map((table, at) => ({ table, oid: String(at + 1), parts: partsOf(table, needs, saved) }));
  const positions = needs.sequences.flatMap(({ key, schema, name }, at) => {
    const found = sequences.find((one) => one.schema === schema && one.name === name);
    if (found === undefined) return [];
    const values = [key, schema, name].map(literal).join(", ");
    return [
      `INSERT INTO clew_archive.position (archive, key, schema, name, oid, last_value, is_called) VALUES (${id}, ${values}, ${String(at + 1)}, ${found.last}, ${String(found.called)})`,
    ];
  });
  return {
    asked: `SELECT pg_catalog.to_regclass(${literal(own("rows", needs.id))}) IS NOT NULL AS filled`,
    first: [
      ...ensureArchive.map(({ text }) => text),
      `CREATE TABLE ${own("rows", needs.id)} (moment bigint NOT NULL, n bigint NOT NULL, was text, now text)`,
      closeArchive.text,
      // It may go as soon as the rollback has run.
      `INSERT INTO clew_archive.archive (id, version, run, expires_at) VALUES (${id}, ${literal(needs.version)}, ${literal(needs.run)}, pg_catalog.now())`,
      ...targets.map(({ table, oid, parts }) => relation(id, table, oid, parts[0]?.columns ?? [])),
      ...positions,
    ],
    tables: targets.flatMap(({ table, oid, parts }) =>
      parts.map((part, at) => {
        const into = `pg_temp."clew_fill_${oid}_${String(at)}"`;
        return {
          saved: part,
          into,
          make: `CREATE TEMPORARY TABLE "clew_fill_${oid}_${String(at)}" (${part.columns.map((name) => `${quoted(name)} text`).join(", ")}) ON COMMIT DROP`,
          take: take(
            needs.id,
            oid,
            { into, what: table.dropped ? "table" : "columns", first: at === 0 },
            parts[0]!.columns,
          ),
        };
      }),
    ),
  };
}

/** Of a table whose rows are in its partitions, these. */
function partsOf(
  { key, schema, name, dropped }: ArchivedTable,
  needs: ArchiveNeeds,
  saved: readonly SavedRows[],
): readonly SavedRows[] {
  const children = dropped ? [] : needs.tables.filter(({ root }) => root === key);
  return [{ schema, name }, ...children].flatMap(
    (one) => saved.find((other) => other.schema === one.schema && other.name === one.name) ?? [],
  );
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What the archive says of a table. Its columns are numbered as they were saved. */
function relation(id: string, table: ArchivedTable, oid: string, columns: readonly string[]): string {
  const { key, schema, name, root = key, identity, columns: leaving = [] } = table;
  const named = Object.fromEntries(
    columns.map((column, at) => [
      String(at + 1),
      { name: column, type: "", generated: false, leaving: leaving.some((one) => one.name === column) },
    ]),
  );
  return `DO $clew_fill$DECLARE names text[] := ${identity === undefined ? "NULL" : literal(textArray(identity))}; operators text[];
  rel regclass := to_regclass(format('%I.%I', ${literal(schema)}, ${literal(name)}));
BEGIN
  ${equality};
  IF operators IS NULL THEN names := NULL; END IF;
  INSERT INTO clew_archive.relation VALUES (${id}, ${[key, schema, name, root].map(literal).join(", ")}, ${oid}, false, names, operators, ${literal(JSON.stringify(named))});
END$clew_fill$`;
}

interface Taking {
  readonly into: string;
  readonly what: "table" | "columns";
  /** Others of the same table follow it. */
  readonly first: boolean;
}

/** The record of texts is, letter for letter, that of the values. */
function take(id: string, oid: string, { into, what, first }: Taking, columns: readonly string[]): readonly string[] {
  const rows = own("rows", id);
  const moment = "pg_catalog.currval('clew_archive.moment')";
  const record = columns.map((name) => `f.${quoted(name)}`).join(", ");
  const numbers = literal(`{${columns.map((_, at) => String(at + 1)).join(",")}}`);
  const begun = first ? "0" : `(SELECT coalesce(max(n), 0) FROM ${rows} WHERE moment = ${moment})`;
  const counted = `(SELECT count(*) FROM ${rows} WHERE moment = ${moment})`;
  return [
    ...(first ? ["SELECT pg_catalog.nextval('clew_archive.moment')"] : []),
    `INSERT INTO ${rows} SELECT ${moment}, ${begun} + pg_catalog.row_number() OVER (), ROW(${record})::text FROM ${into} f`,
    `DROP TABLE ${into}`,
    first
      ? `INSERT INTO clew_archive.capture VALUES (${moment}, ${literal(id)}, ${oid}, ${literal(what)}, ${numbers}::smallint[], ${counted})`
      : `UPDATE clew_archive.capture SET rows = ${counted} WHERE moment = ${moment}`,
  ];
}

/** Lets go of rows that a rollback has given back: the backup has them. */
export function emptied(id: string): string {
  return `DO $clew$BEGIN
IF EXISTS (SELECT FROM clew_archive.archive WHERE id = ${literal(id)} AND restored_at IS NOT NULL) THEN TRUNCATE ${own("rows", id)}; END IF;
END$clew$`;
}
