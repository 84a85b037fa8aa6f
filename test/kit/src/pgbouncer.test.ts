// Pins that the poolers of our tests pool as their modes say.
import { Client } from "pg";
import { expect, test } from "vitest";
import { freshDatabase } from "./database.ts";
import { startPgbouncer } from "./pgbouncer.ts";
import type { PgbouncerOptions } from "./pgbouncer.ts";

const reason = "PgBouncer is not installed";

async function twoBackends(url: string): Promise<[number, number]> {
  const clients = [new Client(url), new Client(url)] as const;
  for (const client of clients) await client.connect();
  const pid = async (client: Client): Promise<number> =>
    (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]!.pid;
  const pids: [number, number] = [await pid(clients[0]), await pid(clients[1])];
  for (const client of clients) await client.end();
  return pids;
}

test.for<[PgbouncerOptions["mode"], boolean]>([
  ["transaction", true],
  ["session", false],
])("in %s mode, two clients one after the other share a server session: %s", async ([mode, shared], { skip }) => {
  await using db = await freshDatabase();
  await using bouncer = await startPgbouncer(db.url, { mode, poolSize: 2 });
  if (!bouncer) return skip(reason);
  const [one, two] = await twoBackends(bouncer.url(db.name));
  expect(one === two).toBe(shared);
});
