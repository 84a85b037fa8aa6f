// Tests of directives in leading comments.
import { expect, it } from "vitest";
import { readDirectives } from "./directives.ts";

it.each([
  "-- supabase:disable-transaction",
  "--supabase:disable-transaction  ",
  "-- no-transaction",
  "--! no-transaction",
  "-- atlas:txmode none",
  "-- +goose NO TRANSACTION",
  "-- migrate:up transaction:false",
])("%s asks for no transaction", (written) => {
  const text = `-- About this file\n/* -- nothing */\r\n;${written}\nselect 1;`;
  const start = text.indexOf(written);
  const trimmed = written.trimEnd();
  expect(readDirectives(text)).toEqual({ noTransaction: { written: trimmed, start, end: start + trimmed.length } });
});

it.each([
  "select 1; -- supabase:disable-transaction",
  "select 1;\n-- no-transaction",
  "/* -- no-transaction */ select 1",
  "-- see supabase:disable-transaction",
  "-- no-transactions",
  "-- atlas:txmode file",
  "-- migrate:up",
  "-- migrate:down transaction:false",
  "",
])("%j does not", (text) => {
  expect(readDirectives(text)).toEqual({});
});

it.each([
  ["-- clew: no-archive", "noArchive"],
  ["--clew:move-dropped", "moveDropped"],
])("%s is %s", (written, name) => {
  expect(readDirectives(`${written}\ndrop table a`)).toEqual({ [name]: { written, start: 0, end: written.length } });
});
