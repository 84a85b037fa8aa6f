// Tests of the embedded database: kept, given back, never half made, with the baseline and its extensions.
import { existsSync, readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, tempFolder, type Folder } from "@clew/kit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createScratch, openEmbedded } from "./index.ts";

vi.setConfig({ testTimeout: 120_000 }); // a PGlite from nothing takes seconds of CPU

const source = new URL("./index.ts", import.meta.url).href;
const packageFolder = fileURLToPath(new URL("../..", import.meta.url)); // where a script finds PGlite

/** A process that opens the folder, runs the messages, says so, and stays. */
function opener(folder: string, messages: readonly string[]) {
  const script = `import { openEmbedded } from ${JSON.stringify(source)};
    const { db } = await openEmbedded(${JSON.stringify(folder)}, { templates: ${JSON.stringify(templates.path)} });
    for (const message of ${JSON.stringify(messages)}) await db.exec(message);
    console.log("ready");
    setInterval(() => {}, 1000);`;
  let ready = (): void => undefined;
  const isReady = new Promise<void>((resolve) => (ready = resolve));
  const process_ = start(process.execPath, ["--input-type=module", "-e", script], {
    onOutput: ({ stdout }) => stdout.includes("ready") && ready(),
  });
  return { process: process_, isReady };
}

let templates: Folder;
beforeAll(async () => {
  templates = await tempFolder();
});
afterAll(() => templates.remove());

test("a folder keeps its database, and is given back when closed", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "not", "there", "yet");
  const first = await openEmbedded(path, { templates: templates.path });
  expect(first.fresh).toBe(true);
  await first.db.exec("create table notes (body text); insert into notes values ('kept')");
  await expect(openEmbedded(path)).rejects.toMatchObject({ code: "EMBEDDED_UNAVAILABLE" });
  await first.close();
  await first.close();
  expect(readdirSync(path)).toEqual(["postgres"]);

  await using second = await openEmbedded(path);
  expect(second.fresh).toBe(false);
  const { rows } = await second.db.query(
    "select body, current_user::text as who, current_setting('search_path') as path from public.notes",
  );
  expect(rows).toEqual([{ body: "kept", who: "postgres", path: '"$user", public, extensions' }]);
});

test("a killed process leaves what it committed, and its folder can be opened", async () => {
  await using folder = await tempFolder();
  const { process: running, isReady } = opener(folder.path, [
    "create table notes (body text); insert into notes values ('kept')",
    "begin; insert into notes values ('lost')",
  ]);
  await isReady;
  await expect(openEmbedded(folder.path)).rejects.toThrow(`open in process ${running.pid}`);
  running.kill();
  await running.ended;
  await using again = await openEmbedded(folder.path);
  expect(again.fresh).toBe(false);
  expect((await again.db.query("select body from notes")).rows).toEqual([{ body: "kept" }]);
});

const die = `process.kill(process.pid, "SIGKILL")`;

test.each([
  ["before there are files", `const bomb = async () => ${die};`],
  ["before the baseline", `const bomb = async () => ({ init: async () => ${die} });`],
  [
    "after the baseline",
    `const bomb = async () => ({});
    import { PGlite } from "@electric-sql/pglite";
    const { exec } = PGlite.prototype;
    PGlite.prototype.exec = async function (sql) {
      await exec.call(this, sql);
      if (sql.includes("create schema auth;")) ${die};
    };`,
  ],
])("a first start killed %s leaves nothing half made", async (_moment, bomb) => {
  await using folder = await tempFolder();
  const script = `import { openEmbedded } from ${JSON.stringify(source)}; ${bomb}
    await openEmbedded(${JSON.stringify(folder.path)}, { extensions: { bomb: { name: "bomb", setup: bomb } } });`;
  const killed = await start(process.execPath, ["--input-type=module", "-e", script], { cwd: packageFolder }).ended;
  expect(killed).toMatchObject({ signal: "SIGKILL", stderr: "" });
  expect(existsSync(join(folder.path, "postgres.unfinished"))).toBe(true);

  await using again = await openEmbedded(folder.path, { templates: templates.path });
  expect(again.fresh).toBe(true);
  expect((await again.db.query("select from auth.users")).rows).toEqual([]);
  expect(existsSync(join(folder.path, "postgres.unfinished"))).toBe(false);
});

test("migrations can create the extensions that Supabase has", async () => {
  await using scratch = await createScratch({ templates: templates.path });
  const { db } = scratch;
  await db.exec(`
    create extension if not exists "uuid-ossp" with schema extensions;
    create extension if not exists supabase_vault with schema vault;
    create extension citext; create extension pg_trgm with schema extensions; create extension moddatetime;
    create extension vector with schema extensions; create extension autoinc;
    create extension pg_cron; create extension pg_net with schema extensions; create extension pgmq;
    create extension pg_graphql; create extension pgjwt with schema extensions; create extension http;
    create extension pg_jsonschema; create extension index_advisor cascade; create extension wrappers;
    create extension pgsodium; create extension pg_hashids; create extension pgaudit; create extension plpgsql_check;
    create extension pg_tle; create extension pg_stat_monitor; create extension pgroonga;
    drop extension pg_net; create extension pg_net version '0.8.0';
    create table public.items (title text, embedding extensions.vector(3));
    create index on public.items using pgroonga (title);
    create index on public.items using hnsw (embedding extensions.vector_cosine_ops);`);
  const { rows } = await db.query(`select
    cron.schedule('nightly', '0 3 * * *', 'vacuum') as job,
    net.http_post('https://example.com', '{}') as request,
    pgmq.create('jobs') as queue, pgmq.send('jobs', '{"n": 1}') as message,
    (select valid from extensions.verify(extensions.sign('{}', 'secret'), 'secret')) as signed,
    (http_get('https://example.com')).status as status`);
  expect(rows).toEqual([{ job: 1, request: 1, queue: "", message: 1, signed: true, status: 200 }]);
  expect((await db.query("select message ->> 'n' as n from pgmq.read('jobs', 30, 1)")).rows).toEqual([{ n: "1" }]);
  await expect(db.query("select cron.schedule('sometimes', 'select 1')")).rejects.toThrow("invalid schedule");
});

test("a template is made once, and the databases made from it are their own", async () => {
  await createScratch({ templates: templates.path }).then(({ close }) => close());
  const [file, ...others] = readdirSync(templates.path);
  expect(others).toEqual([]);
  const before = statSync(join(templates.path, file!)).mtimeMs;

  await using one = await createScratch({ templates: templates.path });
  await using other = await createScratch({ templates: templates.path });
  await one.db.exec("create table public.mine ()");
  expect((await other.db.query("select to_regclass('public.mine') as mine")).rows).toEqual([{ mine: null }]);
  expect(statSync(join(templates.path, file!)).mtimeMs).toBe(before);
});

test("data that this Postgres cannot open is named with Postgres's reason, and the folder given back", async () => {
  await using folder = await tempFolder();
  await openEmbedded(folder.path, { templates: templates.path }).then(({ close }) => close());
  await writeFile(join(folder.path, "postgres", "PG_VERSION"), "17\n");
  await expect(openEmbedded(folder.path)).rejects.toMatchObject({
    code: "EMBEDDED_UNAVAILABLE",
    message: "the embedded database did not start: database files are incompatible with server",
    data: { detail: expect.stringContaining("PostgreSQL version 17"), help: expect.stringContaining(folder.path) },
  });
  expect(readdirSync(folder.path)).toEqual(["postgres"]);
});

test("without PGlite the error says what to install, and nothing is written", async () => {
  await using folder = await tempFolder();
  const script = `import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      return next(name.startsWith("@electric-sql/") ? "not-installed" : name, context);
    } });
    const { openEmbedded } = await import(${JSON.stringify(source)});
    await openEmbedded(${JSON.stringify(join(folder.path, "new"))}).catch((error) => console.log(JSON.stringify(error)));`;
  const { stdout, stderr } = await start(process.execPath, ["--input-type=module", "-e", script]).ended;
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({ code: "DRIVER_MISSING", help: "npm install @electric-sql/pglite" });
  expect(readdirSync(folder.path)).toEqual([]);
});
