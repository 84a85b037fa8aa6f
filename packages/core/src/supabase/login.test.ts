// Tests of the login that an access token gives: a real database behind a local stand-in for Supabase's Management API.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { freshDatabase, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { openUrl } from "../connect.ts";
import { MigrationExecutor } from "../executor.ts";
import { login } from "./login.ts";

const ref = "abcdefghijklmnopqrst";
const token = "sbp_0123456789012345678901234567890123456789";

/** Gives a login of this role to whoever has the token. */
async function startManagementApi(role: string, ttl: number, pooler?: string) {
  const asked: { path: string | undefined; body: string }[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked.push({ path: request.url, body: Buffer.concat(chunks).toString() });
      const known = request.headers.authorization === `Bearer ${token}`;
      const [status, body] = !known
        ? [401, { message: "Unauthorized" }]
        : request.url?.includes(ref)
          ? request.method === "GET"
            ? [200, [{ database_type: "PRIMARY", db_host: pooler, pool_mode: "transaction", db_port: 6543 }]]
            : [201, { role, password: "p/w d", ttl_seconds: ttl }]
          : [404, { message: "Project not found" }];
      response.writeHead(status as number, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const open = async (url: string) => (await openUrl(url, "postgres")).driver;

test("migrations run as postgres, whatever the login's own role; a login that ends is asked for again", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  const role = `cli_login_${db.name}`;
  await db.sql(`create role ${role} login password 'p/w d' in role postgres`);
  try {
    await using api = await startManagementApi(role, 0);
    await using folder = await tempFolder({
      "01_a.sql":
        "create table public.a (); create table public.owners (u text, s text); insert into owners select current_user, session_user;",
    });
    const { host } = new URL(db.url);
    const driver = await login(ref, token, { api: api.url, host, database: db.name, open });
    const report = await new MigrationExecutor({ driver, dir: folder.path }).executeAll();
    expect(report).toMatchObject({ outcome: "applied", target: { user: "postgres" } });
    expect(await db.sql("select * from owners")).toEqual([{ u: "postgres", s: role }]);
    expect(await db.sql("select tableowner from pg_tables where tablename = 'a'")).toEqual([
      { tableowner: "postgres" },
    ]);
    expect(api.asked[0]).toEqual({ path: `/v1/projects/${ref}/cli/login-role`, body: '{"read_only":false}' });
    expect(api.asked.length).toBeGreaterThan(1);
    await using second = await startManagementApi(role, 600);
    const lasting = await login(ref, token, { api: second.url, host, database: db.name, open });
    for (let n = 0; n < 3; n++) await (await lasting.connect())[Symbol.asyncDispose]();
    expect(second.asked).toHaveLength(1);
  } finally {
    await db.sql(`drop role if exists ${role}`);
  }
});

test("where there is no way to the direct connection, the session pooler is used", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  const role = `cli_login_${db.name}`;
  // A pooler takes the project from the user's name; here a role has that name.
  await db.sql(`create role "${role}.${ref}" login password 'p/w d' in role postgres`);
  try {
    await using api = await startManagementApi(role, 600, new URL(db.url).host);
    await using folder = await tempFolder({
      "01_a.sql": "create table public.a ();",
      "02_b.sql": "create index concurrently on a ((1));",
    });
    const driver = await login(ref, token, { api: api.url, host: "nowhere.invalid:5432", database: db.name, open });
    expect((await new MigrationExecutor({ driver, dir: folder.path }).executeAll()).outcome).toBe("applied");
    expect(await db.sql("select tableowner from pg_tables where tablename = 'a'")).toEqual([
      { tableowner: "postgres" },
    ]);
    expect(api.asked.map(({ path }) => path)).toEqual([
      `/v1/projects/${ref}/cli/login-role`,
      `/v1/projects/${ref}/config/database/pooler`,
    ]);
  } finally {
    await db.sql(`drop role if exists "${role}.${ref}"`);
  }
});

test("what the Management API refuses is said without the token", async () => {
  await using api = await startManagementApi("x", 60);
  for (const [project, secret, said] of [
    [ref, "sbp_9999999999999999999999999999999999999999", "does not accept the access token (401: Unauthorized)"],
    ["zyxwvutsrqponmlkjihg", token, "no login to project zyxwvutsrqponmlkjihg (404: Project not found)"],
  ] as const) {
    const error = await login(project, secret, { api: api.url, open }).catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "KEY_REFUSED", message: expect.stringContaining(said) });
    expect(JSON.stringify(error)).not.toContain(secret);
  }
  const nobody = await login(ref, token, { api: "http://127.0.0.1:1", open }).catch((failure: unknown) => failure);
  expect(nobody).toMatchObject({ code: "CONNECT_FAILED" });
});
