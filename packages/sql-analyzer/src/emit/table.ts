// Owns how tables and foreign tables are printed, with the columns that they are made with.
// https://www.postgresql.org/docs/current/sql-createtable.html
import type { Fact, Catalog } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { setDefault } from "./column-default.ts";
import { columnOfTable } from "./column-definition.ts";
import { alterRelation, emitted, together, words } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { attach, changeKin, inherit, inheritedChecks, letGo, orderOfHeir } from "./kin.ts";
import { changedParameters, changedWrapperOptions, withOptions, wrapperOptions } from "./options.ts";
import { columnsOf } from "./within.ts";

type Table = Fact<"table">;
type ForeignTable = Fact<"foreign table">;

export const table: Emitter<"table"> = {
  create(fact, catalog) {
    const { accessMethod, tablespace } = fact;
    return create(
      fact,
      catalog,
      words("CREATE", fact.unlogged && "UNLOGGED", "TABLE", addressOf(fact.key)),
      words(
        fact.partitionBy && `PARTITION BY ${fact.partitionBy.sql}`,
        accessMethod && `USING ${quoteIdentifier(accessMethod)}`,
        withOptions(fact.options),
        tablespace && `TABLESPACE ${quoteIdentifier(tablespace)}`,
      ),
    );
  },
  finish(fact, catalog) {
    return [
      ...kinAtLast(fact, catalog),
      ...(fact.replicaIdentity === undefined ? [] : [replicaIdentity(fact, catalog)]),
      ...(fact.rowSecurity ? [rowSecurity(fact)] : []),
      ...(fact.forceRowSecurity ? [forceRowSecurity(fact)] : []),
    ];
  },
  drop: (fact, catalog) => [...letGo(fact, catalog), { sql: `DROP TABLE ${addressOf(fact.key)}` }],
  loses: orderLost,
  alter: alterTable,
};

export const foreignTable: Emitter<"foreign table"> = {
  create(fact, catalog) {
    const server = words(`SERVER ${addressOf(fact.server)}`, wrapperOptions(fact.options));
    return create(fact, catalog, `CREATE FOREIGN TABLE ${addressOf(fact.key)}`, server);
  },
  finish: kinAtLast,
  loses: orderLost,
  drop: ({ key }) => [{ sql: `DROP FOREIGN TABLE ${addressOf(key)}` }],
  alter(change) {
    const { from, to, fields } = change;
    if (fields.has("server")) return undefined;
    const options = changedWrapperOptions(from.options, to.options);
    const kin = changeKin(change);
    return {
      last: kin.last,
      statements: [...kin.statements, ...(options === "" ? [] : [{ sql: `${alterRelation(to.key)} ${options}` }])],
      loses: lostOrder(change.to, fields),
    };
  },
};

/**
 * A partition is made by itself, and attached when its rows are back and its indexes are made: so these keep their names,
 * and its columns their order.
 */
function create(fact: Table | ForeignTable, catalog: Catalog, start: string, end: string): readonly Emitted[] {
  const typed = fact.kind === "table" ? fact.ofType : undefined;
  const columns = columnsOf(catalog, fact.key).filter(({ inherited }) => !inherited || fact.bound !== undefined);
  const partitionBy = fact.kind === "table" ? fact.partitionBy : undefined;
  const texts = [
    partitionBy,
    ...columns.map((column) => column.generated?.as),
    ...columns.map((column) => column.default),
  ];
  const first = texts.find((text) => text?.path !== undefined);
  const later = columns.filter((column) => !together(first, column.default));
  const elements = [
    ...columns.map((column) => {
      const { default: _, ...bare } = column;
      return columnOfTable(later.includes(column) ? bare : column, catalog, typed !== undefined);
    }),
    ...(fact.bound ? inheritedChecks(fact, catalog) : []),
  ].filter((element) => typed === undefined || !element.endsWith("WITH OPTIONS"));
  const list =
    elements.length > 0 || typed === undefined ? `(${elements.map((element) => `\n  ${element}`).join(",")}\n)` : "";
  const late = fact.bound !== undefined || orderOfHeir(fact, catalog) === "own";
  const kin = fact.inherits && !late ? `INHERITS (${addresses(fact.inherits)})` : "";
  return [
    emitted(words(start, typed && `OF ${typed}`, list, kin, end), first),
    ...later.map((column) => setDefault(column)),
  ];
}

/** What is done when a table has its columns and constraints. */
function kinAtLast(fact: Table | ForeignTable, catalog: Catalog): readonly Emitted[] {
  if (fact.bound) return [attach(fact, fact.inherits![0]!)];
  return orderOfHeir(fact, catalog) === "own" ? inherit(fact) : [];
}

function orderLost(fact: Table | ForeignTable, catalog: Catalog): readonly string[] {
  return orderOfHeir(fact, catalog) === "lost" ? [`the order of the columns of ${fact.key}`] : [];
}

function addresses(keys: readonly Key[]): string {
  return keys.map(addressOf).join(", ");
}

function alterTable(change: Change<"table">): Alteration | undefined {
  const { from, to, fields, after } = change;
  if (fields.has("partitionBy")) return undefined;
  const statement = alterRelation(to.key);
  const statements: Emitted[] = [];
  const add = (...clauses: readonly string[]): void => {
    for (const clause of clauses) statements.push({ sql: `${statement} ${clause}` });
  };
  const kin = changeKin(change);
  statements.push(...kin.statements);
  if (fields.has("ofType")) add(to.ofType === undefined ? "NOT OF" : `OF ${to.ofType}`);
  if (fields.has("accessMethod")) add(`SET ACCESS METHOD ${quoteIdentifier(to.accessMethod ?? "heap")}`);
  if (fields.has("tablespace")) add(`SET TABLESPACE ${quoteIdentifier(to.tablespace ?? "pg_default")}`);
  if (fields.has("unlogged")) add(to.unlogged ? "SET UNLOGGED" : "SET LOGGED");
  add(...changedParameters(from.options, to.options));
  if (fields.has("replicaIdentity")) statements.push(replicaIdentity(to, after));
  if (fields.has("rowSecurity")) statements.push(rowSecurity(to));
  if (fields.has("forceRowSecurity")) statements.push(forceRowSecurity(to));
  return { statements, last: kin.last, loses: lostOrder(to, fields) };
}

function lostOrder({ key }: Table | ForeignTable, fields: ReadonlySet<string>): readonly string[] {
  return fields.has("columns") ? [`the order of the columns of ${key}`] : [];
}

function replicaIdentity({ key, replicaIdentity }: Table, catalog: Catalog): Emitted {
  const identity =
    replicaIdentity === undefined
      ? "DEFAULT"
      : replicaIdentity === "full" || replicaIdentity === "nothing"
        ? replicaIdentity.toUpperCase()
        : `USING INDEX ${quoteIdentifier(catalog.facts[replicaIdentity]!.name)}`;
  return { sql: `${alterRelation(key, "only")} REPLICA IDENTITY ${identity}` };
}

function rowSecurity({ key, rowSecurity }: Table): Emitted {
  return { sql: `${alterRelation(key)} ${rowSecurity ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY` };
}

function forceRowSecurity({ key, forceRowSecurity }: Table): Emitted {
  return { sql: `${alterRelation(key)} ${forceRowSecurity ? "FORCE" : "NO FORCE"} ROW LEVEL SECURITY` };
}
