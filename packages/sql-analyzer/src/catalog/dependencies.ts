// Owns what stands on what in a catalog.
import { factsIn, type Catalog, type Fact, type Kind } from "./catalog.ts";
import { keptWith } from "./descent.ts";
import { keyAlone, kindOfKey, type Key } from "./keys.ts";
import type { TypeName } from "./relations.ts";
import { partsOf, readsOthers, rolesOf, standsOn, typeOfUse } from "./structure.ts";
import { typeNamed, typeNamesOf, typesOf } from "./type-names.ts";

/** One fact stands on another. */
export interface Dependency {
  /** What stands. */
  readonly of: Key;
  /** What it stands on. */
  readonly on: Key;
  /**
   * `part`: it goes with it, silently, as an index goes with its table. `normal`: it stops a DROP without CASCADE.
   * `default`: so does a column's default, but CASCADE takes the default alone.
   * `role`: it belongs to a role, or is granted to it, and stops a DROP ROLE.
   */
  readonly type: "part" | "normal" | "default" | "role";
}

/** Who stands on whom, from both ends. */
export interface Dependencies {
  readonly uses: { get(key: Key): readonly Dependency[] };
  readonly usedBy: { get(key: Key): readonly Dependency[] };
}

/** What falls when something is dropped. */
export interface Fall {
  readonly key: Key;
  /** What it stands on of that which falls before. */
  readonly because: Key;
  /** It only falls with CASCADE; otherwise it goes as a part. */
  readonly cascade: boolean;
  /** Of a column: it stays, and loses its default. */
  readonly only?: "default";
}

/**
 * The dependencies between the facts of a catalog, after what Postgres keeps in pg_depend and pg_shdepend. Each is worked out
 * when it is asked for: a migration touches little of a schema.
 */
export function dependencies(catalog: Catalog): Dependencies {
  const uses = new Map<Key, readonly Dependency[]>();
  const usedBy = new Map<Key, readonly Dependency[]>();
  let users: Users | undefined;
  const usesOf = (key: Key): readonly Dependency[] => {
    let known = uses.get(key);
    const fact = catalog.facts[key];
    if (known === undefined) uses.set(key, (known = fact === undefined ? [] : usesOfFact(fact, catalog)));
    return known;
  };
  const usedByOf = (key: Key): readonly Dependency[] => {
    let known = usedBy.get(key);
    if (known === undefined) {
      users ??= usersOf(catalog);
      const found = new Set(namesOf(catalog.facts[key], key).flatMap((name) => [...(users!.of.get(name) ?? [])]));
      known = [...found].sort().flatMap((of) => usesOf(of).filter(({ on }) => on === key));
      usedBy.set(key, known);
    }
    return known;
  };
  return { uses: { get: usesOf }, usedBy: { get: usedByOf } };
}

function usesOfFact(fact: Fact, catalog: Catalog): readonly Dependency[] {
  const mine = new Map<Key, Dependency>();
  const of = fact.key;
  const add = (on: Key | undefined, type: Dependency["type"]): void => {
    if (on === undefined || on === of || catalog.facts[on] === undefined) return;
    const known = mine.get(on);
    if (!known || strength[type] > strength[known.type]) mine.set(on, { of, on, type });
  };
  add(fact.parent, fact.parent && outlives.has(catalog.facts[fact.parent]?.kind) ? "normal" : "part");
  for (const on of partsOf(fact, catalog)) add(on, "part");
  const extension = extensionUnder(fact, catalog);
  if (extension !== undefined) add(extension, "part");
  for (const on of standsOn(fact, catalog)) add(on, "normal");
  for (const name of typesOf(fact)) add(typeNamed(catalog, name), "normal");
  for (const on of fact.uses ?? []) add(on, typeOfUse(fact, catalog.facts[on], catalog));
  for (const role of rolesOf(fact)) add(keyAlone("role", role), "role");
  return [...mine.values()];
}

/** By a key, or a type's name, the facts that may use it, in a catalog or in one that it came of. */
interface Users {
  readonly of: Map<string, Set<Key>>;
  /** The facts of which other facts tell what they use. */
  readonly reading: Set<Key>;
  /** How many were looked at since the first of these catalogs. */
  added: number;
}

const usersOf = keptWith<Users>(
  (catalog) => {
    const users: Users = { of: new Map(), reading: new Set(), added: 0 };
    for (const key in catalog.facts) addUser(users, catalog.facts[key as Key]!, catalog);
    return users;
  },
  (users, catalog, _, changed) => {
    // Where most of it has been other catalogs', it is time for a new one.
    if (users.added > users.of.size) return undefined;
    users.added += changed.size;
    for (const key of changed) {
      const fact = catalog.facts[key];
      if (fact === undefined) continue;
      addUser(users, fact, catalog);
      if (fact.kind === "table" && fact.ofType !== undefined)
        for (const column of factsIn(catalog, key, "column")) addUser(users, column, catalog);
    }
    for (const key of users.reading) {
      const fact = catalog.facts[key];
      if (fact !== undefined) addUser(users, fact, catalog);
    }
    return users;
  },
);

function addUser(users: Users, fact: Fact, catalog: Catalog): void {
  if (readsOthers(fact, catalog)) users.reading.add(fact.key);
  for (const name of mentionsOf(fact, catalog)) {
    const found = users.of.get(name);
    if (found) found.add(fact.key);
    else users.of.set(name, new Set([fact.key]));
  }
}

/** The keys and names of types that a fact names, whether there is something of that name or not. */
function mentionsOf(fact: Fact, catalog: Catalog): readonly string[] {
  const others = readsOthers(fact, catalog);
  const known = others ? undefined : mentions.get(fact);
  if (known !== undefined) return known;
  const keys = [
    fact.parent,
    ...partsOf(fact, catalog),
    ...standsOn(fact, catalog),
    ...(fact.uses ?? []),
    ...rolesOf(fact).map((role) => keyAlone("role", role)),
  ].filter((key) => key !== undefined);
  const found = [...new Set([...keys, ...typesOf(fact).map(typed)])];
  if (!others) mentions.set(fact, found);
  return found;
}

/** Facts never change, and most are the same in one catalog after the other. */
const mentions = new WeakMap<Fact, readonly string[]>();

const typed = (name: TypeName): string => `type ${name}`;

/** What a fact is found by in `usersOf`. */
function namesOf(fact: Fact | undefined, key: Key): readonly string[] {
  return fact === undefined ? [key] : [key, ...typeNamesOf(fact).map(typed)];
}

/**
 * What falls when these are dropped, they themselves left out: first what nothing else of it stands on, so that it can be
 * dropped in this order, and made again in the opposite one. Roles pull nothing down.
 */
export function dependents({ usedBy }: Dependencies, dropped: Iterable<Key>): readonly Fall[] {
  const roots = new Set(dropped);
  const because = new Map<Key, Key>();
  const defaults = new Map<Key, Fall>();
  /** Visits what stands on a key, and then passes the key. */
  const climb = (key: Key, types: ReadonlySet<Dependency["type"]>, passed: (key: Key) => void): void => {
    for (const { of, type } of usedBy.get(key)) {
      if (type === "default") defaults.set(of, { key: of, because: key, cascade: true, only: "default" });
      if (!types.has(type) || because.has(of) || roots.has(of)) continue;
      because.set(of, key);
      climb(of, types, passed);
    }
    passed(key);
  };
  for (const root of roots) climb(root, parts, () => undefined);
  const silent = new Map(because);
  because.clear();
  const order: Key[] = [];
  for (const root of roots) climb(root, all, (key) => order.push(key));
  const falls = order
    .filter((key) => !roots.has(key))
    .map((key) => ({ key, because: silent.get(key) ?? because.get(key)!, cascade: !silent.has(key) }));
  return [...[...defaults.values()].filter(({ key }) => !because.has(key) && !roots.has(key)), ...falls];
}

const parts: ReadonlySet<Dependency["type"]> = new Set(["part"]);
const all: ReadonlySet<Dependency["type"]> = new Set(["part", "normal"]);
const strength = { role: 0, default: 1, normal: 2, part: 3 } as const;

/** Parents that cannot be dropped as long as something lives in them. */
const outlives: ReadonlySet<Kind | undefined> = new Set<Kind | undefined>(["schema", "server"]);

/** The extension that has brought an index or a policy with a table of its own, which is no fact: it goes with it. */
export function extensionUnder(fact: Fact, { facts }: Catalog): Key | undefined {
  const table = tableUnder(fact);
  if (table === undefined || facts[table] !== undefined) return undefined;
  return fact.uses?.find((key) => kindOfKey(key) === "extension");
}

/** The table that an index, a policy and the like are on. */
export function tableUnder(fact: Fact): Key | undefined {
  const home = fact.kind === "index" ? fact.table : fact.parent;
  return home !== undefined && kindOfKey(home) === "table" ? home : undefined;
}
