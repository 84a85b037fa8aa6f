// Measures PostgreSQL's locks again, and holds the table that classify reads, and classify itself, to them.
import type { Major } from "@clew/kit";
import { classify, loadGrammar, read, type Grammar } from "@clew/sql-analyzer";
import { beforeAll, describe, expect, test } from "vitest";
import { measured } from "../../packages/sql-analyzer/src/classify/measured.ts";
import { disagreements } from "./agreement.ts";
import { cases } from "./cases.ts";
import { type Survey, survey } from "./survey.ts";
import { tableFor, tableOf } from "./table.ts";

const majors: readonly Major[] = process.env["CLEW_MATRIX"] ? [15, 17, 18] : [17];

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

describe.each(majors)("PostgreSQL %i", (major) => {
  let found: Survey;
  beforeAll(async () => {
    found = await survey(major, cases);
  });

  test("locks, rewrites and scans as measured.ts says", () => {
    const again = "if PostgreSQL is right, run test/locks/generate.ts";
    expect(tableOf(found), again).toEqual(tableFor(major, measured));
  });

  test("does with each case what classify foresees", () => {
    const wrong = found.findings.flatMap(({ of: one, measured, partitions }) => {
      const { statements } = read(one.sql, grammar);
      const said = classify(statements.at(-1)!, { major });
      const seen = partitions === undefined ? [measured] : [measured, partitions];
      return seen.flatMap((each) =>
        disagreements(said, each, one.planned === true).map((what) => `${one.setup ?? ""}; ${one.sql}: ${what}`),
      );
    });
    expect(wrong).toEqual([]);
  });
});
