// Owns how sequences are printed, those of identity columns as well.
// https://www.postgresql.org/docs/current/sql-createsequence.html
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { addressOf } from "../catalog/keys.ts";
import { words } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";

type Sequence = Fact<"sequence">;

export const sequence: Emitter<"sequence"> = {
  create: (fact) => (fact.identity ? [] : [createSequence(fact)]),
  finish: (fact, catalog) => (fact.identity ? ofAnotherType(fact, catalog) : fact.ownedBy ? [owned(fact)] : []),
  drop: (fact) => (fact.identity ? [] : [dropSequence(fact)]),
  alter,
  madeWith: ({ identity, ownedBy }) => (identity ? ownedBy : undefined),
};

export function createSequence(fact: Sequence): Emitted {
  const type = fact.type === "bigint" ? "" : `AS ${fact.type}`;
  const start = words("CREATE", fact.unlogged && "UNLOGGED", "SEQUENCE", addressOf(fact.key));
  return { sql: words(start, type, sequenceOptions(fact)) };
}

/** An identity's sequence is made with the column's type; one that LIKE has made may have another. */
function ofAnotherType(fact: Sequence, { facts }: Catalog): readonly Emitted[] {
  const column = fact.ownedBy && facts[fact.ownedBy];
  if (column?.kind !== "column" || column.type === fact.type || !(column.type in bits)) return [];
  const range = `MINVALUE ${fact.minimum} MAXVALUE ${fact.maximum}`;
  return [{ sql: `ALTER SEQUENCE ${addressOf(fact.key)} AS ${fact.type} ${range}` }];
}

export function dropSequence({ key }: Sequence): Emitted {
  return { sql: `DROP SEQUENCE ${addressOf(key)}` };
}

export function owned({ key, ownedBy }: Sequence): Emitted {
  return { sql: `ALTER SEQUENCE ${addressOf(key)} OWNED BY ${ownedBy === undefined ? "NONE" : addressOf(ownedBy)}` };
}

/** What a sequence says beyond the defaults of its type. */
function sequenceOptions(fact: Sequence): string {
  const { minimum, maximum, start } = defaults(fact);
  return words(
    fact.increment !== "1" && `INCREMENT BY ${fact.increment}`,
    fact.minimum !== minimum && `MINVALUE ${fact.minimum}`,
    fact.maximum !== maximum && `MAXVALUE ${fact.maximum}`,
    fact.start !== start && `START WITH ${fact.start}`,
    fact.cache !== "1" && `CACHE ${fact.cache}`,
    fact.cycle && "CYCLE",
  );
}

const bits = { smallint: 15n, integer: 31n, bigint: 63n } as const;

function defaults(fact: Sequence): Pick<Sequence, "minimum" | "maximum" | "start"> {
  const end = 2n ** bits[fact.type];
  if (!fact.increment.startsWith("-")) return { minimum: "1", maximum: String(end - 1n), start: fact.minimum };
  return { minimum: String(-end), maximum: "-1", start: fact.maximum };
}

function alter({ from, to, fields }: Change<"sequence">): Alteration {
  // A sequence that belongs to a column's identity in one state alone is made and dropped with that.
  if (fields.has("identity")) return { statements: [] };
  const address = addressOf(to.key);
  const clauses = words(
    from.type !== to.type && `AS ${to.type}`,
    from.increment !== to.increment && `INCREMENT BY ${to.increment}`,
    (fields.has("minimum") || fields.has("type")) && `MINVALUE ${to.minimum}`,
    (fields.has("maximum") || fields.has("type")) && `MAXVALUE ${to.maximum}`,
    from.start !== to.start && `START WITH ${to.start}`,
    isApart(from, to) && `RESTART WITH ${to.start}`,
    from.cache !== to.cache && `CACHE ${to.cache}`,
    from.cycle !== to.cycle && (to.cycle ? "CYCLE" : "NO CYCLE"),
  );
  const statements: Emitted[] = clauses === "" ? [] : [{ sql: `ALTER SEQUENCE ${address} ${clauses}` }];
  if (fields.has("unlogged"))
    statements.push({ sql: `ALTER SEQUENCE ${address} SET ${to.unlogged ? "UNLOGGED" : "LOGGED"}` });
  if (!fields.has("ownedBy") || to.identity) return { statements };
  // The column may be one of a table that is made with the sequence as its default.
  return to.ownedBy === undefined ? { statements: [...statements, owned(to)] } : { statements, last: [owned(to)] };
}

/** Wherever one has got to is out of the range of the other. */
function isApart(from: Sequence, to: Sequence): boolean {
  return BigInt(from.maximum) < BigInt(to.minimum) || BigInt(from.minimum) > BigInt(to.maximum);
}

/** What stands in the parentheses of AS IDENTITY, with them; empty where Postgres would do the same by itself. */
export function identityOptions(fact: Sequence | undefined, column: Fact<"column">): string {
  if (fact === undefined) return "";
  const given = `${tableName(column)}_${column.name}_seq`;
  const own = fact.parent !== undefined && addressOf(column.parent!).startsWith(`${addressOf(fact.parent)}.`);
  const name = own && fact.name === given ? "" : `SEQUENCE NAME ${addressOf(fact.key)}`;
  const options = words(name, sequenceOptions(fact));
  return options === "" ? "" : `(${options})`;
}

function tableName({ parent }: Fact<"column">): string {
  const address = addressOf(parent!);
  const name = /("(?:[^"]|"")*"|[^."]+)$/.exec(address)![1]!;
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
