// Owns what `clew doctor` says: of each channel, and of what is wrong, with the mend.
import { freshDatabase, startPostgrest, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { clew } from "./clew.ts";

const key = "sb_secret_0123456789abcdef";

test("a direct connection: channel, versions, role, clock, history, extensions", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/1_a.sql": "create extension pgcrypto;" });
  const cwd = folder.path;
  const ended = await clew(["doctor", "--db", db.url], { cwd });
  expect(ended.status, ended.stderr).toBe(0);
  for (const said of [
    "a direct connection, since --db names the database; it can run everything",
    "Postgres 17",
    "postgres: a superuser",
    "agrees with the server's",
    "supabase_migrations.schema_migrations is not there; the first run makes it",
    "schema clew is not there",
    "migrations create pgcrypto",
  ])
    expect(ended.stdout).toContain(said);
  expect(ended.stdout).not.toContain("clew supabase install");
  await clew(["execute", "--db", db.url], { cwd });
  const after = (await clew(["doctor"], { cwd, env: { SUPABASE_DB_URL: db.url } })).stdout;
  expect(after).toMatch(
    /since SUPABASE_DB_URL[^]*1 applied, columns version, statements, name[^]*schema clew, version \d/,
  );
  expect(after).not.toContain("cut off");
});

test("what is wrong is said with the mend", async () => {
  await using db = await freshDatabase();
  const role = `${db.name}_user`;
  await db.sql(`create role ${role} login; create schema supabase_migrations authorization ${role};
    create table supabase_migrations.schema_migrations (version text, statements text[], name text);
    alter table supabase_migrations.schema_migrations owner to ${role}`);
  await using folder = await tempFolder({ "migrations/1_a.sql": "create extension if not exists no_such;" });
  const url = Object.assign(new URL(db.url), { username: role }).href;
  const { status, stdout } = await clew(["doctor", "--db", url], { cwd: folder.path });
  await db.sql(`drop owned by ${role}; drop role ${role}`);
  expect(status).toBe(1);
  for (const said of [
    `GRANT CREATE ON DATABASE "${db.name}" TO "${role}"`,
    'ALTER TABLE "supabase_migrations"."schema_migrations" ADD PRIMARY KEY (version)',
    "migrations create no_such, which this server does not have",
  ])
    expect(stdout).toContain(said);
});

test("no database, nobody at the address, a transaction pooler's port", async () => {
  await using folder = await tempFolder({ "migrations/1_a.sql": "select 1;" });
  const cwd = folder.path;
  const none = await clew(["doctor", "--json"], { cwd });
  expect({ status: none.status, report: JSON.parse(none.stdout) }).toMatchObject({
    status: 1,
    report: { channel: null },
  });
  const { status, stdout } = await clew(["doctor", "--db", "postgres://u:s3cret@127.0.0.1:6543/x"], { cwd });
  expect(status).toBe(1);
  for (const said of [
    "a transaction pooler (port 6543)",
    "session pooler (port 5432)",
    "cannot be reached",
    "Nothing listens",
  ])
    expect(stdout).toContain(said);
  expect(stdout).not.toContain("s3cret");
});

test("a service key: not installed, not armed, armed", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using api = await startPostgrest(db.url, { keys: { [key]: "service_role" } });
  await using folder = await tempFolder({ "supabase/migrations/1_a.sql": "create table public.a ();" });
  const env = { SUPABASE_URL: api.url, SUPABASE_SERVICE_ROLE_KEY: key };
  const doctor = () => clew(["doctor"], { cwd: folder.path, env });
  const admin = (...args: string[]) => clew(["supabase", ...args, "--db", db.url]);
  expect(await doctor()).toMatchObject({ status: 1, stdout: expect.stringContaining("clew supabase install") });
  await admin("install");
  expect(await doctor()).toMatchObject({ status: 1, stdout: expect.stringContaining("clew supabase arm --for 30m") });
  await admin("arm", "--for", "30m");
  const armed = await doctor();
  expect(armed.status, armed.stdout).toBe(0);
  expect(armed.stdout).toContain("Supabase's API, with a service key, since");
  expect(armed.stdout).toMatch(/limits: no CREATE INDEX CONCURRENTLY[^\n]* 55 s for a migration/);
  expect(armed.stdout).toMatch(/Supabase channel of Clew, version 1, [0-9a-f]+, armed until [^;]+; requests: /);
  await admin("arm", "--for-good");
  await db.sql("grant execute on function clew_state() to anon");
  const faulty = await doctor();
  expect(faulty.status).toBe(1);
  for (const said of ["clew_state may be executed by anon", "armed for good", "clew supabase disarm"])
    expect(faulty.stdout).toContain(said);
  expect(`${armed.stdout}${faulty.stdout}`).not.toContain(key);
});
