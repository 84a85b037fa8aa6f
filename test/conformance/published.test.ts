// Migrations that others have published come out of Clew as they come out of psql, and as they come out of a plain client.
import { fileURLToPath } from "node:url";
import { MigrationExecutor } from "@clew/core";
import { freshDatabase, run, startServer, tempFolder } from "@clew/kit";
import type { Database, DatabaseOptions, Files, Folder, Server } from "@clew/kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { catalogOf } from "./catalog.ts";
import { filesOf, published } from "./published.ts";
import type { Published } from "./published.ts";

const bin = fileURLToPath(new URL("../../packages/cli/src/bin.ts", import.meta.url));

/** Of psql and pg_dump, which may be absent; pg_dump refuses servers newer than itself. */
const clientMajor = await run("pg_dump", ["--version"]).then(
  ({ stdout }) => Number(/\) (\d+)/.exec(stdout)?.[1]),
  () => 0,
);

const plain = published.filter(({ template }) => template === "plain");
const ofSupabase = published.filter(({ template }) => template === "supabase");

describe.each([15, 17] as const)("on Postgres %i", (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
  });
  afterAll(() => server.stop());

  test.each(plain)("$package: the schema that a plain client makes", (it) => sameAsClient(it, { server }));

  test.skipIf(clientMajor < major)(
    `the schema that psql makes, by pg_dump (needs both, ${major} or newer)`,
    async () => {
      for (const it of plain) {
        await using ours = await databaseFor(it, { server });
        await using other = await databaseFor(it, { server });
        const files = await filesOf(it);
        await using folder = await tempFolder(files);
        await applyWithClew(ours, folder, files);
        for (const name of Object.keys(files)) {
          const args = ["-X", "-1", "-q", "-v", "ON_ERROR_STOP=1", "-d", other.url, "-f", name];
          expect(await run("psql", args, { cwd: folder.path }), name).toMatchObject({ status: 0 });
        }
        const schema = await dump(ours);
        expect(schema).toContain("CREATE TABLE");
        expect(schema).toBe(await dump(other));
      }
    },
  );
});

describe("on the server of this run (PG_MAJOR), as a fresh Supabase project", () => {
  test.each(ofSupabase)("$package: the schema that a plain client makes", (it) => sameAsClient(it));
});

test.each(published)("$package through the command line", async (it) => {
  await using db = await databaseFor(it);
  const files = await filesOf(it);
  await using folder = await tempFolder(files);
  const clew = (command: string) =>
    run(process.execPath, ["--conditions=source", bin, command, "--db", db.url, "--dir", folder.path, "--json"]);
  const ran = await clew("execute");
  expect(ran, ran.stderr).toMatchObject({ status: 0 });
  const report = JSON.parse(ran.stdout) as { outcome: string; steps: { status: string }[] };
  expect(report.outcome).toBe("applied");
  expect(report.steps.map(({ status }) => status)).toEqual(Object.keys(files).map(() => "applied"));
  const looked = await clew("status");
  expect(looked, looked.stderr).toMatchObject({ status: 0 });
  expect(JSON.parse(looked.stdout)).toMatchObject({ outcome: "up-to-date", counts: { applied: it.count, pending: 0 } });
  const compared = await clew("diff");
  const { differences } = JSON.parse(compared.stdout) as {
    differences: readonly { key: string; unsure?: true; within?: string }[];
  };
  const drift = differences.filter(({ unsure, within }) => !unsure && within === undefined).map(({ key }) => key);
  // Its runner's own table and schema are there before the first file.
  const made = it.before === "" ? [] : [...it.before.matchAll(/create (\w+ [\w.]+)/g)].map(([, key]) => key);
  expect(drift.filter((key) => !made.includes(key))).toEqual([]);
});

async function sameAsClient(it: Published, place: DatabaseOptions = {}): Promise<void> {
  await using ours = await databaseFor(it, place);
  await using other = await databaseFor(it, place);
  const files = await filesOf(it);
  await using folder = await tempFolder(files);
  const before = await catalogOf(ours);
  await applyWithClew(ours, folder, files);
  const client = await other.client();
  for (const text of Object.values(files)) {
    await client.query("reset all");
    await client.query("begin");
    await client.query(String(text));
    await client.query("commit");
  }
  const facts = await catalogOf(ours);
  expect(facts).toEqual(await catalogOf(other));
  expect(facts).not.toEqual(before);
}

/** A second run finds nothing to do, and nothing amiss. */
async function applyWithClew({ url }: Database, { path }: Folder, files: Files): Promise<void> {
  const executor = new MigrationExecutor({ databaseUrl: url, dir: path });
  const report = await executor.executeAll();
  expect(report.error).toBeUndefined();
  expect(report.steps.map(({ status }) => status)).toEqual(Object.keys(files).map(() => "applied"));
  expect(await executor.executeAll()).toMatchObject({ outcome: "nothing-to-do", steps: [], findings: [] });
  expect(await executor.validate()).toMatchObject({
    outcome: "up-to-date",
    counts: { changed: 0, missing: 0, pending: 0 },
  });
}

async function databaseFor({ template, before }: Published, place: DatabaseOptions = {}): Promise<Database> {
  const db = await freshDatabase({ template, ...place });
  if (before) await db.sql(before);
  return db;
}

async function dump({ url }: Database): Promise<string> {
  const { status, stdout, stderr } = await run("pg_dump", [
    "-s",
    "-N",
    "clew",
    "-N",
    "clew_archive",
    "-N",
    "supabase_migrations",
    url,
  ]);
  if (status !== 0) throw new Error(stderr);
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, ""); // a key that is another in each dump
}
