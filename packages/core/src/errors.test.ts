// Tests of the one error and its table.
import { expect, test } from "vitest";
import { ClewError, errorCodes, exitStatus, isClewError } from "./errors.ts";

test("every code has an exit status of the documented ones, a title and help", () => {
  for (const [code, { exit, title, help }] of Object.entries(errorCodes)) {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 70], code).toContain(exit);
    expect(title.length, code).toBeGreaterThan(5);
    expect(help, code).toMatch(/\.$/);
  }
});

test("narrows by code, over two copies of the package too", () => {
  const error = new ClewError("OUT_OF_ORDER", "too late", { version: "01" });
  expect(isClewError(error)).toBe(true);
  expect(isClewError(error, "OUT_OF_ORDER")).toBe(true);
  expect(isClewError(error, "FILE_CHANGED")).toBe(false);
  expect(isClewError(Object.assign(new Error("x"), { name: "ClewError", code: "OUT_OF_ORDER" }), "OUT_OF_ORDER")).toBe(
    true,
  );
  expect(isClewError(new Error("x"))).toBe(false);
});

test("is plain data as JSON", () => {
  const error = new ClewError("OUT_OF_ORDER", "too late", { version: "01" }, { cause: new Error("hidden") });
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: "OUT_OF_ORDER",
    message: "too late",
    version: "01",
    help: errorCodes.OUT_OF_ORDER.help,
  });
});

test("exit status: the code's, or that of a defect", () => {
  expect(exitStatus(new ClewError("IN_DOUBT", "x"))).toBe(6);
  expect(exitStatus(new TypeError("x"))).toBe(70);
});
