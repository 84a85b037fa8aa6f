// Owns how deeply a tree may be nested: what reads trees does so by recursion, on a stack of about a megabyte.

/**
 * Whether objects and lists hold each other more deeply than `most`. The left sides of operators are not counted: a
 * chain of them, as of strings put together, is as deep as it is long, and takes little of a stack.
 */
export function isDeeper(tree: object, most: number): boolean {
  const pending = [tree];
  const depths = [0];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    const depth = depths.pop()!;
    if (depth > most) return true;
    for (const key in value) {
      const inner: unknown = (value as { readonly [key: string]: unknown })[key];
      if (typeof inner !== "object" || inner === null) continue;
      pending.push(inner);
      // The operator on the left is one level further down, as its tag's value.
      depths.push(key === "lexpr" ? depth - 1 : depth + 1);
    }
  }
  return false;
}

/** Whether the objects and lists of a JSON text hold each other more deeply than `most`: told before it is parsed, in little time. */
export function isTextDeeper(json: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(json, at);
        break;
      case OBJECT:
      case LIST:
        if (++depth > most) return true;
        break;
      case OBJECT_END:
      case LIST_END:
        depth--;
    }
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OBJECT = 0x7b;
const OBJECT_END = 0x7d;
const LIST = 0x5b;
const LIST_END = 0x5d;

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
