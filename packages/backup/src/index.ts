// Owns the public types of @clew/backup: what a backup is, how it is checked, how long it is kept.
import type { Target } from "@clew/core";

/** What is saved before a migration runs: nothing, what it destroys, every schema as SQL, or all rows. */
export type BackupScope = "none" | "scoped" | "schema" | "full";

/**
 * How far a backup was checked: its bytes are those that were written, its rows can be read again, or it was loaded into
 * a scratch database and compared.
 */
export type VerifyLevel = "checksum" | "decode" | "restore";

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
  /** The migration that it was made for; null where somebody asked for it. */
  readonly migration: { readonly version: string; readonly checksum: string } | null;
  readonly scope: Exclude<BackupScope, "none">;
  /** All tables are as this snapshot saw them. */
  readonly snapshot: string;
  /** The write-ahead log's position then, where the role may read it. */
  readonly lsn: string | null;
  readonly tables: readonly BackupTable[];
  /** Positions of sequences, as text: they pass what a number holds. */
  readonly sequences: readonly { readonly schema: string; readonly name: string; readonly last: string | null }[];
  readonly encryption: { readonly method: "aes-256-gcm"; readonly keyId: string } | null;
}

/** The saved rows of one table. */
export interface BackupTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Set where only these rows were saved: the condition of the statement that was to change them. */
  readonly where?: string;
  readonly rows: number;
  /** SHA-256 over the rows as COPY writes them, in hexadecimal. */
  readonly contentHash: string;
  readonly chunks: readonly BackupChunk[];
}

/** One file of a backup. */
export interface BackupChunk {
  /** Relative to the manifest. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file, in hexadecimal. */
  readonly sha256: string;
}

/** Which backups are kept; one that an applied migration's rollback needs always is. */
export interface RetentionPolicy {
  /** The newest so many. */
  readonly last?: number;
  /** Those younger than so many days. */
  readonly days?: number;
  /** As many of the newest as fit, in bytes. */
  readonly bytes?: number;
}
