// Sizes with and without units, and what is none.
import { expect, test } from "vitest";
import { parseSize } from "./sizes.ts";

test.each([
  ["0", 0],
  ["500", 500],
  ["500MB", 500 * 1024 ** 2],
  [" 1.5 GB ", 1.5 * 1024 ** 3],
  ["2kB", 2048],
  ["1TB", 1024 ** 4],
  ["1mb", undefined],
  ["-1", undefined],
  ["1 GB more", undefined],
  ["", undefined],
])("%j is %j bytes", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});
