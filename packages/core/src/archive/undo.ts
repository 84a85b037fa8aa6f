// Owns what a rollback runs to give back the rows that an archive keeps, in pieces to be placed among its statements.
import { keyIn, type Key } from "@clew/sql-analyzer";
import type { Sql } from "../driver.ts";
import { identifier, literal } from "../store/bind.ts";
import {
  actFunction,
  columnsFunction,
  formerFunction,
  leftFunction,
  positionsFunction,
  prepareFunction,
  tableFunction,
  undoFunction,
} from "./give-back-functions.ts";
import { undoJobs } from "./jobs.ts";
import type { Labels } from "./labels.ts";
import type { ArchiveNeeds } from "./needs.ts";
import { orphansFunction, type RenewedKey } from "./orphans.ts";
import { restFunction } from "./rest-function.ts";
import { own } from "./text.ts";
import {
  linesFunction,
  referencesFunction,
  textsFunction,
  typeFunction,
  unforceFunction,
  workFunction,
} from "./undo-functions.ts";

/** The pieces of a rollback that give rows back, all in its one transaction. */
export interface ArchiveUndo {
  /** Before everything. Fails with SQLSTATE CLW04 where the archive is gone. */
  readonly first: readonly Sql[];
  /**
   * The rows of a table that was dropped: once it is there again with its columns, and before its constraints, indexes
   * and triggers. The key is that of before; of other tables it is nothing.
   */
  table(key: Key): readonly Sql[];
  /**
   * What stands after USING where ALTER COLUMN … TYPE gives a column its former type back. Undefined: no value was lost, a
   * cast does. `nameOf` says what the table's columns are called at that place; default: as before the migration.
   */
  using(column: Key, nameOf?: (column: string) => string): string | undefined;
  /**
   * What was written, values of dropped columns, positions of sequences: once all tables and columns are there again,
   * by their former names, and before constraints, indexes and triggers that the migration dropped.
   */
  readonly rows: readonly Sql[];
  /** After everything. */
  readonly last: readonly Sql[];
}

/** How a rollback fails whose archive was purged. */
const archiveGone = "CLW04";

/** The SQL that gives back what an archive keeps. Rows that were changed since are left alone, counted and named. */
export function undoArchive(needs: ArchiveNeeds, labels: Labels = {}, keys: readonly RenewedKey[] = []): ArchiveUndo {
  const { id, tables } = needs;
  const retyped = tables.flatMap((table) =>
    (table.columns ?? []).flatMap(({ name, retyped: type }) =>
      type === undefined || table.root !== undefined ? [] : [{ table, name, type }],
    ),
  );
  // Several archives of one migration are undone in one transaction, at whose end these tables go.
  const formerTable = (index: number): string => `clew_former_${id.slice(0, 8)}_${String(index)}`;
  const call = (word: string, ...values: readonly string[]): Sql => ({
    text: `SELECT ${own(word, id)}(${values.map(literal).join(", ")})`,
  });
  return {
    first: [
      {
        text: `DO $clew$BEGIN
  IF pg_catalog.to_regclass(${literal(own("rows", id))}) IS NULL THEN
    RAISE EXCEPTION '${needs.outside === undefined ? "the archive of this migration was purged" : `the rows are in backup ${needs.outside.replaceAll("'", "''")}, and were not taken from it`}' USING ERRCODE = '${archiveGone}';
  END IF;
END$clew$`,
      },
      // So that a value's text is what it was when it was copied.
      {
        text: `SELECT ${Object.entries(printing)
          .map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', true)`)
          .join(", ")}`,
      },
      ...functions.map((make) => ({ text: make(id, labels) })),
      ...(keys.length > 0 ? [{ text: orphansFunction(id) }] : []),
      ...retyped.map(({ table, name }, index) => call("prepare", table.key, name, formerTable(index))),
    ],
    table: (key) => (tables.some((table) => table.key === key && table.dropped) ? [call("table", key)] : []),
    using(column, nameOf = (name) => name) {
      const index = retyped.findIndex(({ table, name }) => keyIn(table.key, "column", name) === column);
      const found = retyped[index];
      if (found === undefined) return undefined;
      const { table, name, type } = found;
      const apart = (table.identity ?? table.others ?? []).map((other) => textOf(nameOf(other)));
      return `${own("former", id)}(${literal(formerTable(index))}, ARRAY[${apart.join(", ")}]::pg_catalog.text[], ${textOf(nameOf(name))}, ${literal(type)})::${type}`;
    },
    rows: [
      call("undo"),
      ...tables
        .filter(({ root, dropped, columns = [] }) => !root && !dropped && columns.some((column) => !column.retyped))
        .map(({ key }) => call("columns", key)),
      call("positions"),
      ...(keys.length > 0 ? [call("orphans", JSON.stringify(keys))] : []),
      ...(needs.jobs ? [undoJobs(id)] : []),
    ],
    last: [
      {
        text: `DO $clew$DECLARE command text; BEGIN
FOR command IN SELECT pg_catalog.format('DROP FUNCTION %s', p.oid::pg_catalog.regprocedure) FROM pg_catalog.pg_proc p
  WHERE p.pronamespace = 'clew_archive'::pg_catalog.regnamespace AND p.proname LIKE ${literal(`% ${id}`)}
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgfoid = p.oid)
LOOP EXECUTE command; END LOOP;
END$clew$`,
      },
    ],
  };
}

const functions: readonly ((id: string, labels: Labels) => string)[] = [
  textsFunction,
  unforceFunction,
  typeFunction,
  linesFunction,
  workFunction,
  referencesFunction,
  tableFunction,
  leftFunction,
  columnsFunction,
  restFunction,
  actFunction,
  undoFunction,
  positionsFunction,
  prepareFunction,
  formerFunction,
];

const printing: Readonly<Record<string, string>> = {
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
};

/** The text of a column as its type prints it, which a cast to text may not be. */
function textOf(column: string): string {
  const name = identifier(column);
  return `CASE pg_catalog.num_nonnulls(${name}) WHEN 1 THEN pg_catalog.concat(${name}) END`;
}
