// Holds the fold to an answer where tables inherit from each other, which a server refuses.
import { expect, test } from "vitest";
import { catalogOf } from "../catalog/catalog.ts";
import { loadGrammar } from "../grammar.ts";
import { read } from "../read.ts";
import { fold } from "./fold.ts";

test("a column that is added to tables that inherit in a circle is in each of them once", async () => {
  const text = `
    create schema s;
    create table s.a (x int); create table s.b () inherits (s.a); create table s.c () inherits (s.b);
    alter table s.a inherit s.c;
    alter table s.b add column y int;`;
  const { statements } = read(text, await loadGrammar());
  const { catalog } = fold(catalogOf([], { source: "files", major: 17 }), statements);
  const added = Object.keys(catalog.facts).filter((key) => key.endsWith(".y"));
  expect(added).toEqual(["column s.a.y", "column s.b.y", "column s.c.y"]);
});
