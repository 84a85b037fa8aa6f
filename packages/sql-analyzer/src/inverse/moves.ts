// Owns the way back of RENAME and SET SCHEMA: what was moved is moved back, so that it keeps its rows and its identity.
import type { Catalog, Fact, Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyAlone, keyIn, keyOf, type Key, schemaOf } from "../catalog/keys.ts";
import { renameValue } from "../emit/enum.ts";
import type { Emitted } from "../emit/emitter.ts";
import { startFold, type Folding, type Move, type RenamedValue } from "../fold/fold.ts";
import type { Grammar } from "../grammar.ts";
import { read } from "../read.ts";

export interface Undone {
  readonly statements: readonly (Emitted & { readonly key: Key })[];
  /** The catalog when they have run. */
  readonly catalog: Catalog;
}

/** What was renamed, in order; of an enum's values, as `Folding` tells it. */
export interface Moved {
  readonly moves: readonly Move[];
  readonly values: readonly RenamedValue[];
}

/**
 * Takes moves back, the last first. What has since taken the old name of something, or of what goes along with it, is put
 * aside under another one; what is no longer there is left.
 */
export function undoMoves(after: Catalog, { moves, values }: Moved, grammar: Grammar, role: string): Undone {
  if (moves.length === 0 && values.length === 0) return { statements: [], catalog: after };
  const folding = startFold(after, { searchPath: [], role });
  const statements: (Emitted & { key: Key })[] = [];
  for (const { type, from, to } of values.toReversed()) {
    const key = moves.reduce((at, move) => (move.from === at ? move.to : at), type);
    const fact = folding.fact(key);
    if (fact?.kind !== "enum" || !fact.values.includes(to) || fact.values.includes(from)) continue;
    const renamed = renameValue(key, to, from);
    const before = moves.reduceRight((at, move) => (move.to === at ? move.from : at), key);
    statements.push({ key, ...renamed, renames: { type: before, from: to, to: from } });
    folding.apply(read(renamed.sql, grammar).statements);
  }
  const run = (key: Key, texts: readonly string[]): void => {
    for (const sql of texts) {
      statements.push({ key, sql });
      folding.apply(read(sql, grammar).statements);
    }
  };
  const putAside = ({ from, to }: Move): void => {
    const fact = folding.fact(to);
    const occupant = fact && occupantOf(folding, from, fact.kind);
    if (occupant === undefined) return;
    const name = `${occupant.name.slice(0, 40)}_clew_${statements.length}`;
    run(occupant.key, moveSql(occupant, { ...occupant, name }));
  };
  let beside: Move[] = [];
  for (const move of moves.toReversed()) {
    const fact = folding.fact(move.to);
    if (move.along) beside.push(move);
    else if (move.schemas !== undefined) {
      const [from, to] = move.schemas;
      if (fact?.kind === "extension" && fact.schema === to && folding.fact(keyAlone("schema", from)) !== undefined)
        run(move.to, [`ALTER EXTENSION ${addressOf(move.to)} SET SCHEMA ${quoteIdentifier(from)}`]);
    } else if (fact !== undefined) {
      for (const each of [move, ...beside]) putAside(each);
      run(move.to, moveSql(fact, { key: move.from, kind: fact.kind, name: nameIn(move.from, fact) }));
    }
    if (!move.along) beside = [];
  }
  return { statements, catalog: folding.catalog() };
}

/** What bears the name that something is to get back. */
function occupantOf(folding: Folding, key: Key, kind: Kind): Fact | undefined {
  const kinds = relations.has(kind) ? [...relations] : types.has(kind) ? [...types] : [kind];
  const address = addressOf(key);
  return kinds.map((each) => folding.fact(keyOf(each, address))).find((fact) => fact !== undefined);
}

const relations: ReadonlySet<Kind> = new Set<Kind>([
  "composite type",
  "foreign table",
  "index",
  "materialized view",
  "sequence",
  "table",
  "view",
]);
const types: ReadonlySet<Kind> = new Set<Kind>(["base type", "composite type", "domain", "enum", "range"]);

/** The name in an address: its last part, without the signature that a routine has and the method that an operator class has. */
function nameIn(key: Key, fact: Fact): string {
  const address = addressOf(key);
  const parts = /^(?:(?:"(?:[^"]|"")*"|[^".(\s]+)\.)*("(?:[^"]|"")*"|[^".(\s]+)/.exec(address);
  const last = fact.kind === "operator" ? fact.name : (parts?.[1] ?? address);
  return last.startsWith('"') ? last.slice(1, -1).replaceAll('""', '"') : last;
}

/** The statements that give a fact the schema and name that another state of it has. */
function moveSql(fact: Fact, to: Pick<Fact, "key" | "kind" | "name">): readonly string[] {
  const name = quoteIdentifier(to.name);
  const rename = fact.name === to.name ? [] : [renameSql(fact, name)];
  const [from, into] = [schemaOf(fact), schemaOf(to)];
  if (fact.kind === "schema" || into === undefined || from === into) return rename;
  if (inRelation.has(fact.kind)) return rename;
  return [
    `ALTER ${words(fact)} ${addressOf(fact.key)} SET SCHEMA ${quoteIdentifier(into)}`,
    ...moved(fact, into, name),
  ];
}

/** A rename of what is in its new schema already. */
function moved(fact: Fact, schema: string, name: string): readonly string[] {
  if (quoteIdentifier(fact.name) === name) return [];
  const address = addressOf(fact.key);
  const rest = address.slice(addressOf(keyIn(fact.parent!, fact.kind, fact.name)).length);
  return [
    `ALTER ${words(fact)} ${addressOf(keyIn(keyAlone("schema", schema), fact.kind, fact.name, rest))} RENAME TO ${name}`,
  ];
}

function renameSql(fact: Fact, name: string): string {
  const own = quoteIdentifier(fact.name);
  const parent = fact.parent === undefined ? "" : addressOf(fact.parent);
  switch (fact.kind) {
    case "column":
      return `ALTER ${parentWords(fact)} ${parent} RENAME COLUMN ${own} TO ${name}`;
    case "attribute":
      return `ALTER TYPE ${parent} RENAME ATTRIBUTE ${own} TO ${name} CASCADE`;
    case "constraint":
      return `ALTER ${parentWords(fact)} ${parent} RENAME CONSTRAINT ${own} TO ${name}`;
    case "policy":
    case "trigger":
    case "rule":
      return `ALTER ${words(fact)} ${own} ON ${parent} RENAME TO ${name}`;
    default:
      return `ALTER ${words(fact)} ${addressOf(fact.key)} RENAME TO ${name}`;
  }
}

/** Kinds that follow their relation into another schema. */
const inRelation: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>([
  "attribute",
  "column",
  "constraint",
  "index",
  "policy",
  "rule",
  "trigger",
]);

const typeWords: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>(["base type", "composite type", "enum", "range"]);

function words(fact: Fact): string {
  return typeWords.has(fact.kind) ? "TYPE" : fact.kind.toUpperCase();
}

function parentWords(fact: Fact): string {
  const kind = fact.parent!.slice(0, fact.parent!.indexOf(" "));
  if (kind === "foreign") return "FOREIGN TABLE";
  if (kind === "materialized") return "MATERIALIZED VIEW";
  return kind.toUpperCase();
}
