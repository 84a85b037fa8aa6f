// Owns what a person sees on a terminal: colours, the spinner, questions.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { freshDatabase, run, tempFolder, type Ended } from "@clew/kit";
import { describe, expect, test } from "vitest";
import { bin, clew, migrations } from "./clew.ts";

const escape = "\u001B[";
const clear = `\r${escape}2K`;

describe("colours", () => {
  test.each([
    ["none in a pipe", [], {}, false],
    ["FORCE_COLOR brings them", [], { FORCE_COLOR: "1" }, true],
    ["FORCE_COLOR=0 does not", [], { FORCE_COLOR: "0" }, false],
    ["FORCE_COLOR goes before NO_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    ["--no-color goes before all", ["--no-color"], { FORCE_COLOR: "1" }, false],
    ["JSON has none", ["--json"], { FORCE_COLOR: "1" }, false],
  ])("%s", async (_, flags, env, colours) => {
    await using folder = await tempFolder(migrations);
    const { stdout } = await clew(["validate", ...flags], { cwd: folder.path, env });
    expect(stdout.includes(escape)).toBe(colours);
  });
});

// A terminal comes from script(1) of util-linux.
const hasTerminal = spawnSync("script", ["--version"]).status === 0;

describe.skipIf(!hasTerminal)("on a terminal (needs script of util-linux)", () => {
  const commandLine = (args: readonly string[]): string =>
    [process.execPath, bin, ...args].map((word) => `'${word}'`).join(" ");

  const inTerminal = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
    run("script", ["-qec", commandLine(args), "/dev/null"], { env: { TERM: "xterm", ...env } });

  /** Types the answer once the question is there. */
  const answering = async (
    args: readonly string[],
    { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
    question: string,
    answer: string,
  ): Promise<{ readonly status: number | null; readonly stdout: string }> => {
    const { PATH = "", HOME = "" } = process.env;
    const child = spawn("script", ["-qec", commandLine(args), "/dev/null"], {
      cwd,
      env: { PATH, HOME, TERM: "xterm", ...env },
    });
    let stdout = "";
    let answered = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (answered || !stdout.includes(question)) return;
      answered = true;
      child.stdin.write(answer);
    });
    const [status] = (await once(child, "close")) as [number | null];
    return { status, stdout };
  };

  test("there are colours, and a spinner that goes away", async () => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ "1_a.sql": "select pg_sleep(0.5);" });
    const args = ["execute", "--db", db.url, "--dir", folder.path];
    const { status, stdout } = await inTerminal(args);
    expect(status).toBe(0);
    const lines = stdout.split(clear).map((line) => stripVTControlCharacters(line).trimEnd());
    expect(lines).toContainEqual(expect.stringMatching(/^[⠀-⣿] 1_a \(1 of 1\) · \d+ ms$/));
    expect(lines).toContainEqual(expect.stringMatching(/^✔ 1_a \(1 of 1\) · \d+ ms\r\nApplied 1 migration/));
    const plain = await inTerminal(["status", "--db", db.url, "--dir", folder.path], { NO_COLOR: "1" });
    expect(plain.stdout.replaceAll(clear, "")).not.toContain(escape);
  });

  test.each([
    ["y\n", 0, "Rolled back 1 migration"],
    ["n\n", 4, "a rollback was not confirmed; nothing was run"],
    ["\n", 4, "not confirmed"],
    ["\u0004", 4, "not confirmed"],
    ["\u0003", 4, "not confirmed"],
  ])("a rollback asks; %j ends with %d", async (answer, status, said) => {
    await using db = await freshDatabase();
    await using folder = await tempFolder(migrations);
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
    await clew(["execute"], at);
    const ended = await answering(["rollback"], at, `Roll back 1 migration on ${db.name}? [y/N]`, answer);
    expect(ended.stdout).toContain(said);
    expect(ended.status).toBe(status);
  });

  test.each([
    ["the name of its database", (name: string) => `${name}\n`, 0, "Applied 3 migrations"],
    ["yes", () => "yes\n", 4, "was not typed; nothing was run"],
  ])("a run in production shows its plan and wants it approved: %s", async (_, answer, status, said) => {
    await using db = await freshDatabase();
    await using folder = await tempFolder({ ...migrations, "clew.config.json": '{ "proof": "optional" }' });
    const at = { cwd: folder.path, env: { DATABASE_URL: db.url } };
    const question = `Type ${db.name} to approve it and go on:`;
    const ended = await answering(["execute", "--env", "production"], at, question, answer(db.name));
    expect(ended.stdout).toContain("0003");
    expect(ended.stdout).toContain(said);
    expect(ended.status).toBe(status);
  });
});
