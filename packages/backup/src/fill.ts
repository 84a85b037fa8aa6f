// Owns the way of saved rows into the archive of a rollback that gives them back itself.
import type { BackupKey } from "./age.ts";
import { ClewError, type Outside } from "@clew/core";
import { fillArchive, type SavedRows } from "@clew/core/schema";
import { withClient } from "./client.ts";
import type { Destination } from "./destination.ts";
import { loadRows } from "./load.ts";
import { nameOf } from "./manifest.ts";
import { measure, type Progress } from "./progress.ts";
import { openBackup } from "./store.ts";

/** From where rows come back, and to which database. */
export interface FillOptions {
  /** `postgresql://…` */
  readonly url: string;
  readonly destination: Destination;
  readonly key?: BackupKey | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a rollback has got from a backup. */
export interface Filled {
  readonly version: string;
  /** The backup's id. */
  readonly id: string;
  readonly tables: readonly string[];
  /** Those of them that were gone: nothing else is to be given back of them. */
  readonly whole: readonly string[];
  readonly rows: number;
}

/**
 * Brings the rows of a migration that only a backup has into the archive from which its rollback gives them back. In one
 * transaction; undefined where they are there already. Throws NO_BACKUP, BACKUP_KEY, BACKUP_DAMAGED, CONNECT_FAILED or INTERRUPTED.
 */
export async function fillFromBackup(
  needs: Parameters<Outside["load"]>[0],
  { url, destination, key, onProgress, signal }: FillOptions,
): Promise<Filled | undefined> {
  const { manifest, fileKey } = await openBackup(destination, needs.outside!, key);
  const reading = { destination, id: manifest.id, fileKey, signal };
  const saved = manifest.tables.map((table) => ({
    table,
    schema: table.schema,
    name: table.name,
    columns: table.columns.map(({ name }) => name),
  }));
  const filling = fillArchive(needs, saved, manifest.sequences);
  const tableOf = (rows: SavedRows) => saved.find((one) => one === rows)!.table;
  const total = filling.tables.reduce(
    (sum, { saved: rows }) => sum + tableOf(rows).chunks.reduce((bytes, { rawBytes }) => bytes + rawBytes, 0),
    0,
  );
  const { bytes } = measure(total, onProgress);
  return withClient(url, signal, async (client) => {
    try {
      await client.query("BEGIN");
      const { rows: there } = await client.query<{ filled: boolean }>(filling.asked);
      if (there[0]?.filled) return undefined;
      for (const statement of filling.first) await client.query(statement);
      for (const { saved: rows, into, make, take } of filling.tables) {
        await client.query(make);
        await loadRows(client, { ...reading, onBytes: bytes }, tableOf(rows), into);
        for (const statement of take) await client.query(statement);
      }
      await client.query("COMMIT");
    } catch (error) {
      await client.query("ROLLBACK").catch(() => undefined);
      if (signal?.aborted) throw new ClewError("INTERRUPTED", "interrupted", {}, { cause: error });
      throw error;
    }
    const tables = filling.tables.map(({ saved: rows }) => tableOf(rows));
    const gone = needs.tables.filter(({ dropped }) => dropped).map(nameOf);
    return {
      version: needs.version,
      id: manifest.id,
      tables: tables.map(nameOf),
      whole: tables.map(nameOf).filter((name) => gone.includes(name)),
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
    };
  });
}
