// Owns what stands on what in a catalog.
import type { Catalog, Kind } from "./catalog.ts";
import { keyAlone, type Key } from "./keys.ts";
import { partsOf, rolesOf, standsOn, typeOfUse } from "./structure.ts";
import { typeIndex, typesOf } from "./type-names.ts";

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
  readonly uses: ReadonlyMap<Key, readonly Dependency[]>;
  readonly usedBy: ReadonlyMap<Key, readonly Dependency[]>;
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

/** All dependencies between the facts of a catalog, after what Postgres keeps in pg_depend and pg_shdepend. */
export function dependencies(catalog: Catalog): Dependencies {
  const found = new Map<Key, Map<Key, Dependency>>();
  const types = typeIndex(catalog);
  const add = (of: Key, on: Key | undefined, type: Dependency["type"]): void => {
    if (on === undefined || on === of || catalog.facts[on] === undefined) return;
    let mine = found.get(of);
    if (!mine) found.set(of, (mine = new Map()));
    const known = mine.get(on);
    if (!known || strength[type] > strength[known.type]) mine.set(on, { of, on, type });
  };
  for (const fact of Object.values(catalog.facts)) {
    add(fact.key, fact.parent, fact.parent && outlives.has(catalog.facts[fact.parent]?.kind) ? "normal" : "part");
    for (const on of partsOf(fact, catalog)) add(fact.key, on, "part");
    for (const on of standsOn(fact, catalog)) add(fact.key, on, "normal");
    for (const name of typesOf(fact)) add(fact.key, types.get(name), "normal");
    for (const on of fact.uses ?? []) add(fact.key, on, typeOfUse(fact, catalog.facts[on], types));
    for (const role of rolesOf(fact)) add(fact.key, keyAlone("role", role), "role");
  }
  const uses = new Map([...found].map(([key, mine]) => [key, [...mine.values()]] as const));
  return { uses, usedBy: reversed(uses) };
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
    for (const { of, type } of usedBy.get(key) ?? []) {
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

function reversed(uses: ReadonlyMap<Key, readonly Dependency[]>): ReadonlyMap<Key, readonly Dependency[]> {
  const usedBy = new Map<Key, Dependency[]>();
  for (const dependency of [...uses.values()].flat()) {
    const known = usedBy.get(dependency.on);
    if (known) known.push(dependency);
    else usedBy.set(dependency.on, [dependency]);
  }
  return usedBy;
}
