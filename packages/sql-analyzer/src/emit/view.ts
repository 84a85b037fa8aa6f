// Owns how views and materialized views are printed.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { alterRelation, emitted, names, words } from "./emitted.ts";
import type { Change, Emitted, Emitter } from "./emitter.ts";
import { changedParameters, withOptions } from "./options.ts";
import { columnsOf } from "./within.ts";

/** https://www.postgresql.org/docs/current/sql-createview.html */
export const view: Emitter<"view"> = {
  create: (fact, catalog) => [createView("CREATE VIEW", fact, catalog)],
  drop: ({ key }) => [{ sql: `DROP VIEW ${addressOf(key)}` }],
  alter(change) {
    const { from, to, fields, before, after } = change;
    if (fields.has("query")) {
      if (!takesPlaceOf(to.key, before, after)) return undefined;
      return { statements: [createView("CREATE OR REPLACE VIEW", to, after)] };
    }
    const clauses = changedParameters(from.options, to.options);
    return { statements: clauses.map((clause) => ({ sql: `${alterRelation(to.key)} ${clause}` })) };
  },
};

function createView(start: string, fact: Fact<"view">, catalog: Catalog): Emitted {
  const options = withOptions(fact.options);
  return emitted(words(start, named(fact, catalog), options, `AS\n${fact.query.sql}`), fact.query);
}

/** The server's own form of a query gives each column its name; one that was written may not. */
function named(fact: Fact<"view" | "materialized view">, catalog: Catalog): string {
  const columns = fact.query.path === undefined ? [] : columnsOf(catalog, fact.key);
  const list = columns.length > 0 ? `(${names(columns.map(({ name }) => name))})` : "";
  return words(addressOf(fact.key), list);
}

/** Whether a view has the columns of another state of it first, as OR REPLACE wants it. */
function takesPlaceOf(view: Key, before: Catalog, after: Catalog): boolean {
  const [was, is] = [columnsOf(before, view), columnsOf(after, view)];
  return was.every(({ name, type, collation }, index) => {
    const now = is[index];
    return now?.name === name && now.type === type && now.collation === collation && type !== "unknown";
  });
}

/** https://www.postgresql.org/docs/current/sql-creatematerializedview.html */
export const materializedView: Emitter<"materialized view"> = {
  create(fact, catalog) {
    const { accessMethod, tablespace, query } = fact;
    const sql = words(
      "CREATE MATERIALIZED VIEW",
      named(fact, catalog),
      accessMethod && `USING ${quoteIdentifier(accessMethod)}`,
      withOptions(fact.options),
      tablespace && `TABLESPACE ${quoteIdentifier(tablespace)}`,
      `AS\n${query.sql}\nWITH NO DATA`,
    );
    return [emitted(sql, query)];
  },
  // When all partitions of what it reads are there.
  finish: (fact) => (fact.unpopulated ? [] : [refresh(fact)]),
  drop: ({ key }) => [{ sql: `DROP MATERIALIZED VIEW ${addressOf(key)}` }],
  alter({ from, to, fields }: Change<"materialized view">) {
    if (fields.has("query")) return undefined;
    const clauses = [
      ...(fields.has("accessMethod") ? [`SET ACCESS METHOD ${quoteIdentifier(to.accessMethod ?? "heap")}`] : []),
      ...(fields.has("tablespace") ? [`SET TABLESPACE ${quoteIdentifier(to.tablespace ?? "pg_default")}`] : []),
      ...changedParameters(from.options, to.options),
    ];
    const statements = clauses.map((clause): Emitted => ({ sql: `${alterRelation(to.key)} ${clause}` }));
    return { statements: fields.has("unpopulated") ? [...statements, refresh(to)] : statements };
  },
};

function refresh({ key, unpopulated }: Fact<"materialized view">): Emitted {
  return { sql: words("REFRESH MATERIALIZED VIEW", addressOf(key), unpopulated && "WITH NO DATA") };
}
