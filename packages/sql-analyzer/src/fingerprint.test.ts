// Tests of comparing texts by what they say.
import { beforeAll, describe, expect, it } from "vitest";
import { fingerprint, normalise, type Sql } from "./fingerprint.ts";
import { type Grammar, loadGrammar } from "./grammar.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

const file = `-- first
CREATE TABLE  "Größe" (É int, b TEXT DEFAULT 'A  b'); -- rest
;
create function f() returns int language plpgsql as $$ begin -- body
  RETURN 1; end $$;

INSERT INTO t (a,b) VALUES (1E5, E'\\'x'), ( 0XFF , '/*' ) -- last
`;

const same: readonly (readonly [what: string, a: Sql, b: Sql])[] = [
  ["case, space and comments", "select  1 -- x", "SELECT 1"],
  ["what surrounds it", ";;\n select 1 ; ; -- y\n", "/* a */ select 1"],
  ["where two strings are broken", "select 'a' -- a\n\n 'b'", "select 'a'\n'b'"],
  ["line ends", "select\r\n'a\r\nb';\r\n", "select\n'a\nb'"],
  ["no statement", "-- nothing\n;", ""],
  ["the file as Supabase stores it", file, file.split(";\n")],
  ["the file as Supabase gives it back", file, file.split(";\n").join(";\n")],
  ["pieces with their semicolons", "select 1; select 2;", ["-- a", "select 1;", "select 2;\n"]],
  ["a piece that ends with a comment", "select 1; select 2", ["select 1 -- one", "select 2"]],
  [
    "BEGIN ATOMIC cut by a splitter that does not know it",
    "create function f() begin atomic select 1; end",
    ["create function f() begin atomic select 1", "end"],
  ],
];

const different: readonly (readonly [what: string, a: Sql, b: Sql])[] = [
  ["a constant", "select 1", "select 2"],
  ["a string", "select 'a'", "select 'A'"],
  ["space in a string", "select 'a  b'", "select 'a b'"],
  ["a quoted name", 'select "A"', 'select "a"'],
  ["letters that PostgreSQL does not fold", "select É", "select é"],
  ["a body", "do $$ begin null; end $$", "do $$ begin  null; end $$"],
  ["an operator", "select a - - b", "select a -b"],
  ["the line break that joins two strings", "select 'a'\n'b'", "select 'a' 'b'"],
  ["the order", "select 1; select 2", "select 2; select 1"],
  ["how many", "select 1; select 1", "select 1"],
  ["a tablespace's folder", "create tablespace x location '/a'", "create tablespace x location '/b'"],
];

describe("normalise", () => {
  it.each(same)("takes no account of %s", (_, a, b) => {
    expect(normalise(a)).toBe(normalise(b));
  });
  it.each(different)("takes account of %s", (_, a, b) => {
    expect(normalise(a)).not.toBe(normalise(b));
  });

  it("leaves SQL that means the same and is normal already", () => {
    const normal = normalise(file);
    expect(normalise(normal)).toBe(normal);
    expect(fingerprint(normal, grammar)).toBe(fingerprint(file, grammar));
    expect(normal).toMatchInlineSnapshot(`
      "create table "Größe"(É int,b text default 'A  b');create function f()returns int language plpgsql as $$ begin -- body
        RETURN 1; end $$;insert into t(a,b)values(1E5,e'\\'x'),(0XFF,'/*')"
    `);
  });
});

describe("fingerprint", () => {
  it.each(same)("takes no account of %s", (_, a, b) => {
    expect(fingerprint(a, grammar)).toBe(fingerprint(b, grammar));
  });
  it.each(different)("takes account of %s", (_, a, b) => {
    expect(fingerprint(a, grammar)).not.toBe(fingerprint(b, grammar));
  });

  it("sees through what only the grammar knows", () => {
    for (const [a, b] of [
      ["select a::int", "select cast(a as int)"],
      ["select a=1", "select a = 1"],
      ["create table t (a integer)", "create table t (a int)"],
    ] as const) {
      expect(fingerprint(a, grammar)).toBe(fingerprint(b, grammar));
    }
  });

  it("has a broken statement stand for itself", () => {
    expect(fingerprint("selct 1; select 2", grammar)).toBe(fingerprint("SELCT  1;\nSELECT 2", grammar));
    expect(fingerprint("selct 1", grammar)).not.toBe(fingerprint("selct 2", grammar));
  });

  it("answers for what is nested too deeply", () => {
    const deep = `select 1${" + 1".repeat(20_000)}`;
    expect(fingerprint(deep, grammar)).toBe(fingerprint(deep.replaceAll("  ", " "), grammar));
  });
});
