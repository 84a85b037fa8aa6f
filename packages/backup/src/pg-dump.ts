// Owns the schema as pg_dump prints it, where there is one that is as new as the server.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { connectionOptions, environmentWith } from "@clew/core";
import { hasWasmDump, wasmDump } from "./wasm-dump.ts";

const run = promisify(execFile);

type Dumped = { readonly text: string } | { readonly why: string };

/**
 * What pg_dump prints of the schema, or why it could not be asked. It is one more copy of the schema, never the only one. The
 * machine's own is asked, and where that is too old or is not there, the one in npm's `@electric-sql/pglite-tools`.
 */
export async function pgDump(url: string, server: string): Promise<Dumped> {
  const dumped = await ownDump(url, server);
  if ("text" in dumped || !hasWasmDump()) return dumped;
  try {
    return { text: await wasmDump(url) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return {
      why: `${dumped.why}, and the one of @electric-sql/pglite-tools failed: ${said.trim().replaceAll(/\s+/g, " ")}`,
    };
  }
}

async function ownDump(url: string, server: string): Promise<Dumped> {
  const major = Number.parseInt(server, 10);
  let version: string;
  try {
    ({ stdout: version } = await run("pg_dump", ["--version"]));
  } catch {
    return { why: "pg_dump is not installed" };
  }
  const own = Number(/\b(\d+)(?:\.\d+)?/.exec(version)?.[1]);
  if (!(own >= major)) return { why: `pg_dump ${String(own)} is older than the server, ${String(major)}` };
  try {
    const { stdout } = await run("pg_dump", ["--schema-only", "--no-password"], {
      env: environment(url),
      maxBuffer: 1 << 30,
      timeout: 300_000,
    });
    return { text: stdout };
  } catch (error) {
    const said = (error as { readonly stderr?: string }).stderr ?? "";
    return { why: `pg_dump failed: ${said.trim().split("\n")[0] ?? ""}` };
  }
}

/** By the environment, not by its arguments: those everybody on the machine can read. */
function environment(url: string): ReturnType<typeof environmentWith> {
  const { connectionString } = connectionOptions(url);
  const parsed = new URL(connectionString);
  const { hostname, port, username, password, pathname, searchParams } = parsed;
  const sslmode = searchParams.get("sslmode");
  return environmentWith({
    PGHOST: searchParams.get("host") ?? hostname.replaceAll(/^\[|\]$/g, ""),
    ...(port === "" ? {} : { PGPORT: port }),
    PGUSER: decodeURIComponent(username),
    ...(password === "" ? {} : { PGPASSWORD: decodeURIComponent(password) }),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    ...(sslmode === null ? {} : { PGSSLMODE: sslmode }),
    PGCONNECT_TIMEOUT: "10",
  });
}
