// Owns privileges: what there is to grant on each kind, what Postgres grants by itself, and the one order of a list.
import type { Kind } from "./catalog.ts";

/** What one role may do with an object. */
export interface Grant {
  /** A role; `public` is PUBLIC, for no role can have that name. */
  readonly to: string;
  /** Who granted it, where that is not the object's owner. */
  readonly by?: string;
  /** In alphabetical order: `INSERT`, `SELECT` … */
  readonly privileges: readonly string[];
  /** Those of them that it may pass on. */
  readonly grantable?: readonly string[];
}

/** What default privileges are about, as ALTER DEFAULT PRIVILEGES names it. */
export type DefaultObjects = "tables" | "sequences" | "functions" | "types" | "schemas" | "large objects";

/** What default privileges name each kind by. */
export const defaultObjects: { readonly [K in Kind]?: DefaultObjects } = {
  aggregate: "functions",
  "base type": "types",
  "composite type": "types",
  domain: "types",
  enum: "types",
  "foreign table": "tables",
  function: "functions",
  "materialized view": "tables",
  procedure: "functions",
  range: "types",
  schema: "schemas",
  sequence: "sequences",
  table: "tables",
  view: "tables",
};

type Granted = Kind | "parameter" | "large object";

/**
 * What there is to grant on a kind of object: what ALL means, in alphabetical order.
 * https://www.postgresql.org/docs/current/ddl-priv.html#PRIVILEGES-SUMMARY-TABLE
 */
export function privilegesOn(kind: Granted, major: number): readonly string[] {
  if (!relations.has(kind)) return privileges[kind] ?? [];
  return major >= 17 ? tablePrivileges : tablePrivilegesBefore17;
}

/** What Postgres grants to PUBLIC on a new object of a kind, where nobody has said otherwise. */
export function publicPrivileges(kind: Granted): readonly string[] {
  return toPublic[kind] ?? [];
}

/** The one order of grants: by role, what the owner granted first. */
export function sortGrants(grants: readonly Grant[]): readonly Grant[] {
  return [...grants].sort((a, b) => compare(a.to, b.to) || compare(a.by ?? "", b.by ?? ""));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const tablePrivileges = ["DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE"];
const tablePrivilegesBefore17 = tablePrivileges.filter((privilege) => privilege !== "MAINTAIN");

const relations: ReadonlySet<Granted> = new Set<Granted>(["table", "foreign table", "view", "materialized view"]);

const privileges: { readonly [K in Granted]?: readonly string[] } = {
  aggregate: ["EXECUTE"],
  "base type": ["USAGE"],
  column: ["INSERT", "REFERENCES", "SELECT", "UPDATE"],
  "composite type": ["USAGE"],
  database: ["CONNECT", "CREATE", "TEMPORARY"],
  domain: ["USAGE"],
  enum: ["USAGE"],
  "foreign data wrapper": ["USAGE"],
  function: ["EXECUTE"],
  language: ["USAGE"],
  "large object": ["SELECT", "UPDATE"],
  parameter: ["ALTER SYSTEM", "SET"],
  procedure: ["EXECUTE"],
  range: ["USAGE"],
  schema: ["CREATE", "USAGE"],
  sequence: ["SELECT", "UPDATE", "USAGE"],
  server: ["USAGE"],
};

const toPublic: { readonly [K in Granted]?: readonly string[] } = {
  aggregate: ["EXECUTE"],
  "base type": ["USAGE"],
  "composite type": ["USAGE"],
  database: ["CONNECT", "TEMPORARY"],
  domain: ["USAGE"],
  enum: ["USAGE"],
  function: ["EXECUTE"],
  language: ["USAGE"],
  procedure: ["EXECUTE"],
  range: ["USAGE"],
};
