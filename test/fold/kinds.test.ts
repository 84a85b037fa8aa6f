// Owns that every common kind of statement is in a case whose fold is compared with what servers make of it.
import { loadGrammar, read } from "@clew/sql-analyzer";
import { describe, expect, test } from "vitest";
import { cases, majors } from "./cases.ts";
import { commonKinds, kindsOf } from "./kinds.ts";

const grammar = await loadGrammar();

describe.each(majors)("among the cases for Postgres %i", (major) => {
  const found = new Set(
    cases
      .filter(({ from }) => from <= major)
      .flatMap(({ text }) => read(text, grammar).statements.flatMap((statement) => kindsOf(statement))),
  );
  test.each(Object.keys(commonKinds))("%s", (kind) => {
    expect(found).toContain(kind);
  });
});

test("the list is of 91 kinds, the commonest first, 99 %% of all statements", () => {
  const shares = Object.values(commonKinds);
  expect(shares).toHaveLength(91);
  expect(shares).toEqual([...shares].sort((a, b) => b - a));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThanOrEqual(990);
});

test("every case has statements only, all of which can be read", () => {
  for (const { name, text } of cases) {
    const unread = read(text, grammar).statements.filter(({ ast }) => ast === undefined);
    expect(
      unread.map((statement) => statement.text),
      name,
    ).toEqual([]);
  }
});
