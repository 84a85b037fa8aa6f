// Owns the manifest: what makes a folder of files a backup, and how it is sealed.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { ClewError, type Target } from "@clew/core";

/** What is saved before a migration runs: nothing, what it destroys, every schema as SQL, or all rows. */
export type BackupScope = "none" | "scoped" | "schema" | "full";

/** One file of a backup. */
export interface BackupFile {
  /** Relative to the manifest. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
  /** The same of what is in it, before it was compressed and encrypted. */
  readonly rawBytes: number;
  readonly rawSha256: string;
}

/** A file with rows, as COPY writes them. */
export interface BackupChunk extends BackupFile {
  readonly rows: number;
}

/** The saved rows of one table. */
export interface BackupTable {
  readonly schema: string;
  readonly name: string;
  /** Those that were saved: generated columns are not, and of rows that are to be updated only the columns that change, and the key. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** A unique key without NULLs: it tells rows apart. Empty where there is none. */
  readonly key: readonly string[];
  /** Set where only these rows were saved: what the statement that was to change them says of them. */
  readonly where?: string;
  /** Set where not all columns were saved. */
  readonly part?: true;
  /** The migrations that destroy something of it, in the order in which they were to run. */
  readonly migrations?: readonly string[];
  readonly rows: number;
  /** SHA-256 over the hashes of the chunks' rows, in hexadecimal. */
  readonly contentHash: string;
  readonly chunks: readonly BackupChunk[];
}

/** The position of a sequence, as text: it may pass what a number holds. */
export interface BackupSequence {
  readonly schema: string;
  readonly name: string;
  readonly last: string;
  /** Whether `last` was given out already. */
  readonly called: boolean;
}

/** What makes a folder a backup: written last, so that a backup cut short has none. It holds no secret. */
export interface BackupManifest {
  /** Version of this shape. */
  readonly format: 1;
  readonly id: string;
  /** ISO 8601, in UTC. */
  readonly createdAt: string;
  /** Name and version of what wrote it. */
  readonly tool: string;
  readonly target: Target;
  /** The migrations that it was made for; none where somebody asked for it. */
  readonly migrations: readonly { readonly version: string; readonly checksum: string }[];
  readonly scope: Exclude<BackupScope, "none">;
  /** All tables are as this snapshot saw them. */
  readonly snapshot: string;
  /** The write-ahead log's position then, where the role may read it. */
  readonly lsn: string | null;
  readonly compression: "zstd";
  readonly tables: readonly BackupTable[];
  readonly sequences: readonly BackupSequence[];
  /** The schema: as SQL (by Clew, and by pg_dump where there was one), and as data for a restore. */
  readonly schema: readonly (BackupFile & { readonly kind: "sql" | "pg_dump" | "catalog" })[];
  /** What was to be saved and could not be, and why. */
  readonly omitted: readonly { readonly what: string; readonly why: string }[];
  /** Of all files, in bytes: as stored, and before compression. */
  readonly bytes: number;
  readonly rawBytes: number;
  readonly encryption: Encryption | null;
}

/** How the files are encrypted: their key, itself encrypted with the one that only the owner has. */
export interface Encryption {
  readonly method: "aes-256-gcm";
  /** Tells which key: the beginning of a hash of it. */
  readonly keyId: string;
  /** In base64. */
  readonly wrappedKey: string;
  /** It is wrapped for age's recipients, not by a key of 32 bytes. */
  readonly wrappedBy?: "age";
}

/** The files of a backup, in the order in which a restore reads them. */
export function filesOf({ schema, tables }: BackupManifest): readonly BackupFile[] {
  return [...schema, ...tables.flatMap(({ chunks }) => chunks)];
}

/** The hash of a table's content, from those of its chunks. */
export function contentHash(chunks: readonly BackupChunk[]): string {
  return createHash("sha256")
    .update(chunks.map(({ rawSha256 }) => rawSha256).join("\n"))
    .digest("hex");
}

/** `"schema"."name"`, as messages show it and as it is typed. */
export function nameOf({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

/** The manifest as it is stored: with a seal, a hash of it, by the files' key where they are encrypted. */
export function sealManifest(manifest: BackupManifest, fileKey: Buffer | undefined): string {
  return `${JSON.stringify({ ...manifest, seal: sealOf(JSON.stringify(manifest), fileKey) }, null, 1)}\n`;
}

/** Reads a manifest. Throws BACKUP_DAMAGED; `checkSeal` has to follow, once the key is known. */
export function readManifest(text: string, id: string): BackupManifest & { readonly seal: string } {
  let manifest: BackupManifest & { readonly seal: string };
  try {
    manifest = JSON.parse(text) as typeof manifest;
  } catch (cause) {
    throw new ClewError("BACKUP_DAMAGED", `${id}: the manifest cannot be read`, {}, { cause });
  }
  if (manifest.format !== 1)
    throw new ClewError(
      "BACKUP_DAMAGED",
      `${id} has format ${String(manifest.format)}, which this Clew does not know`,
      {
        help: "Use the version of Clew that wrote it, or a newer one.",
      },
    );
  return manifest;
}

/** Throws BACKUP_DAMAGED where the manifest is not what was written. */
export function checkSeal({ seal, ...manifest }: BackupManifest & { readonly seal: string }, key?: Buffer): void {
  // Without the key an encrypted backup's seal cannot be checked: whoever asks for its rows gives one.
  if (manifest.encryption !== null && key === undefined) return;
  const expected = Buffer.from(sealOf(JSON.stringify(manifest), key), "hex");
  const found = Buffer.from(typeof seal === "string" ? seal : "", "hex");
  if (expected.length === found.length && timingSafeEqual(expected, found)) return;
  throw new ClewError("BACKUP_DAMAGED", `${manifest.id}: the manifest was altered`);
}

function sealOf(text: string, key: Buffer | undefined): string {
  return (key === undefined ? createHash("sha256") : createHmac("sha256", key)).update(text).digest("hex");
}
