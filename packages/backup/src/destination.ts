// Owns the cut between backups and where they are kept.
import type { Readable } from "node:stream";

/** Where backups are kept. What is not finished is no backup, and is never listed. */
export interface Destination {
  /** As it is shown; without secrets. */
  readonly name: string;
  /** Ids of the finished backups, the oldest first. */
  list(): Promise<readonly string[]>;
  /** Begins one; clears away what those left that were killed. */
  begin(id: string): Promise<Draft>;
  /** Rejects with a NotThere where there is no such file. */
  read(id: string, path: string): Promise<Readable>;
  /** Stores a small file beside those of a finished backup. */
  note(id: string, path: string, text: string): Promise<void>;
  /** The manifest goes first: what is left when it is cut short is no backup. */
  remove(id: string): Promise<void>;
  /** Bytes that still fit; undefined where nobody can tell. */
  free(): Promise<number | undefined>;
}

/** A backup that is being made. */
export interface Draft {
  /** Stores a file, to the last byte, before it resolves. */
  write(path: string, source: Readable): Promise<void>;
  /** Makes it a backup, all at once. */
  finish(manifest: string): Promise<void>;
  /** Takes away what was written. */
  abandon(): Promise<void>;
}

export const manifestName = "manifest.json";

/** There is no such file. */
export class NotThere extends Error {
  override readonly name = "NotThere";
}

/** The text of a small file. */
export async function readText(destination: Destination, id: string, path: string): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of await destination.read(id, path)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
