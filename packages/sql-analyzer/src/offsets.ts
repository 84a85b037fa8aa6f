// Converts what libpg_query counts in (UTF-8 bytes in trees, code points in errors) to UTF-16 offsets and back.

/** Converts offsets of one text. Built in linear time on first need; a text of ASCII alone needs no table. */
export interface Offsets {
  /** The UTF-16 offset of a count of UTF-8 bytes from `base` (a UTF-16 offset, default 0). */
  fromBytes(bytes: number, base?: number): number;
  /** The UTF-16 offset of a count of code points from `base` (a UTF-16 offset, default 0). */
  fromCodePoints(codePoints: number, base?: number): number;
  /** The UTF-8 byte offset of a UTF-16 offset. */
  toBytes(offset: number): number;
}

/** The offsets of a text. What lies outside it counts as its end. */
export function offsetsOf(text: string): Offsets {
  // Half a pair of surrogates reaches the parser as U+FFFD.
  return isAscii(text) ? ascii(text.length) : wide(text.toWellFormed());
}

/** How many bytes a text is in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) bytes += bytesOf(text.charCodeAt(i));
  return bytes;
}

function isAscii(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return /^[\0-\x7f]*$/.test(text);
}

function ascii(length: number): Offsets {
  const add = (count: number, base = 0) => Math.min(base + count, length);
  return { fromBytes: add, fromCodePoints: add, toBytes: (offset) => Math.min(offset, length) };
}

// Totals up to every 256th code unit; from there a lookup walks.
const STEP = 256;

function wide(text: string): Offsets {
  const size = Math.ceil(text.length / STEP);
  const bytes = new Uint32Array(size);
  const points = new Uint32Array(size);
  let b = 0;
  let p = 0;
  for (let i = 0; i < text.length; i++) {
    if (i % STEP === 0) {
      bytes[i / STEP] = b;
      points[i / STEP] = p;
    }
    const code = text.charCodeAt(i);
    b += bytesOf(code);
    p += pointsOf(code);
  }

  const total = (table: Uint32Array, of: (code: number) => number, offset: number) => {
    const at = Math.max(0, Math.min(offset, text.length));
    const slot = Math.min(Math.floor(at / STEP), size - 1);
    let sum = table[slot] ?? 0;
    for (let i = slot * STEP; i < at; i++) sum += of(text.charCodeAt(i));
    return sum;
  };
  const find = (table: Uint32Array, of: (code: number) => number, wanted: number) => {
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((table[middle] ?? 0) <= wanted) low = middle;
      else high = middle - 1;
    }
    let sum = table[low] ?? 0;
    let i = low * STEP;
    while (i < text.length && sum < wanted) sum += of(text.charCodeAt(i++));
    // A place inside a pair of surrogates is none.
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) i++;
    return i;
  };
  return {
    fromBytes: (count, base = 0) => find(bytes, bytesOf, total(bytes, bytesOf, base) + count),
    fromCodePoints: (count, base = 0) => find(points, pointsOf, total(points, pointsOf, base) + count),
    toBytes: (offset) => total(bytes, bytesOf, offset),
  };
}

// A pair of surrogates is four bytes and one code point: all counted at its first half.
function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  if ((code & 0xfc00) === 0xd800) return 4;
  return (code & 0xfc00) === 0xdc00 ? 0 : 3;
}

function pointsOf(code: number): number {
  return (code & 0xfc00) === 0xdc00 ? 0 : 1;
}
