// Tests that a log has all that was said, in files of bounded size and age, and that one that cannot be written stops nobody.
import { existsSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, tempFolder } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { fileName, openLog, type LogOptions } from "./file.ts";
import { listLogs, matches, readFrom, readLog, recordsIn } from "./read.ts";
import type { LogRecord } from "./record.ts";

const optionsFor = (folder: string, more: Partial<LogOptions> = {}): LogOptions => ({
  folder,
  command: "execute",
  size: 10_000_000,
  days: 30,
  now: new Date("2026-11-22T22:56:41Z"),
  clean: (text) => text,
  onFailure: (error) => {
    throw error;
  },
  ...more,
});

const lines = (path: string): readonly string[] => readFileSync(path, "utf8").split("\n").slice(0, -1);

test("20,000 lines are there after process.exit, and after kill -9, also equal ones", async () => {
  await using folder = await tempFolder();
  const program = (end: string): string => `
    const { openLog } = await import(${JSON.stringify(pathToFileURL(join(import.meta.dirname, "file.ts")).href)});
    const log = openLog({ folder: ${JSON.stringify(folder.path)}, command: "execute", size: 1e9, days: 30, now: new Date(),
      clean: (text) => text, onFailure: (error) => { throw error; } });
    for (let n = 0; n < 20000; n++) log.write({ level: "info", event: "message", message: "the same again" });
    ${end}`;
  for (const end of ["process.exit(1)", 'process.kill(process.pid, "SIGKILL")', 'throw new Error("boo")']) {
    await run(process.execPath, ["--input-type=module-typescript", "-e", program(end)]);
    const [log] = readdirSync(folder.path).filter((name) => fileName.test(name));
    expect(lines(join(folder.path, log!))).toHaveLength(20_000);
    await folder.remove();
  }
});

test("a line is a record: version, time, place, and what was said, without its secrets", async () => {
  await using folder = await tempFolder();
  const log = openLog(
    optionsFor(join(folder.path, "logs"), {
      always: { trace: "t" },
      clean: (text) => text.replaceAll("canary", "***"),
    }),
  );
  log.write({ level: "warning", event: "message", message: "canary", deep: { in: ["a canary"] } });
  log.close();
  expect(JSON.parse(lines(log.path)[0]!)).toEqual({
    v: 1,
    ts: expect.stringMatching(/Z$/),
    seq: 1,
    trace: "t",
    level: "warning",
    event: "message",
    message: "***",
    deep: { in: ["a ***"] },
  });
  expect(readFileSync(join(folder.path, "logs", ".gitignore"), "utf8")).toBe("*\n");
});

test("parts: the first and the newest three are kept, none is larger than said", async () => {
  await using folder = await tempFolder();
  const log = openLog(optionsFor(folder.path, { size: 1_000 }));
  for (let n = 0; n < 100; n++) log.write({ level: "info", event: "message", message: `line ${n}`.padEnd(80) });
  log.close();
  const [entry, ...others] = listLogs(folder.path);
  expect(others).toEqual([]);
  expect(entry!.files).toHaveLength(4);
  for (const path of entry!.files) expect(readFileSync(path).length).toBeLessThanOrEqual(1_000);
  const kept = readLog(entry!).map(({ seq }) => seq);
  expect(kept.slice(0, 2)).toEqual([1, 2]);
  expect(kept.at(-1)).toBe(100);
});

test("files of earlier runs are removed when they are old, and nothing else is", async () => {
  await using folder = await tempFolder();
  const names = [
    "2026-01-01T00-00-00Z-execute-0123abcd.ndjson",
    "notes.ndjson",
    "2026-11-20T00-00-00Z-execute-0123abcd.ndjson",
  ];
  for (const name of names) writeFileSync(join(folder.path, name), "");
  const old = new Date("2026-01-01T00:00:00Z");
  for (const name of names.slice(0, 2)) utimesSync(join(folder.path, name), old, old);
  openLog(optionsFor(folder.path)).close();
  expect(names.map((name) => existsSync(join(folder.path, name)))).toEqual([false, true, true]);
});

describe("a log that cannot be written is told once, and takes nothing more", () => {
  const failures: string[] = [];
  const onFailure = ({ message }: Error): void => void failures.push(message);

  test.skipIf(!existsSync("/dev/full"))("a full disk (needs /dev/full)", async () => {
    failures.length = 0;
    await using folder = await tempFolder();
    const log = openLog(optionsFor(folder.path, { size: 10, onFailure }));
    // The second part falls on a device that is always full.
    symlinkSync("/dev/full", log.path.replace(".ndjson", ".2.ndjson"));
    for (let n = 0; n < 3; n++) log.write({ level: "error", event: "message", message: "x" });
    log.close();
    expect(failures).toEqual([expect.stringContaining("ENOSPC")]);
    expect(lines(log.path)).toHaveLength(1);
  });

  test.skipIf(!existsSync("/sys/kernel"))("a folder that nobody may write to (needs /sys)", () => {
    failures.length = 0;
    const log = openLog(optionsFor("/sys/clew-logs", { onFailure }));
    log.write({ level: "info", event: "message" });
    log.close();
    expect(failures).toHaveLength(1);
  });
});

test("a log is read while it is written: whole lines only, each once", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "a");
  writeFileSync(path, '{"event":"a"}\n{"event":"b');
  const first = readFrom(path, 0);
  writeFileSync(path, '{"event":"a"}\n{"event":"b"}\n');
  const second = readFrom(path, first.to);
  expect([first, second].map(({ text }) => recordsIn(text).map(({ event }) => event))).toEqual([["a"], ["b"]]);
});

test.each([
  ["warning", true],
  ["error", false],
  ["step", true],
  ["step.blocked", true],
  ["0002", true],
  ["NOTE", true],
  [undefined, true],
])("filter %s", (filter, wanted) => {
  const record: LogRecord = {
    v: 1,
    ts: "",
    seq: 1,
    level: "warning",
    event: "step.blocked",
    version: "0002",
    name: "note",
  };
  expect(matches(record, filter)).toBe(wanted);
});
