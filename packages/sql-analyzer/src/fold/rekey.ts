// Owns what becomes of keys, and of names in facts, when something is renamed.
import type { Fact, Kind } from "../catalog/catalog.ts";
import {
  addressOf,
  castKey,
  type Key,
  keyAlone,
  keyIn,
  keyOf,
  operatorKey,
  operatorSetKey,
  publishedKey,
  routineKey,
} from "../catalog/keys.ts";
import type { Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";

/** The key that a fact has under another parent, or by another name. */
export function rekeyed(fact: Fact, parent: Key | undefined, name: string): Key {
  if (fact.kind === "function" || fact.kind === "procedure" || fact.kind === "aggregate") {
    const inputs = fact.arguments.filter(({ mode }) => mode !== "out" && mode !== "table").map(({ type }) => type);
    return routineKey(fact.kind, schemaName(parent!), name, inputs);
  }
  if (fact.kind === "object") {
    const home = fact.parent === undefined ? "" : `${addressOf(fact.parent)}.`;
    const own = name === fact.name ? name.slice(home.length) : name;
    return keyOf("object", `${fact.type} ${parent === undefined ? "" : `${addressOf(parent)}.`}${own}`);
  }
  if (fact.kind === "cast") return castKey(fact.source, fact.target);
  if (parent === undefined) return keyAlone(fact.kind, name);
  if (fact.kind === "operator") return operatorKey(schemaName(parent), name, fact.left, fact.right);
  if (fact.kind === "publication table") return publishedKey(fact.kind, unquoted(addressOf(parent)), fact.table);
  if (fact.kind === "publication schema") return publishedKey(fact.kind, unquoted(addressOf(parent)), fact.schema);
  if (fact.kind === "operator class" || fact.kind === "operator family")
    return operatorSetKey(fact.kind, schemaName(parent), name, fact.method);
  return keyIn(parent, fact.kind, name);
}

export function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** Kinds whose keys name types. */
const signed: ReadonlySet<Kind> = new Set<Kind>(["aggregate", "cast", "function", "operator", "procedure"]);

export function identityIn(key: Key, { type }: Fact<"object">): string {
  return addressOf(key).slice(type.length + 1);
}

// Names in texts: of text search objects they are addresses, of operators and functions in the members of a class not
// always, so that those are as likely as not.
function withNames(fact: Fact, keys: ReadonlyMap<Key, Key>): Fact {
  switch (fact.kind) {
    case "text search configuration":
    case "text search dictionary": {
      const names = new Map([...keys].map(([from, to]) => [addressOf(from), addressOf(to)]));
      const after = (name: string): string => names.get(name) ?? name;
      if (fact.kind === "text search dictionary") return { ...fact, template: after(fact.template) };
      const mappings = Object.entries(fact.mappings).map(([token, list]) => [token, list.map(after)] as const);
      return { ...fact, parser: after(fact.parser), mappings: Object.fromEntries(mappings) };
    }
    case "operator":
    case "operator class":
    case "operator family":
    case "base type":
    case "language":
    case "foreign data wrapper":
    case "text search parser":
    case "text search template":
    case "aggregate":
    case "range": {
      const { uses: _, key: __, parent: ___, ...said } = fact;
      const texts = JSON.stringify(said);
      const named = [...keys.keys()].some((from) => texts.includes(addressOf(from).replace(/\(.*$/, "")));
      return named && fact.certainty === "exact" ? { ...fact, certainty: "assumed" } : fact;
    }
    default:
      return fact;
  }
}

const typeFields = new Set(["type", "returns", "subtype", "ofType", "left", "right", "result", "source", "target"]);

// Keys and types in a fact's fields, by what they have become.
function followed(fact: Fact, keys: ReadonlyMap<Key, Key>, types: ReadonlyMap<string, string>): Fact {
  const visit = (value: unknown, field: string): unknown => {
    if (typeof value === "string") {
      if (typeFields.has(field)) return typeAfter(value, types);
      return keys.get(value as Key) ?? value;
    }
    if (Array.isArray(value)) return value.map((item) => visit(item, field));
    if (typeof value !== "object" || value === null || "sql" in value) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, visit(inner, name)]));
  };
  const next = visit(fact, "") as Fact;
  return withNames(next.uses === undefined ? next : { ...next, uses: [...next.uses].sort() }, keys);
}

function typeAfter(type: string, types: ReadonlyMap<string, string>): string {
  const [, bare = type, tail = ""] = /^(.*?)((?:\([^)]*\))?(?:\[\])?)$/.exec(type) ?? [];
  const next = types.get(bare);
  return next === undefined ? type : next + tail;
}

/** What a move makes of keys, names, parents and types, and the facts that may name any of them. */
export interface Settlement {
  readonly keys: Map<Key, Key>;
  readonly named: ReadonlyMap<Key, string>;
  readonly parents: ReadonlyMap<Key, Key | undefined>;
  readonly types: ReadonlyMap<string, string>;
  readonly touched: Set<Key>;
}

/** Puts the facts as they are after a move, and returns them as they were. */
export function settle({ catalog }: Scene, { keys, named, parents, types, touched }: Settlement): readonly Fact[] {
  // Signatures that name a moved type are keys as well.
  for (const key of Array.from(touched)) {
    const user = catalog.get(key);
    if (user === undefined || !signed.has(user.kind)) continue;
    const renamed = followed(user, keys, types) as typeof user;
    const next = rekeyed(renamed, parents.get(key) ?? user.parent, named.get(key) ?? user.name);
    if (next === key || keys.has(key)) continue;
    keys.set(key, next);
    for (const other of catalog.users(key)) touched.add(other.key);
  }
  const facts = [...touched].flatMap((key) => catalog.get(key) ?? []);
  for (const { key } of facts) catalog.remove(key);
  for (const old of facts) {
    const next = followed(old, keys, types);
    const { definition: _, ...rest } = next;
    const key = keys.get(old.key) ?? old.key;
    const home = parents.get(old.key) ?? rest.parent;
    catalog.put({
      ...rest,
      key,
      name: old.kind === "object" ? identityIn(key, old) : (named.get(old.key) ?? old.name),
      ...(home !== undefined && { parent: home }),
    } as Fact);
  }
  return facts;
}
