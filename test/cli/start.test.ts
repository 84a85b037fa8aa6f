// Owns how the program starts: where it stands, and what it loads.
import { join } from "node:path";
import { freshDatabase, run, tempFolder, type Folder } from "@clew/kit";
import { expect, test } from "vitest";
import { bin, clew, migrations } from "./clew.ts";

const tellLoads = `
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) { process.stderr.write("load " + url + "\\n"); return next(url, context); } });`;

/** What running the command loads, as the last parts of the paths. */
async function loads(folder: Folder, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  await folder.write({ "tell.mjs": tellLoads });
  const preload = ["--import", join(folder.path, "tell.mjs")];
  const { stderr, status } = await run(process.execPath, [...preload, bin, ...args], { cwd: folder.path, env });
  expect(status, stderr).toBe(0);
  return stderr
    .split("\n")
    .filter((line) => line.startsWith("load "))
    .join("\n");
}

test.each([["--version"], ["--help"]])("%s loads neither the engine nor a client", async (flag) => {
  await using folder = await tempFolder();
  const loaded = await loads(folder, [flag]);
  expect(loaded).toContain("/cac/");
  expect(loaded).not.toMatch(/packages\/core|\/pg\/|@electric-sql|consola|libpg/);
});

test("a run with nothing to do loads neither the grammar nor the embedded database", async () => {
  await using db = await freshDatabase();
  await using folder = await tempFolder(migrations);
  const env = { DATABASE_URL: db.url };
  await clew(["execute"], { cwd: folder.path, env });
  const loaded = await loads(folder, ["execute"], env);
  expect(loaded).toContain("/pg/");
  expect(loaded).not.toMatch(/@electric-sql|libpg|readline|@supabase/);
});

test.each(["20.20.2", "22.17.1"])("says on Node %s that it is too old", async (version) => {
  await using folder = await tempFolder({
    "older.mjs": `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${version}" } });`,
  });
  const older = ["--import", join(folder.path, "older.mjs")];
  const ended = await run(process.execPath, [...older, bin, "--version"], { cwd: folder.path, env: {} });
  expect(ended).toMatchObject({
    status: 2,
    stdout: "",
    stderr: expect.stringContaining(`22.18 or later, and this is ${version}`),
  });
});

test("CLEW_CWD says where the caller stands, for the checkout's ./dev", async () => {
  await using folder = await tempFolder(migrations);
  const { status, stdout } = await clew(["validate"], { cwd: "/", env: { CLEW_CWD: folder.path } });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining("3 files read") });
});
