// Bytes to text, strictly: what is not SQL in UTF-8 is named for what it is, never replaced or cut.
import type { Finding } from "./finding.ts";

/** The text of a file, or why it has none. */
export type Decoded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly finding: Finding };

/**
 * Decodes a file: UTF-8, with or without a byte order mark, which is dropped. Everything else is a finding: UTF-16,
 * an encrypted, compressed or otherwise binary file, a NUL byte, invalid UTF-8. PostgreSQL would store broken text or
 * stop reading at the NUL without a word.
 *
 * The finding has no `at`, for there is no text to count in; its message names the line.
 */
export function decode(bytes: Uint8Array): Decoded {
  const foreign = foreignOf(bytes);
  if (foreign !== undefined) return failed("NOT_SQL", `The file is ${foreign.what}, not SQL.`, foreign.help);
  const wide = wideEncoding(bytes);
  if (wide !== undefined) {
    return failed("NOT_UTF8", `The file is encoded in ${wide}.`, "Save it as UTF-8, which is what PostgreSQL reads.");
  }
  const nul = bytes.indexOf(0);
  if (nul >= 0) {
    return failed(
      "NUL_BYTE",
      `The file holds a NUL byte in line ${lineOf(bytes, nul)}.`,
      "PostgreSQL cannot store NUL, and reads a text only up to it. Remove the byte; if the file looks like noise, it is encrypted or binary.",
    );
  }
  if (bytes.length > LONGEST) {
    return failed(
      "TOO_LARGE",
      `The file is ${Math.round(bytes.length / 1e6)} MB; at most ${Math.round(LONGEST / 1e6)} MB can be read.`,
      "Split it into several migrations.",
    );
  }
  try {
    return { ok: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    const at = firstInvalid(bytes);
    const byte = `0x${bytes[at]!.toString(16).toUpperCase().padStart(2, "0")}`;
    return failed(
      "NOT_UTF8",
      `The file is not valid UTF-8: byte ${byte} in line ${lineOf(bytes, at)}.`,
      "Save it as UTF-8. Single accented letters that fail so are mostly Windows-1252 or Latin-1.",
    );
  }
}

// V8's longest string; other engines allow as much or more.
const LONGEST = 2 ** 29 - 25;

function failed(code: string, message: string, help: string): Decoded {
  return { ok: false, finding: { code, severity: "error", message, help } };
}

interface Foreign {
  readonly starts: string;
  readonly what: string;
  readonly help: string;
}

const unlock = "Unlock or decrypt it before the run.";
const unpack = "Unpack it, and keep the plain SQL.";

const foreigns: readonly Foreign[] = [
  { starts: "\0GITCRYPT\0", what: "encrypted by git-crypt", help: "Run `git-crypt unlock` in this checkout." },
  { starts: "$ANSIBLE_VAULT;", what: "encrypted by Ansible Vault", help: unlock },
  { starts: "age-encryption.org/", what: "encrypted by age", help: unlock },
  { starts: "-----BEGIN AGE ENCRYPTED FILE-----", what: "encrypted by age", help: unlock },
  { starts: "-----BEGIN PGP MESSAGE-----", what: "encrypted by PGP", help: unlock },
  {
    starts: "version https://git-lfs.github.com/spec/",
    what: "a pointer of Git LFS",
    help: "Run `git lfs pull` in this checkout.",
  },
  {
    starts: "PGDMP",
    what: "an archive of pg_dump in custom format",
    help: "Restore it with pg_restore, or write it as SQL with `pg_restore -f`.",
  },
  { starts: "\x1f\x8b", what: "compressed by gzip", help: unpack },
  { starts: "\x28\xb5\x2f\xfd", what: "compressed by zstd", help: unpack },
  { starts: "\xfd7zXZ\0", what: "compressed by xz", help: unpack },
  { starts: "BZh", what: "compressed by bzip2", help: unpack },
  { starts: "PK\x03\x04", what: "a zip archive", help: unpack },
  { starts: "SQLite format 3\0", what: "a SQLite database", help: "Migrations are text." },
];

function foreignOf(bytes: Uint8Array): Foreign | undefined {
  return foreigns.find(({ starts }) => {
    for (let i = 0; i < starts.length; i++) if (bytes[i] !== starts.charCodeAt(i)) return false;
    return true;
  });
}

function wideEncoding(bytes: Uint8Array): string | undefined {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? "UTF-32" : "UTF-16 (little-endian)";
  if (a === 0xfe && b === 0xff) return "UTF-16 (big-endian)";
  // Without a mark: in SQL nearly every second byte is then a NUL, always on the same side.
  const sample = bytes.subarray(0, 1024);
  const pairs = Math.floor(sample.length / 2);
  let even = 0;
  let odd = 0;
  for (let i = 0; i < pairs; i++) {
    if (sample[2 * i] === 0) even++;
    if (sample[2 * i + 1] === 0) odd++;
  }
  if (pairs > 1 && odd > pairs * 0.7 && even === 0) return "UTF-16 (little-endian)";
  if (pairs > 1 && even > pairs * 0.7 && odd === 0) return "UTF-16 (big-endian)";
  return undefined;
}

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (let i = 0; i < offset; i++) if (bytes[i] === 10 || (bytes[i] === 13 && bytes[i + 1] !== 10)) line++;
  return line;
}

// https://www.unicode.org/versions/Unicode17.0.0/core-spec/chapter-3/#G27506: well-formed UTF-8
function firstInvalid(bytes: Uint8Array): number {
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i]!;
    const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    const second = bytes[i + 1] ?? 0;
    if (length === 0) return i;
    if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f)) return i;
    if ((lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f)) return i;
    for (let k = 1; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return i;
    i += length;
  }
  return bytes.length - 1;
}
