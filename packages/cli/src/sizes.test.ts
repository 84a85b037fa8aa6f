// Sizes with and without units, and what is none.
import { expect, test } from "vitest";
import { formatSize, parseSize } from "./sizes.ts";

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

test.each([
  [1024 ** 3, "1GB"],
  [1500 * 1024 ** 2, "1500MB"],
  [1023, "1023B"],
])("%j bytes are %j", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
  expect(parseSize(text)).toBe(bytes);
});
