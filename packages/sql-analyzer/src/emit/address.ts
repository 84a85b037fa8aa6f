// Owns how statements name what a fact is about: `FUNCTION public.f(integer)`, `POLICY "read own" ON public.users`.
import type { Fact, Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, kindOfKey, type Key } from "../catalog/keys.ts";

type Named = Pick<Fact, "key" | "kind" | "name" | "parent">;

/**
 * A fact as COMMENT ON, DROP and ALTER … OWNER TO name it. Undefined for what they cannot name: publications' tables, user
 * mappings, privileges, and the database, whose name no catalog knows.
 */
export function objectName(fact: Named): string | undefined {
  const { key, kind, name, parent } = fact;
  const address = addressOf(key);
  switch (kind) {
    case "attribute":
    case "column":
      return `COLUMN ${address}`;
    case "constraint": {
      const domain = parent !== undefined && kindOfKey(parent) === "domain" ? "DOMAIN " : "";
      return `CONSTRAINT ${quoteIdentifier(name)} ON ${domain}${parentAddress(fact)}`;
    }
    case "policy":
    case "rule":
    case "trigger":
      return `${kind.toUpperCase()} ${quoteIdentifier(name)} ON ${parentAddress(fact)}`;
    case "object": {
      const { type } = fact as Fact<"object">;
      return type === "transform" ? transformName(name) : `${type.toUpperCase()} ${name}`;
    }
    case "aggregate":
      return `AGGREGATE ${address.endsWith("()") ? `${address.slice(0, -1)}*)` : address}`;
    case "database":
    case "default privileges":
    case "privileges":
    case "publication schema":
    case "publication table":
    case "user mapping":
      return undefined;
    default:
      return `${words[kind] ?? kind.toUpperCase()} ${address}`;
  }
}

/** What GRANT names of a kind and an address: `TABLE public.users` for a view as well; undefined where nothing is granted. */
export function grantName(kind: Kind, address: string): string | undefined {
  const word = grantWords[kind];
  return word === undefined ? undefined : `${word} ${address}`;
}

/** The address of what a fact lives in. */
export function parentAddress({ parent }: Pick<Named, "parent">): string {
  return parent === undefined ? "" : addressOf(parent);
}

/** The name of a routine without its signature, as triggers, operators and types name their functions. */
export function routineName(key: Key): string {
  return /^(?:"(?:[^"]|"")*"|[^"(])*/.exec(addressOf(key))![0];
}

/** pg_identify_object says `for type on language name`, and since Postgres 16 `for type language name`. */
function transformName(identity: string): string {
  const [, type, language] = /^for (.*?)(?: on)? language (.*)$/s.exec(identity) ?? [];
  return `TRANSFORM FOR ${type} LANGUAGE ${language}`;
}

const words: { readonly [K in Kind]?: string } = {
  "base type": "TYPE",
  "composite type": "TYPE",
  enum: "TYPE",
  range: "TYPE",
};

const grantWords: { readonly [K in Kind]?: string } = {
  aggregate: "FUNCTION",
  "base type": "TYPE",
  "composite type": "TYPE",
  domain: "DOMAIN",
  enum: "TYPE",
  "foreign data wrapper": "FOREIGN DATA WRAPPER",
  "foreign table": "TABLE",
  function: "FUNCTION",
  language: "LANGUAGE",
  "materialized view": "TABLE",
  procedure: "PROCEDURE",
  range: "TYPE",
  schema: "SCHEMA",
  sequence: "SEQUENCE",
  server: "FOREIGN SERVER",
  table: "TABLE",
  view: "TABLE",
};
