// Owns where the command takes its settings from: flags, configuration files, environment.
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freshDatabase, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { clew, migrations } from "./clew.ts";

const nowhere = "postgres://127.0.0.1:1/nowhere";

async function databaseOf(args: readonly string[], cwd: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout, stderr } = await clew(["status", "--json", ...args], { cwd, env });
  const { target } = JSON.parse(stdout) as { target?: { database: string } };
  return target?.database ?? stderr;
}

test("a database is taken from the first place that names one", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const from = (args: readonly string[], env?: Record<string, string>): Promise<string> =>
    databaseOf(args, folder.path, env);

  expect(await from([], { SUPABASE_DB_URL: db.url })).toBe(db.name);
  expect(await from([], { DATABASE_URL: db.url, SUPABASE_DB_URL: nowhere })).toBe(db.name);
  expect(await from([], { CLEW_DATABASE_URL: db.url, DATABASE_URL: nowhere })).toBe(db.name);
  await folder.write({ "clew.config.json": JSON.stringify({ db: db.url }) });
  expect(await from([], { CLEW_DATABASE_URL: nowhere })).toBe(db.name);
  await folder.write({ "clew.config.json": JSON.stringify({ db: nowhere }) });
  expect(await from(["--db", db.url])).toBe(db.name);
});

test("an environment's settings lie over those for all", async () => {
  await using dev = await freshDatabase();
  await using staging = await freshDatabase();
  await using folder = await tempFolder({
    ...migrations,
    "package.json": "{}", // of no module type: Node has a warning for that, which nobody wants to read
    "clew.config.ts": `
      import type { Config } from "@clew/cli";
      export default {
        db: "${dev.url}",
        environments: { staging: { db: "${staging.url}" }, production: { db: process.env.PRODUCTION_URL } },
      } satisfies Config;`,
    "deep/below/file": "",
  });
  const below = join(folder.path, "deep/below");
  expect(await databaseOf([], below)).toBe(dev.name);
  expect(await databaseOf(["--env", "staging"], below)).toBe(staging.name);
  expect(await databaseOf([], below, { CLEW_ENV: "staging" })).toBe(staging.name);
  expect(await databaseOf(["--env", "development"], below, { CLEW_ENV: "staging" })).toBe(dev.name);
  expect((await clew(["status"], { cwd: folder.path })).stderr).toBe("");

  // A variable that is not set must lead to no other database.
  const unset = await clew(["execute", "--yes", "--env", "production"], { cwd: folder.path });
  expect(unset).toMatchObject({ status: 2, stdout: "" });
  expect(unset.stderr).toContain(
    "clew.config.ts, environments.production: db is empty; is the environment variable set",
  );

  const typo = await clew(["status", "--env", "stagign"], { cwd: folder.path });
  expect(typo).toMatchObject({ status: 2, stderr: expect.stringContaining("did you mean staging?") });
});

describe("environments", () => {
  const files = {
    ".env": "DATABASE_URL=postgres://ann:se-cret@general.example.com/app",
    ".env.staging": "DATABASE_URL=postgres://ann:se-cret@staging.example.com/app\nLIMIT=2s",
    ".env.staging.local": "LIMIT=3s",
    "clew.config.mjs": `export default {
      lockTimeout: process.env.LIMIT,
      environments: { production: { db: "postgres://ann:se-cret@production.example.com/app" }, preview: { strict: true } },
    };`,
  };
  const shown = async (folder: string, args: readonly string[], env: Record<string, string> = {}) => {
    const { stdout, stderr } = await clew(["config", "--json", ...args], { cwd: folder, env });
    expect(stdout + stderr).not.toContain("se-cret");
    return JSON.parse(stdout) as { environment: object; settings: Record<string, { value: unknown; from: string }> };
  };

  test("their files are read, the most telling first; what is set already stays", async () => {
    await using folder = await tempFolder(files);
    const staging = await shown(folder.path, ["--env", "staging"]);
    expect(staging.settings).toMatchObject({
      db: { value: "staging.example.com/app", from: "DATABASE_URL in .env.staging" },
      lockTimeout: { value: 3_000, from: "clew.config.mjs" },
    });
    expect((await shown(folder.path, ["--env", "staging"], { LIMIT: "9s" })).settings["lockTimeout"]!.value).toBe(
      9_000,
    );
    expect((await shown(folder.path, [])).settings["db"]).toEqual({
      value: "general.example.com/app",
      from: "DATABASE_URL in .env",
    });
    expect((await shown(folder.path, ["--db", "postgres://b:se-cret@flag.example.com/x"])).settings["db"]).toEqual({
      value: "flag.example.com/x",
      from: "--db",
    });
  });

  test("--env, then CLEW_ENV, then NODE_ENV choose one; defaults differ", async () => {
    await using folder = await tempFolder(files);
    const env = { CLEW_ENV: "preview", NODE_ENV: "production" };
    const production = await shown(folder.path, [], { NODE_ENV: "production" });
    expect(production).toMatchObject({
      environment: { name: "production", from: "NODE_ENV" },
      settings: {
        strict: { value: true, from: "default in production" },
        proof: { value: "required" },
        logLevel: { value: "warning" },
      },
    });
    expect(await shown(folder.path, [], env)).toMatchObject({
      environment: { name: "preview", from: "CLEW_ENV" },
      settings: {
        strict: { value: true, from: "clew.config.mjs, environments.preview" },
        proof: { value: "optional" },
      },
    });
    expect(await shown(folder.path, ["--env", "development"], env)).toMatchObject({
      environment: { name: "development", from: "--env" },
      settings: { strict: { value: false, from: "default" }, logLevel: { value: "debug" } },
    });
  });

  test("two of them side by side, each with its own files", async () => {
    await using folder = await tempFolder(files);
    const { status, stdout } = await clew(["config", "diff", "staging", "production"], { cwd: folder.path });
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /db +staging\.example\.com\/app \(DATABASE_URL in \.env\.staging\) +production\.example\.com\/app /,
    );
    expect(stdout).toMatch(/lockTimeout +3\.0 s \(.*\) +5\.0 s \(default\)/);
    expect(stdout).not.toContain("archiveDays");
    expect(stdout).not.toContain("se-cret");
  });
});

test("what a configuration prints goes to stderr", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    ...migrations,
    "clew.config.mjs": `console.log("noise"); export default {};`,
  });
  const { stdout, stderr } = await clew(["status", "--json", "--db", db.url], { cwd: folder.path });
  expect(JSON.parse(stdout)).toMatchObject({ kind: "status" });
  expect(stderr).toContain("noise");
});

test("defineConfig gives it its type", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder({
    ...migrations,
    "clew.config.mjs":
      'import { defineConfig } from "@clew/cli";\nexport default defineConfig({ db: process.env.MINE });',
    "node_modules/@clew/.keep": "",
  });
  const cli = fileURLToPath(new URL("../../packages/cli", import.meta.url));
  await symlink(cli, join(folder.path, "node_modules/@clew/cli"));
  expect(await databaseOf([], folder.path, { MINE: db.url })).toBe(db.name);
});

describe("a configuration that is wrong", () => {
  test.each([
    [
      "clew.config.json",
      '{ "lockTimout": 5 }',
      "clew.config.json: lockTimout is no setting; did you mean lockTimeout?",
    ],
    [
      "clew.config.json",
      '{ "environments": { "a": { "dbb": "" } } }',
      "environments.a.dbb is no setting; did you mean db?",
    ],
    ["clew.config.json", '{ "lockTimeout": "soon" }', "clew.config.json: lockTimeout must be milliseconds or a time"],
    ["clew.config.json", "{", "clew.config.json cannot be loaded: "],
    ["clew.config.json", "null", "clew.config.json: the configuration is not an object"],
    ["clew.config.mjs", "export const config = {};", "has no default export"],
    ["clew.config.js", "throw new Error('no luck')", "cannot be loaded: no luck"],
    [
      "clew.config.ts",
      'import { defineConfig } from "@clew/cli"; export default defineConfig({});',
      "import its type only",
    ],
  ])("%s: %s", async (name, text, said) => {
    await using folder = await tempFolder({ ...migrations, [name]: text, "package.json": '{ "type": "module" }' });
    const { status, stdout, stderr } = await clew(["validate"], { cwd: folder.path });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(said);
  });

  test("two files", async () => {
    await using folder = await tempFolder({ ...migrations, "clew.config.json": "{}", "clew.config.mjs": "" });
    const { status, stderr } = await clew(["validate"], { cwd: folder.path });
    expect(status).toBe(2);
    expect(stderr).toContain("there are two configurations: clew.config.mjs and clew.config.json");
  });
});
