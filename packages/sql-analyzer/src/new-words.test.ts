// Holds the names that have become key words to what servers take: 15 as names, 17 not.
import { freshDatabase, startServer, type Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadGrammar } from "./grammar.ts";
import { locate } from "./place.ts";
import { read } from "./read.ts";

const texts: readonly (readonly [text: string, ...at: string[]])[] = [
  ["create function f() returns table (a int, json jsonb) language sql as 'select 1, ''{}''::jsonb'", "json 1:43"],
  [
    "-- ü\ncreate function f(json json,\n  JSON_VALUE text default 'json') returns text language sql as 'select $1::text'",
    "json 2:19",
    "json_value 3:3",
  ],
  ["create function json_scalar(a int) returns int language sql as 'select 1'", "json_scalar 1:17"],
];

let old: Server;
let recent: Server;
beforeAll(async () => {
  [old, recent] = await Promise.all([startServer({ major: 15 }), startServer({ major: 17 })]);
});
afterAll(() => Promise.all([old.stop(), recent.stop()]));

test.each(texts)("%s", async (text, ...at) => {
  const script = read(text, await loadGrammar());
  const said = script.findings.map(({ code, severity, message, at: place }) => {
    const { line, column } = locate(text, place!.start);
    return `${code} ${severity} ${message.split(" ")[0]} ${line}:${column}`;
  });
  expect(said).toEqual(at.map((each) => `NEW_KEY_WORD warning ${each}`));
  const quoted = script.findings
    .toReversed()
    .reduce(
      (sql, { at: place }) =>
        `${sql.slice(0, place!.start)}"${sql.slice(place!.start, place!.end).toLowerCase()}"${sql.slice(place!.end)}`,
      text,
    );
  const place = (tree: unknown): string => JSON.stringify(tree).replaceAll(/,?"\w*location":\d+/g, "");
  expect(place(script.statements[0]!.ast)).toEqual(place(read(quoted, await loadGrammar()).statements[0]!.ast));

  await using before = await freshDatabase({ server: old });
  await before.sql(text);
  await using since = await freshDatabase({ server: recent });
  await expect(since.sql(text)).rejects.toMatchObject({ code: "42601" }); // SQLSTATE 42601 syntax_error
  await since.sql(quoted);
});

test("what is wrong otherwise stays so", async () => {
  const grammar = await loadGrammar();
  for (const text of ["create function f(json", "select json from from t", "create table json (json json json)"]) {
    const { findings, statements } = read(text, grammar);
    expect(findings.map(({ code }) => code)).toEqual(["SYNTAX_ERROR"]);
    expect(statements[0]!.ast).toBeUndefined();
  }
});
