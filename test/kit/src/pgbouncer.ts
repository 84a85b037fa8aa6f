// Owns PgBouncer, the pooler, in front of a test's server; a system package that may be absent.
import { existsSync } from "node:fs";
import { chown } from "node:fs/promises";
import { join } from "node:path";
import { fileOwner, freePort, startDaemon } from "./daemon.ts";
import { tempFolder } from "./folder.ts";
import { connectionString } from "./server.ts";

export interface PgbouncerOptions {
  /** `transaction`: a server session serves one transaction at a time; `session`: one client for as long as it stays. */
  readonly mode: "transaction" | "session";
  /** Server sessions per database; 5 by default. */
  readonly poolSize?: number;
}

export interface Pgbouncer extends AsyncDisposable {
  /** Connection string through the pooler; whoever connects is the user of the target. */
  url(database: string): string;
  stop(): Promise<void>;
}

const program = "/usr/sbin/pgbouncer";

/** Starts the pooler in front of the server of a connection string; undefined where PgBouncer is not installed. */
export async function startPgbouncer(target: string, options: PgbouncerOptions): Promise<Pgbouncer | undefined> {
  if (!existsSync(program)) return undefined;
  const to = new URL(target);
  const password = to.password === "" ? "" : `password='${decodeURIComponent(to.password).replaceAll("'", "''")}'`;
  const host = "127.0.0.1";
  const port = await freePort();
  const folder = await tempFolder({
    "pgbouncer.ini": `
[databases]
* = host=${to.hostname} port=${to.port || 5432} user=${decodeURIComponent(to.username)} ${password}
[pgbouncer]
listen_addr = ${host}
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${options.mode}
default_pool_size = ${options.poolSize ?? 5}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits,options
`,
  });
  const owner = fileOwner();
  if (owner !== undefined) await chown(folder.path, owner, owner);
  const daemon = await startDaemon(program, [join(folder.path, "pgbouncer.ini")], "process up");
  const stop = async (): Promise<void> => {
    await daemon.stop("SIGTERM");
    await folder.remove();
  };
  return {
    url: (database) => connectionString({ host, port, database }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
