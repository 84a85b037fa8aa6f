// Owns what is read to match history and files: every row with its statements, every file with its text.
import { createHash } from "node:crypto";
import { loadGrammar, type Grammar } from "@clew/sql-analyzer/reading";
import type { Session } from "../driver.ts";
import { readEveryFile, readText, type Folder, type MigrationFile } from "../files/read.ts";
import { binder, quoted, type HistoryTable } from "../store/bind.ts";
import { readState, type State } from "../store/state.ts";
import type { FileFacts, RowFacts } from "./match.ts";
import { saying } from "./saying.ts";

/** A row of the history with all that it keeps. */
export interface FullRow {
  /** Its ctid: versions need not be unique in a history that lost its key. */
  readonly place: string;
  readonly version: string;
  readonly name: string | null;
  readonly statements: readonly string[] | null;
}

/** What was read. */
export interface Facts {
  readonly state: State;
  readonly folder: Folder;
  readonly rows: readonly (RowFacts & { readonly statements: readonly string[] })[];
  readonly files: readonly FileFacts[];
  readonly books: Found;
}

/** The history as it was found: what a repair may be written onto. */
export interface Found {
  readonly columns: readonly string[];
  /** Changes with any row. */
  readonly stamp: string;
  /** Whether there is an archive of rows. */
  readonly archive: boolean;
}

/** Reads history and folder. Changes nothing. */
export async function readFacts(session: Session, dir: string, table: HistoryTable): Promise<Facts> {
  const folder = await readEveryFile(dir);
  const state = await readState(session, table, binder(table));
  const { rows: full, books } = await readRows(session, table, state);
  const journal = new Map(state.migrations.map((row) => [row.version, row.checksum]));
  const texts = await Promise.all(folder.files.map(({ path }) => readText(path)));
  const make = (grammar?: Grammar): Pick<Facts, "rows" | "files"> => ({
    rows: full.map(({ place, version, name, statements }) => {
      const kept = statements ?? [];
      const checksum = notKept(kept) ?? journal.get(version);
      const text = kept.length === 0 || notKept(kept) !== undefined ? undefined : saying(kept, grammar);
      return { place, version, name, statements: kept, text, ...(checksum === undefined ? {} : { checksum }) };
    }),
    files: folder.files.map((file, at) => ({ ...naming(file), text: saying(texts[at]!, grammar) })),
  });
  const quick = make();
  // The grammar is loaded only where folding white space and comments leaves something open.
  const found = inStep(quick) ? quick : make(await loadGrammar());
  return { state, folder, ...found, books };
}

/** Every row, and what stands for all of them. */
export async function readRows(
  session: Session,
  table: HistoryTable,
  { columns }: State,
): Promise<{ readonly rows: readonly FullRow[]; readonly books: Found }> {
  const [known] = await session.query<{ archive: boolean }>({
    text: "SELECT pg_catalog.to_regclass('clew_archive.archive') IS NOT NULL AS archive",
  });
  const { archive } = known!;
  if (columns.length === 0) return { rows: [], books: { columns, stamp: stampOf([]), archive } };
  const column = (name: string, type: string): string =>
    columns.includes(name) ? `h.${name}` : `NULL::${type} AS ${name}`;
  const rows = await session.query<FullRow & { readonly mark: string }>(
    {
      text: `SELECT h.ctid::text AS place, h.version, ${column("name", "text")}, ${column("statements", "text[]")}, ${markOf(columns)} AS mark
FROM ${quoted(table)} h ORDER BY h.version COLLATE "C", h.ctid`,
    },
    [{ text: "SET LOCAL row_security = off" }],
  );
  return { rows, books: { columns, stamp: stampOf(rows.map(({ mark }) => mark)), archive } };
}

/** SQL of what stands for one row: where it is, and what it holds of what Clew knows. */
export function markOf(columns: readonly string[]): string {
  const known = ["version", "name", "statements"].filter((name) => columns.includes(name));
  return `pg_catalog.md5(h.ctid::text || ' ' || ROW(${known.map((name) => `h.${name}`).join(", ")})::text)`;
}

function stampOf(marks: readonly string[]): string {
  return createHash("md5").update(marks.join("\n")).digest("hex");
}

/** The checksum of a file that was too large to be kept. */
function notKept(statements: readonly string[]): string | undefined {
  return statements.length === 1
    ? /^-- \d+ characters, not kept here; SHA-256 (\w+)$/.exec(statements[0]!)?.[1]
    : undefined;
}

function naming({ version, name, path, checksum }: MigrationFile): Omit<FileFacts, "text"> {
  return { version, name, path, checksum };
}

/** Whether each row has its file, and no version stands twice. */
function inStep({ rows, files }: Pick<Facts, "rows" | "files">): boolean {
  const ofVersion = new Map(files.map((file) => [file.version, file]));
  const alone = ofVersion.size === files.length && new Set(rows.map(({ version }) => version)).size === rows.length;
  return (
    alone &&
    rows.every(({ version, checksum, text }) => {
      const file = ofVersion.get(version);
      if (file === undefined) return false;
      return checksum === file.checksum || text === file.text || (checksum === undefined && text === undefined);
    })
  );
}
