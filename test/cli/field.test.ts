// Owns the errors of the field, one table: what goes wrong, the exit status, what is said, and how it is mended.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { connectionString, freshDatabase, run, secretUser, tempFolder, type Database, type Folder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { bin, clew, migrations } from "./clew.ts";

/** What a scenario has: a database, and a folder with migrations of which none has run. */
interface Field extends AsyncDisposable {
  readonly db: Database;
  readonly folder: Folder;
  /** Runs the command on the database, unless flags or variables say otherwise. */
  readonly clew: (args: readonly string[], env?: Record<string, string>) => ReturnType<typeof clew>;
}

interface Scenario {
  /** Brings it about, and runs into it. */
  readonly happens: (field: Field) => ReturnType<typeof clew>;
  readonly status: number;
  readonly said: string;
  readonly mend: string;
}

const nowhere = (query: string, port = 1): string => `postgres://ann@127.0.0.1:${port}/x${query}`;

const scenarios: Readonly<Record<string, Scenario>> = {
  "no configuration, no database": {
    happens: ({ clew: here }) => here(["execute"], { DATABASE_URL: "" }),
    status: 2,
    said: "no database was given [NO_DATABASE]",
    mend: '--db "postgresql://…"',
  },
  "a variable that the configuration takes is not set": {
    async happens({ folder, clew: here }) {
      await folder.write({ "clew.config.mjs": "export default { db: process.env.MISSING };" });
      return here(["execute"]);
    },
    status: 2,
    said: "clew.config.mjs: db is empty",
    mend: "is the environment variable set that it is taken from?",
  },
  "a misspelt setting": {
    async happens({ folder, clew: here }) {
      await folder.write({ "clew.config.json": '{ "lockTimout": "5s" }' });
      return here(["execute"]);
    },
    status: 2,
    said: "lockTimout is no setting",
    mend: "did you mean lockTimeout?",
  },
  "a refused connection": {
    happens: ({ clew: here }) => here(["execute", "--db", nowhere("")]),
    status: 1,
    said: "[CONNECT_FAILED]",
    mend: "Nothing listens at this host and port: start the server, or correct the URL.",
  },
  "an unknown host": {
    happens: ({ clew: here }) => here(["execute", "--db", "postgres://ann@no-such-host.invalid/x"]),
    status: 1,
    said: "[CONNECT_FAILED]",
    mend: "The host's name is not known",
  },
  "a wrong password": {
    happens({ db, clew: here }) {
      const { hostname, port } = new URL(db.url);
      const { user } = secretUser;
      const url = connectionString({
        host: hostname,
        port: Number(port),
        database: db.name,
        user,
        password: "wrong-1",
      });
      return here(["execute", "--db", url]);
    },
    status: 1,
    said: "password authentication failed",
    mend: "User or password are wrong: correct the URL",
  },
  "a database that is not there": {
    happens: ({ db, clew: here }) => here(["execute", "--db", db.url.replace(db.name, "no_such_database")]),
    status: 1,
    said: 'database "no_such_database" does not exist',
    mend: "Correct the database's name in the URL, or create it.",
  },
  "TLS that the server does not have": {
    happens: ({ db, clew: here }) => here(["execute", "--db", `${db.url}?sslmode=require`]),
    status: 1,
    said: "The server does not support SSL connections",
    mend: "sslmode=disable",
  },
  "a server that does not answer": {
    async happens({ clew: here }) {
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address() as AddressInfo;
      const ended = await here(["execute", "--db", nowhere("", port)]);
      silent.close();
      return ended;
    },
    status: 1,
    said: "[CONNECT_FAILED]",
    mend: "The server did not answer in time: look at the network, firewall and address.",
  },
  "a statement that runs too long": {
    async happens({ folder, clew: here }) {
      await folder.write({ "migrations/0001_people.sql": "select pg_sleep(30);" });
      return here(["execute", "--statement-timeout", "200ms"]);
    },
    status: 1,
    said: "canceling statement due to statement timeout",
    mend: "see --statement-timeout",
  },
  "a syntax error": {
    async happens({ folder, clew: here }) {
      await folder.write({ "migrations/0002_note.sql": "select 1;\nalter tabel people add column note text;" });
      return here(["execute"]);
    },
    status: 3,
    said: "migrations/0002_note.sql:2:7: ",
    mend: "nothing was run",
  },
  "a role that may not": {
    async happens({ db, clew: here }) {
      const role = `poor_${db.name}`;
      await db.sql(`create role ${role} login`);
      try {
        const url = new URL(db.url);
        url.username = role;
        return await here(["execute", "--db", url.href]);
      } finally {
        await db.sql(`drop role ${role}`);
      }
    },
    status: 4,
    said: "has no CREATE on schema public [CHECK_BLOCKED]",
    mend: "GRANT CREATE ON schema public TO poor_",
  },
  "a lock that somebody holds": {
    async happens({ db, folder, clew: here }) {
      await db.sql("create table people (id int)");
      await folder.write({
        "migrations/0001_people.sql": "alter table people add column x int;",
        "clew.config.json": '{ "lockRetries": 0 }',
      });
      const holder = await db.client();
      await holder.query("begin; lock table people in access share mode");
      const ended = await here(["execute", "--lock-timeout", "200ms"]);
      await holder.query("rollback");
      return ended;
    },
    status: 1,
    said: "[LOCK_TIMEOUT, SQLSTATE 55P03]",
    mend: "End the session that holds it, wait for a quiet hour, or raise --lock-timeout.",
  },
  "a file that changed after it was applied": {
    async happens({ folder, clew: here }) {
      await here(["execute"]);
      await folder.write({ "migrations/0001_people.sql": "create table people (id bigint primary key, name text);" });
      return here(["execute", "--strict"]);
    },
    status: 3,
    said: "migrations/0001_people.sql: changed since it was applied [FILE_CHANGED]",
    mend: "Restore the file and put the change into a new migration",
  },
  "a file that is no text": {
    async happens({ folder, clew: here }) {
      await folder.write({ "migrations/0002_note.sql": new Uint8Array([0xff, 0xfe, 0x73, 0x00]) });
      return here(["execute"]);
    },
    status: 3,
    said: "migrations/0002_note.sql: ",
    mend: "UTF-8",
  },
};

async function field(): Promise<Field> {
  const db = await freshDatabase();
  const folder = await tempFolder(migrations);
  return {
    db,
    folder,
    clew: (args, env = {}) => clew(args, { cwd: folder.path, env: { DATABASE_URL: db.url, ...env } }),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test.each(Object.entries(scenarios))("%s", async (_, { happens, status, said, mend }) => {
  await using here = await field();
  const ended = await happens(here);
  expect({ status: ended.status, stderr: ended.stderr }).toMatchObject({
    status,
    stderr: expect.stringContaining(said),
  });
  expect(ended.stderr).toContain(mend);
});

describe("files that cannot be written", () => {
  test.skipIf(!existsSync("/sys/kernel"))("a folder that nobody may write to (needs /sys)", async () => {
    await using here = await field();
    const plan = await here.clew(["plan", "--out", "/sys/plan.json"]);
    expect(plan).toMatchObject({ status: 2, stderr: expect.stringContaining("/sys/plan.json") });
    expect(plan.stderr).toContain("help: Look at the file or folder that the message names.");
    // The log is no part of the run: it is told, and the migrations are applied.
    await here.folder.write({ "clew.config.json": '{ "logs": "/sys/clew-logs" }' });
    const ran = await here.clew(["execute"]);
    expect(ran).toMatchObject({ status: 0, stderr: expect.stringContaining("/sys/clew-logs") });
  });

  const mounts = spawnSync("unshare", ["--user", "--mount", "--map-root-user", "true"]).status === 0;

  test.skipIf(!mounts)(
    "a disk that is full of logs (needs unshare): it is told, and the migrations are applied",
    async () => {
      await using here = await field();
      const full = join(here.folder.path, "full");
      await mkdir(full);
      await here.folder.write({ "clew.config.json": '{ "logs": "full" }' });
      const script = `mount -t tmpfs -o size=4k none '${full}' && printf x > '${full}/x' && exec '${process.execPath}' '${bin}' execute`;
      const ended = await run("unshare", ["--user", "--mount", "--map-root-user", "sh", "-c", script], {
        cwd: here.folder.path,
        env: { DATABASE_URL: here.db.url },
      });
      expect(ended).toMatchObject({ status: 0, stderr: expect.stringContaining("ENOSPC") });
      expect((await here.clew(["status", "--json"])).stdout).toContain('"applied": 3');
    },
  );
});
