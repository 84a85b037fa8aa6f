// Owns the encryption of a backup's files: frames of AES-256-GCM, of which the last is marked, so that a cut is found.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { Transform, type TransformCallback } from "node:stream";
import { ClewError } from "@clew/core";
import { readAgeKey, recipientsId, unwrapByAge, wrapForAge, type BackupKey } from "./age.ts";
import type { Encryption } from "./manifest.ts";

/** Plain bytes in a frame: what has to be held in memory before its tag is known to be right. */
const frame = 1 << 20;
const tag = 16;
const method = "aes-256-gcm";

/** Reads a key: one of 32 bytes, or recipients and identities of age, a line each. Throws CONFIG_INVALID or DRIVER_MISSING. */
export async function readBackupKey(text: string): Promise<BackupKey> {
  return (await readAgeKey(text)) ?? readKey(text);
}

/** Reads a key of 32 bytes: 64 hexadecimal digits, or base64. Throws CONFIG_INVALID. */
export function readKey(text: string): Buffer {
  const bare = text.trim();
  const key = /^[0-9a-f]{64}$/i.test(bare) ? Buffer.from(bare, "hex") : Buffer.from(bare, "base64");
  if (key.length === 32) return key;
  throw new ClewError("CONFIG_INVALID", "the backup key is not one of 32 bytes", {
    help: "Make one with `openssl rand -hex 32`, and keep it where the backups are not.",
  });
}

/** A new key for the files of one backup, and how its manifest keeps it. */
export async function wrapKey(
  key: BackupKey,
  id: string,
): Promise<{ readonly fileKey: Buffer; readonly encryption: Encryption }> {
  const fileKey = randomBytes(32);
  if ("recipients" in key) {
    const wrappedKey = await wrapForAge(key, id, fileKey);
    return { fileKey, encryption: { method, keyId: recipientsId(key.recipients), wrappedBy: "age", wrappedKey } };
  }
  const nonce = randomBytes(12);
  const cipher = createCipheriv(method, key, nonce).setAAD(Buffer.from(id));
  const wrapped = Buffer.concat([nonce, cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
  return { fileKey, encryption: { method, keyId: keyIdOf(key), wrappedKey: wrapped.toString("base64") } };
}

/** The key of a backup's files. Throws BACKUP_KEY. */
export async function unwrapKey(
  key: BackupKey | undefined,
  id: string,
  { keyId, wrappedKey, wrappedBy }: Encryption,
): Promise<Buffer> {
  if (key === undefined) throw new ClewError("BACKUP_KEY", `${id} is encrypted, with the key ${keyId}`);
  if (wrappedBy === "age") {
    if ("recipients" in key)
      return unwrapByAge(key, id, wrappedKey).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new ClewError(
          "BACKUP_KEY",
          `${id} cannot be decrypted: it is encrypted for ${keyId} by age: ${why}`,
          {},
          { cause },
        );
      });
    throw new ClewError("BACKUP_KEY", `${id} is encrypted for ${keyId} by age, and a key of 32 bytes was given`);
  }
  if ("recipients" in key)
    throw new ClewError("BACKUP_KEY", `${id} is encrypted with the key ${keyId}, and keys of age were given`);
  const wrapped = Buffer.from(wrappedKey, "base64");
  try {
    const decipher = createDecipheriv(method, key, wrapped.subarray(0, 12)).setAAD(Buffer.from(id));
    decipher.setAuthTag(wrapped.subarray(-tag));
    return Buffer.concat([decipher.update(wrapped.subarray(12, -tag)), decipher.final()]);
  } catch (cause) {
    const mine = keyIdOf(key);
    const why =
      mine === keyId ? "its manifest was altered" : `it is encrypted with the key ${keyId}, and ${mine} was given`;
    throw new ClewError("BACKUP_KEY", `${id} cannot be decrypted: ${why}`, {}, { cause });
  }
}

function keyIdOf(key: Buffer): string {
  return createHash("sha256").update("clew backup key\n").update(key).digest("hex").slice(0, 16);
}

/** Each file has a key of its own, so that a frame fits no other place: the counter alone makes nonces unique. */
function keyOfFile(fileKey: Buffer, path: string): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, "", `clew backup file ${path}`, 32));
}

function nonceOf(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(counter, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Encrypts a file. */
export function encrypt(fileKey: Buffer, path: string): Transform {
  const key = keyOfFile(fileKey, path);
  return inFrames(frame, (bytes, counter, last) => {
    const cipher = createCipheriv(method, key, nonceOf(counter, last));
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  });
}

/** Decrypts a file; nothing of a frame is given out before its tag was found right. Fails where it was altered or cut. */
export function decrypt(fileKey: Buffer, path: string): Transform {
  const key = keyOfFile(fileKey, path);
  return inFrames(frame + tag, (bytes, counter, last) => {
    if (bytes.length < tag) throw new Error("the file is cut short");
    const decipher = createDecipheriv(method, key, nonceOf(counter, last)).setAuthTag(bytes.subarray(-tag));
    return Buffer.concat([decipher.update(bytes.subarray(0, -tag)), decipher.final()]);
  });
}

/** Cuts a stream into frames of one size; the last one, which may be shorter or empty, is known at the end. */
function inFrames(size: number, turn: (bytes: Buffer, counter: number, last: boolean) => Buffer): Transform {
  let waiting: Buffer[] = [];
  let length = 0;
  let counter = 0;
  const attempt = (done: TransformCallback, work: () => void): void => {
    try {
      work();
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      attempt(done, () => {
        waiting.push(chunk);
        length += chunk.length;
        if (length <= size) return;
        let bytes = Buffer.concat(waiting);
        while (bytes.length > size) {
          this.push(turn(bytes.subarray(0, size), counter++, false));
          bytes = bytes.subarray(size);
        }
        waiting = [bytes];
        length = bytes.length;
      });
    },
    flush(done) {
      attempt(done, () => void this.push(turn(Buffer.concat(waiting), counter, true)));
    },
  });
}
