// Tests of reading statements and naming what is wrong with a text.
import { beforeAll, describe, expect, it } from "vitest";
import { type Grammar, loadGrammar } from "./grammar.ts";
import { locate } from "./place.ts";
import { read, type Script } from "./read.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

const kinds = (script: Script) => script.statements.map(({ kind }) => kind);
const codes = (script: Script) => script.findings.map(({ code }) => code);

/** The findings as `CODE line:column text`. */
const said = (text: string) =>
  read(text, grammar).findings.map(({ code, at }) => {
    const { line, column } = locate(text, at!.start);
    return `${code} ${line}:${column} ${text.slice(at!.start, at!.end)}`;
  });

describe("statements", () => {
  it("have their text, place, kind, boundary and tree", () => {
    const text = "-- ä😀\n create table t (id int) ; -- end\ncreate index concurrently i on t (id)";
    const { statements, findings } = read(text, grammar);
    expect(findings).toEqual([]);
    expect(statements).toEqual([
      {
        text: "create table t (id int)",
        start: 8,
        end: 31,
        kind: "CREATE TABLE",
        boundary: "none",
        ast: { CreateStmt: expect.objectContaining({ oncommit: "ONCOMMIT_NOOP" }) },
      },
      {
        text: "create index concurrently i on t (id)",
        start: text.indexOf("create index"),
        end: text.length,
        kind: "CREATE INDEX CONCURRENTLY",
        boundary: "alone",
        ast: { IndexStmt: expect.objectContaining({ idxname: "i", concurrent: true }) },
      },
    ]);
    for (const { text: own, start, end } of statements) expect(text.slice(start, end)).toBe(own);
  });

  it.each(["", "  \n", "-- nothing\n/* at /* all */ */", ";;"])("are none in %j", (text) => {
    expect(read(text, grammar)).toEqual({ text, statements: [], findings: [], directives: {} });
  });

  it("are plain data", () => {
    const script = read("select 1; vacuum", grammar);
    expect(structuredClone(script)).toEqual(script);
  });
});

describe("what is broken", () => {
  it("keeps a no-break space, which is a letter to PostgreSQL", () => {
    const { statements, findings } = read("select 1; \u00a0 \n", grammar);
    expect(statements.at(-1)).toMatchObject({ text: "\u00a0", start: 10, end: 11 });
    expect(findings).toMatchObject([{ code: "SYNTAX_ERROR" }]);
  });

  it("costs the other statements nothing", () => {
    const script = read("create table a ();\ncreate tabel b ();\nselect 1;;\n)", grammar);
    expect(kinds(script)).toEqual(["CREATE TABLE", "CREATE TABEL", "SELECT", ""]);
    expect(script.statements.map(({ ast }) => ast !== undefined)).toEqual([true, false, true, false]);
    expect(codes(script)).toEqual(["SYNTAX_ERROR", "SYNTAX_ERROR"]);
  });

  it.each<[text: string, said: readonly string[]]>([
    ["select 'é😀', from t", ["SYNTAX_ERROR 1:14 from"]],
    ["select 1;\r\n-- 漢😀\r\n\tselect '漢😀', 1 2;", ["SYNTAX_ERROR 3:17 2"]],
    ["select 1;\rselect 1 2;", ["SYNTAX_ERROR 2:10 2"]],
    ["create table t (\n  id int,\n);", ["SYNTAX_ERROR 3:1 )"]],
    ["select", []],
    ["copy", ["SYNTAX_ERROR 1:5 "]],
    ["select 1 where -- all\n;", ["SYNTAX_ERROR 1:15 "]],
    ["select 'a;\nselect 2;", ["SYNTAX_ERROR 1:8 'a;\nselect 2;"]],
    ["select 1;\n/* select 2;", ["SYNTAX_ERROR 2:1 /* select 2;"]],
  ])("is placed: %j", (text, expected) => {
    expect(said(text)).toEqual(expected);
  });

  // libpg_query alone refuses the comments in these.
  it.each([
    "select a not -- c\n in (1), b not /* é😀 */ like c from f() with /* c */ ordinality order by a nulls -- c\n first",
    "select 'a' -- it's\n\n 'b', e'a' -- c\n -- é\n 'b\\'c'",
    "select a::timestamp with /* /* c */ */ time zone, u&'!0041' -- c\n uescape '!'",
  ])("is not what PostgreSQL takes: %j", (text) => {
    expect(said(text)).toEqual([]);
    expect(said(`${text} 1 2`)).toEqual([expect.stringMatching(/^SYNTAX_ERROR \d:\d+ [12]$/)]);
  });

  it("says what PostgreSQL says, without the rest of the file", () => {
    const text = `select 'a;\n${"select 'b;\n".repeat(1000)}`;
    expect(read(text, grammar).findings[0]).toMatchObject({
      severity: "error",
      message: `unterminated quoted string at or near "'b;…"`,
    });
    expect(read("selct", grammar).findings[0]).toMatchObject({ message: 'syntax error at or near "selct"' });
  });

  it.each([
    ["create table a (id int;\ncreate table b ();\nselect 1", ["CREATE TABLE", "CREATE TABLE", "SELECT"]],
    ["select (1;\nselect ')';", ["SELECT", "SELECT"]],
    ["select f((1 2;\nselect 2", ["SELECT", "SELECT"]],
  ])("a parenthesis that is never closed does not take the rest with it: %j", (text, expected) => {
    const script = read(text, grammar);
    expect(kinds(script)).toEqual(expected);
    expect(codes(script)).toEqual(["SYNTAX_ERROR"]);
  });
});

describe("what is not SQL", () => {
  it.each<[text: string, said: readonly string[]]>([
    ["--\n\\restrict abc\nselect 1;\n\\unrestrict abc\n", []],
    [
      "\\restrict abc\nselect 1;\n\\unrestrict abc\n\\restrict abc\nselect 2;",
      ["PSQL_COMMAND 3:1 \\unrestrict abc", "PSQL_COMMAND 4:1 \\restrict abc"],
    ],
    ["select 1 \\gset pre_\n", ["PSQL_COMMAND 1:10 \\gset pre_"]],
    ["\\echo it's\nselect 1;", ["PSQL_COMMAND 1:1 \\echo it's"]],
    ["select 1;\ncopy t (a) from stdin;\nit's\t(\n\\.\nselect 2;", ["COPY_FROM_STDIN 2:1 copy t (a) from stdin"]],
    ["create schema {{ name }}", ["TEMPLATE_PLACEHOLDER 1:15 {{ name }}"]],
    ["grant usage on schema s to ${role};", ["TEMPLATE_PLACEHOLDER 1:28 ${role}"]],
    ["alter role app_${env} login;", ["TEMPLATE_PLACEHOLDER 1:16 ${env}"]],
    ["create role :\"name\";\nselect :'x', :y", ['TEMPLATE_PLACEHOLDER 1:13 :"name"', "TEMPLATE_PLACEHOLDER 2:8 :'x'"]],
    ["create table <%= x %> ()", ["TEMPLATE_PLACEHOLDER 1:14 <%= x %>"]],
    ["select '{{x}}', '${y}', a[1:b], x::int from t", []],
    ["-- migrate:up\nselect 1;\n-- migrate:down\nselect 2;", ["DOWN_SECTION 3:1 -- migrate:down"]],
    ["-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;", ["DOWN_SECTION 3:1 -- +goose Down"]],
    ["-- Up Migration\nselect 1;\n-- Down Migration\nselect 2;", ["DOWN_SECTION 3:1 -- Down Migration"]],
    ["select 1;\n-- Down Migration\n-- select 2;", []],
    ["select '\n-- migrate:down\n'; select 2", []],
    ["select '{{x}}' 1", ["SYNTAX_ERROR 1:16 1"]],
  ])("is named: %j", (text, expected) => {
    expect(said(text)).toEqual(expected);
    for (const { help } of read(text, grammar).findings)
      expect(help === undefined).toBe(expected[0]!.startsWith("SYNTAX"));
  });

  const conflict = "<<<<<<< HEAD\ncreate table b ();\n=======\ncreate table c (\n>>>>>>> other\n";

  it("is a merge conflict, once", () => {
    const script = read(`create table a ();\n${conflict}create table d ();\nselect 1 2;`, grammar);
    expect(codes(script)).toEqual(["MERGE_CONFLICT", "SYNTAX_ERROR"]);
    expect(script.findings[0]!.at).toEqual({ start: 19, end: 19 + conflict.length - 1 });
  });

  it("is a merge conflict in a body that PostgreSQL would store", () => {
    const body = (mark: string) => `create function f() returns int language plpgsql as $$\n${mark}$$;`;
    expect(codes(read(body(conflict), grammar))).toEqual(["MERGE_CONFLICT"]);
    expect(codes(read(body(""), grammar))).toEqual([]);
  });

  it("is no merge conflict in a comment or a string", () => {
    expect(codes(read(`/*\n${conflict}*/ select '\n${conflict}'`, grammar))).toEqual([]);
  });
});

describe("bulk mode", () => {
  const text =
    "insert into t values (1);\nvacuum;\nwith a as (select 1), insert as (select 2) update t set a = 1;\nselect 1 2;\nvalues (1)";

  it("does not parse plain data statements", () => {
    const script = read(text, grammar, { bulkBytes: 10 });
    expect(kinds(script)).toEqual(["INSERT", "VACUUM", "UPDATE", "SELECT", "SELECT"]);
    expect(script.statements.map(({ ast }) => ast !== undefined)).toEqual([false, true, false, false, false]);
    expect(script.statements.map(({ boundary }) => boundary)).toEqual(["none", "alone", "none", "none", "none"]);
    expect(codes(script)).toEqual([]);
  });

  it("begins above a mebibyte", () => {
    expect(codes(read(text, grammar))).toEqual(["SYNTAX_ERROR"]);
    const padding = `-- ${"x".repeat(1024 * 1024)}\n`;
    expect(codes(read(padding + text, grammar))).toEqual([]);
  });

  it("names statements as parsing them does", () => {
    const statements = [
      "insert into t default values",
      "update t set a = 1",
      "delete from t",
      "merge into t using u on true when matched then delete",
      "select 1",
      "values (1)",
      "table t",
      "with a as (select 1) select 2",
      "with a as (insert into t default values returning 1) select 1 from a",
      "with recursive a (x) as (select 1), delete as (select 2) insert into t select 1",
      "with a as (select ')' as \"(\" /* ( */) delete from t",
      "with a as materialized (select 1) merge into t using u on true when matched then delete",
    ];
    const whole = `${statements.join(";\n")};`;
    expect(kinds(read(whole, grammar, { bulkBytes: 1 }))).toEqual(kinds(read(whole, grammar)));
  });
});

describe("limits", () => {
  it.each([
    ["calls", `select ${"coalesce(".repeat(3000)}1${",2)".repeat(3000)}`],
    ["queries in FROM", `select * from ${"(select * from ".repeat(1000)}(select 1) z${") s".repeat(1000)}`],
    ["unions", Array.from({ length: 4000 }, () => "select 1").join(" union all ")],
  ])("does not look into %s that what reads the tree could not follow", (_, query) => {
    expect(codes(read(`create view v as ${query}`, grammar))).toEqual(["TOO_DEEP"]);
  });

  it("looks into a chain of operators however long", () => {
    expect(codes(read(`select ${"'a' || ".repeat(4000)}''`, grammar))).toEqual([]);
  });

  it("does not look into PL/pgSQL that is nested too deeply", () => {
    const body = (depth: number) => `begin ${"if true then ".repeat(depth)} null; ${"end if; ".repeat(depth)} end`;
    expect(grammar.parsePlpgsql(`do $$ ${body(200)} $$`)).toBeDefined();
    expect(grammar.parsePlpgsql(`do $$ ${body(2000)} $$`)).toBeUndefined();
  });

  it("answers for a statement that is nested too deeply, and for those after it, again and again", () => {
    const deep = `select 1${"+1".repeat(30_000)};\n`;
    for (let i = 0; i < 5; i++) {
      const script = read(`${deep.repeat(10)}create table t (id int); select 1 2;`, grammar);
      expect(kinds(script)).toEqual([...Array.from({ length: 10 }, () => "SELECT"), "CREATE TABLE", "SELECT"]);
      expect(codes(script)).toEqual([...Array.from({ length: 10 }, () => "TOO_DEEP"), "SYNTAX_ERROR"]);
      expect(script.findings[0]!.severity).toBe("warning");
    }
  });

  it("has the grammar whole again afterwards", async () => {
    const deep = `select 1${"+1".repeat(30_000)}`;
    const long = `select 1${", 1".repeat(5_000)}`;
    for (let i = 0; i < 10; i++) {
      for (let k = 0; k < 20; k++) expect(grammar.parse(deep)).toEqual({ ok: false, reason: "too-deep" });
      await expect.poll(() => grammar.parse(long).ok, { interval: 1 }).toBe(true);
    }
  });

  it.each([
    ["statements with a parenthesis that is never closed", "create table t (id int;\n".repeat(20_000)],
    ["merge conflicts", "<<<<<<< a\nselect 1;\n=======\nselect 2;\n>>>>>>> b\n".repeat(2_000)],
    ["psql commands", "\\echo it's\n".repeat(20_000)],
  ])("answers for thousands of %s", (_, text) => {
    const script = read(text, grammar);
    expect(script.findings.length).toBeGreaterThan(50);
    expect(script.findings.every(({ severity }) => severity === "error")).toBe(true);
  });

  it.each([
    ["many parentheses", `select ${"(".repeat(10_000)}1${")".repeat(10_000)}`],
    ["parentheses that are never closed", `select ${"(".repeat(100_000)}`],
    ["many nested comments", `select ${"/*".repeat(100_000)}${"*/".repeat(100_000)} 1 2`],
    ["many brackets", `select ${"array[".repeat(20_000)}`],
    ["a long string", `select '${"x".repeat(10_000_000)}' 1 2`],
    ["a long line of names", `select ${"a.".repeat(200_000)} 1`],
  ])("answers for %s", (_, text) => {
    expect(codes(read(text, grammar, { bulkBytes: Infinity }))).toHaveLength(1);
  });

  it("reads 100,000 statements", () => {
    const script = read(
      "create table t (id int);\n".repeat(50_000) + "insert into t values (1);\n".repeat(50_000),
      grammar,
    );
    expect(script.statements).toHaveLength(100_000);
    expect(script.findings).toEqual([]);
  });
});
