// Owns what the catalog says of schemas, extensions, roles, publications and the like.
import type { SqlText } from "./catalog.ts";
import type { DefaultObjects } from "./grants.ts";
import type { Key } from "./keys.ts";
import type { Enabled, Options } from "./relations.ts";

export type Schema = object;

/** What belongs to it is no fact. */
export interface Extension {
  readonly schema: string;
  readonly version: string;
}

/** A role of the cluster; passwords are never read. */
export interface Role {
  readonly superuser?: true;
  readonly createDatabase?: true;
  readonly createRole?: true;
  readonly noInherit?: true;
  readonly login?: true;
  readonly replication?: true;
  readonly bypassRowSecurity?: true;
  readonly connectionLimit?: number;
  /** ISO 8601 in UTC, or `infinity`. */
  readonly validUntil?: string;
  /** ALTER ROLE … SET. */
  readonly settings?: Options;
  /** ALTER ROLE … IN DATABASE … SET, for this database. */
  readonly settingsHere?: Options;
  /** The roles it is a member of, in alphabetical order. */
  readonly memberOf?: readonly Membership[];
}

export interface Membership {
  readonly role: string;
  readonly admin?: true;
  /** From Postgres 16 on: WITH INHERIT, where it is not what the member's own INHERIT or NOINHERIT says. */
  readonly inherit?: boolean;
  /** From Postgres 16 on: WITH SET FALSE. */
  readonly noSet?: true;
}

/** The database itself, whatever its name: `database this`. */
export interface Database {
  /** ALTER DATABASE … SET. */
  readonly settings?: Options;
}

/** Its `grants` are what new objects of that role get. Without a schema: instead of Postgres's own; with one: in addition. */
export interface DefaultPrivileges {
  readonly role: string;
  readonly schema?: string;
  readonly objects: DefaultObjects;
}

/**
 * The `grants` on something that is no fact, because it belongs to an extension or to the system, where they are not
 * those that it came with: `privileges function cron.schedule(text, text)`.
 */
export interface Privileges {
  readonly on: Key;
  readonly extension?: Key;
}

/** Its tables and schemas are facts of their own. */
export interface Publication {
  readonly allTables?: true;
  /** In this order: `insert`, `update`, `delete`, `truncate`. */
  readonly publish: readonly ("insert" | "update" | "delete" | "truncate")[];
  readonly viaPartitionRoot?: true;
  readonly generatedColumns?: "stored";
}

/** All tables of a schema. Parent: its publication. */
export interface PublicationSchema {
  readonly schema: Key;
}

/** Parent: its publication. */
export interface PublicationTable {
  readonly table: Key;
  readonly columns?: readonly string[];
  readonly where?: SqlText;
}

export interface EventTrigger {
  /** `ddl_command_start`, `sql_drop` … */
  readonly event: string;
  readonly function: Key;
  /** WHEN TAG IN. */
  readonly tags?: readonly string[];
  readonly enabled?: Enabled;
}

export interface Language {
  readonly trusted?: true;
  /** Functions, with schema. */
  readonly handler?: string;
  readonly inline?: string;
  readonly validator?: string;
}

export interface ForeignDataWrapper {
  /** Functions, with schema. */
  readonly handler?: string;
  readonly validator?: string;
  /** Secrets are masked. */
  readonly options?: Options;
}

export interface Server {
  readonly wrapper: Key;
  readonly type?: string;
  readonly version?: string;
  /** Secrets are masked. */
  readonly options?: Options;
}

/** Parent: its server. The name is the user's; PUBLIC is `public`. */
export interface UserMapping {
  /** Secrets are masked. Absent as well where the reader may not see them. */
  readonly options?: Options;
}

/** What the catalog has no shape for, so that it is at least known to be there: a conversion, a transform … Parent: its schema, if any. */
export interface Other {
  /** What it is, as pg_identify_object says. */
  readonly type: string;
}
