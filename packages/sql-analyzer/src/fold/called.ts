// Owns what the server writes for a function or an operator that a definition names: `eqsel`, `app.cmp`, `<(integer,integer)`.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { keyAlone, keyIn, operatorKey, type Key, routineKey } from "../catalog/keys.ts";
import type { Value } from "../grammar.ts";
import { ownFunctions } from "../references/system.ts";
import { type Name, nameOf } from "./names.ts";
import type { Scene } from "./scene.ts";
import { tagged } from "./tree.ts";

/** Something of a name as the server writes it, and whether it is certain which one is meant. */
export interface Called {
  readonly text: string;
  readonly known: boolean;
  /** Where it is a fact. */
  readonly key?: Key | undefined;
}

/** The name that an option of CREATE … gives: `f`, `s.f`, `OPERATOR(s.=)`. */
export function namedIn(option: Value | undefined): Name | undefined {
  const [tag, node] = tagged(option);
  if (tag === "TypeName") return nameOf(node["names"]);
  return tag === "List" ? nameOf(node["items"]) : undefined;
}

/** A function by its name alone, as regproc prints it. */
export function functionNamed(scene: Scene, { schema, name }: Name): Called {
  const written = quoteIdentifier(name);
  if (schema !== undefined && schema !== "pg_catalog")
    return found(scene, schema, name) ?? { text: `${quoteIdentifier(schema)}.${written}`, known: true };
  if (schema === undefined && !ownFunctions().has(name)) {
    for (const candidate of scene.path) {
      const called = found(scene, candidate, name);
      if (called !== undefined) return called;
    }
    return { text: written, known: false };
  }
  return { text: written, known: true };
}

function found(scene: Scene, schema: string, name: string): Called | undefined {
  const address = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
  const [routine, other] = scene.catalog.routines(keyAlone("schema", schema), name);
  return routine && { text: address, known: other === undefined, key: routine.key };
}

/** A function by its name and the types of its arguments, as regprocedure prints it. */
export function functionOf(scene: Scene, { schema, name }: Name, types: readonly string[]): Called {
  const signature = `(${types.join(",")})`;
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const key = routineKey("function", candidate, name, types);
    if (!scene.catalog.has(key)) continue;
    return { text: `${quoteIdentifier(candidate)}.${quoteIdentifier(name)}${signature}`, known: true, key };
  }
  const bare = schema === undefined || schema === "pg_catalog";
  const text = `${bare ? "" : `${quoteIdentifier(schema)}.`}${quoteIdentifier(name)}${signature}`;
  return { text, known: schema !== undefined || ownFunctions().has(name) };
}

/** An operator by its name and the types of its operands, as regoperator prints it. */
export function operatorOf(
  scene: Scene,
  { schema, name }: Name,
  left: string | undefined,
  right: string | undefined,
): Called {
  const operands = `(${left ?? "NONE"},${right ?? "NONE"})`;
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const key = operatorKey(candidate, name, left, right ?? "NONE");
    if (scene.catalog.has(key)) return { text: `${quoteIdentifier(candidate)}.${name}${operands}`, known: true, key };
  }
  if (schema !== undefined && schema !== "pg_catalog")
    return { text: `${quoteIdentifier(schema)}.${name}${operands}`, known: true };
  // Extensions have operators over Postgres's own types as well.
  const own = [left, right].every((type) => type?.includes(".") !== true);
  const extended = scene.catalog.allOf("extension").some((extension) => extension.name !== "plpgsql");
  return { text: `${name}${operands}`, known: schema !== undefined || (own && !extended) };
}

/** What an object's name in a schema is, as the server qualifies it: bare in pg_catalog. */
export function qualified(schema: string, name: string): string {
  const written = quoteIdentifier(name);
  return schema === "pg_catalog" ? written : `${quoteIdentifier(schema)}.${written}`;
}

/** The key of what a name means among facts of one kind, in the first schema of the path that has it. */
export function findKind(
  scene: Scene,
  { schema, name }: Name,
  kind: "text search dictionary" | "text search parser" | "text search template" | "text search configuration",
): Key | undefined {
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const key = keyIn(keyAlone("schema", candidate), kind, name);
    if (scene.catalog.has(key)) return key;
  }
  return undefined;
}
