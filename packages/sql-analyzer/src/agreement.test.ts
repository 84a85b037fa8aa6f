// Holds the splitter to PostgreSQL's grammar: over every SQL file at hand, and over made-up texts.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fingerprint, normalise } from "./fingerprint.ts";
import { type Grammar, loadGrammar, type Parsed } from "./grammar.ts";
import { offsetsOf } from "./offsets.ts";
import { read } from "./read.ts";
import { segment } from "./segment.ts";
import { split } from "./split.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

/**
 * Exactly if PostgreSQL parses the whole text does it parse each piece, as one statement; then the pieces begin where
 * its statements begin and have the same trees. Between them is nothing.
 */
function expectAgreement(text: string): void {
  const spans = split(text);
  const pieces = spans.map(({ start, end, kind }) =>
    kind === "statement" ? grammar.parse(text.slice(start, end)) : undefined,
  );
  const gaps = [0, ...spans.map(({ end }) => end)].map((from, i) =>
    grammar.parse(text.slice(from, spans[i]?.start ?? text.length)),
  );
  const tail = gaps.pop()!;
  for (const gap of gaps) expect(gap).toEqual({ ok: true, statements: [] });
  if (!tail.ok) expect(tail).toMatchObject({ message: expect.stringMatching(/^unterminated \/\* comment/) });

  const whole = grammar.parse(text);
  expect(whole.ok).toBe(tail.ok && pieces.every((piece) => piece?.ok === true && piece.statements.length === 1));
  if (!whole.ok) return;
  const offsets = offsetsOf(text);
  expect(spans.map(({ start }) => start)).toEqual(whole.statements.map(({ start }) => offsets.fromBytes(start)));
  expect(pieces.map((piece) => trees(piece!)[0])).toEqual(trees(whole));
}

function trees(parsed: Parsed): readonly string[] {
  if (!parsed.ok) return [];
  return parsed.statements.map(({ node }) =>
    JSON.stringify(node, (key, value: unknown) => (/location$|^list_|_list_/.test(key) ? undefined : value)),
  );
}

describe("files at hand", () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const folders = ["migrations", "examples", "test", "packages", "node_modules/.pnpm"];
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.sql`, { cwd: root }));
  const texts = new Set(files.map((file) => readFileSync(`${root}/${file}`, "utf8")));

  it("are cut as PostgreSQL cuts them", () => {
    let parsed = 0;
    for (const text of texts) {
      const sql = withoutPsql(text);
      expectAgreement(sql);
      if (grammar.parse(sql).ok) parsed++;
    }
    expect(parsed).toBeGreaterThan(200);
  });

  function withoutPsql(text: string): string {
    let out = text;
    for (const { start, end, kind } of split(text)) {
      if (kind !== "statement") out = out.slice(0, start) + " ".repeat(end - start) + out.slice(end);
    }
    return out;
  }
});

describe("made-up texts", () => {
  const numRuns = Number(process.env["CLEW_FUZZ"] ?? 300);
  const seed = process.env["CLEW_FUZZ_SEED"];
  const check = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void) =>
    fc.assert(fc.property(arbitrary, predicate), { numRuns, ...(seed !== undefined && { seed: Number(seed) }) });

  // Statements as tokens, between which anything may stand that means nothing.
  const statements = [
    "select 1",
    "select 'a;''b' , E'\\';' , e'a\nb' , U&'\\0041' , B'01' , N';' as \"x;\"\"y\"",
    "select $$ ; $$ , $a$ $$ ; $b$ $a$ , $é1$ ' $é1$ , $1",
    "select a.end , case when x then y end end from begin atomic",
    "select 1.5e3 , 0x1F , 1_000 , x[1:2] , a::text , - - 1",
    "create function f ( begin atomic default ';' ) returns int language sql as 'select 1;'",
    "create or replace function f ( ) returns int begin atomic select case a when b then c end ; select 1 end ; end",
    "create function f ( ) returns int language sql set a.b to begin , atomic as 'select 1'",
    "create procedure p ( ) language sql begin atomic end",
    "create function f ( ) begin atomic create function g ( ) begin atomic select 1 ; end ; insert into t values ( 1 ) ; end",
    "create function f ( ) returns int return case when a then b end",
    "create rule r as on insert to t do also ( delete from a ; ; insert into b values ( ';' ) )",
    "create policy \"a;b\" on t using ( ( select auth.uid ( ) ) = 'é😀;' )",
    "do $do$ begin perform 1 ; end $do$",
    "begin ; commit ; start transaction ; end ; rollback ; abort",
    "copy t ( a ) from stdin ; copy t to stdout",
    "insert into t values ( '\\' ) , ( '--' ) , ( '/*' ) ;",
    "create table größe ( 名 text default E'\\\\' , check ( 名 <> ';' ) )",
    "select a + b , a <> b , a -> 'x' ->> 'y' , a @> b , a || b",
    "alter type t add value 'x;y' before 'z'",
    "select a not in ( 1 ) , b not between c and d , e not like f , g::timestamp with time zone order by a nulls first",
    "select u&'!00e4' uescape '!' , json_object ( 'a' : b format json ) from f ( ) with ordinality",
    "",
  ];
  const nothing = fc.constantFrom(
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    " -- it's ; $$\n",
    "--\r",
    "/* ; ' \" $a$ */",
    " /* /* */ ; -- */ ",
    "\f\v",
  );
  const token =
    /E'(?:\\.|[^'])*'|e'[^']*'|[UBN]&?'[^']*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([é\w]*)\$.*?\$\1\$|[^\s]+/gsu;
  const written = fc
    .array(fc.tuple(fc.constantFrom(...statements), fc.array(nothing, { minLength: 1, maxLength: 12 })), {
      maxLength: 6,
    })
    .map((chosen) =>
      chosen
        .map(([statement, between]) =>
          (statement.match(token) ?? []).map((word, i) => word + between[i % between.length]!).join(""),
        )
        .join(";"),
    );

  it("that are right are cut as PostgreSQL cuts them", () => {
    check(written, (text) => {
      expect(grammar.parse(text)).toMatchObject({ ok: true });
      expectAgreement(text);
    });
  });

  it("mean the same when they are normalised", () => {
    check(written, (text) => {
      expect(fingerprint(normalise(text), grammar)).toBe(fingerprint(text, grammar));
    });
  });

  const pieces = [
    ..."'\"$;()\\-*/[]:.,+@&\n\r\t é😀",
    ..."E' e' U&' $$ $a$ $é$ -- /* */ '' \"\" \\' \\\\ 1 0x 1e 1$ a$ $1 {{x}} ${x} <<<<<<<".split(" "),
    ..."create or replace function procedure begin atomic end case copy from stdin f ( ) as select commit".split(" "),
    "\n\\.\n",
    "begin atomic ",
    "create function f() ",
    "; end;",
  ];
  const noise = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((words) => words.join(""));
  const damaged = fc
    .tuple(written, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 5 }), fc.constantFrom("", ...pieces)), { maxLength: 3 }))
    .map(([text, edits]) =>
      edits.reduce((damaged, [at, length, piece]) => {
        const i = damaged.length === 0 ? 0 : at % damaged.length;
        return damaged.slice(0, i) + piece + damaged.slice(i + length);
      }, text),
    )
    .map((text) => text.toWellFormed());

  it.each([
    ["noise", noise],
    ["damaged", damaged],
  ])("that are %s are cut where they parse, and cost no more than what is broken", (_, texts) => {
    check(texts, (text) => {
      // A COPY's data is SQL to the grammar.
      if (!split(text).some(({ kind }) => kind === "copy-data")) expectAgreement(text);
      const script = read(text, grammar, { bulkBytes: 200 });
      const places = [...script.statements, ...script.findings.flatMap(({ at }) => at ?? [])];
      for (const { start, end } of places) {
        // An error at the end of what there is has no extent.
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThanOrEqual(text.length);
      }
      segment(script);
    });
  });
});
