// Measures PostgreSQL's locks again, and holds the table that classify reads, and classify itself, to them.
import { readFileSync } from "node:fs";
import type { Major } from "@clew/kit";
import { classify, loadGrammar, read, type Grammar, type Node } from "@clew/sql-analyzer";
import { beforeAll, describe, expect, test } from "vitest";
import { stableFunctions, types, volatileFunctions } from "../../packages/sql-analyzer/src/classify/builtin-names.ts";
import { measured } from "../../packages/sql-analyzer/src/classify/measured.ts";
import { disagreements } from "./agreement.ts";
import { type Case, plain } from "./case.ts";
import { cases } from "./cases.ts";
import { measure } from "./measure.ts";
import { type Builtins, type Survey, survey, withSessions } from "./survey.ts";
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
  }, 300_000);

  test("locks, rewrites and scans as measured.ts says", () => {
    const again = "if PostgreSQL is right, run test/locks/generate.ts";
    expect(tableOf(found), again).toEqual(tableFor(major, measured));
  });

  test("does with each case what classify foresees", () => {
    const wrong = found.findings.flatMap(({ of: one, measured, partitions }) => {
      const said = classify(lastOf(one.sql), { major });
      const seen = partitions === undefined ? [measured] : [measured, partitions];
      return seen.flatMap((each) =>
        disagreements(said, each, one.planned === true).map((what) => `${one.setup ?? ""}; ${one.sql}: ${what}`),
      );
    });
    expect(wrong).toEqual([]);
  });

  test("has the built-in functions and types that classify knows", () => {
    const again = "run test/locks/generate.ts";
    const has = (kind: keyof Builtins, name: string): boolean => found.builtins[kind].includes(name);
    const listed = (names: string): readonly string[] => names.split(/\s+/);
    const volatile = listed(volatileFunctions);
    expect(found.builtins.volatileFunctions, again).toEqual(volatile.filter((name) => has("volatileFunctions", name)));
    // A function may be stable here, and volatile on another version.
    const stable = [...listed(stableFunctions), ...volatile].filter((name) => has("stableFunctions", name));
    expect(stable.toSorted(), again).toEqual(found.builtins.stableFunctions.toSorted());
    expect(found.builtins.types, again).toEqual(listed(types).filter((name) => has("types", name)));
  });

  test("does with several commands of one ALTER TABLE what classify foresees", async () => {
    const commands = cases.flatMap(({ sql, setup, since = 15, key }) => {
      const command = /^alter table target (.*)/s.exec(sql)?.[1];
      const alone = /^(rename|set schema|attach|detach)/.test(command ?? "rename");
      return setup === undefined && since <= major && key !== undefined && !alone ? [command!] : [];
    });
    // Each with two that stand some places on: alike ones stand together.
    const statements = commands.map((command, index) => {
      const others = [7, 18].map((step) => commands[(index + step) % commands.length]!);
      return `alter table target ${[command, ...others].join(", ")}`;
    });
    let run = 0;
    const wrong = await withSessions(major, async (sessions) => {
      const found: string[] = [];
      for (const sql of statements) {
        const seen = await measure(sessions, plain, { sql }).catch(() => undefined); // they may contradict each other
        if (seen === undefined) continue;
        run += 1;
        found.push(...disagreements(classify(lastOf(sql), { major }), seen, false).map((what) => `${sql}: ${what}`));
      }
      return found;
    });
    expect(wrong).toEqual([]);
    expect(run).toBeGreaterThan(statements.length / 2);
  });
});

describe("the cases", () => {
  test("have every statement that the analyzer has a name for", () => {
    const kinds = readFileSync(new URL("../../packages/sql-analyzer/src/kind.ts", import.meta.url), "utf8");
    const known = [...kinds.matchAll(/^ {2}(\w+Stmt):/gm)].map(([, tag]) => tag!);
    expect(known.length).toBeGreaterThan(100);
    const tried = new Set(cases.flatMap(({ sql }) => nodesOf(sql).flatMap((node) => Object.keys(node))));
    expect(known.filter((tag) => !tried.has(tag) && !Object.hasOwn(untried, tag))).toEqual([]);
    expect(Object.keys(untried).filter((tag) => tried.has(tag))).toEqual([]);
  });

  test("have every sub-command of ALTER TABLE that the grammar makes", () => {
    const tried = new Set(JSON.stringify(cases.map(({ sql }) => nodesOf(sql))).match(/(?<="subtype":")AT_\w+/g));
    expect(subcommands.split(/\s+/).filter((one) => !tried.has(one))).toEqual([]);
  });

  test("measure every key once as a rule, and what is under a condition after it", () => {
    const rules = new Set<string>();
    for (const { key, when, sql } of cases as readonly Case[]) {
      if (key !== undefined && when === undefined) rules.add(key);
      expect(when === undefined || rules.has(key ?? ""), sql).toBe(true);
    }
    expect(Object.keys(measured).toSorted()).toEqual([...rules].toSorted());
  });
});

test("the table of other tools' mistakes says what was measured", () => {
  const readme = readFileSync(new URL("../../packages/sql-analyzer/src/classify/README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| `(.+?)` \| (.+?) \| .+ \|$/gm)];
  expect(rows.length).toBeGreaterThan(20);
  for (const [, sql, said] of rows) {
    const { locks } = classify(lastOf(sql!), { major: 17 });
    const certain = locks.filter(({ when }) => when === undefined);
    expect(lastOf(sql!).ast, sql).toBeDefined();
    const words = (certain.length > 0 ? certain : locks).map(({ relation, kin, when, mode }) => {
      return `${[kin, relation?.name, when].filter((part) => part !== undefined).join(" ")}: ${mode}`;
    });
    expect(words.join(", ") || "nothing", sql).toBe(said);
  }
});

/** Statements that no case tries, and why. */
const untried: Readonly<Record<string, string>> = {
  AlterTypeStmt: "changes how a base type written in C is stored",
  ImportForeignSchemaStmt: "needs a server behind a foreign data wrapper; it makes tables and touches none",
  SecLabelStmt: "needs a label provider, which no server here has; classify says that it was not measured",
};

// AlterTableType in PostgreSQL's parsenodes.h, without those that the server makes for itself.
const subcommands = `AT_AddColumn AT_ColumnDefault AT_DropNotNull AT_SetNotNull AT_SetExpression AT_DropExpression
AT_SetStatistics AT_SetOptions AT_ResetOptions AT_SetStorage AT_SetCompression AT_DropColumn AT_AddConstraint
AT_AlterConstraint AT_ValidateConstraint AT_DropConstraint AT_AlterColumnType AT_AlterColumnGenericOptions
AT_ChangeOwner AT_ClusterOn AT_DropCluster AT_SetLogged AT_SetUnLogged AT_DropOids AT_SetAccessMethod AT_SetTableSpace
AT_SetRelOptions AT_ResetRelOptions AT_EnableTrig AT_EnableAlwaysTrig AT_EnableReplicaTrig AT_DisableTrig
AT_EnableTrigAll AT_DisableTrigAll AT_EnableTrigUser AT_DisableTrigUser AT_EnableRule AT_EnableAlwaysRule
AT_EnableReplicaRule AT_DisableRule AT_AddInherit AT_DropInherit AT_AddOf AT_DropOf AT_ReplicaIdentity
AT_EnableRowSecurity AT_DisableRowSecurity AT_ForceRowSecurity AT_NoForceRowSecurity AT_GenericOptions
AT_AttachPartition AT_DetachPartition AT_DetachPartitionFinalize AT_AddIdentity AT_SetIdentity AT_DropIdentity`;

function lastOf(sql: string) {
  return read(sql, grammar).statements.at(-1)!;
}

function nodesOf(sql: string): readonly Node[] {
  return read(sql, grammar).statements.flatMap(({ ast }) => (ast === undefined ? [] : [ast]));
}
