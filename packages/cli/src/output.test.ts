// Owns the proof that secrets are known for what they are, and never printed.
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createOutput, secretsOf, type Output } from "./output.ts";

test.each([
  ["postgres://u:canary%2Fpass%20word@h/d", ["canary%2Fpass%20word", "canary/pass word"]],
  ["postgres://u:canary/pass@h/d", ["canary%2Fpass", "canary/pass"]],
  ["postgres://u:p#ss@wo:rd@h/d", ["p%23ss%40wo%3Ard", "p#ss@wo:rd"]],
  ["postgres://u@h/d?password=canary&x=1", ["canary"]],
  ["postgres://u:broken%zz@h/d", ["broken%25zz", "broken%zz"]],
  ["postgres://postgres:postgres@127.0.0.1:54322/postgres", []],
  ["postgres://u@h/d", []],
  ["not a url", []],
])("%s", (url, secrets) => {
  expect(secretsOf(url)).toEqual(secrets);
});

function capture(options: { json?: boolean; level?: "debug" | "error" } = {}): { output: Output; text: () => string } {
  const stream = new PassThrough({ encoding: "utf8" });
  const terminal = stream as unknown as NodeJS.WriteStream;
  const { json = false, level = "debug" } = options;
  const output = createOutput({ stdout: terminal, stderr: terminal, env: {}, json, level, noColor: true });
  return { output, text: () => String(stream.read() ?? "") };
}

test("repeated lines are printed each time, and levels are kept to", () => {
  const all = capture();
  for (let time = 0; time < 10; time++) all.output.log.info("the same");
  expect(all.text()).toBe("the same\n".repeat(10));
  const few = capture({ level: "error" });
  few.output.log.warn("not this");
  few.output.log.error("this");
  expect(few.text()).toBe("error: this\n");
});

test("secrets are held back from lines, results and documents, whose form stays", () => {
  const people = capture();
  people.output.hide('can"ary');
  people.output.log.error('password can"ary');
  people.output.result({}, () => 'result can"ary');
  expect(people.text()).toBe("error: password ***\nresult ***\n");
  const machine = capture({ json: true });
  machine.output.hide('can"ary');
  machine.output.result({ message: 'of can"ary', number: 1 }, () => "");
  expect(JSON.parse(machine.text())).toEqual({ message: "of ***", number: 1 });
});
