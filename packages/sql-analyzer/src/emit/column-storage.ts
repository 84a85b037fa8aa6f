// Owns how a column's values are stored, compressed and counted, as SQL.
// https://www.postgresql.org/docs/current/storage-toast.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { ownStorage } from "../catalog/storage.ts";
import { alterColumn } from "./column-default.ts";
import { isForeign } from "./column-definition.ts";
import type { Emitted } from "./emitter.ts";
import { parameters } from "./options.ts";

type Column = Fact<"column">;

/** What a new column says of it. */
export function finishStorage(fact: Column): readonly Emitted[] {
  const start = alterColumn(fact, "only");
  return [
    ...(fact.statistics === undefined ? [] : [{ sql: `${start} SET STATISTICS ${fact.statistics}` }]),
    ...(fact.storage ? [{ sql: `${start} SET STORAGE ${fact.storage.toUpperCase()}` }] : []),
    ...(fact.compression ? [compressionSql(fact)] : []),
    ...(fact.options && !isForeign(fact) ? [{ sql: `${start} SET ${parameters(fact.options)}` }] : []),
  ];
}

export function storageSql(fact: Column, { major }: Catalog): Emitted {
  const storage = fact.storage ?? (major >= 16 ? "default" : ownStorage(fact.type));
  return { sql: `${alterColumn(fact, "only")} SET STORAGE ${storage.toUpperCase()}` };
}

export function compressionSql(fact: Column): Emitted {
  return { sql: `${alterColumn(fact, "only")} SET COMPRESSION ${fact.compression ?? "default"}` };
}
