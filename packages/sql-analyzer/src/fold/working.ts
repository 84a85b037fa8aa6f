// Owns the copy of a catalog that a fold works on: facts by key, who refers to whom, routines by name.
import type { Catalog, Certainty, Fact, Kind } from "../catalog/catalog.ts";
import { addressOf, type Key, kindOfKey } from "../catalog/keys.ts";
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

/** A catalog to be changed in place; its facts are never changed, but replaced. */
export class Working {
  readonly major: number;
  readonly facts: Map<Key, Fact>;
  /** Counts changes, for what is worked out from the facts and kept. */
  version = 0;
  readonly #users = new Map<string, Set<Key>>();
  readonly #routines = new Map<string, Set<Key>>();
  readonly #references = new Map<Key, readonly string[]>();
  readonly #kinds = new Map<Kind, Map<Key, Fact>>();
  readonly #constraints = new Map<string, Set<Key>>();

  /** What was there before each change since the first mark; none where nothing can be rolled back. */
  #journal: (readonly [Key, Fact | undefined])[] | undefined;

  constructor(catalog: Catalog) {
    this.major = catalog.major;
    this.facts = new Map();
    for (const fact of Object.values(catalog.facts)) this.put(fact);
  }

  /** Every fact, as they stand now: they may be changed meanwhile. */
  all(): readonly Fact[] {
    return [...this.facts.values()];
  }

  /** The facts of these kinds, as they stand now. */
  allOf<K extends Kind>(...kinds: readonly K[]): readonly Fact<K>[] {
    return kinds.flatMap((kind) => [...(this.#kinds.get(kind)?.values() ?? [])]) as Fact[] as Fact<K>[];
  }

  has(key: Key): boolean {
    return this.facts.has(key);
  }

  get(key: Key | undefined): Fact | undefined {
    return key === undefined ? undefined : this.facts.get(key);
  }

  /** The fact, if it is of this kind. */
  as<K extends Kind>(key: Key | undefined, kind: K): Fact<K> | undefined {
    const fact = this.get(key);
    return fact?.kind === kind ? (fact as Fact as Fact<K>) : undefined;
  }

  put(fact: Fact): void {
    const { key, kind } = fact;
    this.version++;
    const references = referencesOf(fact);
    const before = this.facts.get(key);
    this.#journal?.push([key, before]);
    this.facts.set(key, fact);
    let ofKind = this.#kinds.get(kind);
    if (ofKind === undefined) this.#kinds.set(kind, (ofKind = new Map()));
    ofKind.set(key, fact);
    // Most changes are of grants, comments, owners: then nothing else is to be done.
    const linked = this.#references.get(key);
    if (before !== undefined && linked !== undefined && sameList(linked, references)) return;
    if (before !== undefined) this.#unlink(before);
    this.#references.set(key, references);
    for (const target of references) added(this.#users, target, key);
    if (isRoutine(kind)) added(this.#routines, nameOfRoutine(key), key);
    else if (kind === "constraint") added(this.#constraints, fact.name, key);
  }

  remove(key: Key): void {
    const fact = this.facts.get(key);
    if (fact === undefined) return;
    this.#journal?.push([key, fact]);
    this.version++;
    this.#unlink(fact);
    this.#references.delete(key);
    this.facts.delete(key);
    this.#kinds.get(fact.kind)?.delete(key);
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
    for (const [key, before] of changes) if (before !== undefined && !this.facts.has(key)) this.put(before);
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
    const keys = this.#users.get(target);
    return keys === undefined ? [] : [...keys].flatMap((key) => this.facts.get(key) ?? []);
  }

  /** What lives in this: a table's columns, constraints, policies …; of one kind where that is given. */
  children<K extends Kind>(parent: Key, kind: K): readonly Fact<K>[] {
    return this.users(parent).filter((fact) => fact.parent === parent && fact.kind === kind) as Fact[] as Fact<K>[];
  }

  /** Routines of a name, whatever their arguments; `address` is without arguments. */
  routines(address: string): readonly Fact<"function" | "procedure" | "aggregate">[] {
    const keys = this.#routines.get(address);
    if (keys === undefined) return [];
    return [...keys].map((key) => this.facts.get(key) as Fact<"function" | "procedure" | "aggregate">);
  }

  /** Constraints of a name, of whatever table. */
  constraintsNamed(name: string): readonly Fact[] {
    return [...(this.#constraints.get(name) ?? [])].flatMap((key) => this.facts.get(key) ?? []);
  }

  #unlink(fact: Fact): void {
    for (const target of this.#references.get(fact.key) ?? []) this.#users.get(target)?.delete(fact.key);
    if (isRoutine(fact.kind)) this.#routines.get(nameOfRoutine(fact.key))?.delete(fact.key);
    else if (fact.kind === "constraint") this.#constraints.get(fact.name)?.delete(fact.key);
  }
}

/** The less certain of two. */
function lessCertain(a: Certainty, b: Certainty): Certainty {
  if (a === "tainted" || b === "tainted") return "tainted";
  return a === "assumed" ? a : b;
}

function isRoutine(kind: Kind): boolean {
  return (routineKinds as readonly Kind[]).includes(kind);
}

export function isRelation(key: Key): boolean {
  return (relationKinds as readonly Kind[]).includes(kindOfKey(key));
}

/** The address of a routine without its arguments. */
function nameOfRoutine(key: Key): string {
  const address = addressOf(key);
  // A quoted name may hold a parenthesis.
  const plain = /^(?:"(?:[^"]|"")*"|[^".(]*)\.(?:"(?:[^"]|"")*"|[^"(]*)/.exec(address);
  return plain?.[0] ?? address;
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function added(index: Map<string, Set<Key>>, at: string, key: Key): void {
  const keys = index.get(at);
  if (keys === undefined) index.set(at, new Set([key]));
  else keys.add(key);
}
