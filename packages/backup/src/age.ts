// Owns keys of backups that are wrapped by age: whoever makes a backup need not be able to read it later.
import { createHash } from "node:crypto";
import { ClewError } from "@clew/core";
import type { Decrypter, Encrypter, identityToRecipient } from "age-encryption";

/** Whom backups are encrypted to, and who reads them. https://age-encryption.org/v1 */
export interface AgeKey {
  /** `age1…` */
  readonly recipients: readonly string[];
  /** `AGE-SECRET-KEY-1…`: needed to check backups later, and to restore them. */
  readonly identities: readonly string[];
  /** The keys of the backups that this process has made, by id: it may check them without an identity. */
  readonly made: Map<string, Buffer>;
}

/** 32 bytes, or who is to read it. */
export type BackupKey = Buffer | AgeKey;

/** Reads lines of recipients and identities, as age-keygen writes them; undefined where there are none. Throws DRIVER_MISSING, CONFIG_INVALID. */
export async function readAgeKey(text: string): Promise<AgeKey | undefined> {
  const lines = text.split("\n").map((line) => line.trim());
  const recipients = lines.filter((line) => line.startsWith("age1"));
  const identities = lines.filter((line) => line.startsWith("AGE-SECRET-KEY-"));
  if (recipients.length + identities.length === 0) return undefined;
  const { identityToRecipient: recipientOf } = await age();
  try {
    const own = await Promise.all(identities.map((identity) => recipientOf(identity)));
    return { recipients: [...new Set([...recipients, ...own])], identities, made: new Map() };
  } catch (cause) {
    throw new ClewError("CONFIG_INVALID", "an age identity of the backup key cannot be read", {}, { cause });
  }
}

/** In base64. The id goes with it, so that it opens no other backup. Throws CONFIG_INVALID for what is no recipient. */
export async function wrapForAge({ recipients, made }: AgeKey, id: string, fileKey: Buffer): Promise<string> {
  const { Encrypter: AgeEncrypter } = await age();
  const encrypter = new AgeEncrypter();
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new ClewError("CONFIG_INVALID", "an age recipient of the backup key cannot be read", {}, { cause });
  }
  made.set(id, fileKey);
  return Buffer.from(await encrypter.encrypt(Buffer.concat([fileKey, Buffer.from(id)]))).toString("base64");
}

/** Rejects where no identity fits. */
export async function unwrapByAge({ identities, made }: AgeKey, id: string, wrapped: string): Promise<Buffer> {
  const known = made.get(id);
  if (known) return known;
  if (identities.length === 0) throw new Error("there are only recipients, and no identity (AGE-SECRET-KEY-…)");
  const { Decrypter: AgeDecrypter } = await age();
  const decrypter = new AgeDecrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const opened = Buffer.from(await decrypter.decrypt(Buffer.from(wrapped, "base64")));
  if (opened.subarray(32).toString() !== id) throw new Error("its manifest was altered");
  return opened.subarray(0, 32);
}

export function recipientsId(recipients: readonly string[]): string {
  const [one] = recipients;
  if (recipients.length === 1) return one!;
  return createHash("sha256").update(recipients.toSorted().join("\n")).digest("hex").slice(0, 16);
}

interface Age {
  readonly Encrypter: typeof Encrypter;
  readonly Decrypter: typeof Decrypter;
  readonly identityToRecipient: typeof identityToRecipient;
}

async function age(): Promise<Age> {
  try {
    return await import("age-encryption");
  } catch (cause) {
    throw new ClewError(
      "DRIVER_MISSING",
      "backups for age need the package age-encryption",
      {
        help: "npm install --save-dev age-encryption",
      },
      { cause },
    );
  }
}
