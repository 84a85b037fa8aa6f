// Owns the connections that rows travel through, with the settings that the texts of values depend on.
import { ClewError, connectionOptions, isClewError } from "@clew/core";
import { Client } from "pg";

/**
 * A value's text is the same whoever asks, and is read back to the same value; no policy hides rows, but is an error; and
 * nothing ends a session that works. https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const settings: Readonly<Record<string, string>> = {
  application_name: "clew backup",
  client_encoding: "UTF8",
  search_path: "",
  DateStyle: "ISO, YMD",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  xmlbinary: "base64",
  xmloption: "content",
  array_nulls: "on",
  standard_conforming_strings: "on",
  quote_all_identifiers: "off",
  row_security: "off",
  // Else a scan begins where another one is, and the same table gives its rows in another order.
  synchronize_seqscans: "off",
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  default_transaction_read_only: "off",
};

export type { Client };

/** Connects. Throws CONNECT_FAILED, or CONFIG_INVALID for what is no URL. */
export async function connect(url: string): Promise<Client> {
  const client = new Client(connectionOptions(url));
  // What waits on it is told; nobody waiting is no reason to end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(
      `SELECT ${Object.entries(settings).map(([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`)}`,
    );
    return client;
  } catch (cause) {
    await client.end().catch(() => undefined);
    if (isClewError(cause)) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ClewError("CONNECT_FAILED", `connecting failed: ${message}`, {}, { cause });
  }
}

/** Does something with a connection of its own. An abort ends it: what runs in it is rolled back by the server. */
export async function withClient<T>(
  url: string,
  signal: AbortSignal | undefined,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connect(url);
  const give = (): void => cut(client);
  signal?.addEventListener("abort", give);
  try {
    if (signal?.aborted) throw new ClewError("INTERRUPTED", "interrupted");
    return await work(client);
  } finally {
    signal?.removeEventListener("abort", give);
    await close(client);
  }
}

/** Says goodbye, but does not wait for a server that is silent. */
export async function close(client: Client): Promise<void> {
  const timer = setTimeout(() => cut(client), 2_000);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

/** Ends a connection at once: what runs in it is rolled back by the server. */
export function cut(client: Client): void {
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();
}

/** A name as SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function qualified({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${quote(schema)}.${quote(name)}`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The SQLSTATE of what a client rejects with. */
export function sqlstate(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
