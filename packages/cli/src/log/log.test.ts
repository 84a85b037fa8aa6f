// Tests the logs that runs of the command leave: every record is of the published schema, and what `clew logs` makes of them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDatabase, run, start, tempFolder, type Ended, type Folder } from "@clew/kit";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { recordsIn } from "./read.ts";
import type { LogRecord } from "./record.ts";

const bin = fileURLToPath(new URL("../../dist/bin.js", import.meta.url));
const load = (name: string): object =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.json`, import.meta.url), "utf8")) as object;
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
const isRecord = ajv.compile(load("log"));
const isDocument = ajv.compile(load("output"));

const files = {
  "migrations/0001_people.sql":
    "create table people (id int primary key, mail text unique);\ninsert into people values (1, 'ann@canary.org');",
  "migrations/0002_twice.sql": "insert into people values (2, 'ann@canary.org');",
};

const clew = (
  folder: Folder,
  url: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> => run(process.execPath, [bin, ...args], { cwd: folder.path, env: { DATABASE_URL: url, ...env } });

const newest = (folder: Folder): readonly LogRecord[] => {
  const name = readdirSync(join(folder.path, "logs"))
    .filter((one) => one.endsWith(".ndjson"))
    .toSorted()
    .at(-1)!;
  return recordsIn(readFileSync(join(folder.path, "logs", name), "utf8"));
};

test("a run leaves one file, each line of the schema; no rows, no SQL", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const failed = await clew(folder, db.url, ["execute"], { TRACEPARENT: traceparent });
  expect(failed.status).toBe(1);
  const records = newest(folder);
  for (const record of records) expect(isRecord(record), JSON.stringify([record, isRecord.errors])).toBe(true);
  expect(
    records.map(({ event }) => event).filter((event) => event !== "message" && event !== "statement.finished"),
  ).toEqual(["run.started", "step.started", "step.finished", "step.started", "step.failed", "run.finished"]);
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, at) => at + 1));
  expect(records.at(-1)).toMatchObject({
    level: "error",
    trace: "0af7651916cd43dd8448eb211c80319c",
    outcome: "failed",
    tally: { applied: 1, failed: 1 },
    error: { code: "STATEMENT_FAILED", sqlstate: "23505", at: { path: "migrations/0002_twice.sql", line: 1 } },
  });
  expect(JSON.stringify(records)).not.toMatch(/canary|insert into/);
});

test("an error before anything ran is in the log too, and a level holds for all but how the run went", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  await clew(folder, "postgres://someone:sesame-canary@127.0.0.1:1/x", ["execute"]);
  expect(newest(folder)).toEqual([expect.objectContaining({ level: "error", event: "message" })]);
  await folder.write({ "clew.config.json": '{ "logLevel": "error", "logs": "else/where" }' });
  await clew(folder, db.url, ["execute"]);
  const [name] = readdirSync(join(folder.path, "else/where")).filter((one) => one.endsWith(".ndjson"));
  const text = readFileSync(join(folder.path, "else/where", name!), "utf8");
  expect(recordsIn(text).map(({ event }) => event)).toEqual(["run.started", "step.failed", "run.finished"]);
});

test("nothing is written for what only looks, or where logs are off", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ ...files, "clew.config.json": '{ "logs": false }' });
  await clew(folder, db.url, ["execute"]);
  await folder.write({ "clew.config.json": "{}" });
  await clew(folder, db.url, ["status"]);
  await clew(folder, db.url, ["execute", "--dry-run"]);
  await clew(folder, db.url, ["logs"]);
  expect(readdirSync(folder.path).toSorted()).toEqual(["clew.config.json", "migrations"]);
});

test("a folder that cannot be written is one warning, and the run goes on", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "select 1;", logs: "a file, not a folder" });
  const ended = await clew(folder, db.url, ["execute"]);
  expect(ended.status).toBe(0);
  expect(
    ended.stderr.match(/the log in .* cannot be written, and the run goes on without it: (EEXIST|ENOTDIR)/g),
  ).toHaveLength(1);
});

test("clew logs: a list, one by its name, its run or last, filtered, as text and as JSON", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(files);
  const logs = (...args: string[]): Promise<Ended> => clew(folder, db.url, ["logs", ...args]);
  expect((await logs()).stdout).toBe("There is no log in logs.\n");
  expect(await logs("last")).toMatchObject({ status: 2, stderr: expect.stringContaining("there is no log in logs") });
  await clew(folder, db.url, ["execute"]);
  const listed = JSON.parse((await logs("--json")).stdout) as {
    readonly logs: readonly { readonly name: string; readonly run: string; readonly outcome: string }[];
  };
  expect(isDocument(listed), JSON.stringify(isDocument.errors)).toBe(true);
  expect(listed.logs).toMatchObject([{ command: "execute", outcome: "failed" }]);
  const { name, run: id } = listed.logs[0]!;
  expect((await logs()).stdout).toContain(`  ${name}  `);
  const whole = (await logs("last")).stdout;
  expect(whole).toMatch(/step\.finished  0001_people · \d+ ms/);
  for (const by of [name, name.slice(-8), id]) expect((await logs(by)).stdout).toBe(whole);
  expect((await logs("last", "--filter", "step.failed")).stdout).toMatch(/^\S+ error   step\.failed  0002_twice .*\n$/);
  const shown = JSON.parse((await logs("last", "--filter", "error", "--json")).stdout) as {
    readonly records: readonly unknown[];
  };
  expect(isDocument(shown), JSON.stringify(isDocument.errors)).toBe(true);
  expect(shown.records.length).toBeGreaterThan(0);
});

test("clew logs says of a run that had nothing to do, and of one that was refused, how it ended", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({ "migrations/0001_a.sql": "create table a (id int);" });
  await clew(folder, db.url, ["execute"]);
  await clew(folder, db.url, ["execute"]);
  await clew(folder, db.url, ["rollback"]);
  const { logs } = JSON.parse((await clew(folder, db.url, ["logs", "--json"])).stdout) as {
    readonly logs: readonly { readonly outcome?: string }[];
  };
  expect(logs.map(({ outcome }) => outcome).toSorted()).toEqual(["applied", "nothing-to-do", "refused"]);
});

const followed = "2026-11-22T22-56-41Z-execute-0123abcd";

/** Follows a log that, once its beginning is seen, goes on and ends in a second file. */
async function follow(folder: Folder, flags: readonly string[]): Promise<Ended> {
  const line = (event: string): string =>
    `${JSON.stringify({ v: 1, ts: "2026-11-22T22:56:41.000Z", seq: 1, level: "info", event })}\n`;
  const path = (part: string): string => join(folder.path, "logs", `${followed}${part}.ndjson`);
  await folder.write({ [`logs/${followed}.ndjson`]: line("run.started") });
  const following = start(process.execPath, [bin, "logs", "--follow", ...flags], {
    cwd: folder.path,
    onOutput: ({ stdout }) => {
      if (!stdout.includes("run.started") || stdout.includes("step.started")) return;
      writeFileSync(path(""), line("run.started") + line("step.started"));
      writeFileSync(path(".2"), line("run.finished"));
    },
  });
  return following.ended;
}

test("clew logs --follow shows what comes until the run has ended, in further files too", async () => {
  await using folder = await tempFolder();
  const ended = await follow(folder, []);
  expect(ended.status).toBe(0);
  expect(ended.stdout.match(/run\.started|step\.started|run\.finished/g)).toEqual([
    "run.started",
    "step.started",
    "run.finished",
  ]);
});

test("clew logs --follow --json prints the records, a line each, and heeds --filter", async () => {
  await using folder = await tempFolder();
  const ended = await follow(folder, ["--json"]);
  expect(ended.status).toBe(0);
  const records = recordsIn(ended.stdout);
  expect(records.map(({ event }) => event)).toEqual(["run.started", "step.started", "run.finished"]);
  expect(ended.stdout.trimEnd().split("\n")).toHaveLength(records.length);
  const filtered = await clew(folder, "", ["logs", "last", "--follow", "--json", "--filter", "run"]);
  expect(recordsIn(filtered.stdout).map(({ event }) => event)).toEqual(["run.started", "run.finished"]);
});
