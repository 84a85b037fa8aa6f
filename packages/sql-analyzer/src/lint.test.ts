// Holds linting to what the checks say one by one, and to silence where nothing can be known.
import { expect, test } from "vitest";
import { catalogOf, newDatabase } from "./index.ts";
import { fold } from "./fold/fold.ts";
import { loadGrammar } from "./grammar.ts";
import { lint, type LintOptions } from "./lint.ts";
import { lintFile, type LintedFile, type SqlFile } from "./lint-file.ts";
import { read } from "./read.ts";

const grammar = await loadGrammar();

const filesOf = (...texts: readonly (string | Uint8Array)[]): readonly SqlFile[] =>
  texts.map((content, at) => ({ path: `${at + 1}.sql`, content }));

function linted(files: readonly SqlFile[], options: Partial<LintOptions> = {}): readonly LintedFile[] {
  return [...lint(files, newDatabase(17), { grammar, ...options })];
}

function said(files: readonly LintedFile[]): readonly string[] {
  return files.flatMap(({ findings }) =>
    findings.map(({ path, line, column, check, code }) => `${path}:${line}:${column} ${check} ${code}`),
  );
}

test("says all of every file, in the order of the places", () => {
  const files = filesOf(
    "create table a (id int);",
    "select no from a;\nbegin;\nselect 1 from nothing;\nselect 1 from a form b;",
    "alter table a add b int;\r\nalter table c add d int;",
    "create table c ();",
  );
  const all = linted(files);
  expect(said(all)).toEqual([
    "2.sql:1:8 names UNKNOWN_COLUMN",
    "2.sql:2:1 transactions UNFINISHED_TRANSACTION",
    "2.sql:3:15 names UNKNOWN_TABLE",
    "2.sql:4:22 text SYNTAX_ERROR",
    "3.sql:2:13 names UNKNOWN_TABLE",
  ]);
  expect(all[2]!.findings[0]).toMatchObject({ at: { path: "3.sql" }, help: "4.sql makes it, which runs later." });
  expect(new Set(all.map(({ checked }) => checked.join(" ")))).toEqual(new Set(["text transactions names"]));
  expect(all.map(({ statements, segments }) => [statements.length, segments.length])).toEqual([
    [1, 1],
    [4, 1],
    [2, 1],
    [1, 1],
  ]);
});

test("is lazy: files are read when they are asked for, ahead only where a name is missing", () => {
  const taken: string[] = [];
  function* files(): Generator<SqlFile> {
    for (const file of filesOf(
      "create table a ();",
      "alter table a add b int;",
      "drop table c;",
      "create table c ();",
    )) {
      taken.push(file.path);
      yield file;
    }
  }
  const linting = lint(files(), newDatabase(17), { grammar });
  expect(linting.next().value?.path).toBe("1.sql");
  expect(linting.next().value?.path).toBe("2.sql");
  expect(taken).toEqual(["1.sql", "2.sql"]);
  expect(linting.next().value?.findings[0]?.help).toContain("4.sql");
  expect(taken).toHaveLength(4);
  expect(linting.next().value?.path).toBe("4.sql");
  expect(linting.next()).toEqual({ done: true, value: undefined });
});

test("has the catalog after the files that were asked for", () => {
  const files = filesOf("create table a (id int); create temp table t ();", "create view v as select id from a;");
  const linting = lint(files, newDatabase(17), { grammar, role: "ann" });
  let catalog = newDatabase(17);
  expect(linting.catalog()).toEqual({ ...catalog, source: "files" });
  for (const { statements } of linting) {
    catalog = fold(catalog, statements, { grammar, role: "ann" }).catalog;
    expect(linting.catalog()).toEqual(catalog);
  }
  expect(Object.keys(catalog.facts)).toContain("view public.v");
});

test("what a broken statement may have made is not missed, and the rest is", () => {
  const files = filesOf(
    "create table a (id int,, no);\ncreate table b ();",
    "alter table a add c int; select name from b;",
  );
  expect(said(linted(files))).toEqual(["1.sql:1:24 text SYNTAX_ERROR", "2.sql:1:33 names UNKNOWN_COLUMN"]);
});

test.each([
  ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0x61, 0x00)],
  ["another file, in psql", "\\ir tables.sql"],
  ["a section that undoes the rest", "create table a ();\n-- migrate:down\ndrop table a;"],
  ["a placeholder", "create table {{ table }} ();"],
  ["a search_path that cannot be read", "set search_path = = a;"],
])("after %s names are not looked up", (_, content) => {
  const all = linted(filesOf("drop table none;", content, "drop table other;"));
  expect(all.map(({ checked }) => checked.includes("names"))).toEqual([true, false, false]);
  expect(all[1]!.findings).not.toEqual([]);
  expect(said(all).filter((one) => one.includes("names"))).toEqual(["1.sql:1:12 names UNKNOWN_TABLE"]);
});

test("what psql prints and restricts hides no name", () => {
  expect(said(linted(filesOf("select 1;\n\\restrict abc\n\\echo hello\ndrop table none;")))).toEqual([
    "1.sql:2:1 text PSQL_COMMAND",
    "1.sql:3:1 text PSQL_COMMAND",
    "1.sql:4:12 names UNKNOWN_TABLE",
  ]);
});

test("a file that is larger than it is to be is not looked into", () => {
  const all = linted(filesOf("create table a ();", "create table b (); /* long enough */", "drop table c;"), {
    largest: 20,
  });
  expect(all.map(({ checked }) => checked.length)).toEqual([3, 0, 2]);
  expect(said(all)).toEqual([]);
});

test("a file in bulk mode makes what others name", () => {
  const rows = "insert into a values (1, 'a row of some length');\n".repeat(25_000);
  expect(said(linted(filesOf(`create table a (id int, name text);\n${rows}`, "select id, no from a;")))).toEqual([
    "2.sql:1:12 names UNKNOWN_COLUMN",
  ]);
});

test("privileges are looked at where it is said what the role may do", () => {
  const roles = fold(newDatabase(17), read("create role ann; create role bob; create table t ();", grammar).statements);
  const owned = fold(roles.catalog, read("alter table t owner to bob;", grammar).statements).catalog;
  const abilities = { createsSchemas: true, supabase: false };
  const [file] = lint(filesOf("alter table t add c int; drop table u;"), owned, { grammar, role: "ann", abilities });
  expect(said([file!])).toEqual(["1.sql:1:13 privileges NOT_OWNER", "1.sql:1:37 names UNKNOWN_TABLE"]);
  expect(file!.checked).toEqual(["text", "transactions", "names", "privileges"]);
  const [other] = lint(filesOf("alter table t add c int;"), owned, { grammar, role: "ann" });
  expect(other!.findings).toEqual([]);
});

test("a file by itself", () => {
  const nul = lintFile({ path: "a.sql", content: Uint8Array.of(0x61, 0) }, grammar);
  expect(nul).toEqual({
    path: "a.sql",
    text: undefined,
    statements: [],
    segments: [],
    directives: {},
    findings: [expect.objectContaining({ path: "a.sql", check: "text", code: "NUL_BYTE" })],
    checked: ["text"],
  });
  const bytes = new TextEncoder().encode("\ufeff-- no-transaction\nselect 'é' form a b;");
  const file = lintFile({ path: "b.sql", content: bytes }, grammar);
  expect(file.directives.noTransaction?.written).toBe("-- no-transaction");
  expect(said([file])).toEqual(["b.sql:2:17 text SYNTAX_ERROR"]);
});

test("nothing is said of no files", () => {
  const linting = lint([], catalogOf([], { source: "files", major: 17 }), { grammar });
  expect([...linting]).toEqual([]);
  expect(linting.catalog().facts).toEqual({});
});
