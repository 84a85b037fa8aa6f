// Owns throwaway PostgreSQL servers: native programs from npm, their data in memory, durability off.
import { execFile } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { fileOwner, freePort, startDaemon, unprivileged } from "./daemon.ts";
import type { Daemon } from "./daemon.ts";
import { programs, withExtensions } from "./programs.ts";
import type { Major } from "./programs.ts";

export interface ServerOptions {
  /** PostgreSQL's major version; 17 by default. */
  readonly major?: Major;
  /** Server settings, for example `{ max_connections: "20" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A folder of control and SQL files of extensions, in addition to those that come with the server. */
  readonly extensions?: string;
  /** Name of the first superuser; a superuser `postgres` is there in any case. */
  readonly superuser?: string;
}

/** Who to connect as; the default is the superuser `postgres` in the database `postgres`. */
export interface Place {
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
}

export interface Server extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Folder of its unix socket. */
  readonly socket: string;
  /** Process id of the postmaster's wrapper, for tests that kill the server. */
  readonly pid: number;
  /** A connection string over TCP. */
  url(place?: Place): string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** A superuser that the server asks for a password (SCRAM); every other role is trusted. */
export const secretUser: Required<Pick<Place, "user" | "password">> = {
  user: "secret_user",
  password: "canary/pass word",
};

const authentication = `
local all ${secretUser.user} scram-sha-256
host all ${secretUser.user} all scram-sha-256
local all all trust
host all all all trust
local replication all trust
host replication all all trust
`;

const run = promisify(execFile);

/**
 * Starts a server of its own: about a second, most of it initdb. It listens on a free TCP port of 127.0.0.1 and on a
 * unix socket, and it ends with this process however that one ends.
 * Most tests want `freshDatabase()` on the shared server instead.
 * @throws Error with the server's log where it does not start
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const { major = 17, superuser = "postgres" } = options;
  const folder = dataFolder();
  try {
    const plain = programs(major);
    const bin =
      options.extensions === undefined ? plain : withExtensions(plain, options.extensions, join(folder, "postgres"));
    const data = join(folder, "data");
    await run(
      ...spread(
        unprivileged(join(bin, "initdb"), [
          "-D",
          data,
          "-U",
          superuser,
          "--no-sync",
          "-A",
          "trust",
          "-E",
          "UTF8",
          "--locale=C.UTF-8",
        ]),
      ),
    );
    writeFileSync(join(data, "pg_hba.conf"), authentication);
    const [daemon, port] = await listen(join(bin, "postgres"), data, folder, options.settings ?? {});
    const server = handle(daemon, port, folder);
    await createRoles(server, superuser);
    return server;
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw cause;
  }
}

function handle(daemon: Daemon, port: number, folder: string): Server {
  const host = "127.0.0.1";
  const stop = async (): Promise<void> => {
    await daemon.stop("SIGINT"); // "fast": an immediate shutdown would leave its shared memory behind
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    host,
    port,
    socket: folder,
    pid: daemon.pid,
    url: (place) => connectionString({ host, port, ...place }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A connection string, `postgres://postgres@host:port/postgres` unless the place says otherwise. */
export function connectionString(to: Place & { readonly host: string; readonly port: number }): string {
  const { user = "postgres", password, database = "postgres" } = to;
  const secret = password === undefined ? "" : `:${encodeURIComponent(password)}`;
  return `postgres://${encodeURIComponent(user)}${secret}@${to.host}:${to.port}/${encodeURIComponent(database)}`;
}

async function listen(
  postgres: string,
  data: string,
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<[Daemon, number]> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const all: Record<string, string> = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: folder,
      fsync: "off",
      full_page_writes: "off",
      synchronous_commit: "off",
      shared_buffers: "64MB",
      max_connections: "200",
      dynamic_shared_memory_type: "mmap", // in the data folder, so that a killed server leaves nothing elsewhere
      authentication_timeout: "15s", // a client that hangs while it connects holds up every DROP DATABASE so long
      ...settings,
    };
    const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    try {
      return [await startDaemon(postgres, ["-D", data, ...flags], "ready to accept connections"), port];
    } catch (cause) {
      // another process took the port between our look and the server's
      if (attempt === 5 || !String(cause).includes("Address already in use")) throw cause;
    }
  }
}

async function createRoles(server: Server, superuser: string): Promise<void> {
  const client = new Client(server.url({ user: superuser }));
  await client.connect();
  if (superuser !== "postgres") await client.query("create role postgres superuser login");
  await client.query(
    `create role ${secretUser.user} superuser login password ${client.escapeLiteral(secretUser.password)}`,
  );
  await client.end();
}

/** A new folder, in memory where the system has such a place; sweeps out what killed processes left. */
function dataFolder(): string {
  const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const prefix = "clew-postgres-";
  for (const name of readdirSync(base)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length).split("-")[0]) : Number.NaN;
    if (pid > 0 && !isAlive(pid)) rmSync(join(base, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`));
  const owner = fileOwner();
  if (owner !== undefined) chownSync(folder, owner, owner);
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function spread([command, args]: readonly [string, readonly string[]]): [string, string[]] {
  return [command, [...args]];
}
