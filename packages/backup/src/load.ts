// Owns the way of saved rows into a table, and of small files into memory.
import { Writable } from "node:stream";
import { ClewError } from "@clew/core";
import type { Client } from "./client.ts";
import { NotThere, type Destination } from "./destination.ts";
import { nameOf, type BackupFile, type BackupTable } from "./manifest.ts";
import { rowsOut } from "./rows.ts";
import { DamagedFile, readFile } from "./stream.ts";

/** Where files are read from, and how. */
export interface Reading {
  readonly destination: Destination;
  readonly id: string;
  readonly fileKey: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
}

/** Loads a table's chunks, in order. A file that is damaged fails its COPY. Throws BACKUP_DAMAGED. */
export async function loadRows(client: Client, reading: Reading, table: BackupTable, into: string): Promise<void> {
  const columns = table.columns.map(({ name }) => name);
  for (const chunk of table.chunks) {
    let copying: ReturnType<typeof rowsOut> | undefined;
    const sink = () => (copying = rowsOut(client, into, columns));
    await intact(reading, chunk, nameOf(table), () => readFile(reading.destination, reading.id, chunk, reading, sink));
    const loaded = copying?.rowCount ?? 0;
    if (loaded === chunk.rows) continue;
    throw new ClewError(
      "BACKUP_DAMAGED",
      `${reading.id}: ${nameOf(table)}: ${chunk.path} gave ${String(loaded)} rows, and ${String(chunk.rows)} were written`,
    );
  }
}

/** The content of a small file. Throws BACKUP_DAMAGED. */
export async function readWhole(reading: Reading, file: BackupFile): Promise<string> {
  const parts: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      parts.push(chunk);
      done();
    },
  });
  await intact(reading, file, file.path, () => readFile(reading.destination, reading.id, file, reading, () => sink));
  return Buffer.concat(parts).toString("utf8");
}

async function intact(reading: Reading, file: BackupFile, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DamagedFile) && !(error instanceof NotThere)) throw error;
    throw new ClewError(
      "BACKUP_DAMAGED",
      `${reading.id}: ${what}: ${file.path}: ${error.message}`,
      {},
      { cause: error },
    );
  }
}
