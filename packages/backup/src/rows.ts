// Owns COPY: the queries that give a table's rows in pieces, and the streams that take them out and put them in.
import { from, to, type CopyStreamQuery, type CopyToStreamQuery } from "pg-copy-streams";
import { qualified, quote, type Client } from "./client.ts";
import type { LiveColumn, LiveTable, TableSize } from "./tables.ts";

/** What of one table is saved. */
export interface Piece {
  readonly table: LiveTable;
  readonly size: TableSize;
  readonly columns: readonly LiveColumn[];
  readonly where?: string;
  readonly migrations?: readonly string[];
}

/** Table bytes in a chunk: two connections have something to share, and a damaged file costs little. */
const chunkBytes = 64 << 20;

/** Queries that together give a piece's rows, each once; with an estimate of the bytes that each reads. */
export function plainRows(piece: Piece): readonly { readonly sql: string; readonly bytes: number }[] {
  const { table, size, columns, where } = piece;
  const list = columns.map(({ name }) => quote(name)).join(", ");
  const select = `SELECT ${list} FROM ONLY ${qualified(table)}`;
  if (where !== undefined) return [{ sql: copyOut(`${select} WHERE ${where}`), bytes: size.bytes }];
  const count = Math.max(1, Math.min(size.pages, Math.ceil(size.bytes / chunkBytes)));
  const step = Math.ceil(size.pages / count);
  const bytes = size.bytes / count;
  return Array.from({ length: count }, (_, at) => {
    const low = at === 0 ? [] : [`ctid >= '(${String(at * step)},0)'`];
    // The last one has no end: the table may have grown since it was measured.
    const high = at === count - 1 ? [] : [`ctid < '(${String((at + 1) * step)},0)'`];
    const range = [...low, ...high].join(" AND ");
    return { sql: copyOut(range === "" ? select : `${select} WHERE ${range}`), bytes };
  });
}

function copyOut(select: string): string {
  // A condition may end in a comment.
  return `COPY (${select}\n) TO STDOUT`;
}

/** The rows of a query, as COPY writes them; `rowCount` is right when it has ended. */
export function rowsIn(client: Client, copy: string): CopyToStreamQuery {
  return client.query(to(copy));
}

/** Takes rows into a table's columns, as COPY wrote them. */
export function rowsOut(client: Client, table: string, columns: readonly string[]): CopyStreamQuery {
  // A table without columns has rows all the same, and COPY takes no empty list.
  const list = columns.length === 0 ? "" : ` (${columns.map(quote).join(", ")})`;
  return client.query(from(`COPY ${table}${list} FROM STDIN`));
}
