// Owns what `classify` says of a statement: plain data.
import type { Boundary } from "../boundary.ts";

/**
 * The mode of a lock on a relation, weakest first, by the name that LOCK TABLE has for it.
 * https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
 */
export type LockMode = (typeof lockModes)[number];

/** The modes of locks, weakest first. */
export const lockModes = [
  "ACCESS SHARE",
  "ROW SHARE",
  "ROW EXCLUSIVE",
  "SHARE UPDATE EXCLUSIVE",
  "SHARE",
  "SHARE ROW EXCLUSIVE",
  "EXCLUSIVE",
  "ACCESS EXCLUSIVE",
] as const;

/** A relation as the statement names it, without quotes. Without a schema it is found through search_path. */
export interface Relation {
  readonly schema?: string;
  readonly name: string;
}

/** How relations that the statement does not name stand to one that it names. A catalog turns them into names. */
export type Kin =
  /** The table of the index, of the sequence's column, of the statistics. */
  | "table"
  /** Its indexes. */
  | "indexes"
  /** Its partitions, or the tables that inherit from it, all the way down. Not with ONLY. */
  | "partitions"
  /** The table that it is a partition of. */
  | "parent"
  /** The default partition beside it, or among its partitions. */
  | "default"
  /** Tables that its foreign keys refer to. */
  | "referenced"
  /** Tables whose foreign keys refer to it. */
  | "referencing"
  /** Sequences that its columns own. */
  | "sequences"
  /** Views on it. */
  | "views"
  /** What its query reads, as it is a view. */
  | "underlying"
  /** Tables that use it: in a column's type or default, in a trigger, in a policy. */
  | "users"
  /** Every relation in it, or in the database: of a schema, an extension, a role, a tablespace, a publication. */
  | "contents";

/** A relation that something happens to. */
export interface Touch {
  /** Absent where the statement names no relation, as `VACUUM` and `DROP FUNCTION … CASCADE`. */
  readonly relation?: Relation;
  /** Then not the relation itself is meant, but those that stand to it so. */
  readonly kin?: Kin;
  /** Absent: in any case. Otherwise what it depends on, as the end of a sentence: `unless …`, `if …`, `on PostgreSQL …`. */
  readonly when?: string;
}

/** A lock on a relation, in the mode that the statement takes. */
export interface Lock extends Touch {
  readonly mode: LockMode;
}

/** Work that grows with a table, while the locks are held. */
export interface Work<Extent extends string> {
  readonly extent: "none" | "maybe" | Extent;
  /** The relations that are worked on. */
  readonly relations: readonly Touch[];
  /** Of `maybe`: what it depends on. */
  readonly reason?: string;
}

/**
 * What a statement loses or overwrites. Definitions that it changes in place (CREATE OR REPLACE, ALTER POLICY, COMMENT,
 * REVOKE, DROP DEFAULT) are none: they are in the catalog, and no rows go with them.
 */
export type Loss =
  /** An object goes: a table with its rows. `cascade`: and whatever depends on it. */
  | { readonly what: "object"; readonly type: string; readonly name: readonly string[]; readonly cascade: boolean }
  /** Columns, or attributes of a composite type, go with their values. */
  | {
      readonly what: "columns";
      readonly relation: Relation;
      readonly columns: readonly string[];
      readonly cascade: boolean;
    }
  /** Rows go. `kin`: not its own, but those of its kin. */
  | (Touch & { readonly what: "rows"; readonly relation: Relation; readonly which: "all" | "some" })
  /** Values in these columns of rows that stay are overwritten. */
  | (Touch & {
      readonly what: "values";
      readonly relation: Relation;
      readonly columns: readonly string[];
      readonly which: "all" | "some";
    })
  /** A sequence forgets its position. */
  | (Touch & { readonly what: "position"; readonly relation: Relation });

/** What a statement is and does, as far as its text tells. JSON. */
export interface Classification {
  /** As in the statement: `CREATE TABLE`, `DROP INDEX CONCURRENTLY` … */
  readonly kind: string;
  readonly boundary: Boundary;
  /**
   * Locks on relations that were there before it, by measured PostgreSQL; a relation once for each mode that it may
   * take. Held to the end of the transaction, but for `alone` statements, which may let go of one earlier.
   * Not said: locks on indexes that are weaker than their table's, and on what the statement itself creates.
   */
  readonly locks: readonly Lock[];
  /** Whether rows are copied to new files: the `table`, or only its `indexes`. */
  readonly rewrite: Work<"indexes" | "table">;
  /** Whether every row is read: to check them, to copy them, to build an index. What a query reads is up to its plan. */
  readonly scan: Work<"full">;
  readonly destroys: readonly Loss[];
  /** Relations whose rows its queries read. */
  readonly reads: readonly Relation[];
  /** Relations whose rows it writes: INSERT, UPDATE, DELETE, MERGE, COPY, TRUNCATE, CREATE TABLE AS, REFRESH. */
  readonly writes: readonly Relation[];
  /** Why more may happen than is said here: it runs code that is not in it. Empty: nothing more, but for triggers. */
  readonly unknown: readonly string[];
}
