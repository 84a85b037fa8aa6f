// The hash is SHA-256, and depends on what the facts say alone.
import { createHash } from "node:crypto";
import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { catalogOf, filterCatalog, type Fact } from "./catalog.ts";
import { hashCatalog } from "./hash.ts";
import { sha256 } from "./sha256.ts";

test("sha256 is the platform's", () => {
  const platform = (text: string): string => createHash("sha256").update(text).digest("hex");
  for (let length = 0; length < 200; length++) expect(sha256("ä".repeat(length))).toBe(platform("ä".repeat(length)));
  assert(property(string({ unit: "binary" }), (text) => sha256(text) === platform(text)));
});

const table: Fact<"table"> = {
  key: "table public.t",
  kind: "table",
  name: "t",
  parent: "schema public",
  certainty: "exact",
};
const column: Fact<"column"> = {
  key: "column public.t.a",
  kind: "column",
  name: "a",
  parent: "table public.t",
  certainty: "exact",
  position: 1,
  type: "text",
  options: { n_distinct: "5", other: "6" },
};
const about = { source: "server", major: 17 } as const;
const hash = (...facts: Fact[]): string => hashCatalog(catalogOf(facts, about));

test("the same in whatever order, however certain, wherever from", () => {
  const turned = Object.fromEntries(Object.entries(column).reverse()) as unknown as typeof column;
  const one = hash(table, column);
  expect(hash(column, table)).toBe(one);
  expect(hash(table, { ...turned, options: { other: "6", n_distinct: "5" } })).toBe(one);
  expect(hash(table, { ...column, certainty: "tainted", uses: ["table public.t"] })).toBe(one);
  expect(hashCatalog(catalogOf([table, column], { source: "files", major: 15 }))).toBe(one);
});

test("another for anything else", () => {
  const hashes = [
    hash(table, column),
    hash(table),
    hash(column),
    hash(table, { ...column, position: 2 }),
    hash(table, { ...column, options: { n_distinct: "5" } }),
    hash(table, { ...column, certainty: "exact", comment: "" }),
    hash({ ...table, definition: { sql: "x" } }, column),
    hash({ ...table, definition: { sql: "x", path: ["a"] } }, column),
    hash({ ...table, options: { certainty: "x" } }, column),
    hash({ ...table, options: { uses: "x" } }, column),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});

test("a part of a catalog keeps its order", () => {
  const catalog = catalogOf([table, column], about);
  expect(Object.keys(catalog.facts)).toEqual(["column public.t.a", "table public.t"]);
  expect(filterCatalog(catalog, ({ kind }) => kind === "table").facts).toEqual({ "table public.t": table });
});
