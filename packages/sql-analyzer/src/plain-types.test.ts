// PL/pgSQL whose variables are of types of the project: it is read, and a block of it is followed.
import { expect, test } from "vitest";
import { catalogOf, type Fact } from "./catalog/catalog.ts";
import { startFold } from "./fold/fold.ts";
import { loadGrammar } from "./grammar.ts";
import { parseBody } from "./plain-types.ts";
import { read } from "./read.ts";

const grammar = await loadGrammar();
const block = `do $$ declare row t%rowtype; is state := 'on'; n int; begin
  select 1, 'on' into n, is;
  row.id := n;
  create table of_rows (id int, is_on state);
end $$`;

test("types that the parser cannot place are made plain, and said", () => {
  expect(grammar.parsePlpgsql(block)).toBeUndefined();
  expect(parseBody(grammar, block)?.replaced).toEqual([
    { name: "t%rowtype", line: 1 },
    { name: "state", line: 1 },
  ]);
  expect(parseBody(grammar, "do $$ begin null; end $$")?.replaced).toEqual([]);
  expect(parseBody(grammar, "do $$ begin nothing of it end $$")).toBeUndefined();
});

test("a block with such variables is followed", () => {
  const home: Fact = { key: "schema public", kind: "schema", name: "public", certainty: "exact" };
  const folding = startFold(catalogOf([home], { source: "server", major: 17 }), { grammar });
  const first = "create type state as enum ('on', 'off'); create table t (id int);";
  expect(folding.apply(read(`${first} ${block}`, grammar).statements)).toEqual([]);
  expect(folding.fact("table public.of_rows")).toMatchObject({ certainty: "exact" });
});
