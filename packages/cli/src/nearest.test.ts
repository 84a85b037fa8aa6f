// Owns the proof that a guess is offered where it helps, and only there.
import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const commands = ["execute", "run", "status", "rollback", "validate", "plan", "new", "init"];

test.each([
  ["exeucte", "execute"],
  ["STATUS", "status"],
  ["rolback", "rollback"],
  ["rnu", "run"],
  ["int", "init"],
  ["plna", "plan"],
  ["deploy", undefined],
  ["x", undefined],
])("%s: %s", (word, guess) => {
  expect(nearest(word, commands)).toBe(guess);
});
