// Tests of the conversion between bytes, characters and UTF-16.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { offsetsOf } from "./offsets.ts";

const texts = fc
  .array(
    fc.constantFrom("a", "é", "漢", "😀", "\n", "a".repeat(255), "é".repeat(256), "😀".repeat(130), "\ud83d", "\ude00"),
    {
      maxLength: 12,
    },
  )
  .map((parts) => parts.join(""));

it("converts between UTF-8 bytes, code points and UTF-16 at every character", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const offsets = offsetsOf(text);
      let utf16 = 0;
      let bytes = 0;
      let points = 0;
      for (const character of [...text, ""]) {
        expect(offsets.fromBytes(bytes)).toBe(utf16);
        expect(offsets.fromCodePoints(points)).toBe(utf16);
        expect(offsets.toBytes(utf16)).toBe(bytes);
        utf16 += character.length;
        bytes += new TextEncoder().encode(character).length;
        points++;
      }
    }),
  );
});

it("counts from a statement's start", () => {
  const text = "-- é😀\nselect '漢', x";
  const start = text.indexOf("select");
  const offsets = offsetsOf(text);
  expect(offsets.fromBytes("select '漢', ".length + 2, start)).toBe(text.indexOf("x"));
  expect(offsets.fromCodePoints("select '漢', ".length, start)).toBe(text.indexOf("x"));
});

it("stays inside the text", () => {
  for (const text of ["", "abc", "é😀"]) {
    expect(offsetsOf(text).fromBytes(1000)).toBe(text.length);
    expect(offsetsOf(text).fromCodePoints(1000)).toBe(text.length);
  }
});
