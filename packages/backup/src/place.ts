// Owns the way from words to a destination: a folder's path, or `s3://bucket/prefix`.
import { ClewError, isClewError } from "@clew/core";
import { NotThere, type Destination } from "./destination.ts";
import { folder } from "./folder.ts";
import type { S3Options } from "./s3.ts";

/** The destination that a text names; what an S3-compatible store needs is found by its SDK. Throws CONFIG_INVALID or DRIVER_MISSING. */
export async function destinationAt(
  place: string,
  options: Pick<S3Options, "region" | "endpoint" | "credentials"> = {},
): Promise<Destination> {
  if (!/^\w+:\/\//.test(place)) return named(folder(place));
  const [, bucket, prefix] = /^s3:\/\/([^/]+)(?:\/(.*?))?\/*$/.exec(place) ?? [];
  if (bucket === undefined)
    throw new ClewError("CONFIG_INVALID", "backups are kept in a folder or at s3://bucket/prefix, nowhere else");
  const { s3 } = await import("./s3.ts");
  return named(await s3({ ...options, bucket, ...(prefix ? { prefix } : {}) }));
}

/** The same destination, whose failures say which place they are of. */
function named(destination: Destination): Destination {
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (cause) {
      if (isClewError(cause) || cause instanceof NotThere) throw cause;
      const message = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new ClewError("BACKUP_PLACE", `${destination.name}: ${message}`, {}, { cause });
    }
  };
  return {
    name: destination.name,
    list: () => told(destination.list()),
    begin: (id) => destination.begin(id),
    read: (id, path) => told(destination.read(id, path)),
    note: (id, path, text) => told(destination.note(id, path, text)),
    remove: (id) => told(destination.remove(id)),
    free: () => told(destination.free()),
  };
}

/**
 * Why a place is not safe for backups of a database: it goes when the database goes. Undefined where nothing is known
 * against it. `endpoint`: AWS_ENDPOINT_URL_S3.
 */
export function sharedFate(url: string, place: string, endpoint: string | undefined): string | undefined {
  if (!place.startsWith("s3://") || endpoint === undefined || !URL.canParse(endpoint) || !URL.canParse(url))
    return undefined;
  const { hostname, username } = new URL(url);
  // db.<project>.supabase.co, or postgres.<project> at a pooler; <project>.storage.supabase.co, or <project>.supabase.co
  const project =
    /^db\.(\w+)\.supabase\.co$/.exec(hostname)?.[1] ?? /^[^.]+\.(\w{20})$/.exec(decodeURIComponent(username))?.[1];
  const store = /^(\w+)\.(?:storage\.)?supabase\.co$/.exec(new URL(endpoint).hostname)?.[1];
  if (project === undefined || project !== store) return undefined;
  return `the backups are in the same Supabase project, ${project}, as the database: whoever loses one loses both`;
}
