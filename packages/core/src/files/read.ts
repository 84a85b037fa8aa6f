// Owns the migrations folder: which files are migrations, in which order, and what their bytes are.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { decode } from "@clew/sql-analyzer/reading";
import { ClewError } from "../errors.ts";
import { compareVersions } from "../store/state.ts";

/** One migration file. The version is text, always: `0002`, or twenty digits. */
export interface MigrationFile {
  readonly version: string;
  /** What stands between the version and `.sql`; may be empty. */
  readonly name: string;
  readonly path: string;
  /** SHA-256 of the text with line ends as LF and without a byte order mark, so that a checkout on Windows changes nothing. */
  readonly checksum: string;
  /** The hand-written rollback beside it, or in the folder `down` below. */
  readonly down?: string;
  /** SHA-256 of the hand-written rollback's text, as of the file's. */
  readonly downChecksum?: string;
}

/** The folder as it was read. */
export interface Folder {
  readonly path: string;
  readonly files: readonly MigrationFile[];
  /** Names that the naming rule passes over; directories are not looked into. */
  readonly skipped: readonly string[];
  /** Directories that are named as migrations are: other tools have one for each. */
  readonly folders: readonly string[];
}

/** Supabase's rule, as its command line has it: digits, an underscore, any name. Not recursive. */
const migrationName = /^([0-9]+)_(.*)\.sql$/s;
const downName = /^([0-9]+)_(.*)\.down\.sql$/s;

/**
 * Supabase's command line passes over a first `…_init.sql` from before this time: it was made by an older version of itself.
 * It reads `supabase/migrations` alone; to other tools such a file is the first migration.
 */
const firstInit = /^([0-9]{14})_init\.sql$/;
const firstInitBefore = "20211209000000";

/** Reads a migrations folder. Throws NO_FOLDER, FILE_UNREADABLE or DUPLICATE_VERSION. */
export async function readFolder(path: string): Promise<Folder> {
  return readEveryFile(path, true);
}

/** The same for a folder in which versions may stand twice. */
export async function readEveryFile(path: string, unique = false): Promise<Folder> {
  const { files: names, folders } = await list(path);
  const rollbacks: { version: string; path: string }[] = [];
  for (const name of (await list(join(path, "down")).catch(() => nothing)).files) {
    const match = downName.exec(name) ?? migrationName.exec(name);
    if (match) rollbacks.push({ version: match[1]!, path: join(path, "down", name) });
  }
  const supabases = basename(dirname(resolve(path))) === "supabase";
  const skipped: string[] = [];
  const found: { version: string; name: string; path: string }[] = [];
  for (const [at, name] of names.entries()) {
    const down = downName.exec(name);
    if (down) {
      rollbacks.push({ version: down[1]!, path: join(path, name) });
      continue;
    }
    const match = migrationName.exec(name);
    const init = at === 0 && supabases ? firstInit.exec(name) : null;
    if (match && !(init && init[1]! < firstInitBefore))
      found.push({ version: match[1]!, name: match[2]!, path: join(path, name) });
    else skipped.push(name);
  }
  found.sort((a, b) => compareVersions(a.version, b.version));
  if (unique) {
    refuseDuplicates(found);
    refuseDuplicates(rollbacks.toSorted((a, b) => compareVersions(a.version, b.version)));
  }
  const downs = new Map(rollbacks.map(({ version, path }) => [version, path]));
  const files = found.map((file) => {
    const checksum = checksumOf(readBytes(file.path));
    const down = downs.get(file.version);
    return down === undefined
      ? { ...file, checksum }
      : { ...file, checksum, down, downChecksum: checksumOf(readBytes(down)) };
  });
  return { path, files, skipped, folders };
}

/** Reads a file as text. Throws FILE_UNREADABLE with what its bytes are, if they are not UTF-8 text. */
export async function readText(path: string): Promise<string> {
  const decoded = decode(readBytes(path));
  if (decoded.ok) return decoded.text;
  const { message, help } = decoded.finding;
  throw new ClewError("FILE_UNREADABLE", `${path}: ${message}`, help === undefined ? {} : { help });
}

/** A file, or FILE_UNREADABLE. At once, not by promises: for the many small files of a folder those cost five times the reading. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ClewError("FILE_UNREADABLE", `${path}: ${reason(cause)}`, {}, { cause });
  }
}

interface Listed {
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

const nothing: Listed = { files: [], folders: [] };

async function list(path: string): Promise<Listed> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    const named = (wanted: typeof entries): readonly string[] => wanted.map(({ name }) => name).sort();
    return {
      files: named(entries.filter((entry) => !entry.isDirectory() && entry.name.endsWith(".sql"))),
      folders: named(entries.filter((entry) => entry.isDirectory() && /^\d{4,}[-_\d]*[-_]/.test(entry.name))),
    };
  } catch (cause) {
    throw new ClewError("NO_FOLDER", `${path}: ${reason(cause)}`, {}, { cause });
  }
}

function reason(cause: unknown): string {
  const code = (cause as { code?: string }).code;
  if (code === "ENOENT") return "there is nothing of this name";
  if (code === "ENOTDIR") return "this is a file, not a folder";
  if (code === "EACCES" || code === "EPERM") return "this user may not read it";
  if (code === "EISDIR") return "this is a folder";
  return cause instanceof Error ? cause.message : String(cause);
}

function refuseDuplicates(files: readonly { version: string; path: string }[]): void {
  const same = files.filter(
    (file, at) => file.version === files[at - 1]?.version || file.version === files[at + 1]?.version,
  );
  if (same.length === 0) return;
  const versions = [...new Set(same.map((file) => file.version))];
  const lines = versions.map(
    (version) =>
      `  ${version}: ${same
        .filter((f) => f.version === version)
        .map((f) => f.path)
        .join(", ")}`,
  );
  throw new ClewError(
    "DUPLICATE_VERSION",
    `these versions have more than one file, and nothing was run:\n${lines.join("\n")}`,
  );
}

const cr = 0x0d;
const bom = [0xef, 0xbb, 0xbf] as const;

function checksumOf(bytes: Uint8Array): string {
  const start = bom.every((byte, at) => bytes[at] === byte) ? 3 : 0;
  const hash = createHash("sha256");
  let from = start;
  // Only CR LF is folded: a lone CR is kept, as it may be part of a constant.
  for (let at = bytes.indexOf(cr, start); at >= 0; at = bytes.indexOf(cr, at + 1)) {
    if (bytes[at + 1] !== 0x0a) continue;
    hash.update(bytes.subarray(from, at));
    from = at + 1;
  }
  return hash.update(bytes.subarray(from)).digest("hex");
}
