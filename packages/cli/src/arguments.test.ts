// Owns the proof that arguments arrive as typed, and why cac does not read them.
import { cac } from "cac";
import { describe, expect, test } from "vitest";
import { readArguments, UsageError, type Invocation } from "./arguments.ts";
import { declareCommands } from "./commands.ts";

const read = (...argv: string[]): Invocation => readArguments(declareCommands(), argv);

describe("what cac would make of them", () => {
  const parse = (...argv: string[]): { args: readonly unknown[]; options: Record<string, unknown> } => {
    const cli = cac("x");
    cli.command("execute [version]").option("--force", "").option("--out-of-order", "").option("--to <version>", "");
    return cli.parse(["node", "x", ...argv], { run: false });
  };

  test("versions become numbers", () => {
    expect(parse("execute", "--to", "0002").options["to"]).toBe(2);
    expect(parse("execute", "--to", "20260101000000123").options["to"]).toBe(20260101000000124);
    expect(parse("execute", "--force", "0002").args).toEqual([2]);
  });

  test("a switch with a dash in its name takes the word after it", () => {
    expect(parse("execute", "--out-of-order", "0002")).toMatchObject({ args: [], options: { outOfOrder: 2 } });
  });

  test("an unknown command is nothing to it", () => {
    expect(parse("exeucte")).toMatchObject({ args: ["exeucte"] });
  });
});

describe("words", () => {
  test.each([["0002"], ["20260101000000123456"], ["1e3"], ["0x10"], ["true"]])(
    "%s stays as it is, wherever it stands",
    (word) => {
      for (const argv of [
        ["execute", word, "--force"],
        ["execute", "--force", word],
        ["--force", "execute", word],
        ["execute", "--out-of-order", word],
        ["run", "--json", "--", word],
      ]) {
        expect(read(...argv)).toMatchObject({ kind: "run", command: "execute", args: [word] });
      }
    },
  );

  test("what comes after -- is a word, also with dashes", () => {
    expect(read("new", "--", "--name")).toMatchObject({ args: ["--name"] });
  });
});

describe("flags", () => {
  test("values are text, after a blank or =", () => {
    const flags = { dir: "0002", lockTimeout: "5s", db: "postgres://h/d?a=b" };
    expect(read("execute", "--dir", "0002", "--lock-timeout=5s", "--db=postgres://h/d?a=b")).toMatchObject({ flags });
  });

  test("every spelling of one gives one name", () => {
    expect(read("execute", "--include-all")).toMatchObject({ flags: { outOfOrder: true } });
    expect(read("execute", "--out-of-order")).toMatchObject({ flags: { outOfOrder: true } });
    expect(read("status", "--no-color")).toMatchObject({ flags: { noColor: true } });
  });

  test("an optional value is taken, or not", () => {
    expect(read("status", "--embedded")).toMatchObject({ flags: { embedded: true } });
    expect(read("status", "--embedded", "--json")).toMatchObject({ flags: { embedded: true, json: true } });
    expect(read("status", "--embedded", "folder")).toMatchObject({ flags: { embedded: "folder" } });
    expect(read("execute", "--embedded=0002")).toMatchObject({ flags: { embedded: "0002" } });
  });

  test("a flag is never the value of another", () => {
    expect(() => read("status", "--db", "--json")).toThrow("--db needs a value");
  });

  test.each(["---db", "-db", "-x", "--__proto__", "--db.x", "--constructor"])("%s is unknown", (flag) => {
    expect(() => read("status", flag, "x")).toThrow(UsageError);
  });
});

describe("help and version", () => {
  test("stand alone, or after a command", () => {
    expect(read("--version")).toEqual({ kind: "version" });
    expect(read("-v")).toEqual({ kind: "version" });
    expect(read("-h")).toEqual({ kind: "help" });
    expect(read("run", "--help")).toMatchObject({ kind: "help", command: { name: "execute" } });
    expect(read("backup", "--help")).toEqual({ kind: "help" });
    expect(() => read("exeucte", "--help")).toThrow("did you mean execute?");
  });
});
