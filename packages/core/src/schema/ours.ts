// Owns what of a database's schema is Clew's own.
import { filterCatalog, keyAlone, keyIn, schemaOf, type Catalog } from "@clew/sql-analyzer";
import type { HistoryTable } from "../store/bind.ts";

/** What Clew keeps for itself is no part of anybody's schema; nor is the history, which nobody is to take back. */
export function withoutOurs(catalog: Catalog, { schema, table }: HistoryTable): Catalog {
  const history = keyIn(keyAlone("schema", schema), "table", table);
  return filterCatalog(catalog, (fact) => {
    const space = schemaOf(fact);
    if (space === "clew" || space === "clew_archive") return false;
    return fact.key !== history && fact.parent !== history && !("table" in fact && fact.table === history);
  });
}
