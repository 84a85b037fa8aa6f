// Tests of lines, columns and excerpts.
import { describe, expect, it } from "vitest";
import { excerpt, locate } from "./place.ts";

describe("locate", () => {
  it.each([
    ["a\nb\n", 0, 1, 1],
    ["a\nb\n", 2, 2, 1],
    ["a\nb\n", 4, 3, 1],
    ["a\r\nb", 3, 2, 1],
    ["a\rb\r\rc", 2, 2, 1],
    ["a\rb\r\rc", 5, 4, 1],
    ["'😀é' x", 6, 1, 6], // one code point, two code units
    ["", 0, 1, 1],
    ["a", 99, 1, 2],
    ["a", -1, 1, 1],
  ])("%j at %i is line %i, column %i", (text, offset, line, column) => {
    expect(locate(text, offset)).toEqual({ offset: Math.max(0, Math.min(offset, text.length)), line, column });
  });
});

describe("excerpt", () => {
  it("shows the lines around with their numbers", () => {
    const text = "one\ntwo\nthree\nfour bad five\nsix\nseven\neight";
    const offset = text.indexOf("bad");
    expect(excerpt(text, offset, { end: offset + 3 })).toBe(
      ["  2 | two", "  3 | three", "> 4 | four bad five", "    |      ^^^", "  5 | six", "  6 | seven"].join("\n"),
    );
    expect(excerpt(text, offset, { context: 0 })).toBe(["> 4 | four bad five", "    |      ^"].join("\n"));
  });

  it("keeps numbers of different width in line", () => {
    const text = "x\n".repeat(10);
    expect(excerpt(text, 16, { context: 1 })).toBe(["   8 | x", ">  9 | x", "     | ^", "  10 | x"].join("\n"));
  });

  // The caret has to stand under the x on a terminal that gives these texts the columns they have.
  it.each([
    ["tab", "\tx", "    x", 4],
    ["a tab after text", "abcde\tx", "abcde   x", 8],
    ["accents", "éà x", "éà x", 3],
    ["combining accents", "e\u0301 x", "e\u0301 x", 2],
    ["Chinese", "漢字 x", "漢字 x", 5],
    ["an emoji", "😀x", "😀x", 2],
    ["a family of emojis", "👨‍👩‍👧‍👦x", "👨‍👩‍👧‍👦x", 2],
    ["Arabic", "مرحبا x", "مرحبا x", 6],
    ["control characters", "\u001b[31m\0x", "␛[31m␀x", 6],
  ])("stands right after %s", (_, text, shown, column) => {
    expect(excerpt(text, text.length - 1)).toBe(`> 1 | ${shown}\n    | ${" ".repeat(column)}^`);
  });

  it.each([0, 1, 59, 60, 61, 119, 120, 121, 500, 513, 1000, 4000, 4999, 5000])(
    "cuts a long line around column %i",
    (offset) => {
      const line = Array.from({ length: 5000 }, (_, i) => String.fromCodePoint(0x61 + (i % 26))).join("");
      const [shown, carets] = excerpt(line, offset, { end: offset + 2 })
        .split("\n")
        .map((l) => l.slice(6));
      expect(shown!.length).toBeLessThanOrEqual(122);
      const column = carets!.indexOf("^");
      expect(column).toBeLessThanOrEqual(shown!.length);
      if (offset < line.length) expect(shown![column]).toBe(line[offset]);
    },
  );

  it("marks no more than its own line, and no less than one column", () => {
    expect(excerpt("ab\ncd", 1, { end: 5, context: 0 })).toBe("> 1 | ab\n    |  ^");
    expect(excerpt("ab", 2)).toBe("> 1 | ab\n    |   ^");
    expect(excerpt("", 0)).toBe("> 1 |\n    | ^");
    expect(excerpt("ab", 1, { end: 0 })).toBe("> 1 | ab\n    |  ^");
  });
});
