// Pins what counts as dropped for good, and what is only made anew.
import { loadGrammar, read } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { prepareText } from "../files/prepare.ts";
import { lossesOf } from "./losses.ts";

const grammar = await loadGrammar();

function lost(sql: string): readonly string[] {
  const script = prepareText("1_a.sql", sql, grammar);
  return lossesOf(script, read(sql, grammar).statements, grammar).losses.map(({ words }) => words);
}

test.each([
  `drop policy if exists "a b" on public.t; create policy "a b" on t using (true)`,
  "drop trigger x on s.t; create trigger x before insert on s.t execute function g()",
  "drop function if exists f(int); create function public.f(a int, b int) returns int language sql as 'select 1'",
  "drop procedure p(); create procedure p() language sql as 'select 1'",
  "drop view v; create view v as select 1",
  "drop index s.i; create index i on s.t (a)",
  "drop rule r on t; create rule r as on insert to t do nothing",
  "create view v as select 1; drop view v",
  "alter table t drop constraint c; alter table t add constraint c check (true)",
])("made anew: %s", (sql) => {
  expect(lost(sql)).toEqual([]);
});

test.each([
  ["drop view v cascade; create view v as select 1", "the view v, and what depends on it,"],
  ["drop view s.v; create view o.v as select 1", "the view s.v"],
  ["drop policy p on t; create policy p on u using (true)", "the policy t.p"],
  ["drop table t; create table t (a int)", "the table t with its rows"],
  ["drop materialized view v; create view v as select 1", "the materialized view v"],
])("lost: %s", (sql, words) => {
  expect(lost(sql)).toEqual([words]);
});
