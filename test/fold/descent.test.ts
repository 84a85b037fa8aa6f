// Owns that what is worked out of one catalog from another is what would be worked out from all of its facts.
import {
  catalogOf,
  dependencies,
  diff,
  factsOf,
  loadGrammar,
  read,
  shareFacts,
  startFold,
  transition,
} from "@clew/sql-analyzer";
import type { Catalog, Kind } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { cases } from "./cases.ts";

const surroundings = catalogOf(
  [
    { key: "schema public", kind: "schema", name: "public", certainty: "exact", owner: "postgres" },
    { key: "role postgres", kind: "role", name: "postgres", certainty: "exact" },
  ],
  { source: "files", major: 17 },
);

/** The same as data, of which nothing is known. */
const alone = (catalog: Catalog): Catalog => structuredClone(catalog);

const kinds = (catalog: Catalog): readonly Kind[] => [...new Set(Object.values(catalog.facts).map(({ kind }) => kind))];

const lists = (catalog: Catalog): unknown => kinds(catalog).map((kind) => factsOf(catalog, kind));

const standing = (catalog: Catalog): unknown => {
  const { uses, usedBy } = dependencies(catalog);
  return Object.keys(catalog.facts).map((key) => [
    key,
    uses.get(key as `${string} ${string}`),
    usedBy.get(key as `${string} ${string}`),
  ]);
};

test.each(cases)("$name, statement by statement", async ({ text }) => {
  const grammar = await loadGrammar();
  const folding = startFold(surroundings, { grammar });
  const undisturbed = startFold(surroundings, { grammar });
  let before = surroundings;
  standing(before);
  for (const statement of read(text, grammar).statements) {
    folding.apply([statement]);
    undisturbed.apply([statement]);
    const after = folding.catalog();
    const [was, is] = [alone(before), alone(after)];
    expect(diff(before, after)).toEqual(diff(was, is));
    expect(diff(after, before)).toEqual(diff(is, was));
    expect(lists(after)).toEqual(lists(is));
    expect(standing(after)).toEqual(standing(is));
    expect(transition(after, before)).toEqual(transition(is, was));

    // A server tells all of it anew; a fold that has gone on goes back to it.
    const shared = shareFacts(alone(after), before);
    expect(shared).toEqual(after);
    expect(diff(before, shared)).toEqual(diff(was, is));
    expect(standing(shared)).toEqual(standing(is));
    folding.settle(before);
    expect(folding.catalog().facts).toBe(before.facts);
    folding.settle(shared);
    expect(folding.catalog().facts).toBe(shared.facts);
    before = shared;
  }
  expect(before).toEqual(undisturbed.catalog());
});
