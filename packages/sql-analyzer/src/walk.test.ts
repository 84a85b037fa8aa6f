// Holds the walker to the grammar's own list of nodes, and to trees as deep as the grammar gives.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fold } from "./fold/fold.ts";
import { newDatabase } from "./catalog/new-database.ts";
import { loadGrammar } from "./grammar.ts";
import { read } from "./read.ts";
import { references } from "./references/references.ts";
import { classify } from "./classify/classify.ts";
import { walk, walkTree } from "./walk.ts";

const grammar = await loadGrammar();
const statementsOf = (sql: string) => read(sql, grammar).statements;

test("visits nodes by their tags, parents first, with their places", () => {
  const text = '-- é\nalter table a add column "ü" int default now(), alter column b type text[] using lower(b);';
  const seen: string[] = [];
  const at = (tag: string) => (_: unknown, offset: number) =>
    void seen.push(`${tag} ${text.slice(offset, offset + 5)}`);
  const tags = ["AlterTableStmt", "RangeVar", "ColumnDef", "TypeName", "FuncCall", "ColumnRef"];
  for (const statement of statementsOf(text)) walk(statement, Object.fromEntries(tags.map((tag) => [tag, at(tag)])));
  expect(seen).toEqual([
    "AlterTableStmt alter",
    "RangeVar a add",
    'ColumnDef "ü" i',
    "TypeName int d",
    "FuncCall now()",
    "ColumnDef b typ",
    "TypeName text[",
    "FuncCall lower",
    "ColumnRef b);",
  ]);
});

test("leaves out what a visitor answers with false", () => {
  const tables: unknown[] = [];
  const [statement] = statementsOf("select * from a, (select * from b) c");
  walk(statement!, { RangeVar: ({ relname }) => void tables.push(relname), RangeSubselect: () => false });
  expect(tables).toEqual(["a"]);
});

test("a statement that does not parse has no nodes", () => {
  walk(statementsOf("create tabel a ()")[0]!, { CreateStmt: () => expect.unreachable() });
});

// The server makes these of a tree, and PL/pgSQL; the values of a constant are no nodes of their own.
const notParsed =
  /^(?:A_Const|FuncExpr|JsonExpr|JsonTablePathScan|PLAssignStmt|ParseResult|Query|RangeTblEntry|ScanResult|WindowFuncRunCondition)$/;
const libpgQuery = dirname(createRequire(import.meta.url).resolve("libpg-query/package.json"));
const types = createRequire(join(libpgQuery, "package.json")).resolve("@pgsql/types/package.json");
const declared = new Map(
  [...readFileSync(join(dirname(types), "types.d.ts"), "utf8").matchAll(/^export interface (\w+) \{(.*?)^\}/gms)].map(
    ([, tag, body]) => [tag!, [...body!.matchAll(/^\s*(\w+)\??: ([^;]+);/gm)].map(([, name, type]) => [name!, type!])],
  ),
);
const untagged = [...declared].flatMap(([tag, list]) =>
  notParsed.test(tag)
    ? []
    : list.flatMap(([field, type]) => (declared.has(type!) && !notParsed.test(type!) ? [[tag, field!, type!]] : [])),
) as [string, string, string][];

test.each(untagged)("%s.%s is a %s", (tag, field, type) => {
  const inner = Object.fromEntries(declared.get(type)!.map(([name]) => [name!, 0]));
  const seen: string[] = [];
  walkTree({ [tag]: { [field]: inner } }, undefined, (one) => void seen.push(one));
  expect(seen).toEqual([tag, type]);
  seen.length = 0;
  walkTree({ [tag]: { [field]: { FuncCall: inner } } }, undefined, (one) => void seen.push(one));
  expect(seen).toEqual([tag, "FuncCall"]);
});

test.each([
  ["a view", (chain: string) => `create view v as select ${chain} from t`],
  ["a condition", (chain: string) => `create table u (a text check (${chain} > ''), b text)`],
  ["an insert", (chain: string) => `insert into t select ${chain} from t`],
])("a chain of 4000 operators is read in %s", (_, around) => {
  const before = fold(newDatabase(17), statementsOf("create table t (a text)")).catalog;
  const statements = statementsOf(around(Array(4000).fill("a").join(" || ")));
  expect(statements[0]?.ast).toBeDefined();
  expect(fold(before, statements, { grammar }).opaque).toEqual([]);
  expect(references(statements, before, { grammar })).toEqual([]);
  expect(classify(statements[0]!).unknown).toBeDefined();
});
