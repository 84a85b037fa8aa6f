// Owns what pg_identify_object calls the objects that the catalog only knows to be there.
import { quoteIdentifier } from "../catalog/identifier.ts";
import { type Key, keyOf } from "../catalog/keys.ts";
import type { Value } from "../grammar.ts";
import type { Scene } from "./scene.ts";
import { fields } from "./tree.ts";
import { typeOf } from "./type-names.ts";

export type Unmodelled = "access method" | "conversion" | "subscription" | "transform";

/** The key under which the catalog has it. */
export function unmodelledKey(type: Unmodelled, identity: string): Key {
  return keyOf("object", `${type} ${identity}`);
}

/** What a transform is called: `for public.hstore language plperl`. */
export function transformIdentity(scene: Scene, type: Value | undefined, language: string): string {
  const { type: name } = typeOf(scene, fields(type), false);
  return `for ${forced(name, scene.catalog.major)} language ${quoteIdentifier(language)}`;
}

// format_type_be_qualified: what the grammar has words of its own for stands bare.
function forced(type: string, major: number): string {
  if (type.includes(".") || grammatical.has(type) || (type === "json" && major >= 17)) return type;
  return `pg_catalog.${type}`;
}

const grammatical = new Set([
  "bit",
  "bit varying",
  "boolean",
  "character",
  "character varying",
  "double precision",
  "integer",
  "bigint",
  "smallint",
  "real",
  "numeric",
  "interval",
  "time without time zone",
  "time with time zone",
  "timestamp without time zone",
  "timestamp with time zone",
]);
