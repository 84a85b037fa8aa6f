// Owns the finding of backups: by id, its beginning, or `latest`; what is said of each; and how far it was verified.
import type { BackupKey } from "./age.ts";
import { ClewError } from "@clew/core";
import { manifestName, NotThere, readText, type Destination } from "./destination.ts";
import { unwrapKey } from "./encryption.ts";
import { checkSeal, readManifest, type BackupManifest, type BackupScope } from "./manifest.ts";

/**
 * How far a backup was checked: its bytes are those that were written, its rows can be read again, or it was loaded into
 * a scratch database and compared.
 */
export type VerifyLevel = "checksum" | "decode" | "restore";

/** In the order in which they say more. */
export const verifyLevels: readonly VerifyLevel[] = ["checksum", "decode", "restore"];

/** The highest level at which a backup was found right, and when. */
export interface Verified {
  readonly level: VerifyLevel;
  /** ISO 8601, in UTC. */
  readonly at: string;
}

/** What a list says of a backup. */
export interface BackupSummary {
  readonly id: string;
  readonly createdAt: string;
  readonly scope: Exclude<BackupScope, "none">;
  readonly database: string;
  readonly migrations: readonly string[];
  readonly tables: number;
  readonly rows: number;
  readonly bytes: number;
  readonly encrypted: boolean;
  /** Null where nobody has looked, or where it was found damaged. */
  readonly verified: Verified | null;
  /** What is wrong with it; null where nothing is known to be. */
  readonly damage: string | null;
}

/** A backup that was found, with what its files are read by. */
export interface Found {
  readonly manifest: BackupManifest;
  readonly fileKey: Buffer | undefined;
}

const verifiedName = "verified.json";

/** All backups, the oldest first. */
export async function listBackups(destination: Destination): Promise<readonly BackupSummary[]> {
  const ids = await destination.list();
  return Promise.all(ids.map((id) => summary(destination, id)));
}

async function summary(destination: Destination, id: string): Promise<BackupSummary> {
  try {
    const sealed = readManifest(await readText(destination, id, manifestName), id);
    checkSeal(sealed);
    const { createdAt, scope, target, migrations, tables, bytes, encryption } = sealed;
    return {
      id,
      createdAt,
      scope,
      database: target.database,
      migrations: migrations.map(({ version }) => version),
      tables: tables.length,
      rows: tables.reduce((sum, { rows }) => sum + rows, 0),
      bytes,
      encrypted: encryption !== null,
      ...(await readVerified(destination, id)),
    };
  } catch (error) {
    return { ...unread, id, damage: error instanceof Error ? error.message : String(error) };
  }
}

const unread: Omit<BackupSummary, "id" | "damage"> = {
  createdAt: "",
  scope: "scoped",
  database: "",
  migrations: [],
  tables: 0,
  rows: 0,
  bytes: 0,
  encrypted: false,
  verified: null,
};

/** The id that is meant: the whole one, an unmistakable beginning of it, or `latest`. Throws NO_BACKUP. */
async function findId(destination: Destination, word: string): Promise<string> {
  const ids = await destination.list();
  const found = word === "latest" ? ids.slice(-1) : ids.filter((id) => id === word);
  const near = found.length > 0 ? found : ids.filter((id) => id.startsWith(word));
  if (near.length === 1) return near[0]!;
  const why =
    near.length > 1 ? `${word} is the beginning of ${String(near.length)} backups` : `there is no backup ${word}`;
  throw new ClewError("NO_BACKUP", `${destination.name}: ${why}`);
}

/** The manifest of a backup, with its seal checked as far as it can be without a key. Throws NO_BACKUP or BACKUP_DAMAGED. */
export async function showBackup(destination: Destination, word: string): Promise<BackupManifest> {
  const { seal: _, ...manifest } = await sealedManifest(destination, await findId(destination, word));
  return manifest;
}

/** A backup ready to be read. Throws NO_BACKUP, BACKUP_KEY or BACKUP_DAMAGED. */
export async function openBackup(destination: Destination, word: string, key: BackupKey | undefined): Promise<Found> {
  const sealed = await sealedManifest(destination, await findId(destination, word));
  const fileKey = sealed.encryption === null ? undefined : await unwrapKey(key, sealed.id, sealed.encryption);
  checkSeal(sealed, fileKey);
  const { seal: _, ...manifest } = sealed;
  return { manifest, fileKey };
}

async function sealedManifest(
  destination: Destination,
  id: string,
): Promise<BackupManifest & { readonly seal: string }> {
  const sealed = readManifest(await readText(destination, id, manifestName), id);
  checkSeal(sealed);
  return sealed;
}

/** Notes how a verification ended, so that a list shows it. */
export async function noteVerified(
  destination: Destination,
  id: string,
  said: { readonly verified: Verified } | { readonly damage: string },
): Promise<void> {
  await destination.note(id, verifiedName, `${JSON.stringify({ verified: null, damage: null, ...said })}\n`);
}

async function readVerified(destination: Destination, id: string): Promise<Pick<BackupSummary, "verified" | "damage">> {
  try {
    return JSON.parse(await readText(destination, id, verifiedName)) as Pick<BackupSummary, "verified" | "damage">;
  } catch (error) {
    if (error instanceof NotThere) return { verified: null, damage: null };
    throw error;
  }
}
