// Owns the promise that a project's URL and key are enough, once its channel is installed and armed; and that nothing is left of it.
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { freshDatabase, run, startPostgrest, tempFolder } from "@clew/kit";
import { expect, test } from "vitest";
import { bin, clew } from "./clew.ts";

const key = "sb_secret_0123456789abcdef";

const ofChannel = `select n.nspname || '.' || p.proname as what from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'clew_channel' or p.proname like 'clew\\_%'
  union all select nspname from pg_namespace where nspname = 'clew_channel' order by 1`;

test("installed, armed, used by every command, disarmed, removed", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using api = await startPostgrest(db.url, { keys: { [key]: "service_role" } });
  await using folder = await tempFolder({
    "supabase/migrations/0001_a.sql": "create table public.a (id int primary key);\ninsert into a values (1);",
    "supabase/migrations/0002_b.sql": "drop table a;",
  });
  const cwd = folder.path;
  const project = { SUPABASE_URL: api.url, SUPABASE_SERVICE_ROLE_KEY: key };
  const through = (...args: string[]) => clew(args, { cwd, env: project });
  const directly = (...args: string[]) => clew([...args, "--db", db.url], { cwd });

  expect(await through("status")).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("clew supabase install"),
  });
  expect(await directly("supabase", "install")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Not armed"),
  });
  expect(await through("execute")).toMatchObject({
    status: 4,
    stderr: expect.stringContaining("clew supabase arm --for"),
  });
  expect(await db.sql("select to_regclass('public.a') as a")).toEqual([{ a: null }]);
  expect(await directly("supabase", "arm", "--for", "30m")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Armed until"),
  });

  expect(await through("plan")).toMatchObject({ status: 0, stdout: expect.stringContaining("0002") });
  expect(await through("execute")).toMatchObject({ status: 0, stdout: expect.stringContaining(db.name) });
  expect(await through("status")).toMatchObject({ status: 0, stdout: expect.stringContaining("as postgres") });
  expect(await through("validate")).toMatchObject({ status: 0 });
  expect(await through("diff")).toMatchObject({ status: 0 });
  expect(await through("schema")).toMatchObject({ status: 0 });
  expect(await through("prove", "0002")).toMatchObject({ status: 0 });
  expect(await through("rollback", "--yes")).toMatchObject({ status: 0 });
  expect(await db.sql("select id from a")).toEqual([{ id: 1 }]);

  // again: an upgrade keeps the gate as it is
  expect(await directly("supabase", "install")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Armed until"),
  });
  expect(await directly("supabase", "disarm")).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("Not armed"),
  });
  expect((await through("execute")).status).toBe(4);
  expect(await directly("supabase", "uninstall", "--yes")).toMatchObject({ status: 0 });
  expect(await db.sql(ofChannel)).toEqual([]);
  expect(await directly("status")).toMatchObject({ status: 0, stdout: expect.stringContaining("0001") });
});

test("more rows than may be kept are refused before anything runs, with the channel to use", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using api = await startPostgrest(db.url, { keys: { [key]: "service_role" } });
  await db.sql("create table public.a as select n as id from generate_series(1, 1000) n");
  await using folder = await tempFolder({
    "supabase/migrations/0001_b.sql": "create table public.b (id int);",
    "supabase/migrations/0002_drop.sql": "drop table public.a;",
    "clew.config.json": JSON.stringify({ archiveLimit: 1000 }),
  });
  const cwd = folder.path;
  for (const step of [["install"], ["arm", "--for", "30m"]]) await clew(["supabase", ...step, "--db", db.url], { cwd });
  const env = { SUPABASE_URL: api.url, SUPABASE_SERVICE_ROLE_KEY: key };
  const refused = await clew(["execute"], { cwd, env });
  expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining("ARCHIVE_TOO_LARGE") });
  expect(refused.stderr).toContain("over a direct connection (--db) with --backup scoped");
  expect(await db.sql("select to_regclass('public.b') as b, count(*)::int as rows from a")).toEqual([
    { b: null, rows: 1000 },
  ]);
});

test("the example deploys while it is armed, and only then", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await using api = await startPostgrest(db.url, { keys: { [key]: "service_role" } });
  await using folder = await tempFolder({ clew: `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n` });
  await chmod(join(folder.path, "clew"), 0o755);
  const path = `${folder.path}:${process.env["PATH"]}`;
  const env = { PATH: path, SUPABASE_URL: api.url, SUPABASE_SERVICE_ROLE_KEY: key };
  const deploy = () => run("sh", [join(import.meta.dirname, "../../examples/supabase/deploy.sh")], { env });
  await clew(["supabase", "install", "--db", db.url]);
  expect((await deploy()).status).toBe(1);
  await clew(["supabase", "arm", "--for", "5m", "--db", db.url]);
  const { status, stdout, stderr } = await deploy();
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("20261122130000");
  expect(await db.sql("select policyname from pg_policies where tablename = 'notes'")).toHaveLength(1);
});

test("what is printed to be pasted is what is installed", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  const cwd = "/";
  for (const args of [["install"], ["arm", "--for", "2h"]]) {
    const { status, stdout } = await clew(["supabase", ...args, "--print"], { cwd });
    expect(status).toBe(0);
    await db.sql(stdout);
  }
  const { status, stdout } = await clew(["supabase", "status", "--json", "--db", db.url], { cwd });
  expect({ status, report: JSON.parse(stdout) }).toMatchObject({
    status: 0,
    report: { outcome: "installed", armedUntil: expect.any(String), findings: [] },
  });
  await db.sql((await clew(["supabase", "uninstall", "--print"], { cwd })).stdout);
  const forGood = await clew(["supabase", "install", "--for-good", "--db", db.url], { cwd });
  expect(forGood).toMatchObject({ status: 0, stderr: expect.stringContaining("warning: armed for good") });
  await clew(["supabase", "uninstall", "--yes", "--db", db.url], { cwd });
  expect(await db.sql(ofChannel)).toEqual([]);
});

test("what is wrong with an installed channel is found", async () => {
  await using db = await freshDatabase({ template: "supabase" });
  await clew(["supabase", "install", "--db", db.url]);
  await db.sql(`grant execute on function clew_query(text, text, text[]) to anon;
    create or replace function clew_channel.guard() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as 'begin return new; end';
    alter function clew_channel.run(uuid, text, text[], boolean, boolean) reset search_path;
    update clew_channel.gate set armed_until = 'infinity'`);
  const { status, stdout } = await clew(["supabase", "status", "--db", db.url]);
  expect(status).toBe(1);
  for (const said of [
    "clew_query may be executed by anon",
    "clew_channel.guard was changed",
    "clew_channel.run has no search_path",
    "armed for good",
    "clew supabase install",
  ])
    expect(stdout).toContain(said);
  expect(await clew(["supabase", "install", "--db", db.url])).toMatchObject({ status: 0 });
});

test("missing and wrong keys are named, and never printed", async () => {
  await using folder = await tempFolder({ "migrations/1_a.sql": "select 1;" });
  const claims = (payload: object): string =>
    ["eyJhbGciOiJIUzI1NiJ9", Buffer.from(JSON.stringify(payload)).toString("base64url"), "c2lnbmF0dXJl"].join(".");
  const url = "https://abcdefghijklmnopqrst.supabase.co";
  const tries: readonly (readonly [env: Record<string, string>, said: string])[] = [
    [{ SUPABASE_URL: url }, "Missing required Supabase configuration: SUPABASE_SERVICE_ROLE_KEY"],
    [{ SUPABASE_SECRET_KEY: key }, "Missing required Supabase configuration: SUPABASE_URL"],
    [{ SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: "sb_publishable_abcdefgh" }, "publishable key"],
    [{ SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: claims({ role: "anon" }) }, "the anon key"],
    [
      { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: claims({ role: "service_role", exp: 1_000_000_000 }) },
      "expired on 2001-09-09",
    ],
    [
      { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: claims({ role: "service_role", ref: "zyxwvutsrqponmlkjihg" }) },
      "another project: zyxwvutsrqponmlkjihg",
    ],
    [
      { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: "sbp_0123456789012345678901234567890123456789" },
      "personal access token",
    ],
    [{ SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: "s3cret" }, "was it copied whole?"],
    [{ SUPABASE_URL: "project", SUPABASE_SERVICE_ROLE_KEY: key }, "URL cannot be read"],
  ];
  for (const [env, said] of tries) {
    const { status, stdout, stderr } = await clew(["status"], { cwd: folder.path, env });
    expect({ said, status, stderr }).toEqual({ said, status: 2, stderr: expect.stringContaining(said) });
    for (const secret of Object.values(env).slice(1)) expect(`${stdout}${stderr}`).not.toContain(secret);
  }
});
