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

const columns: readonly (readonly [query: string, after: string])[] = [
  ["SELECT x FROM app.a", "SELECT y AS x FROM app.a"],
  ["SELECT x AS y, x + 1 AS x FROM app.a", "SELECT y, y + 1 AS x FROM app.a"],
  [
    "SELECT p.x, q.x AS qx FROM (app.a p JOIN app.b q ON ((p.x = q.x)))",
    "SELECT p.y AS x, q.x AS qx FROM (app.a p JOIN app.b q ON ((p.y = q.x)))",
  ],
  [
    'SELECT "q"."x" AS "qx" FROM ("app"."b" "q" LEFT JOIN "app"."a" "p" ON (("p"."x" = "q"."x"))) WHERE ("p"."x" > 0)',
    'SELECT "q"."x" AS "qx" FROM ("app"."b" "q" LEFT JOIN "app"."a" "p" ON (("p".y = "q"."x"))) WHERE ("p".y > 0)',
  ],
  [
    "SELECT max(a.x) AS x, x(a.x) AS z FROM app.a GROUP BY a.x",
    "SELECT max(a.y) AS x, x(a.y) AS z FROM app.a GROUP BY a.y",
  ],
  ["SELECT x.n FROM app.c x, app.a WHERE (x.x = a.x)", "SELECT x.n FROM app.c x, app.a WHERE (x.x = a.y)"],
  [
    "SELECT c.n FROM app.c WHERE (EXISTS ( SELECT a.x FROM app.a WHERE (a.x = c.x)))",
    "SELECT c.n FROM app.c WHERE (EXISTS ( SELECT a.y AS x FROM app.a WHERE (a.y = c.x)))",
  ],
  [
    "SELECT s.n FROM app.c s, LATERAL ( SELECT p.x FROM app.a p WHERE (p.x = s.x)) l",
    "SELECT s.n FROM app.c s, LATERAL ( SELECT p.y AS x FROM app.a p WHERE (p.y = s.x)) l",
  ],
  [
    "WITH w AS ( SELECT a.x FROM app.a) SELECT w.n FROM app.c w",
    "WITH w AS ( SELECT a.y AS x FROM app.a) SELECT w.n FROM app.c w",
  ],
  [
    "SELECT l.x FROM ((SELECT a.x FROM app.a) l JOIN generate_series(1, 2) AS x(x) ON ((x.x = l.x)))",
    "SELECT l.x FROM ((SELECT a.y AS x FROM app.a) l JOIN generate_series(1, 2) AS x(x) ON ((x.x = l.x)))",
  ],
  [
    "SELECT a.x FROM app.a UNION ALL SELECT c.x FROM app.c",
    "SELECT a.y AS x FROM app.a UNION ALL SELECT c.x FROM app.c",
  ],
];

test.each(columns)("%s, of a column that gets another name", async (query, after) => {
  const text = `
    create schema app;
    create table app.a (x int); create table app.b (x int); create table app.c (x int, n int);
    create view app.v as ${query};
    alter table app.a rename column x to y;`;
  const { statements } = read(text, await loadGrammar());
  const view = fold(catalogOf([], { source: "files", major: 17 }), statements).catalog.facts["view app.v"];
  expect(view).toMatchObject({ query: { sql: after } });
});
