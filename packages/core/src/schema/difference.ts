// Owns the comparison of two schemas for people and programs, and what of a schema is a project's own.
import { describeDiff, diff, filterCatalog, loadGrammar, startComparing } from "@clew/sql-analyzer";
import type { Catalog, Difference, Fact } from "@clew/sql-analyzer";
import type { Folder } from "../files/read.ts";
import { foldVersions } from "./folder.ts";
import { isOfBooks } from "./ours.ts";
import { freshCatalog, isPlatforms, platformOf, type Platform } from "./platform.ts";

/** What is different in the second of two schemas, as data and in words, a line each. */
export interface SchemaDifference {
  readonly differences: readonly Difference[];
  readonly words: readonly string[];
}

/** What the files after version `from`, up to and including `to`, change in what those before them make. */
export async function compareFolds(
  folder: Folder,
  from: string,
  to: string | undefined,
  platform: Platform,
): Promise<SchemaDifference> {
  return compareSchemas(...(await foldVersions(folder, [from, to] as const, platform)));
}

/** What is different in a project's own part of two catalogs, each of a server or of files. */
export async function compareSchemas(before: Catalog, after: Catalog): Promise<SchemaDifference> {
  const [one, two] = [isOwn(before), isOwn(after)];
  const own = ({ key }: Fact): boolean => {
    const [was, is] = [before.facts[key], after.facts[key]];
    return (was !== undefined && one(was)) || (is !== undefined && two(is));
  };
  const grammar = await loadGrammar();
  const sameSql = startComparing(before, after, grammar);
  const differences = diff(filterCatalog(before, own), filterCatalog(after, own), { sameSql });
  return { differences, words: describeDiff(differences) };
}

/** The schema without what a new database has, on Supabase what every project has, and without Clew's journal and the history. */
export function ownSchema(catalog: Catalog): Catalog {
  return filterCatalog(catalog, isOwn(catalog));
}

function isOwn(catalog: Catalog): (fact: Fact) => boolean {
  const platform = platformOf(catalog);
  const fresh = freshCatalog(platform, catalog.major).facts;
  return (fact) => {
    if (isOfBooks(fact) || JSON.stringify(fresh[fact.key]) === JSON.stringify(fact)) return false;
    return catalog.source === "files" || !isPlatforms(fact, platform);
  };
}
