// Pins how programs under test are run.
import { expect, test } from "vitest";
import { run } from "./process.ts";

const node = (script: string, options = {}) => run(process.execPath, ["--eval", script], options);

test("gives what it printed and how it ended", async () => {
  const script = "process.stdin.pipe(process.stdout); console.error('trouble'); process.exitCode = 3";
  expect(await node(script, { input: "in and out" })).toEqual({
    status: 3,
    signal: null,
    stdout: "in and out",
    stderr: "trouble\n",
  });
});

test("ends it the moment it has printed something", async () => {
  const { signal, stdout } = await node("console.log('half'); setInterval(() => {}, 1000)", {
    onOutput: (output: { stdout: string }, kill: () => void) => output.stdout.includes("half") && kill(),
  });
  expect({ signal, stdout }).toEqual({ signal: "SIGKILL", stdout: "half\n" });
});

test("nothing of the test's environment passes but where programs and homes are", async () => {
  const { stdout } = await node("console.log(Object.keys(process.env).sort().join())", { env: { GIVEN: "1" } });
  expect(
    stdout
      .trim()
      .split(",")
      .filter((name) => !["HOME", "PATH", "TMPDIR"].includes(name)),
  ).toEqual(["GIVEN"]);
});

test("rejects, with what it printed, where it does not end in time", async () => {
  await expect(node("console.log('stuck'); setInterval(() => {}, 1000)", { timeoutMs: 2000 })).rejects.toThrow(/stuck/);
});

test("rejects where there is no such program", async () => {
  await expect(run("no-such-program")).rejects.toMatchObject({ code: "ENOENT" });
});
