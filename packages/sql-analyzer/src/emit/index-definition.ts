// Owns how CREATE INDEX is printed.
// https://www.postgresql.org/docs/current/sql-createindex.html
import type { Catalog, Fact, SqlText } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import type { IndexKey } from "../catalog/relations.ts";
import { emitted, names, words } from "./emitted.ts";
import type { Emitted } from "./emitter.ts";
import { parameters, withOptions } from "./options.ts";
import { heirsOf, within } from "./within.ts";

export interface IndexOptions {
  /** CONCURRENTLY, which refuses a transaction block and partitioned tables. Default false. */
  readonly concurrently?: boolean;
}

/** The statement that makes an index. */
export function indexSql(fact: Fact<"index">, catalog: Catalog, options: IndexOptions = {}): Emitted {
  const texts: readonly (SqlText | undefined)[] = [...fact.keys.map(({ expression }) => expression), fact.predicate];
  const concurrently = options.concurrently && "CONCURRENTLY";
  const start = words("CREATE", fact.unique && "UNIQUE", "INDEX", concurrently, quoteIdentifier(fact.name), "ON");
  const end = words(
    fact.tablespace && `TABLESPACE ${quoteIdentifier(fact.tablespace)}`,
    fact.predicate && `WHERE ${fact.predicate.sql}`,
  );
  const sql = words(
    start,
    hasPartsOfItsOwn(fact, catalog) && "ONLY",
    addressOf(fact.table),
    namesItsOperatorClass(fact) ??
      words(`USING ${quoteIdentifier(fact.method)}`, `(${fact.keys.map(keySql).join(", ")})`),
    fact.include && `INCLUDE (${names(fact.include)})`,
    fact.nullsNotDistinct && "NULLS NOT DISTINCT",
    withOptions(fact.options),
    end,
  );
  const statement = emitted(sql, ...texts);
  return options.concurrently ? { ...statement, alone: true } : statement;
}

/** Whether all partitions have an index that is to be attached to this one, so that none has to be made. */
function hasPartsOfItsOwn(fact: Fact<"index">, catalog: Catalog): boolean {
  const heirs = heirsOf(catalog, fact.table);
  return (
    heirs.length > 0 &&
    heirs.every((heir) => within(catalog, heir, "index").some(({ partitionOf }) => partitionOf === fact.key))
  );
}

function keySql(key: IndexKey): string {
  const { operatorClassOptions: options, expression } = key;
  return words(
    expression ? `(${expression.sql})` : quoteIdentifier(key.column!),
    key.collation && `COLLATE ${key.collation}`,
    key.operatorClass,
    options && parameters(options),
    key.descending && "DESC",
    key.nulls && `NULLS ${key.nulls.toUpperCase()}`,
  );
}

/**
 * Options of an operator class need its name, which the fields leave out where it is the type's default: then method and
 * keys are those of the statement that the server prints.
 */
function namesItsOperatorClass({ keys, definition }: Fact<"index">): string | undefined {
  if (keys.every((key) => key.operatorClass !== undefined || key.operatorClassOptions === undefined)) return undefined;
  const start = definition?.sql.indexOf(" USING ") ?? -1;
  if (start < 0) return undefined;
  const text = definition!.sql.slice(start + 1);
  return text.slice(0, closing(text) + 1);
}

/** Where the first parenthesis of a text is closed; those in quotes do not count. */
function closing(text: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]/g)) {
    if (token === "(") depth++;
    else if (token === ")" && --depth === 0) return index;
  }
  return text.length;
}
