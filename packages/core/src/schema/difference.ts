// Owns the comparison of two schemas for people and programs, and what of a schema is a project's own.
import { describeDiff, diff, filterCatalog, type Catalog, type Difference } from "@clew/sql-analyzer";
import { baselineCatalog } from "./baseline.ts";

/** What is different in the second of two schemas, as data and in words, a line each. */
export interface SchemaDifference {
  readonly differences: readonly Difference[];
  readonly words: readonly string[];
}

export function compareSchemas(before: Catalog, after: Catalog): SchemaDifference {
  const differences = diff(ownSchema(before), ownSchema(after));
  return { differences, words: describeDiff(differences) };
}

/** The schema without what every fresh Supabase project has, and without Clew's journal and the history. */
export function ownSchema(catalog: Catalog): Catalog {
  const baseline = baselineCatalog().facts;
  const platform = (key: keyof typeof baseline, fact: object): boolean =>
    baseline[key] !== undefined && JSON.stringify(baseline[key]) === JSON.stringify(fact);
  return filterCatalog(catalog, (fact) => !platform(fact.key, fact) && !books.test(fact.key));
}

const books = /^[a-z ]+ (?:clew|supabase_migrations)(?:\.|$)/;
