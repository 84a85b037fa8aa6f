// Owns databases that hold something of every kind that the catalog knows.
import { readFileSync } from "node:fs";
import { startServer, type Major } from "@clew/kit";
import { Client } from "pg";
import type { Session } from "../src/driver.ts";
import { pg } from "../src/drivers/pg.ts";

/** Makes the roles `kind_owner` and `kind_reader` too. */
export const everyKind: string = readFileSync(new URL("every-kind.sql", import.meta.url), "utf8");

/** A server of one's own, for the schema changes roles of the cluster. */
export interface EveryKind extends AsyncDisposable {
  /** The connection of the session. */
  readonly client: Client;
  readonly session: Session;
  url(place?: { readonly database?: string; readonly user?: string }): string;
}

/** Its database is `every_kind`. */
export async function startEveryKind(major: Major): Promise<EveryKind> {
  const server = await startServer({ major });
  const stop = async (): Promise<void> => server.stop();
  try {
    await inSession(server.url(), "create database every_kind");
    const client = new Client(server.url({ database: "every_kind" }));
    client.on("error", () => undefined);
    await client.connect();
    await client.query(everyKind);
    const session = await pg(client).connect();
    return {
      client,
      session,
      url: (place) => server.url({ database: "every_kind", ...place }),
      async [Symbol.asyncDispose]() {
        await client.end();
        await stop();
      },
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}

/** Runs a text in a session of its own. */
export async function inSession(url: string, sql: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
