// Owns the catalog: a schema as a flat map of facts, plain data with one shape for every source.
import type { Grant } from "./grants.ts";
import { keptWith } from "./descent.ts";
import { addressOf, kindOfKey, type Key } from "./keys.ts";
import type { Payloads } from "./payloads.ts";

/** What a fact is about: `table`, `column`, `policy` … */
export type Kind = keyof Payloads;

/**
 * How far a fact can be trusted. `exact`: read from a server, or folded from statements that say all of it.
 * `assumed`: the likely outcome of something that only a server decides (a view's column types, an `IF NOT EXISTS`).
 * `tainted`: something that cannot be read (a `DO` block, dynamic SQL) may have changed it.
 */
export type Certainty = "exact" | "assumed" | "tainted";

/**
 * SQL inside a fact: an expression, a query, a body. Compare two of them by meaning (see `DiffOptions.sameSql`), for the
 * server's form of a text is not the text that was written.
 */
export interface SqlText {
  readonly sql: string;
  /**
   * The search_path in force where it was written. Without it the text is in the server's own form: deparsed with an
   * empty search_path, so that every name outside pg_catalog is qualified.
   */
  readonly path?: readonly string[];
}

/** What every fact has, whatever its kind. A field that is absent is at Postgres's default. */
export interface Envelope<K extends Kind = Kind> {
  /** Its identity: `keyOf(kind, address)`. */
  readonly key: Key;
  readonly kind: K;
  /** Without quotes and without what it is qualified by; empty for what has no name (casts). */
  readonly name: string;
  /**
   * What its name lives in, and without which it cannot exist: a table's schema, a column's table, a policy's table.
   * The parent is no fact of the catalog where it belongs to an extension, or to the system.
   */
  readonly parent?: Key;
  readonly certainty: Certainty;
  readonly owner?: string;
  /** Who may do what, Postgres's defaults included; the owner only where it lacks something. Sorted by `sortGrants`. */
  readonly grants?: readonly Grant[];
  readonly comment?: string;
  /**
   * What its SQL stands on: a view's columns and functions, a policy's functions … Of what the other fields say it need
   * hold nothing. Facts only: what belongs to an extension stands here as the extension. Neither compared nor hashed.
   */
  readonly uses?: readonly Key[];
  /**
   * SQL that makes it, as the server prints it or as it was written. The other fields say the same in pieces that can be
   * compared, so this is only compared between catalogs of one server version, where those agree.
   */
  readonly definition?: SqlText;
}

/** One thing that is so in a schema, with what its kind says. Narrow it by `kind`. */
export type Fact<K extends Kind = Kind> = { [P in K]: Envelope<P> & Payloads[P] }[K];

/** A schema as data. JSON, and back from JSON as it was. */
export interface Catalog {
  /** Version of this shape. */
  readonly format: 1;
  /** Where it comes from: a `server`'s own catalogs, or `files` that were folded. */
  readonly source: "server" | "files";
  /** Postgres's major version, the server's or the one that is aimed at. */
  readonly major: number;
  /** In the order of the keys' UTF-16 code units. */
  readonly facts: Readonly<Record<Key, Fact>>;
}

/** The format of catalogs that this version writes and reads. */
export const catalogFormat = 1;

/**
 * A catalog of these facts, in order. Of facts with one key the last stands. It has nothing beside them: without a fact
 * `schema public` no unqualified name is found in it.
 */
export function catalogOf(facts: Iterable<Fact>, about: Pick<Catalog, "source" | "major">): Catalog {
  return sortCatalog({ format: catalogFormat, ...about, facts: Object.fromEntries(byKey(facts)) });
}

/** The same catalog with its facts in order. */
export function sortCatalog(catalog: Catalog): Catalog {
  const facts: Record<Key, Fact> = {};
  for (const key of (Object.keys(catalog.facts) as Key[]).sort()) facts[key] = catalog.facts[key]!;
  return { ...catalog, facts };
}

/** The part of a catalog whose facts pass: without a platform's schemas, without roles … */
export function filterCatalog(catalog: Catalog, passes: (fact: Fact) => boolean): Catalog {
  return { ...catalog, facts: Object.fromEntries(byKey(Object.values(catalog.facts).filter(passes))) };
}

/** The facts of these kinds, in order. */
export function factsOf<K extends Kind>(catalog: Catalog, ...kinds: readonly K[]): readonly Fact<K>[] {
  const known = byKind(catalog);
  const lists = kinds.map((kind) => known.get(kind) ?? []);
  const found = lists.length === 1 ? lists[0]! : lists.flat().sort((a, b) => (a.key < b.key ? -1 : 1));
  return found as readonly Fact[] as readonly Fact<K>[];
}

/** The facts of a kind that live in another one and have its address in their keys: the columns of a table. */
export function factsIn<K extends Kind>(catalog: Catalog, parent: Key, kind: K): readonly Fact<K>[] {
  const all = factsOf(catalog, kind);
  const prefix = `${kind} ${addressOf(parent)}.`;
  const from = placeIn(all, prefix);
  let to = from;
  while (to < all.length && all[to]!.key.startsWith(prefix)) to++;
  return all.slice(from, to).filter((fact) => fact.parent === parent);
}

/** Facts in the order of their keys, with a few more, in whatever order these are. */
export function mergeFacts(facts: readonly Fact[], more: readonly Fact[]): readonly Fact[] {
  if (more.length === 0) return facts;
  const merged: Fact[] = [];
  let next = 0;
  for (const fact of more.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    for (const at = placeIn(facts, fact.key); next < at; next++) merged.push(facts[next]!);
    merged.push(fact);
  }
  for (; next < facts.length; next++) merged.push(facts[next]!);
  return merged;
}

/** The index of the first of facts in order whose key is not before this one. */
function placeIn(facts: readonly { readonly key: string }[], key: string): number {
  let [low, high] = [0, facts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (facts[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of a catalog that has been asked: it never changes, and is asked for one kind after another. */
const byKind = keptWith<ReadonlyMap<Kind, readonly Fact[]>>(
  ({ facts }) => Map.groupBy(Object.values(facts), ({ kind }) => kind),
  (known, { facts }, _, changed) => {
    const lists = new Map(known);
    for (const [kind, keys] of Map.groupBy(changed, kindOfKey)) {
      const stayed = (known.get(kind) ?? []).filter(({ key }) => !changed.has(key));
      const came = keys.flatMap((key) => facts[key] ?? []);
      lists.set(kind, mergeFacts(stayed, came));
    }
    return lists;
  },
);

function* byKey(facts: Iterable<Fact>): Generator<readonly [Key, Fact]> {
  for (const fact of facts) yield [fact.key, fact];
}
