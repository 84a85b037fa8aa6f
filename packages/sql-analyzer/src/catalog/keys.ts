// Owns the identity of facts: a kind, and the name by which SQL would address the thing.
import type { Kind } from "./catalog.ts";
import { quoteIdentifier } from "./identifier.ts";

/**
 * A fact's identity, the same from every source: `schema public`, `table public.users`, `column public.users.email`,
 * `policy public.users."read own"`, `function public.add(integer, integer)`, `index public.users_pkey`.
 */
export type Key = `${string} ${string}`;

/** The key of a kind and an address. */
export function keyOf(kind: Kind, address: string): Key {
  return `${kind} ${address}`;
}

/** The address: dotted names, quoted where SQL needs it, and a signature where names are overloaded. */
export function addressOf(key: Key): string {
  return key.slice(endOfKind(key) + 1);
}

/** The kind that a key names. */
export function kindOfKey(key: Key): Kind {
  return key.slice(0, endOfKind(key)) as Kind;
}

function endOfKind(key: Key): number {
  for (const kind of longKinds[key.charCodeAt(0) - a] ?? []) {
    if (key.startsWith(kind) && key.charCodeAt(kind.length) === space) return kind.length;
  }
  return key.indexOf(" ");
}

/** The key of something inside its parent, which most facts are: a table in a schema, a column in a table. */
export function keyIn(parent: Key, kind: Kind, name: string, signature = ""): Key {
  return `${kind} ${addressOf(parent)}.${quoteIdentifier(name)}${signature}`;
}

/** The key of something that no schema holds: a schema, a role, an extension, a publication. */
export function keyAlone(kind: Kind, name: string): Key {
  return `${kind} ${quoteIdentifier(name)}`;
}

/** The key of a routine; `types` are those of its input arguments (in, inout, variadic), which is what identifies it. */
export function routineKey(
  kind: "function" | "procedure" | "aggregate",
  schema: string,
  name: string,
  types: readonly string[],
): Key {
  return keyIn(keyAlone("schema", schema), kind, name, `(${types.join(", ")})`);
}

/** The key of an operator; `left` is undefined for a prefix operator. Operators are never quoted. */
export function operatorKey(schema: string, name: string, left: string | undefined, right: string): Key {
  return `operator ${quoteIdentifier(schema)}.${name}(${left ?? "NONE"}, ${right})`;
}

/** The key of an operator class or family, whose names are those of one access method. */
export function operatorSetKey(
  kind: "operator class" | "operator family",
  schema: string,
  name: string,
  method: string,
): Key {
  return keyIn(keyAlone("schema", schema), kind, name, ` using ${quoteIdentifier(method)}`);
}

/** The key of a cast. */
export function castKey(source: string, target: string): Key {
  return `cast (${source} AS ${target})`;
}

/** The key of default privileges; without a schema they hold for all. */
export function defaultPrivilegesKey(role: string, schema: string | undefined, objects: string): Key {
  const where = schema === undefined ? "" : ` in ${quoteIdentifier(schema)}`;
  return `default privileges for ${quoteIdentifier(role)}${where} on ${objects}`;
}

/** The key of a table, or of all tables of a schema, in a publication. */
export function publishedKey(
  kind: "publication table" | "publication schema",
  publication: string,
  published: Key,
): Key {
  return `${kind} ${quoteIdentifier(publication)}.${addressOf(published)}`;
}

/** The key of a user's mapping to a foreign server. */
export function userMappingKey(server: string, user: string): Key {
  return `user mapping ${quoteIdentifier(server)}.${quoteIdentifier(user)}`;
}

/** The schema of a fact; undefined for what no schema holds. */
export function schemaOf(fact: { readonly key: Key; readonly kind: Kind; readonly name: string }): string | undefined {
  if (fact.kind === "schema") return fact.name;
  if (outsideSchemas.has(fact.kind)) return undefined;
  const address = addressOf(fact.key);
  const quoted = /^"((?:[^"]|"")*)"/.exec(address)?.[1];
  return quoted === undefined ? address.slice(0, address.indexOf(".")) : quoted.replaceAll('""', '"');
}

/** Kinds of which no schema holds the name. */
const outsideSchemas: ReadonlySet<Kind> = new Set<Kind>([
  "cast",
  "database",
  "default privileges",
  "event trigger",
  "extension",
  "foreign data wrapper",
  "language",
  "object",
  "privileges",
  "publication",
  "publication schema",
  "publication table",
  "role",
  "server",
  "user mapping",
]);

const a = 97;
const space = 32;

/** Kinds of more than one word, by the place of their first letter in the alphabet. */
const longKinds: readonly (readonly Kind[])[] = byLetter([
  "base type",
  "composite type",
  "default privileges",
  "event trigger",
  "foreign data wrapper",
  "foreign table",
  "materialized view",
  "operator class",
  "operator family",
  "publication schema",
  "publication table",
  "text search configuration",
  "text search dictionary",
  "text search parser",
  "text search template",
  "user mapping",
]);

function byLetter(kinds: readonly Kind[]): readonly (readonly Kind[])[] {
  return Array.from({ length: 26 }, (_, letter) => kinds.filter((kind) => kind.charCodeAt(0) - a === letter));
}
