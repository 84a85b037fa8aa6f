// Owns the copy of a catalog that a fold works on: facts by key, who refers to whom, routines by name.
import type { Catalog, Certainty, Fact, Kind } from "../catalog/catalog.ts";
import { descend, keysBetween } from "../catalog/descent.ts";
import { type Key, kindOfKey } from "../catalog/keys.ts";
import { referencesOf } from "./references.ts";

/** Kinds that share the names of a schema's relations. */
export const relationKinds = [
  "table",
  "view",
  "materialized view",
  "foreign table",
  "sequence",
  "index",
  "composite type",
] as const;

/** Relations that have columns. */
export const tableKinds = ["table", "view", "materialized view", "foreign table"] as const;

/** Kinds that name a type; relations do so as well. */
export const typeKinds: readonly ["enum", "domain", "composite type", "range", "base type", ...typeof tableKinds] = [
  "enum",
  "domain",
  "composite type",
  "range",
  "base type",
  ...tableKinds,
];

export const routineKinds = ["function", "procedure", "aggregate"] as const;

/** A key, whether the catalog has it or not, with who refers to it. */
interface Place {
  readonly key: string;
  fact: Fact | undefined;
  /** What its fact names. */
  references: readonly Place[];
  /** What has it for its parent. */
  inside: Set<Place> | undefined;
  /** Its indexes, which live in its schema. */
  indexes: Set<Place> | undefined;
  /** What names it otherwise. */
  users: Set<Place> | undefined;
}

/** A catalog to be changed in place; its facts are never changed, but replaced. */
export class Working {
  readonly major: number;
  /** Counts changes, for what is worked out from the facts and kept. */
  version = 0;
  /** Some are only named, and hold nothing. */
  readonly #places = new Map<string, Place>();
  readonly #kinds = new Map<Kind, Set<Place>>();
  /** By name, but for columns. */
  readonly #named = new Map<string, Place[]>();

  /** What was there before each change since the first mark; none where nothing can be rolled back. */
  #journal: (readonly [Key, Fact | undefined])[] | undefined;

  /** The facts as they were last asked for, in order, and the keys of what was changed since. */
  #ordered: Catalog["facts"];
  readonly #changed = new Set<Key>();

  constructor(catalog: Catalog) {
    this.major = catalog.major;
    for (const fact of Object.values(catalog.facts)) this.put(fact);
    this.#ordered = catalog.facts;
    this.#changed.clear();
  }

  /** The facts as a catalog has them, in the order of their keys. */
  facts(): Catalog["facts"] {
    if (this.#changed.size === 0) return this.#ordered;
    const added = [...this.#changed].filter((key) => this.#ordered[key] === undefined && this.has(key)).sort();
    const facts: Record<Key, Fact> = {};
    let next = 0;
    for (const key in this.#ordered) {
      for (; next < added.length && added[next]! < key; next++) facts[added[next]!] = this.get(added[next])!;
      const fact = this.#changed.has(key as Key) ? this.get(key as Key) : this.#ordered[key as Key];
      if (fact !== undefined) facts[key as Key] = fact;
    }
    for (const key of added.slice(next)) facts[key] = this.get(key)!;
    descend(facts, this.#ordered, new Set(this.#changed));
    this.#changed.clear();
    return (this.#ordered = facts);
  }

  /** Makes the facts those of a catalog: only what is not the same is touched. */
  settle(facts: Catalog["facts"]): void {
    for (const key of keysBetween(this.facts(), facts)) {
      const fact = facts[key];
      if (fact === undefined) this.remove(key);
      else if (fact !== this.get(key)) this.put(fact);
    }
    this.#changed.clear();
    this.#ordered = facts;
  }

  /** Every fact, as they stand now: they may be changed meanwhile. */
  all(): readonly Fact[] {
    return factsAt(this.#places.values());
  }

  /** The facts of these kinds, as they stand now. */
  allOf<K extends Kind>(...kinds: readonly K[]): readonly Fact<K>[] {
    return kinds.flatMap((kind) => factsAt(this.#kinds.get(kind))) as Fact[] as Fact<K>[];
  }

  /** The facts of a name, of these kinds, wherever they are. */
  named<K extends Kind>(name: string, ...kinds: readonly K[]): readonly Fact<K>[] {
    const columns = kinds.includes("column" as K) ? this.allOf("column").filter((fact) => fact.name === name) : [];
    const others = factsAt(this.#named.get(name)).filter(({ kind }) => (kinds as readonly Kind[]).includes(kind));
    return [...columns, ...others] as Fact[] as Fact<K>[];
  }

  /** Whether any fact but a column has this name. */
  isNamed(name: string): boolean {
    return (this.#named.get(name)?.length ?? 0) > 0;
  }

  has(key: Key): boolean {
    return this.#places.get(key)?.fact !== undefined;
  }

  get(key: Key | undefined): Fact | undefined {
    return key === undefined ? undefined : this.#places.get(key)?.fact;
  }

  /** The fact, if it is of this kind. */
  as<K extends Kind>(key: Key | undefined, kind: K): Fact<K> | undefined {
    const fact = this.get(key);
    return fact?.kind === kind ? (fact as Fact as Fact<K>) : undefined;
  }

  put(fact: Fact): void {
    const { key } = fact;
    this.version++;
    const place = this.#place(key);
    const before = place.fact;
    this.#journal?.push([key, before]);
    this.#changed.add(key);
    place.fact = fact;
    const references = referencesOf(fact);
    if (before === undefined) {
      this.#index(place, fact);
      // Most changes are of grants, comments, owners: then nothing else is to be done.
    } else if (areAt(place.references, references)) return;
    else unlink(place, before);
    place.references = references.map((target) => this.#place(target));
    for (const target of place.references) (target[roleOf(fact, target)] ??= new Set()).add(place);
  }

  remove(key: Key): void {
    const place = this.#places.get(key);
    const fact = place?.fact;
    if (place === undefined || fact === undefined) return;
    this.#journal?.push([key, fact]);
    this.#changed.add(key);
    this.version++;
    unlink(place, fact);
    place.references = [];
    this.#kinds.get(fact.kind)?.delete(place);
    const named = this.#named.get(fact.name) ?? [];
    if (fact.kind !== "column") named.splice(named.indexOf(place), 1);
    place.fact = undefined;
  }

  /** A point to which `backTo` can go, until `forget`. */
  mark(): number {
    this.#journal ??= [];
    return this.#journal.length;
  }

  /** Undoes all changes since a mark. */
  backTo(mark: number): void {
    const changes = this.#journal?.splice(mark) ?? [];
    const journal = this.#journal;
    this.#journal = undefined;
    for (const [key, before] of changes.reverse()) {
      if (before === undefined) this.remove(key);
      else this.put(before);
    }
    this.#journal = journal;
  }

  /** The keys of what was changed or removed since a mark; what was removed is put back. */
  changedSince(mark: number): readonly Key[] {
    const changes = this.#journal?.slice(mark) ?? [];
    for (const [key, before] of changes) if (before !== undefined && !this.has(key)) this.put(before);
    return [...new Set(changes.map(([key]) => key))];
  }

  /** Ends what `mark` began. */
  forget(): void {
    this.#journal = undefined;
  }

  /**
   * Changes fields of a fact; undefined takes a field away. The result is no more certain than the fact was, nor than
   * the change is. Without a fact nothing happens.
   */
  change(key: Key | undefined, certainty: Certainty, change: object): void {
    const fact = this.get(key);
    if (fact === undefined) return;
    const next: Record<string, unknown> = {};
    const changes = change as Readonly<Record<string, unknown>>;
    const before = fact as unknown as Readonly<Record<string, unknown>>;
    for (const field in before) if (!(field in changes) && field !== "definition") next[field] = before[field];
    for (const field in changes) if (changes[field] !== undefined) next[field] = changes[field];
    next["certainty"] = lessCertain(fact.certainty, certainty);
    this.put(next as unknown as Fact);
  }

  /** The facts that name this one in any way, its children among them. `type public.status` names a type. */
  users(target: string): readonly Fact[] {
    const place = this.#places.get(target);
    return place === undefined ? [] : [...factsAt(place.inside), ...factsAt(place.indexes), ...factsAt(place.users)];
  }

  /** The indexes of a table. */
  indexes(table: Key): readonly Fact<"index">[] {
    return factsAt(this.#places.get(table)?.indexes) as readonly Fact<"index">[];
  }

  /** What lives in this: a table's columns, constraints, policies …; of one kind where that is given. */
  children<K extends Kind>(parent: Key, kind: K): readonly Fact<K>[] {
    const inside = factsAt(this.#places.get(parent)?.inside);
    return inside.filter((fact) => fact.kind === kind) as Fact[] as Fact<K>[];
  }

  /** Routines of a name, whatever their arguments. */
  routines(schema: Key, name: string): readonly Fact<(typeof routineKinds)[number]>[] {
    return this.named(name, ...routineKinds).filter(({ parent }) => parent === schema);
  }

  #place(key: string): Place {
    let place = this.#places.get(key);
    if (place === undefined) {
      place = { key, fact: undefined, references: [], inside: undefined, indexes: undefined, users: undefined };
      this.#places.set(key, place);
    }
    return place;
  }

  #index(place: Place, { kind, name }: Fact): void {
    const ofKind = this.#kinds.get(kind);
    if (ofKind === undefined) this.#kinds.set(kind, new Set([place]));
    else ofKind.add(place);
    if (kind === "column") return;
    const named = this.#named.get(name);
    if (named === undefined) this.#named.set(name, [place]);
    else named.push(place);
  }
}

function unlink(place: Place, fact: Fact): void {
  for (const target of place.references) target[roleOf(fact, target)]?.delete(place);
}

/** Under what a fact stands at what it refers to. */
function roleOf(fact: Fact, { key }: Place): "inside" | "indexes" | "users" {
  if (key === fact.parent) return "inside";
  return fact.kind === "index" && key === fact.table ? "indexes" : "users";
}

/** The less certain of two. */
function lessCertain(a: Certainty, b: Certainty): Certainty {
  if (a === "tainted" || b === "tainted") return "tainted";
  return a === "assumed" ? a : b;
}

export function isRelation(key: Key): boolean {
  return (relationKinds as readonly Kind[]).includes(kindOfKey(key));
}

function factsAt(places: Iterable<Place> | undefined): readonly Fact[] {
  const facts: Fact[] = [];
  if (places !== undefined) for (const { fact } of places) if (fact !== undefined) facts.push(fact);
  return facts;
}

function areAt(places: readonly Place[], keys: readonly string[]): boolean {
  return places.length === keys.length && places.every(({ key }, index) => key === keys[index]);
}
