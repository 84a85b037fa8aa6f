// Tests of what is sent for a segment, and of finding the statement that failed.
import { loadGrammar } from "@clew/sql-analyzer/reading";
import { tempFolder } from "@clew/kit";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failingStatement, itemsOf } from "./items.ts";
import { prepare } from "../files/prepare.ts";

test("a small file: one item a statement; a large one: pieces that hold every statement once, in order", async () => {
  const row = (n: number): string => `insert into t values (${n}, '${"x".repeat(180)};ä🧀');\n`;
  const text = Array.from({ length: 12_000 }, (_, n) => row(n)).join("");
  await using folder = await tempFolder({ "1_a.sql": row(1) + row(2), "2_b.sql": text });
  const grammar = await loadGrammar();
  const small = await prepare(join(folder.path, "1_a.sql"), grammar);
  expect(itemsOf(small, small.segments[0]!).map((item) => [item.first, item.count, item.sql.script])).toEqual([
    [0, 1, undefined],
    [1, 1, undefined],
  ]);
  const large = await prepare(join(folder.path, "2_b.sql"), grammar);
  const [segment] = large.segments;
  const items = itemsOf(large, segment!);
  expect(items.length).toBeGreaterThan(5);
  let next = 0;
  for (const item of items) {
    expect(item.first).toBe(next);
    expect(item.sql.text.startsWith(`insert into t values (${next},`)).toBe(true);
    next += item.count;
  }
  expect(next).toBe(12_000);
  const item = items[1]!;
  expect(item.line).toBe(item.first + 1);
  const fault = { reply: "error", index: 1, completed: 3 } as const;
  expect(failingStatement(item, fault, segment!)).toBe(item.first + 3);
});
