// Tests of cutting a script into segments.
import { beforeAll, describe, expect, it } from "vitest";
import { type Grammar, loadGrammar } from "./grammar.ts";
import { locate } from "./place.ts";
import { read } from "./read.ts";
import { segment } from "./segment.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

const cut = (text: string) => segment(read(text, grammar));

/** The segments as text: `alone` ones with a `!`, authored modes in brackets. */
const shown = (text: string) =>
  cut(text).segments.map(({ kind, begin, statements }) => {
    const mark = kind === "alone" ? "!" : begin === undefined ? "" : `[${begin}] `;
    return mark + statements.map((statement) => statement.text).join("; ");
  });

/** The findings as `CODE line`. */
const said = (text: string) => cut(text).findings.map(({ code, at }) => `${code} ${locate(text, at!.start).line}`);

describe("segment", () => {
  it.each<[what: string, text: string, segments: readonly string[]]>([
    ["nothing", "-- nothing", []],
    [
      "a plain file",
      "select 1; select 2; savepoint a; rollback to a; release a",
      ["select 1; select 2; savepoint a; rollback to a; release a"],
    ],
    ["a block around the whole file", "begin; select 1; select 2; commit;", ["select 1; select 2"]],
    ["its other spellings", "start transaction; select 1; end work;", ["select 1"]],
    [
      "settings before and after a block",
      "-- a\nset lock_timeout = '1s'; reset role; begin; select 1; commit; notify pgrst, 'reload schema';",
      ["set lock_timeout = '1s'; reset role; select 1; notify pgrst, 'reload schema'"],
    ],
    [
      "an isolation level set before any query",
      "begin; set local a.b = 1; set transaction isolation level serializable, read write; select 1; commit",
      [
        "[ISOLATION LEVEL SERIALIZABLE] set local a.b = 1; set transaction isolation level serializable, read write; select 1",
      ],
    ],
    ["several blocks", "begin; select 1; commit; begin; select 2; commit", ["select 1", "select 2"]],
    [
      "statements around blocks",
      "select 0; begin; select 1; commit; select 2; select 3; begin; select 4; commit; select 5",
      ["select 0", "select 1", "select 2; select 3", "select 4", "select 5"],
    ],
    [
      "settings between blocks",
      "begin; select 1; commit; set a.b = 1; begin; select 2; commit",
      ["select 1; set a.b = 1", "select 2"],
    ],
    ["an empty block", "begin; commit; select 1", ["select 1"]],
    ["a statement that stands alone", "vacuum", ["!vacuum"]],
    [
      "statements around one that stands alone",
      "select 1; create index concurrently i on t (a); vacuum; select 2",
      ["select 1", "!create index concurrently i on t (a)", "!vacuum", "select 2"],
    ],
    [
      "one that stands alone between blocks",
      "begin; select 1; commit; vacuum; set a.b = 1; begin; select 2; commit",
      ["select 1", "!vacuum", "set a.b = 1; select 2"],
    ],
    [
      "modes",
      "begin isolation level serializable, read write, not deferrable; select 1; commit; begin; select 2; commit",
      ["[ISOLATION LEVEL SERIALIZABLE, READ WRITE, NOT DEFERRABLE] select 1", "select 2"],
    ],
    [
      "a chain",
      "begin isolation level repeatable read; select 1; commit and chain; select 2; commit",
      ["[ISOLATION LEVEL REPEATABLE READ] select 1", "[ISOLATION LEVEL REPEATABLE READ] select 2"],
    ],
    [
      "an enum value that is not named again",
      "alter type t add value 'b'; select 'bb', b, \"b\" -- 'b'",
      ["alter type t add value 'b'; select 'bb', b, \"b\""],
    ],
    [
      "an enum value that is named again",
      "alter type t add value 'b'; select 1; update x set a = 'b'; select 'b'",
      ["alter type t add value 'b'; select 1", "update x set a = 'b'; select 'b'"],
    ],
    [
      "an enum value beside another",
      "alter type t add value 'b'; alter type t add value 'c' after 'b'; select 'c'",
      ["alter type t add value 'b'; alter type t add value 'c' after 'b'", "select 'c'"],
    ],
    [
      "an enum value in an array",
      "alter type t add value 'b'; select '{a,b}'::t[]",
      ["alter type t add value 'b'", "select '{a,b}'::t[]"],
    ],
    [
      "an enum value in a body",
      "alter type t add value 'b'; create function f() returns t language sql as $$ select 'b'::t $$",
      ["alter type t add value 'b'", "create function f() returns t language sql as $$ select 'b'::t $$"],
    ],
    [
      "an enum value with a quote",
      "alter type t add value 'b''s'; select $$b's$$; select 'b''s'",
      ["alter type t add value 'b''s'", "select $$b's$$; select 'b''s'"],
    ],
    [
      "an enum value that is renamed",
      "alter type t rename value 'a' to 'b'; select 'b'",
      ["alter type t rename value 'a' to 'b'; select 'b'"],
    ],
    [
      "an enum value committed by the author",
      "begin; alter type t add value 'b'; commit; select 'b'",
      ["alter type t add value 'b'", "select 'b'"],
    ],
    [
      "no transaction",
      "-- supabase:disable-transaction\nset a.b = 1; select 1; vacuum; call p(); do $$ begin end $$",
      ["set a.b = 1", "select 1", "!vacuum", "!call p()", "!do $$ begin end $$"],
    ],
    [
      "no transaction but the author's",
      "-- no-transaction\nselect 1; select 2; begin; select 3; select 4; commit",
      ["select 1", "select 2", "select 3; select 4"],
    ],
  ])("%s", (_, text, segments) => {
    expect(shown(text)).toEqual(segments);
    expect(said(text)).toEqual([]);
  });

  it.each<[what: string, text: string, segments: readonly string[]]>([
    ["at the end", "select 1; select 2;\ncommit;", ["select 1; select 2"]],
    ["between statements", "select 1;\nend; select 2", ["select 1", "select 2"]],
    ["after a block", "begin; select 1; commit;\ncommit; select 2", ["select 1", "select 2"]],
    ["after settings", "set a.b = 1;\ncommit; select 1", ["set a.b = 1; select 1"]],
    ["before settings", "select 1;\ncommit; notify x", ["select 1; notify x"]],
    ["after a statement that stands alone", "vacuum;\ncommit; select 1", ["!vacuum", "select 1"]],
    ["alone", "\ncommit;", []],
    [
      "after an enum value",
      "alter type t add value 'b';\ncommit; select 1; select 'b'",
      ["alter type t add value 'b'", "select 1; select 'b'"],
    ],
    ["where there is no transaction", "-- no-transaction\ncommit; select 1; select 2", ["select 1", "select 2"]],
  ])("ends what runs at a COMMIT without a BEGIN: %s", (_, text, segments) => {
    expect(shown(text)).toEqual(segments);
    expect(said(text)).toEqual(["UNMATCHED_COMMIT 2"]);
    expect(cut(text).findings).toMatchObject([{ severity: "warning", help: expect.stringContaining("BEGIN") }]);
  });

  it("commits at the end what begins anew after such a COMMIT", () => {
    const text = "create table a ();\ncommit;\ncreate index concurrently i on b (a);\nbegin;\nselect 1;";
    expect(shown(text)).toEqual(["create table a ()", "!create index concurrently i on b (a)", "select 1"]);
    expect(said(text)).toEqual(["UNMATCHED_COMMIT 2", "UNFINISHED_TRANSACTION 4"]);
    expect(cut(text).findings.map(({ severity }) => severity)).toEqual(["warning", "warning"]);
    expect(shown("select 1;\ncommit;\nbegin;")).toEqual(["select 1"]);
  });

  it.each<[text: string, said: readonly string[]]>([
    ["select 1;\nBEGIN;\nselect 2;", ["UNFINISHED_TRANSACTION 2"]],
    ["select 1;\ncommit and chain;\nselect 2;", ["UNMATCHED_COMMIT 2"]],
    ["begin;\nselect 1", ["UNFINISHED_TRANSACTION 1"]],
    ["begin;\nselect 1;\nbegin;\nselect 2;\ncommit;\nselect 3;", ["NESTED_BEGIN 3"]],
    ["begin;\nselect 1;\nrollback;", ["ROLLBACK_IN_MIGRATION 3"]],
    ["select 1;\nabort;", ["ROLLBACK_IN_MIGRATION 2"]],
    ["begin;\nselect 1;\nprepare transaction 'x';", ["TWO_PHASE_COMMIT 3"]],
    ["commit prepared 'x'", ["TWO_PHASE_COMMIT 1"]],
    ["begin read only;\nselect 1;\ncommit", ["READ_ONLY_TRANSACTION 1"]],
    ["begin;\nselect 1;\ncreate index concurrently i on t (a);\ncommit", ["REFUSES_TRANSACTION 3"]],
    ["begin;\nselect 1;\ncommit and chain;\nselect 2", ["UNFINISHED_TRANSACTION 3"]],
    ["begin;\nalter type t add value 'b';\nselect 'b';\ncommit", ["ENUM_VALUE_NOT_COMMITTED 3"]],
  ])("refuses what does not add up: %j", (text, expected) => {
    expect(said(text)).toEqual(expected);
    for (const { help, severity, code } of cut(text).findings) {
      expect(help).toBeTruthy();
      expect(severity).toBe(code === "ENUM_VALUE_NOT_COMMITTED" ? "warning" : "error");
    }
  });

  it("gives every statement but BEGIN and COMMIT once, in order", () => {
    const text = "set a.b = 1; begin; select 1; commit; vacuum; reset a.b; select 2; begin; end; select 3";
    const script = read(text, grammar);
    const given = segment(script).segments.flatMap(({ statements }) => statements);
    expect(given).toEqual(script.statements.filter(({ boundary }) => boundary !== "transaction-control"));
  });
});
