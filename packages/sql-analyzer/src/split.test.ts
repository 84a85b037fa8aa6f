// Tests of splitting a text into statements.
import { describe, expect, it } from "vitest";
import { split } from "./split.ts";

const cut = (text: string): readonly string[] =>
  split(text).map(({ start, end, kind }) => (kind === "statement" ? "" : `${kind}: `) + text.slice(start, end));

describe("split", () => {
  it.each<[what: string, text: string, pieces: readonly string[]]>([
    ["nothing", "", []],
    ["white space, comments and empty statements", " ;\n-- a;b\n/* c;d */ ;;", []],
    [
      "statements without what is around them",
      "-- a\nselect 1 /* b */ ; -- c\n select 2 -- d",
      ["select 1", "select 2"],
    ],
    ["a semicolon in a string", "select 'a;b''c;d'; select 2", ["select 'a;b''c;d'", "select 2"]],
    ["a backslash in a standard string", "select 'a\\'; select 2", ["select 'a\\'", "select 2"]],
    ["an escaped quote in an escape string", "select E'a\\';b'; select 2", ["select E'a\\';b'", "select 2"]],
    ["E as the end of a word", "select fooe'a\\'; select 2", ["select fooe'a\\'", "select 2"]],
    [
      "an escape string that goes on in the next line",
      "select e'a' -- it's\n\n 'b\\';c'; select 2",
      ["select e'a' -- it's\n\n 'b\\';c'", "select 2"],
    ],
    ["an escape string that does not go on", "select e'a' 'b\\'; select 2", ["select e'a' 'b\\'", "select 2"]],
    ["a semicolon in a name", 'select ";"";"; select U&";"', ['select ";"";"', 'select U&";"']],
    ["dollar quotes", "do $$ a; b $$; do $x$ $$; $y$; $x$;", ["do $$ a; b $$", "do $x$ $$; $y$; $x$"]],
    [
      "dollar quotes with a tag in another script",
      "do $größe$ a; $größe$; do $名$ ; $名$",
      ["do $größe$ a; $größe$", "do $名$ ; $名$"],
    ],
    ["dollars inside a name", "select a$$; select b$$;", ["select a$$", "select b$$"]],
    ["a dollar quote right after a number", "select 1$$;$$; select $1;", ["select 1$$;$$", "select $1"]],
    ["nested comments", "select /* ; /* ; */ ; */ 1; select 2", ["select /* ; /* ; */ ; */ 1", "select 2"]],
    ["a comment inside an operator", "select 1 +--;\n2; select 2 */*;*/ 3", ["select 1 +--;\n2", "select 2 */*;*/ 3"]],
    ["quotes inside a comment", "-- it's\nselect 1; /* \" ' $$ */ select 2", ["select 1", "select 2"]],
    ["CRLF", "select 1;\r\n-- a\r\nselect 2;\r\n", ["select 1", "select 2"]],
    ["lone carriage returns", "select 1; -- a\rselect 2;\r", ["select 1", "select 2"]],
    ["a no-break space, which is a letter", "select 1\u00a0; select 2", ["select 1\u00a0", "select 2"]],
    ["an emoji", "select '😀;'; select 2", ["select '😀;'", "select 2"]],
    [
      "a rule with several actions",
      "create rule r as on insert to t do also (delete from a; delete from b;); select 2",
      ["create rule r as on insert to t do also (delete from a; delete from b;)", "select 2"],
    ],
    [
      "BEGIN ATOMIC with CASE and a column called end",
      "create function f() returns int begin atomic select case when a then b end; select 1 as end; select x.end; end; select 2",
      [
        "create function f() returns int begin atomic select case when a then b end; select 1 as end; select x.end; end",
        "select 2",
      ],
    ],
    [
      "BEGIN ATOMIC that is empty, and of a procedure",
      "create procedure p() begin atomic end; create or replace procedure p() begin atomic select 1; end; select 2",
      [
        "create procedure p() begin atomic end",
        "create or replace procedure p() begin atomic select 1; end",
        "select 2",
      ],
    ],
    [
      "BEGIN ATOMIC in BEGIN ATOMIC",
      "create function f() begin atomic create function g() begin atomic select 1; end; select 2; end; select 3",
      ["create function f() begin atomic create function g() begin atomic select 1; end; select 2; end", "select 3"],
    ],
    ["BEGIN ATOMIC that is none", "select begin atomic; select 2", ["select begin atomic", "select 2"]],
    [
      "settings called begin and atomic",
      "create function f() returns int language sql set a.b to begin, atomic as ''; select 2",
      ["create function f() returns int language sql set a.b to begin, atomic as ''", "select 2"],
    ],
    [
      "an argument called begin of a type called atomic",
      "create function f(begin atomic) language sql as ''; select 2",
      ["create function f(begin atomic) language sql as ''", "select 2"],
    ],
    [
      "BEGIN and END of transactions",
      "begin; select 1; end; begin transaction; end transaction",
      ["begin", "select 1", "end", "begin transaction", "end transaction"],
    ],
    ["a parenthesis too many", "select 1); select 2", ["select 1)", "select 2"]],
    [
      "psql commands",
      "\\c x\nselect 1 \\gset y\nselect 2;\\q",
      ["psql: \\c x", "select 1", "psql: \\gset y", "select 2", "psql: \\q"],
    ],
    [
      "COPY data",
      "copy t (a) from stdin with (format csv); \nit's;\n\\N\n\\.\nselect 2;",
      ["copy t (a) from stdin with (format csv)", "copy-data: it's;\n\\N\n\\.", "select 2"],
    ],
    [
      "COPY data with CRLF",
      "copy t from stdin;\r\na;b\r\n\\.\r\nselect 2",
      ["copy t from stdin", "copy-data: a;b\r\n\\.", "select 2"],
    ],
    [
      "COPY without data",
      "copy t from stdin;\n\\.\ncopy t from stdin; select 2",
      ["copy t from stdin", "copy-data: \\.", "copy t from stdin", "select 2"],
    ],
    [
      "COPY with more in its line",
      "copy t from stdin; x /* y */ -- z\na\n\\.\nselect 2",
      ["copy t from stdin", "copy-data: x /* y */ -- z\na\n\\.", "select 2"],
    ],
    ["COPY elsewhere", "copy t from 'stdin'; a;\n\\.", ["copy t from 'stdin'", "a", "psql: \\."]],
    ["what is never closed", "select 'a; b", ["select 'a; b"]],
    ["a dollar quote that is never closed", "do $a$ ; $b$", ["do $a$ ; $b$"]],
    ["a comment that is never closed", "select 1; /* ; /* */", ["select 1"]],
  ])("%s", (_, text, pieces) => {
    expect(cut(text)).toEqual(pieces);
  });

  // Each of these would take minutes if any part of it looked further ahead than it moves.
  it.each<[what: string, text: string, pieces: number]>([
    ["COPY statements without data", "copy t from stdin;\n".repeat(200_000), 200_000],
    ["escape strings before comments", "e'' -- -- -- -- --\n".repeat(200_000), 1],
    ["quotes that are never closed", "$a$ '\" ".repeat(200_000), 1],
    ["comments that are never closed", "/* ".repeat(500_000), 0],
    ["parentheses", "(".repeat(1_000_000), 1],
    ["dollars", "$a".repeat(500_000), 1],
  ])("is linear in a long run of %s", (_, text, pieces) => {
    expect(split(text)).toHaveLength(pieces);
  });
});
