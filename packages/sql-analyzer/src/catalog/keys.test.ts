// Keys are addresses that SQL would know, and they tell their kind and schema again.
import { expect, test } from "vitest";
import type { Kind } from "./catalog.ts";
import {
  addressOf,
  castKey,
  defaultPrivilegesKey,
  keyAlone,
  keyIn,
  keyOf,
  kindOfKey,
  operatorKey,
  operatorSetKey,
  publishedKey,
  routineKey,
  schemaOf,
  userMappingKey,
  type Key,
} from "./keys.ts";

const odd = keyAlone("schema", "Odd.Name");
const table = keyIn(odd, "table", "select");

test.each<readonly [Key, key: string, kind: Kind, schema: string | undefined, name: string]>([
  [keyAlone("schema", "public"), "schema public", "schema", "public", "public"],
  [odd, 'schema "Odd.Name"', "schema", "Odd.Name", "Odd.Name"],
  [table, 'table "Odd.Name"."select"', "table", "Odd.Name", "select"],
  [keyIn(table, "column", 'a"b'), 'column "Odd.Name"."select"."a""b"', "column", "Odd.Name", 'a"b'],
  [keyIn(keyOf("table", "app.t"), "policy", "read own"), 'policy app.t."read own"', "policy", "app", "read own"],
  [keyIn(keyAlone("schema", 'q"s'), "view", "v"), 'view "q""s".v', "view", 'q"s', "v"],
  [
    routineKey("function", "app", "f", ["integer", "app.t[]"]),
    "function app.f(integer, app.t[])",
    "function",
    "app",
    "f",
  ],
  [routineKey("procedure", "app", "p", []), "procedure app.p()", "procedure", "app", "p"],
  [operatorKey("class", "===", "integer", "text"), "operator class.===(integer, text)", "operator", "class", "==="],
  [operatorKey("app", "!!", undefined, "text"), "operator app.!!(NONE, text)", "operator", "app", "!!"],
  [
    operatorSetKey("operator class", "app", "ops", "gin"),
    "operator class app.ops using gin",
    "operator class",
    "app",
    "ops",
  ],
  [castKey("integer", "app.t"), "cast (integer AS app.t)", "cast", undefined, ""],
  [
    defaultPrivilegesKey("a", "b", "tables"),
    "default privileges for a in b on tables",
    "default privileges",
    undefined,
    "",
  ],
  [
    defaultPrivilegesKey("a", undefined, "types"),
    "default privileges for a on types",
    "default privileges",
    undefined,
    "",
  ],
  [
    publishedKey("publication table", "news", table),
    'publication table news."Odd.Name"."select"',
    "publication table",
    undefined,
    "",
  ],
  [keyAlone("publication", "schema"), "publication schema", "publication", undefined, "schema"],
  [keyAlone("publication", "table"), 'publication "table"', "publication", undefined, "table"],
  [userMappingKey("far", "Me"), 'user mapping far."Me"', "user mapping", undefined, "Me"],
  [
    keyIn(keyAlone("schema", "app"), "text search dictionary", "d"),
    "text search dictionary app.d",
    "text search dictionary",
    "app",
    "d",
  ],
  [
    keyIn(keyAlone("schema", "app"), "materialized view", "m"),
    "materialized view app.m",
    "materialized view",
    "app",
    "m",
  ],
])("%s", (made, key, kind, schema, name) => {
  expect(made).toBe(key);
  expect(kindOfKey(made)).toBe(kind);
  expect(keyOf(kind, addressOf(made))).toBe(made);
  expect(schemaOf({ key: made, kind, name })).toBe(schema);
});
