// Owns the way of bytes into a file of a backup and out of it: hashed, compressed, encrypted, counted.
import { createHash, type Hash } from "node:crypto";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import type { Destination, Draft } from "./destination.ts";
import { decrypt, encrypt } from "./encryption.ts";
import type { BackupFile } from "./manifest.ts";

/** Level 1 packs COPY's text as well as 3 does, in half the time (docs/adr/0020-backup-files.md). */
const level = 1;

/** Counts and hashes what passes. */
class Meter extends Transform {
  bytes = 0;
  readonly #hash: Hash = createHash("sha256");
  readonly #told: ((bytes: number) => void) | undefined;

  constructor(told?: (bytes: number) => void) {
    super();
    this.#told = told;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    this.#hash.update(chunk);
    this.#told?.(chunk.length);
    done(null, chunk);
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }
}

export interface WriteOptions {
  readonly fileKey: Buffer | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of raw bytes as they pass. */
  readonly onBytes?: (bytes: number) => void;
}

/** Stores what a source gives as a file of the draft. */
export async function writeFile(
  draft: Draft,
  path: string,
  source: Readable,
  { fileKey, signal, onBytes }: WriteOptions,
): Promise<BackupFile> {
  const raw = new Meter(onBytes);
  const stored = new Meter();
  const compress = createZstdCompress({
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const secret = fileKey === undefined ? [] : [encrypt(fileKey, path)];
  const [sent, written] = await Promise.allSettled([
    pipeline([source, raw, compress, ...secret, stored], signal ? { signal } : {}),
    // Consumed here, so that an upload which fails stops what feeds it.
    draft.write(path, stored).finally(() => stored.destroy()),
  ]);
  // A stream that is torn down at one end is told of at the other, without the reason.
  const [first, second] = isTorn(sent) ? [written, sent] : [sent, written];
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return {
    path,
    bytes: stored.bytes,
    sha256: stored.sha256(),
    rawBytes: raw.bytes,
    rawSha256: raw.sha256(),
  };
}

function isTorn(end: PromiseSettledResult<void>): boolean {
  const code = end.status === "rejected" && (end.reason as NodeJS.ErrnoException).code;
  return code === "ABORT_ERR" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

/** How a stored file differs from what its manifest says, found once all of it has passed. */
export class DamagedFile extends Error {
  override readonly name = "DamagedFile";
}

/** Passes the content of a file to a sink, which is made once the file is open, and fails with DamagedFile where it is not what was written. */
export async function readFile(
  destination: Destination,
  id: string,
  file: BackupFile,
  { fileKey, signal, onBytes }: WriteOptions,
  sink: () => NodeJS.WritableStream,
): Promise<void> {
  const stored = new Meter();
  const raw = new Meter(onBytes);
  const secret = fileKey === undefined ? [] : [decrypt(fileKey, file.path)];
  const source = await destination.read(id, file.path);
  // What comes after the check of the hash never sees a file's end that is not known to be right.
  const checked = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
    flush: (done) => {
      const same = stored.sha256() === file.sha256 && raw.bytes === file.rawBytes && raw.sha256() === file.rawSha256;
      done(same ? null : new DamagedFile("its content is not what was written"));
    },
  });
  let failure: unknown;
  try {
    await pipeline([source, stored, ...secret, createZstdDecompress(), raw, checked, sink()], signal ? { signal } : {});
    return;
  } catch (error) {
    failure = error;
  }
  if (failure instanceof DamagedFile || damage.has(String((failure as { code?: unknown }).code)))
    throw new DamagedFile(failure instanceof Error ? failure.message : String(failure), { cause: failure });
  if (failure instanceof Error && /unable to authenticate|cut short/.test(failure.message))
    throw new DamagedFile("it was altered or cut short", { cause: failure });
  throw failure;
}

/** What zlib says of a file that is no zstd, or not all of one. */
const damage: ReadonlySet<string> = new Set([
  "ZSTD_error_prefix_unknown",
  "ZSTD_error_corruption_detected",
  "ZSTD_error_checksum_wrong",
  "ZSTD_error_srcSize_wrong",
  "Z_BUF_ERROR",
  "ERR_OUT_OF_RANGE",
]);

/** Fails with DamagedFile where a stored file is not, bit for bit, what was written. */
export async function checkFile(
  destination: Destination,
  id: string,
  file: BackupFile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const stored = new Meter();
  stored.resume();
  await pipeline([await destination.read(id, file.path), stored], signal ? { signal } : {});
  if (stored.bytes !== file.bytes)
    throw new DamagedFile(`it has ${String(stored.bytes)} bytes, and ${String(file.bytes)} were written`);
  if (stored.sha256() !== file.sha256) throw new DamagedFile("its bytes are not those that were written");
}
