// Owns the checking of a backup: its bytes, its rows, and that they can be loaded and are the same then.
import type { BackupKey } from "./age.ts";
import { Writable } from "node:stream";
import { ClewError } from "@clew/core";
import { NotThere, type Destination } from "./destination.ts";
import { contentHash, filesOf, nameOf, type BackupChunk, type BackupFile, type BackupManifest } from "./manifest.ts";
import { measure, type Progress } from "./progress.ts";
import { restoreIntoScratch } from "./scratch.ts";
import { noteVerified, openBackup, verifyLevels, type Found, type VerifyLevel } from "./store.ts";
import { checkFile, DamagedFile, readFile } from "./stream.ts";

/** Which backup is checked, and how far. */
export interface VerifyOptions {
  readonly destination: Destination;
  /** Its id, the beginning of it, or `latest`. */
  readonly id: string;
  /** Default `decode`. */
  readonly level?: VerifyLevel;
  readonly key?: BackupKey | undefined;
  /** Of level `restore`: the server that a scratch database is made on, by a URL of any of its databases. */
  readonly server?: string | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was found. */
export interface VerifyReport {
  readonly kind: "verify";
  readonly id: string;
  readonly level: VerifyLevel;
  /** Whether all is as it was written. */
  readonly ok: boolean;
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  /** What is wrong, file by file. */
  readonly damage: readonly { readonly path: string; readonly what: string }[];
}

/** Checks a backup, and notes what was found beside it. Throws NO_BACKUP, BACKUP_KEY, or BACKUP_DAMAGED for its manifest. */
export async function verifyBackup(options: VerifyOptions): Promise<VerifyReport> {
  const { destination, level = "decode", signal, onProgress } = options;
  const found = await openBackup(destination, options.id, options.key);
  const { manifest } = found;
  const damage: { readonly path: string; readonly what: string }[] = [];
  const look = async (file: BackupFile, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DamagedFile) && !(error instanceof NotThere)) throw error;
      damage.push({ path: file.path, what: error instanceof NotThere ? "it is missing" : error.message });
    }
  };
  for (const file of filesOf(manifest)) await look(file, () => checkFile(destination, manifest.id, file, signal));
  const whole = damage.length === 0;
  if (whole && verifyLevels.indexOf(level) >= 1) {
    const { bytes } = measure(manifest.rawBytes, onProgress);
    for (const file of filesOf(manifest))
      await look(file, () => decode(destination, found, file, { fileKey: found.fileKey, signal, onBytes: bytes }));
    damage.push(...sumsOf(manifest));
  }
  if (damage.length === 0 && level === "restore") {
    if (options.server === undefined)
      throw new ClewError("NO_DATABASE", "a server is needed to make a scratch database on");
    damage.push(...(await restoreIntoScratch({ ...options, server: options.server }, found)));
  }
  const ok = damage.length === 0;
  const at = new Date().toISOString();
  const said = ok ? { verified: { level, at } } : { damage: `${damage[0]!.path}: ${damage[0]!.what}` };
  await noteVerified(destination, manifest.id, said);
  return {
    kind: "verify",
    id: manifest.id,
    level,
    ok,
    tables: manifest.tables.length,
    rows: manifest.tables.reduce((sum, { rows }) => sum + rows, 0),
    bytes: manifest.bytes,
    damage,
  };
}

/** Reads a file to its end; rows are counted as well. */
async function decode(
  destination: Destination,
  { manifest }: Found,
  file: BackupFile,
  how: Parameters<typeof readFile>[3],
): Promise<void> {
  let lines = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
      done();
    },
  });
  await readFile(destination, manifest.id, file, how, () => sink);
  // COPY's text has a line for each row: a newline in a value is written as \n.
  const { rows } = file as Partial<BackupChunk>;
  if (rows !== undefined && rows !== lines)
    throw new DamagedFile(`it has ${String(lines)} rows, and ${String(rows)} were written`);
}

/** Tables whose sums are not those of their chunks. */
function sumsOf({ tables }: BackupManifest): readonly { readonly path: string; readonly what: string }[] {
  return tables.flatMap((table) => {
    const rows = table.chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    return rows === table.rows && contentHash(table.chunks) === table.contentHash
      ? []
      : [{ path: nameOf(table), what: "its rows are not those of its chunks" }];
  });
}
