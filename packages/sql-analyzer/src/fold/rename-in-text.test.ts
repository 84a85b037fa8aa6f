// Holds renames to the places of a query where a table is named, as people write it and as the server prints it.
import { expect, test } from "vitest";
import { catalogOf } from "../catalog/catalog.ts";
import { loadGrammar } from "../grammar.ts";
import { read } from "../read.ts";
import { fold } from "./fold.ts";

const cases: readonly (readonly [query: string, after: string])[] = [
  ["SELECT a.x FROM app.a", "SELECT a.x FROM other.a a"],
  [
    "SELECT p.x FROM (app.a p JOIN app.b q ON ((p.x = q.x)))",
    "SELECT p.x FROM (other.a p JOIN app.b q ON ((p.x = q.x)))",
  ],
  [
    "SELECT p.x FROM ((app.b q JOIN app.a p ON ((p.x = q.x))) LEFT JOIN app.c r ON ((r.x = q.x)))",
    "SELECT p.x FROM ((app.b q JOIN other.a p ON ((p.x = q.x))) LEFT JOIN app.c r ON ((r.x = q.x)))",
  ],
  [
    "SELECT q.x FROM app.b q, (app.a p JOIN app.c r ON ((r.x = p.x)))",
    "SELECT q.x FROM app.b q, (other.a p JOIN app.c r ON ((r.x = p.x)))",
  ],
  [
    "SELECT (a.x) AS y, COALESCE(a.x, (a.x)) AS z FROM app.a a",
    "SELECT (a.x) AS y, COALESCE(a.x, (a.x)) AS z FROM other.a a",
  ],
];

test.each(cases)("%s, of a table that goes to another schema", async (query, after) => {
  const text = `
    create schema app; create schema other;
    create table app.a (x int); create table app.b (x int); create table app.c (x int);
    create view app.v as ${query};
    alter table app.a set schema other;`;
  const { statements } = read(text, await loadGrammar());
  const view = fold(catalogOf([], { source: "files", major: 17 }), statements).catalog.facts["view app.v"];
  expect(view).toMatchObject({ query: { sql: after } });
});
