// Owns databases of one test each, cloned from a template on the server that the test run shares.
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { DatabaseError, QueryResult, QueryResultRow } from "pg";
import type { Address, Template } from "./setup.ts";

export interface DatabaseOptions {
  /** What it holds at first: nothing (`plain`, the default), or what a fresh Supabase project holds. */
  readonly template?: Template;
  /** A server of the test's own in place of the shared one; `supabase` only on one of `startSupabase`. */
  readonly server?: { url(place?: { readonly database?: string }): string };
}

/** A database that exists until it is dropped or disposed of: `await using db = await freshDatabase()`. */
export interface Database extends AsyncDisposable {
  readonly name: string;
  /** Connection string over TCP, as the superuser `postgres` (or whom TEST_DATABASE_URL names). */
  readonly url: string;
  /** A connected session of its own, closed with the database. That the server ends it is no unhandled error. */
  client(): Promise<Client>;
  /** Runs statements in a session of their own and gives the rows of the last one. */
  sql<Row extends QueryResultRow = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Closes its clients and drops it, whoever else is connected. */
  drop(): Promise<void>;
}

/** A new database, about 25 ms after its template exists. */
export async function freshDatabase(options: DatabaseOptions = {}): Promise<Database> {
  const { url: base, template } = await source(options);
  const name = `test_${randomBytes(8).toString("hex")}`;
  await create(base, name, template);
  const url = Object.assign(new URL(base), { pathname: `/${name}` }).href;
  const clients: Client[] = [];
  const drop = async (): Promise<void> => {
    await Promise.all(clients.splice(0).map((client) => client.end().catch(ignore)));
    await inSession(base, (client) => client.query(`drop database if exists ${name} with (force)`));
  };
  return {
    name,
    url,
    async client() {
      const client = await connect(url);
      clients.push(client);
      return client;
    },
    sql: <Row extends QueryResultRow>(text: string, values?: readonly unknown[]) =>
      inSession(url, async (client) => {
        const result: QueryResult<Row> | QueryResult<Row>[] = await client.query<Row>(
          text,
          values === undefined ? undefined : [...values],
        );
        return (Array.isArray(result) ? result.at(-1)! : result).rows;
      }),
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

async function source(options: DatabaseOptions): Promise<Address> {
  if (options.server)
    return { url: options.server.url(), template: options.template === "supabase" ? "supabase" : "template0" };
  // vitest can only be imported in a test; benchmarks come here with a server of their own
  const { inject } = await import("vitest");
  const response = await fetch(`${inject("kit")}/${options.template ?? "plain"}`);
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Address;
}

async function create(base: string, name: string, template: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await inSession(base, (client) => copy(client, name, template));
      return;
    } catch (error) {
      // SQLSTATE 55006: somebody, the autovacuum for one, is connected to the template
      if (attempt === 10 || (error as DatabaseError).code !== "55006") throw error;
      await sleep(100 * attempt);
    }
  }
}

// Copying files takes less than half the time of copying pages through the log, where nothing waits for a disk.
async function copy(client: Client, name: string, template: string): Promise<void> {
  const { rows } = await client.query<{ version: number }>("select current_setting('server_version_num')::int version");
  const strategy = rows[0]!.version >= 150_000 ? "strategy file_copy" : "";
  await client.query(`create database ${name} template ${template} ${strategy}`);
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: "clew-kit" });
  client.on("error", ignore); // an idle session that the test kills; a query in flight still rejects
  await client.connect();
  return client;
}

async function inSession<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(url);
  try {
    return await work(client);
  } finally {
    await client.end().catch(ignore);
  }
}

function ignore(): void {}
