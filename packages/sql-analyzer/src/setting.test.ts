// Tests of which statements change a setting of the session.
import { expect, it } from "vitest";
import { loadGrammar } from "./grammar.ts";
import { read } from "./read.ts";
import { isSetting } from "./setting.ts";

it.each<[text: string, lasts: boolean]>([
  ["set search_path = ''", true],
  ["set session a.b to 1", true],
  ["set role x", true],
  ["set session authorization x", true],
  ["set session characteristics as transaction isolation level serializable", true],
  ["reset search_path", true],
  ["reset all", true],
  ["discard all", true],
  ["select pg_catalog.set_config('search_path', '', false)", true],
  ["SELECT set_config('a.b', $$true)$$, 'f')", true],
  ["select set_config('a.b', '', true)", false],
  ["set local search_path = ''", false],
  ["set transaction isolation level serializable", false],
  ["set constraints all deferred", false],
  ["select 1", false],
  ["alter role x set a.b = 1", false],
  ["show search_path", false],
])("%s", async (text, lasts) => {
  const { statements } = read(text, await loadGrammar());
  expect(statements.map(isSetting)).toEqual([lasts]);
});
