// Owns what of a database's schema is Clew's own.
import { filterCatalog, keyAlone, keyIn, schemaOf, type Catalog, type Fact } from "@clew/sql-analyzer";
import { entryFunctions } from "../supabase/channel.ts";
import { supabaseHistory, type HistoryTable } from "../store/bind.ts";

/** What Clew keeps for itself is no part of anybody's schema; nor is the history, which nobody is to take back. */
export function withoutOurs(catalog: Catalog, history: HistoryTable): Catalog {
  return filterCatalog(catalog, (fact) => !isOurs(fact, history));
}

/** Whether a fact is of Clew's journal, or of the history, with the schema that is Supabase's for it. */
export function isOfBooks(fact: Fact, history: HistoryTable = supabaseHistory): boolean {
  return schemaOf(fact) === supabaseHistory.schema || isOurs(fact, history);
}

const entries = new Set(entryFunctions);

function isOurs(fact: Fact, { schema, table }: HistoryTable): boolean {
  const space = schemaOf(fact);
  if (space === "clew" || space === "clew_archive" || space === "clew_channel") return true;
  if (space === "public" && fact.kind === "function" && entries.has(fact.name)) return true;
  const history = keyIn(keyAlone("schema", schema), "table", table);
  return fact.key === history || fact.parent === history || ("table" in fact && fact.table === history);
}
