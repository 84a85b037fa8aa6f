// Owns the trial of a backup: it is restored into a database that lasts as long, and compared with what was written.
import { createHash, randomBytes } from "node:crypto";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ClewError, isClewError } from "@clew/core";
import { quote, withClient, type Client } from "./client.ts";
import { nameOf, type BackupTable } from "./manifest.ts";
import type { Destination } from "./destination.ts";
import type { Progress } from "./progress.ts";
import { restoreFound, type Inspect } from "./restore.ts";
import { rowsIn } from "./rows.ts";
import type { Found } from "./store.ts";

interface Trial {
  readonly destination: Destination;
  /** A URL of any database of the server. */
  readonly server: string;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Damage = readonly { readonly path: string; readonly what: string }[];

/** Restores all tables into a new database of the server; gives what is not as it was written. Throws what stops it. */
export async function restoreIntoScratch({ server, ...trial }: Trial, found: Found): Promise<Damage> {
  const name = `clew_verify_${randomBytes(6).toString("hex")}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  return withClient(server, undefined, async (admin) => {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`).catch((cause: unknown) => {
      throw new ClewError(
        "RESTORE_FAILED",
        `a scratch database cannot be made there: ${cause instanceof Error ? cause.message : String(cause)}`,
        { help: "Name a server where this role may create databases, with --scratch." },
        { cause },
      );
    });
    try {
      return await load(url.href, trial, found);
    } finally {
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  });
}

async function load(url: string, trial: Omit<Trial, "server">, found: Found): Promise<Damage> {
  const damage: { readonly path: string; readonly what: string }[] = [];
  const options = { ...trial, url, id: found.manifest.id };
  const inspect: Inspect = async (client, tables, placeOf) => {
    for (const table of tables) damage.push(...(await compare(client, table, placeOf(table))));
  };
  try {
    await withClient(url, trial.signal, (client) => restoreFound(client, found, options, inspect));
  } catch (error) {
    if (trial.signal?.aborted || isClewError(error, "INTERRUPTED")) throw error;
    damage.push({ path: "restore", what: error instanceof Error ? error.message : String(error) });
  }
  return damage;
}

/**
 * Reads a table that was just loaded into a new file, where rows stand in the order in which they came, and compares it
 * with each chunk, byte for byte.
 */
async function compare(client: Client, table: BackupTable, place: string): Promise<Damage> {
  const columns = table.columns.map(({ name }) => quote(name)).join(", ");
  const hashes = table.chunks.map(() => createHash("sha256"));
  let at = 0;
  let left = table.chunks[0]?.rawBytes ?? 0;
  let surplus = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      let from = 0;
      while (from < chunk.length) {
        while (left === 0 && at < hashes.length - 1) left = table.chunks[++at]!.rawBytes;
        if (left === 0) {
          surplus += chunk.length - from;
          break;
        }
        const end = Math.min(chunk.length, from + left);
        hashes[at]!.update(chunk.subarray(from, end));
        left -= end - from;
        from = end;
      }
      done();
    },
  });
  await pipeline(rowsIn(client, `COPY (SELECT ${columns} FROM ONLY ${place}) TO STDOUT`), sink);
  const different = table.chunks.flatMap(({ path, rawSha256 }, index) =>
    hashes[index]!.digest("hex") === rawSha256
      ? []
      : [{ path, what: `rows of ${nameOf(table)} are not the same once they are restored` }],
  );
  return surplus === 0
    ? different
    : [...different, { path: nameOf(table), what: "there are more rows than were written" }];
}
