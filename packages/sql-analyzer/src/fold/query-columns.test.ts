// The types of a view's columns, where they can be told from its query, and none where they cannot.
import { expect, test } from "vitest";
import { newDatabase } from "../catalog/new-database.ts";
import { loadGrammar } from "../grammar.ts";
import { read } from "../read.ts";
import { fold } from "./fold.ts";

const grammar = await loadGrammar();
const table =
  "create table t (i integer, b bigint, n numeric(10,2), d double precision, v varchar(20), c text, at date);";

test.each<[expression: string, type: string]>([
  ["coalesce(i, 0)", "integer"],
  ["coalesce(n, 0)", "numeric"],
  ["coalesce(n, n)", "numeric(10,2)"],
  ["coalesce(v, 'x')", "character varying"],
  ["coalesce(v, v)", "character varying(20)"],
  ["coalesce(v, c)", "unknown"],
  ["coalesce(null, 'x')", "text"],
  ["coalesce(round(i::numeric, 1), 0)", "numeric"],
  ["coalesce(nobody_knows(i), 0)", "unknown"],
  ["greatest(i, b)", "bigint"],
  ["case when i > 0 then null else d end", "double precision"],
  ["case i when 1 then 1 when 2 then b else n end", "numeric"],
  ["case when i > 0 then 'x' end", "text"],
  ["case when i > 0 then at else now() end", "timestamp with time zone"],
])("%s is %s", (expression, type) => {
  const { statements } = read(`${table} create view w as select ${expression} as x from t;`, grammar);
  const { catalog } = fold(newDatabase(17), statements, { grammar });
  expect(catalog.facts["column public.w.x"]).toMatchObject({ type });
});
