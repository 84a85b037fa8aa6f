// Owns what stands on what in a catalog.
import type { Catalog, Fact, Kind } from "./catalog.ts";
import { keyAlone, keyIn, type Key } from "./keys.ts";
import { typeIndex, typesOf } from "./type-names.ts";

/** One fact stands on another. */
export interface Dependency {
  /** What stands. */
  readonly of: Key;
  /** What it stands on. */
  readonly on: Key;
  /**
   * `part`: it goes with it, silently, as an index goes with its table. `normal`: it stops a DROP without CASCADE.
   * `role`: it belongs to a role, or is granted to it, and stops a DROP ROLE.
   */
  readonly type: "part" | "normal" | "role";
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
    for (const on of partsOf(fact)) add(fact.key, on, "part");
    for (const on of standsOn(fact)) add(fact.key, on, "normal");
    for (const name of typesOf(fact)) add(fact.key, types.get(name), "normal");
    for (const on of fact.uses ?? []) add(fact.key, on, isOwnColumn(fact, catalog.facts[on]) ? "part" : "normal");
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
  const falls = new Map<Key, Fall>();
  const order: Key[] = [];
  const roots = new Set(dropped);
  const seen = new Set<Key>();
  const visit = (key: Key): void => {
    seen.add(key);
    for (const { of, type } of usedBy.get(key) ?? []) {
      if (type === "role" || roots.has(of)) continue;
      const cascade = type === "normal" || (falls.get(key)?.cascade ?? false);
      const fall = falls.get(of);
      if (!fall || (fall.cascade && !cascade)) falls.set(of, { key: of, because: key, cascade });
      if (!seen.has(of)) visit(of);
    }
    order.push(key);
  };
  for (const root of roots) if (!seen.has(root)) visit(root);
  return order.flatMap((key) => falls.get(key) ?? []);
}

const strength = { role: 0, normal: 1, part: 2 } as const;

/** Parents that cannot be dropped as long as something lives in them. */
const outlives: ReadonlySet<Kind | undefined> = new Set<Kind | undefined>(["schema", "server"]);

/** What a fact goes with, beside its parent. */
function partsOf(fact: Fact): readonly (Key | undefined)[] {
  switch (fact.kind) {
    case "index":
      return [fact.table, fact.constraint, fact.partitionOf, ...columnKeys(fact.table, keyColumns(fact))];
    case "constraint":
      return columnKeys(fact.parent!, fact.columns);
    case "sequence":
      return [fact.ownedBy];
    case "statistics":
      return [fact.table, ...columnKeys(fact.table, fact.columns)];
    case "table":
    case "foreign table":
      return fact.bound ? (fact.inherits ?? []) : [];
    case "publication table":
      return [fact.table];
    case "publication schema":
      return [fact.schema];
    default:
      return [];
  }
}

/** What a fact names in its own fields and cannot be without. */
function standsOn(fact: Fact): readonly (Key | undefined)[] {
  switch (fact.kind) {
    case "table":
      return fact.inherits ?? [];
    case "foreign table":
      return [fact.server, ...(fact.inherits ?? [])];
    case "constraint":
      return fact.references
        ? [fact.references.table, ...columnKeys(fact.references.table, fact.references.columns)]
        : [];
    case "trigger":
      return [fact.function, fact.references, ...columnKeys(fact.parent!, fact.columns)];
    case "event trigger":
    case "operator":
      return [fact.function];
    case "cast":
      return fact.method === "inout" || fact.method === "binary" ? [] : [fact.method];
    case "server":
      return [fact.wrapper];
    case "publication table":
      return columnKeys(fact.table, fact.columns);
    case "extension":
      return [keyAlone("schema", fact.schema)];
    case "default privileges":
      return fact.schema === undefined ? [] : [keyAlone("schema", fact.schema)];
    case "function":
    case "procedure":
      return [keyAlone("language", fact.language)];
    default:
      return [];
  }
}

function rolesOf(fact: Fact): readonly string[] {
  const roles = (fact.grants ?? []).flatMap(({ to, by }) => (by === undefined ? [to] : [to, by]));
  if (fact.owner !== undefined) roles.push(fact.owner);
  if (fact.kind === "policy") roles.push(...fact.roles);
  if (fact.kind === "default privileges") roles.push(fact.role);
  if (fact.kind === "user mapping") roles.push(fact.name);
  if (fact.kind === "role") roles.push(...(fact.memberOf ?? []).map(({ role }) => role));
  return roles;
}

/** An index, a constraint and statistics go with the columns of their own table, also with those in expressions. */
function isOwnColumn(fact: Fact, used: Fact | undefined): boolean {
  if (used?.kind !== "column") return false;
  if (fact.kind === "constraint") return used.parent === fact.parent;
  return (fact.kind === "index" || fact.kind === "statistics") && used.parent === fact.table;
}

function keyColumns(index: Fact<"index">): readonly string[] {
  return [...index.keys.flatMap(({ column }) => column ?? []), ...(index.include ?? [])];
}

function columnKeys(table: Key, columns: readonly string[] = []): readonly Key[] {
  return columns.map((column) => keyIn(table, "column", column));
}

function reversed(uses: ReadonlyMap<Key, readonly Dependency[]>): ReadonlyMap<Key, readonly Dependency[]> {
  const usedBy = new Map<Key, Dependency[]>();
  for (const dependency of [...uses.values()].flat()) {
    const known = usedBy.get(dependency.on);
    if (known) known.push(dependency);
    else usedBy.set(dependency.on, [dependency]);
  }
  return usedBy;
}
