// Owns the proof that an error says where, why and what to do, in that order.
import { exitStatus } from "@clew/core";
import { expect, test } from "vitest";
import { UsageError } from "./arguments.ts";
import { plain } from "./colors.ts";
import { asClewError, blockerText, errorText } from "./errors.ts";

const blocker = {
  pid: 4711,
  application: "psql",
  user: "ann",
  state: "idle in transaction",
  query: "UPDATE people\n   SET name = 'x'",
  seconds: 34,
};

test("place, hint, detail, context, blockers, help", () => {
  const text = errorText(
    {
      code: "LOCK_TIMEOUT",
      message: "m/1_a.sql:2:3: canceling statement due to lock timeout",
      help: "Wait.",
      sqlstate: "55P03",
      hint: "the hint",
      detail: "the detail\nin two lines",
      context: "the context",
      at: { path: "m/1_a.sql", line: 2, column: 3, excerpt: "> 2 | alter table\n    |   ^" },
      blockers: [blocker],
    },
    plain,
  );
  expect(text).toBe(`m/1_a.sql:2:3: canceling statement due to lock timeout [LOCK_TIMEOUT, SQLSTATE 55P03]
> 2 | alter table
    |   ^
hint: the hint
detail: the detail
  in two lines
context: the context
blocked by: pid 4711 (psql, user ann, idle in transaction, 34.0 s): UPDATE people SET name = 'x'
help: Wait.`);
});

test("an excerpt that the message brings is not repeated", () => {
  const excerpt = "> 1 | boo\n    | ^";
  const at = { path: "a.sql", line: 1, column: 1, excerpt };
  const text = errorText({ code: "SCRIPT_INVALID", message: `a.sql:1:1: wrong\n${excerpt}`, help: "", at }, plain);
  expect(text.split(excerpt)).toHaveLength(2);
});

test("a blocker of which little is known", () => {
  const unknown = { ...blocker, application: "", user: "", state: "", query: "" };
  expect(blockerText(unknown)).toBe("pid 4711 (34.0 s)");
});

test.each([
  ["a usage error", new UsageError("no"), "USAGE", 2],
  [
    "a file that the system refuses",
    Object.assign(new Error("EACCES"), { path: "/x", code: "EACCES" }),
    "CONFIG_INVALID",
    2,
  ],
  ["anything else", new TypeError("x is undefined"), "INTERNAL", 70],
  ["something thrown that is no error", "boo", "INTERNAL", 70],
])("%s", (_, thrown, code, status) => {
  const error = asClewError(thrown);
  expect(error.code).toBe(code);
  expect(exitStatus(error)).toBe(status);
  expect(error.cause).toBe(thrown);
});
