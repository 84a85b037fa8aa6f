// Pins the last line of a test run: nothing that failed may be missing from it.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, tempFolder } from "@clew/kit";
import type { Files } from "@clew/kit";
import { expect, test } from "vitest";

const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const reporter = fileURLToPath(new URL("reporter.ts", import.meta.url));

async function lastLine(files: Files): Promise<{ status: number | null; line: string | undefined }> {
  await using folder = await tempFolder(files);
  const args = ["run", "--root", folder.path, "--globals", "--reporter=default", `--reporter=${reporter}`];
  const { status, stdout } = await run(process.execPath, [vitest, ...args]);
  return { status, line: stdout.trimEnd().split("\n").at(-1) };
}

test("counts what passed, failed and was skipped", async () => {
  const file = `
    test("right", () => {});
    describe("a group", () => test("wrong", () => expect(1).toBe(2)));
    test.skip("left out", () => {});
    test("left out while it runs", ({ skip }) => skip("a reason"));
    test.fails("known to be wrong", () => expect(1).toBe(2));`;
  expect(await lastLine({ "a.test.js": file })).toEqual({ status: 1, line: "2 passed, 1 failed, 2 skipped" });
});

test("says nothing of skipped tests where there are none", async () => {
  expect(await lastLine({ "a.test.js": `test("right", () => {})` })).toEqual({ status: 0, line: "1 passed, 0 failed" });
});

test("a file that does not load is a failure", async () => {
  const files = {
    "a.test.js": `test("right", () => {})`,
    "b.test.js": `import "./absent.js"; test("unseen", () => {})`,
  };
  expect(await lastLine(files)).toEqual({ status: 1, line: "1 passed, 1 failed" });
});

test("a hook that throws is a failure, though its tests are skipped or have passed", async () => {
  const files = {
    "a.test.js": `beforeAll(() => { throw new Error("no") }); test("unseen", () => {})`,
    "b.test.js": `describe("a group", () => { afterAll(() => { throw new Error("no") }); test("right", () => {}) })`,
  };
  expect(await lastLine(files)).toEqual({ status: 1, line: "1 passed, 2 failed, 1 skipped" });
});

test("an error that no test has caught is a failure", async () => {
  const file = `test("right", () => { setTimeout(() => { throw new Error("late") }) }); test("waits", () => new Promise((r) => setTimeout(r, 100)))`;
  expect(await lastLine({ "a.test.js": file })).toEqual({ status: 1, line: "2 passed, 1 failed" });
});
