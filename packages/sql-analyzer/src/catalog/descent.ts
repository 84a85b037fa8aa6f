// Owns how one catalog came of another, so that what is worked out from all facts need not be worked out from all of them again.
import type { Catalog, Fact } from "./catalog.ts";
import type { Key } from "./keys.ts";

type Facts = Catalog["facts"];

interface Descent {
  readonly from: WeakRef<Facts>;
  readonly changed: ReadonlySet<Key>;
}

const descents = new WeakMap<Facts, Descent>();

/** Notes that facts are those of another catalog, but for these keys. */
export function descend(facts: Facts, from: Facts, changed: ReadonlySet<Key>): void {
  if (facts !== from) descents.set(facts, { from: new WeakRef(from), changed });
}

/** The keys in which two catalogs may differ: all of both where nothing is known of how one came of the other. */
export function keysBetween(one: Facts, other: Facts): Iterable<Key> {
  const ancestors = new Map(lineOf(one).map(([facts, ...changes]) => [facts, changes]));
  for (const [facts, ...changes] of lineOf(other)) {
    const met = ancestors.get(facts);
    if (met !== undefined) return union([...met, ...changes]);
  }
  return keysOf(one, other);
}

function* keysOf(one: Facts, other: Facts): Generator<Key> {
  for (const key in one) yield key as Key;
  for (const key in other) if (one[key as Key] === undefined) yield key as Key;
}

/**
 * Something worked out from the facts of a catalog, kept with them, and brought up to date where they came of facts of which
 * it is known. What `update` gives may share with what it is given; where it gives nothing, all is worked out again.
 */
export function keptWith<T extends object>(
  build: (catalog: Catalog) => T,
  update: (known: T, catalog: Catalog, before: Facts, changed: ReadonlySet<Key>) => T | undefined,
): (catalog: Catalog) => T {
  const kept = new WeakMap<Facts, T>();
  return (catalog) => {
    const { facts } = catalog;
    const own = kept.get(facts);
    if (own !== undefined) return own;
    const [before, ...changes] = lineOf(facts).find(([ancestor]) => kept.has(ancestor)) ?? [];
    const updated = before && update(kept.get(before)!, catalog, before, union(changes));
    const value = updated ?? build(catalog);
    kept.set(facts, value);
    return value;
  };
}

/**
 * The same catalog, with the facts of a known one wherever they say the same: what is read from a server again is mostly what
 * it was, and then only what differs is looked at.
 */
export function shareFacts(catalog: Catalog, known: Catalog): Catalog {
  const facts: Record<Key, Fact> = {};
  const changed = new Set<Key>();
  for (const key in catalog.facts) {
    const [fact, other] = [catalog.facts[key as Key]!, known.facts[key as Key]];
    const same = isSame(fact, other);
    if (!same) changed.add(fact.key);
    facts[fact.key] = same ? other! : fact;
  }
  for (const key in known.facts) if (facts[key as Key] === undefined) changed.add(key as Key);
  descend(facts, known.facts, changed);
  return { ...catalog, facts };
}

/** Whether two pieces of data say the same, in whatever order their fields are. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [fields, others] = [one as Readonly<Record<string, unknown>>, other as Readonly<Record<string, unknown>>];
  let left = Object.keys(others).length;
  for (const field in fields) {
    if (!(field in others) || !isSame(fields[field], others[field])) return false;
    left--;
  }
  return left === 0;
}

/** How far back is looked: catalogs of a run come of each other, one after the other. */
const longest = 16;

/** The facts themselves and those that they came of, each with all that was changed from there on. */
function lineOf(facts: Facts): readonly (readonly [Facts, ...ReadonlySet<Key>[]])[] {
  const line: (readonly [Facts, ...ReadonlySet<Key>[]])[] = [[facts]];
  while (line.length < longest) {
    const [at, ...changes] = line.at(-1)!;
    const descent = descents.get(at);
    const from = descent?.from.deref();
    if (from === undefined) break;
    line.push([from, ...changes, descent!.changed]);
  }
  return line;
}

function union(sets: readonly ReadonlySet<Key>[]): ReadonlySet<Key> {
  return sets.length === 1 ? sets[0]! : new Set(sets.flatMap((set) => [...set]));
}
