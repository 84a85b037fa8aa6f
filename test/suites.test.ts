// Pins which tests a suite's name runs, and that no test file is left out of the table.
import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { choose, suites } from "./suites.ts";

const testFiles = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.test.ts"], {
  cwd: dirname(import.meta.dirname),
  encoding: "utf8",
})
  .split("\n")
  .filter((path) => path !== "");

test("every test file belongs to a suite", () => {
  const known = Object.values(suites).flatMap((suite) => suite.files);
  const strays = testFiles.filter((path) => !known.some((beginning) => path.startsWith(beginning)));
  expect(strays, "add the beginning of their paths to a suite in test/suites.ts").toEqual([]);
});

test("every suite has tests", () => {
  const empty = Object.entries(suites)
    .filter(([, { files }]) => !testFiles.some((path) => files.some((beginning) => path.startsWith(beginning))))
    .map(([name]) => name);
  expect(empty).toEqual([]);
});

test("no name runs everything, names run their files, what begins with a dash goes to vitest", () => {
  expect(choose([])).toEqual({ vitest: [] });
  expect(choose(["drivers", "kit"])).toEqual({ vitest: ["packages/core/src/drivers/", "test/kit/"] });
  expect(choose(["utilities", "analyzer"])).toEqual(choose(["utilities"]));
  expect(choose(["kit", "--", "-t", "silence"])).toEqual({ vitest: ["test/kit/", "-t", "silence"] });
  expect(choose(["--bail=1"])).toEqual({ vitest: ["--bail=1"] });
});

test("a name that is not there brings the nearest that is", () => {
  expect(choose(["excutor"])).toEqual({ unknown: "excutor", nearest: "executor" });
  expect(choose(["toString"])).toMatchObject({ unknown: "toString" });
});
