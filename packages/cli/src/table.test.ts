// Owns the proof that columns stand in line, coloured or not.
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { paintFor, plain } from "./colors.ts";
import { table, type Cell } from "./table.ts";

const rows: readonly (readonly Cell[])[] = [
  [["version", "dim"], "name", "", "status"],
  ["0001", "größe", "", ["applied", "green"]],
  ["20260101000000", "", "", "pending"],
];
const expected = [
  "  version         name   status",
  "  0001            größe  applied",
  "  20260101000000         pending",
].join("\n");

test("widths are those of the text; empty columns are left out", () => {
  expect(table(rows, plain)).toBe(expected);
});

test("colours take no room", () => {
  const coloured = table(rows, paintFor({ isTTY: true }, {}, false));
  expect(coloured).not.toBe(expected);
  expect(stripVTControlCharacters(coloured)).toBe(expected);
});

test("no rows", () => {
  expect(table([], plain)).toBe("");
});
