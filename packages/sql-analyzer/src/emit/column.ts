// Owns how columns are added, changed and dropped; those of a new table stand in its CREATE TABLE.
// https://www.postgresql.org/docs/current/sql-altertable.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, keyIn, kindOfKey } from "../catalog/keys.ts";
import { cast, castsByItself } from "./column-cast.ts";
import { alterColumn, dropDefault, setDefault } from "./column-default.ts";
import {
  addedColumn,
  asksForDefault,
  identityOf,
  isForeign,
  isNumbered,
  notNullConstraint,
  typeOf,
} from "./column-definition.ts";
import { fillColumn } from "./column-fill.ts";
import { storageSql, compressionSql, finishStorage } from "./column-storage.ts";
import { constraintSql } from "./constraint-definition.ts";
import { alterRelation, emitted } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { changedParameters, changedWrapperOptions } from "./options.ts";
import { rowsInTheWay } from "./rows-in-the-way.ts";
import { createSequence, dropSequence, owned } from "./sequence.ts";
import { tableOf, within } from "./within.ts";

type Column = Fact<"column">;

export const column: Emitter<"column"> = {
  create(fact, catalog) {
    if (comesByItself(fact, catalog)) return [];
    const sql = `${alterRelation(fact.parent!)} ADD COLUMN ${addedColumn(fact, catalog)}`;
    if (isNumbered(fact)) {
      const start = alterColumn(fact);
      return [
        { sql },
        { sql: `${start} DROP DEFAULT` },
        { sql: `${start} ADD ${identityOf(fact, catalog, "by default")}` },
      ];
    }
    if (asksForDefault(fact)) return [{ sql }, setDefault(fact, "heirs")];
    return [emitted(sql, fact.generated?.as, fact.default)];
  },
  fill: (fact, catalog) => (comesByItself(fact, catalog) ? [] : fillColumn(fact)),
  finish(fact, catalog, alone) {
    if (kindOfKey(fact.parent!) === "view") return fact.default ? [setDefault(fact)] : [];
    return [
      ...(alone && !comesByItself(fact, catalog) ? completed(fact, catalog) : []),
      ...ofItsOwn(fact, catalog),
      ...finishStorage(fact),
    ];
  },
  drop(fact, catalog) {
    if (comesByItself(fact, catalog)) return [];
    return [{ sql: `${alterRelation(fact.parent!)} DROP COLUMN ${quoteIdentifier(fact.name)}` }];
  },
  alter(change) {
    const { from, to } = change;
    if (kindOfKey(to.parent!) === "view") return alterOfView(change);
    if (!canGenerate(change) || !canRetype(change)) return undefined;
    return {
      statements: [...alter(change)],
      last: [...(becomesNotNull(change) ? setNotNullAgain(change) : []), ...identify(change)],
      ...(from.type !== to.type || from.collation !== to.collation ? { displaces: true } : {}),
      ...(needsValues(change) ? { preconditions: [valuesNeeded(from, change.before)] } : {}),
      ...(becomesInherited(change) ? { loses: [`that ${addressOf(to.key)} is only inherited`] } : {}),
    };
  },
  madeWith: ({ parent }) => parent,
};

/** Columns of views, of typed tables and those that are inherited come and go with what they come from. */
function comesByItself(fact: Column, catalog: Catalog): boolean {
  const kind = kindOfKey(fact.parent!);
  if (kind === "view" || kind === "materialized view") return true;
  const table = tableOf(catalog, fact.parent);
  return fact.inherited === true || (table?.kind === "table" && table.ofType !== undefined);
}

/** What could not be said when it was added, for there were rows. */
function completed(fact: Column, catalog: Catalog): readonly Emitted[] {
  const hasValue = asksForDefault(fact) ? undefined : (fact.default ?? fact.generated ?? fact.identity);
  return [
    ...(fact.notNull && hasValue === undefined ? [valuesNeeded(fact, catalog), setNotNull(fact, catalog)] : []),
    ...(fact.identity === "always" ? [{ sql: `${alterColumn(fact)} SET GENERATED ALWAYS` }] : []),
  ];
}

/** What an inherited column has otherwise than the one that it comes from. */
function ofItsOwn(fact: Column, catalog: Catalog): readonly Emitted[] {
  if (!fact.inherited) return [];
  const parents = tableOf(catalog, fact.parent)?.inherits ?? [];
  const [from] = parents.flatMap((parent) => catalog.facts[keyIn(parent, "column", fact.name)] ?? []);
  if (from?.kind !== "column") return [];
  return [
    ...(from.default?.sql !== fact.default?.sql ? [setDefault(fact)] : []),
    ...(fact.notNull && !from.notNull ? [setNotNull(fact, catalog)] : []),
  ];
}

function setNotNull(fact: Column, catalog: Catalog): Emitted {
  const named = notNullConstraint(fact, catalog);
  if (named === undefined) return { sql: `${alterColumn(fact)} SET NOT NULL` };
  const add = `ADD CONSTRAINT ${quoteIdentifier(named.name)} ${constraintSql(named, catalog)}`;
  return { sql: `${alterRelation(fact.parent!)} ${add}` };
}

function alterOfView({ to, fields }: Change<"column">): Alteration {
  return { statements: fields.has("default") ? [setDefault(to)] : [] };
}

/** A generated column can only become a plain one, or have another expression from Postgres 17 on. */
function canGenerate({ from, to, fields, after }: Change<"column">): boolean {
  if (!fields.has("generated")) return true;
  if (to.generated === undefined) return !from.generated!.virtual;
  return from.generated !== undefined && from.generated.virtual === to.generated.virtual && after.major >= 17;
}

/** Of a generated column nobody may say how it gets another type: what has no cast of its own is made anew. */
function canRetype({ from, to, before, after }: Change<"column">): boolean {
  return to.generated === undefined || to.inherited === true || castsByItself(from.type, to.type, [before, after]);
}

function* alter(change: Change<"column">): Generator<Emitted> {
  const { from, to, fields } = change;
  const start = alterColumn(to, "only");
  const retyped = !to.inherited && (fields.has("type") || fields.has("collation"));
  const redefaulted = fields.has("default") || retyped;
  if (!to.inherited && from.identity && !to.identity) yield { sql: `${alterColumn(to)} DROP IDENTITY` };
  if (from.default && redefaulted) yield dropDefault(to);
  yield* sequenceOf(change);
  if (fields.has("generated") && to.generated === undefined && !to.inherited)
    yield { sql: `${alterColumn(to)} DROP EXPRESSION` };
  if (retyped) yield retype(change);
  if (fields.has("generated") && to.generated && !to.inherited)
    yield emitted(`${alterColumn(to)} SET EXPRESSION AS (${to.generated.as.sql})`, to.generated.as);
  if (from.notNull && fields.has("notNull") && !to.notNull) yield { sql: `${alterColumn(to)} DROP NOT NULL` };
  if (to.default && redefaulted) yield setDefault(to);
  if (fields.has("statistics")) yield { sql: `${start} SET STATISTICS ${to.statistics ?? -1}` };
  if (fields.has("storage")) yield storageSql(to, change.after);
  if (fields.has("compression")) yield compressionSql(to);
  if (fields.has("options")) {
    if (isForeign(to)) yield { sql: `${start} ${changedWrapperOptions(from.options, to.options)}` };
    else for (const clause of changedParameters(from.options, to.options)) yield { sql: `${start} ${clause}` };
  }
}

/** A sequence that a serial and an identity column have under one name is another one. */
function* sequenceOf({ from, to, before, after }: Change<"column">): Generator<Emitted> {
  if (from.identity === undefined && to.identity !== undefined) {
    for (const sequence of within(before, from.key, "sequence"))
      if (isIdentity(after, sequence.key)) yield dropSequence(sequence);
  }
  if (from.identity !== undefined && to.identity === undefined) {
    for (const sequence of within(after, to.key, "sequence"))
      if (isIdentity(before, sequence.key)) {
        yield createSequence(sequence);
        yield owned(sequence);
      }
  }
}

function isIdentity({ facts }: Catalog, key: Key): boolean {
  const fact = facts[key];
  return fact?.kind === "sequence" && fact.identity === true;
}

function retype({ from, to, before, after }: Change<"column">): Emitted {
  const sql = `${alterColumn(to)} TYPE ${typeOf(to)}`;
  if (isForeign(to) || to.generated) return { sql };
  const value = cast(quoteIdentifier(to.name), from.type, to.type, [before, after]);
  return { sql, using: { column: to.key, value } };
}

/** With a name of its own it is a fact, and comes as such. */
function setNotNullAgain({ to, fields, before, after }: Change<"column">): readonly Emitted[] {
  const named = notNullConstraint(to, after);
  if (!fields.has("notNull") || !to.notNull || (named && !before.facts[named.key])) return [];
  return [{ sql: `${alterColumn(to)} SET NOT NULL` }];
}

/** An identity wants NOT NULL, and may not let values come back. */
function identify({ from, to, fields, after }: Change<"column">): readonly Emitted[] {
  if (to.identity === undefined || !fields.has("identity") || to.inherited) return [];
  const start = alterColumn(to);
  if (from.identity) return [{ sql: `${start} SET GENERATED ${to.identity.toUpperCase()}` }];
  return [{ sql: `${start} ADD ${identityOf(to, after, to.identity)}` }];
}

function becomesNotNull({ from, to }: Change<"column">): boolean {
  return to.notNull === true && !from.notNull && !to.inherited;
}

/** What a foreign table holds is another server's affair. */
function needsValues(change: Change<"column">): boolean {
  return becomesNotNull(change) && !isForeign(change.to);
}

function valuesNeeded(fact: Column, catalog: Catalog): Emitted {
  const name = quoteIdentifier(fact.name);
  return rowsInTheWay(catalog, fact.parent!, { where: `${name} IS NULL`, message: `column ${name} has no value` });
}

/** Only a partition's columns can become inherited ones. */
function becomesInherited({ from, to, after }: Change<"column">): boolean {
  return to.inherited === true && !from.inherited && tableOf(after, to.parent)?.bound === undefined;
}
