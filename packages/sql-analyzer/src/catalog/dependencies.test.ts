// What falls with what, and in which order; that servers agree is tested in core, by dropping.
import { expect, test } from "vitest";
import { catalogOf, type Catalog, type Fact } from "./catalog.ts";
import { dependencies, dependents } from "./dependencies.ts";
import type { Key } from "./keys.ts";

const certain = { certainty: "exact" } as const;
const table = (name: string): Fact => ({
  key: `table app.${name}`,
  kind: "table",
  name,
  parent: "schema app",
  owner: "me",
  ...certain,
});
const column = (of: string, name: string, more: Partial<Fact<"column">> = {}): Fact => ({
  key: `column app.${of}.${name}`,
  kind: "column",
  name,
  parent: `table app.${of}`,
  position: 1,
  type: "integer",
  ...certain,
  ...more,
});
const view = (name: string, uses: readonly Key[]): Fact => ({
  key: `view app.${name}`,
  kind: "view",
  name,
  parent: "schema app",
  query: { sql: "select" },
  uses,
  ...certain,
});
const routine: Fact = {
  key: "function app.next()",
  kind: "function",
  name: "next",
  parent: "schema app",
  arguments: [{ type: "app.t[]" }],
  returns: "app.e",
  language: "sql",
  ...certain,
};

const catalog: Catalog = catalogOf(
  [
    { key: "schema app", kind: "schema", name: "app", ...certain },
    { key: "role me", kind: "role", name: "me", ...certain },
    { key: "enum app.e", kind: "enum", name: "e", parent: "schema app", values: [], ...certain },
    table("t"),
    column("t", "a"),
    column("t", "b", { default: { sql: "app.next()" }, uses: ["function app.next()"] }),
    column("t", "c", { type: "app.e" }),
    routine,
    view("one", ["column app.t.a"]),
    view("two", ["view app.one", "column app.t.b"]),
    {
      key: "sequence app.s",
      kind: "sequence",
      name: "s",
      parent: "schema app",
      type: "bigint",
      start: "1",
      increment: "1",
      minimum: "1",
      maximum: "2",
      cache: "1",
      ownedBy: "column app.t.a",
      ...certain,
    },
  ],
  { source: "server", major: 17 },
);
const known = dependencies(catalog);
const falls = (...keys: Key[]): unknown =>
  dependents(known, keys).map(({ key, because, ...how }) => [key, because, how]);

test("parts go silently, what stands on them needs CASCADE, and falls first", () => {
  expect(falls("column app.t.a")).toEqual([
    ["sequence app.s", "column app.t.a", { cascade: false }],
    ["view app.two", "view app.one", { cascade: true }],
    ["view app.one", "column app.t.a", { cascade: true }],
  ]);
});

test("what goes as a part in one way needs no CASCADE for another", () => {
  const owned: Fact = { ...(catalog.facts["sequence app.s"] as Fact<"sequence">), uses: ["view app.one"] };
  const twice = dependencies({ ...catalog, facts: { ...catalog.facts, [owned.key]: owned } });
  expect(dependents(twice, ["column app.t.a"]).find(({ key }) => key === owned.key)).toEqual({
    key: owned.key,
    because: "column app.t.a",
    cascade: false,
  });
});

test("a default falls alone", () => {
  expect(falls("function app.next()")).toEqual([
    ["column app.t.b", "function app.next()", { cascade: true, only: "default" }],
  ]);
});

test("types hold up columns and routines, also as arrays and rows", () => {
  expect(known.usedBy.get("enum app.e").map(({ of }) => of)).toEqual(["column app.t.c", "function app.next()"]);
  expect(known.uses.get("function app.next()")).toContainEqual({
    of: "function app.next()",
    on: "table app.t",
    type: "normal",
  });
});

test("roles hold up what is theirs, and pull nothing down", () => {
  expect(known.usedBy.get("role me")).toEqual([{ of: "table app.t", on: "role me", type: "role" }]);
  expect(falls("role me")).toEqual([]);
});

test("of a whole schema each thing falls before what it stands on", () => {
  const order = dependents(known, ["schema app"])
    .filter(({ only }) => !only)
    .map(({ key }) => key);
  expect([...order].sort()).toEqual(Object.keys(catalog.facts).filter((key) => !/^(schema|role) /.test(key)));
  for (const of of Object.keys(catalog.facts) as Key[]) {
    for (const { on, type } of known.uses.get(of)) {
      if (type === "role" || type === "default" || on === "schema app") continue;
      expect(order.indexOf(of), `${of} before ${on}`).toBeLessThan(order.indexOf(on));
    }
  }
});

test("circles end", () => {
  const circle = catalogOf([view("one", ["view app.two"]), view("two", ["view app.one"])], {
    source: "files",
    major: 17,
  });
  expect(dependents(dependencies(circle), ["view app.one"]).map(({ key }) => key)).toEqual(["view app.two"]);
});

test("a catalog after another is asked for what it has itself", () => {
  const users = (of: Catalog, key: Key): readonly Key[] =>
    dependencies(of)
      .usedBy.get(key)
      .map((one) => one.of);
  const keys = Object.keys(catalog.facts) as Key[];
  const before = keys.map((key) => users(catalog, key));
  const rest = Object.values(catalog.facts).filter(({ name }) => name !== "one" && name !== "c");
  const after = catalogOf([...rest, view("three", ["column app.t.a"]), column("t", "d", { type: "app.e" })], catalog);
  expect(users(after, "column app.t.a")).toEqual(["sequence app.s", "view app.three"]);
  expect(users(after, "enum app.e")).toEqual(["column app.t.d", "function app.next()"]);
  expect(users(after, "view app.one")).toEqual([]);
  expect(keys.map((key) => users(catalog, key))).toEqual(before);
  const others = catalogOf([view("three", ["column app.t.b"]), ...rest], catalog);
  expect(users(others, "column app.t.a")).toEqual(["sequence app.s"]);
  expect(users(others, "column app.t.b")).toEqual(["view app.three", "view app.two"]);
});
