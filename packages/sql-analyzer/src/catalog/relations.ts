// Owns what the catalog says of tables, views and sequences, and of what hangs on them.
import type { SqlText } from "./catalog.ts";
import type { Key } from "./keys.ts";

/** Storage parameters and options of foreign data wrappers: texts, as the server keeps them. */
export type Options = Readonly<Record<string, string>>;

/**
 * A type as `format_type` prints it with an empty search_path: `integer`, `character varying(20)`, `numeric(10,2)`,
 * `public.status[]`. Its modifiers are part of it.
 */
export type TypeName = string;

interface Stored {
  /** Where it is not `heap`. */
  readonly accessMethod?: string;
  readonly tablespace?: string;
  /** `fillfactor` …, those of its TOAST table as `toast.…`. */
  readonly options?: Options;
}

interface Inheriting {
  /** The tables whose columns it inherits, in order; for a partition the one it is a partition of. */
  readonly inherits?: readonly Key[];
  /** For a partition: `FOR VALUES …` or `DEFAULT`. */
  readonly bound?: SqlText;
}

/** A table, partitioned or not, a partition or not. Its columns are facts of their own. Parent: its schema. */
export interface Table extends Stored, Inheriting {
  /** For a partitioned table: `RANGE (created_at)`. */
  readonly partitionBy?: SqlText;
  readonly unlogged?: true;
  /** For a typed table: `CREATE TABLE … OF type`. */
  readonly ofType?: TypeName;
  readonly rowSecurity?: true;
  readonly forceRowSecurity?: true;
  /** An index, or one of the words; absent is the primary key. */
  readonly replicaIdentity?: "full" | "nothing" | Key;
}

/** Parent: its schema. */
export interface ForeignTable extends Inheriting {
  readonly server: Key;
  /** Secrets are masked. */
  readonly options?: Options;
}

/** Its columns are facts of their own. Parent: its schema. */
export interface View {
  readonly query: SqlText;
  /** `security_invoker`, `security_barrier`, `check_option`. */
  readonly options?: Options;
}

/** Parent: its schema. */
export interface MaterializedView extends Stored {
  readonly query: SqlText;
  /** It was made or refreshed WITH NO DATA and cannot be read. */
  readonly unpopulated?: true;
}

/** A column of a table, foreign table, view or materialized view. Parent: that one. */
export interface Column {
  /**
   * Its place among the columns that there are, from 1. Compared by order alone: that others come or go is no
   * difference of this one.
   */
  readonly position: number;
  /** Of a view's column `unknown` where only the planner could tell. */
  readonly type: TypeName;
  /** Where it is not the type's own: `"C"`, `public.german`. */
  readonly collation?: string;
  readonly notNull?: true;
  readonly default?: SqlText;
  readonly identity?: "always" | "by default";
  readonly generated?: Generated;
  /** It comes from a table that this one inherits from or is a partition of, and was not declared here as well. */
  readonly inherited?: true;
  /** SET STATISTICS. */
  readonly statistics?: number;
  /** SET STORAGE, where it is not the type's own. */
  readonly storage?: "plain" | "external" | "extended" | "main";
  /** SET COMPRESSION. */
  readonly compression?: "pglz" | "lz4";
  /** `n_distinct` …; a foreign table's column has its wrapper's. */
  readonly options?: Options;
}

export interface Generated {
  readonly as: SqlText;
  /** Computed on read; otherwise stored. */
  readonly virtual?: true;
}

/**
 * A constraint of a table, foreign table or domain. Parent: that one. NOT NULL is the column's flag; it is a fact as
 * well (from Postgres 18 on, which names it) where the column's flag does not say all of it: a name of its own, NOT
 * VALID, NO INHERIT, a comment.
 * The copies that Postgres itself makes of a foreign key for each partition are no facts.
 */
export interface Constraint {
  readonly type: "primary key" | "unique" | "foreign key" | "check" | "exclude" | "not null";
  /** By name, in the constraint's order; of an exclusion the plain ones; of a check those it names. */
  readonly columns?: readonly string[];
  /** CHECK: the expression in its parentheses. */
  readonly check?: SqlText;
  /** EXCLUDE: what follows the word, but for DEFERRABLE: `USING gist (room WITH =, during WITH &&) WHERE …`. */
  readonly exclude?: SqlText;
  /** FOREIGN KEY. */
  readonly references?: ForeignKeyTarget;
  /** PRIMARY KEY, UNIQUE, EXCLUDE: the index that holds it up; it has the same name. */
  readonly index?: Key;
  /** UNIQUE NULLS NOT DISTINCT. */
  readonly nullsNotDistinct?: true;
  /** WITHOUT OVERLAPS, or PERIOD of a foreign key. */
  readonly period?: true;
  readonly deferrable?: true;
  readonly initiallyDeferred?: true;
  readonly notValid?: true;
  readonly notEnforced?: true;
  readonly noInherit?: true;
  /** It comes from a parent table, and was not declared here as well. */
  readonly inherited?: true;
  /** FOREIGN KEY: the tables of the two on which DISABLE TRIGGER ALL has put it out of force. */
  readonly disabledOn?: readonly Key[];
}

export interface ForeignKeyTarget {
  readonly table: Key;
  readonly columns: readonly string[];
  readonly onUpdate?: ForeignKeyAction;
  readonly onDelete?: ForeignKeyAction;
  /** ON DELETE SET NULL (these), or SET DEFAULT. */
  readonly onDeleteColumns?: readonly string[];
  readonly matchFull?: true;
}

export type ForeignKeyAction = "restrict" | "cascade" | "set null" | "set default";

/** Parent: its schema, which is its table's. */
export interface Index {
  /** The table or materialized view; it goes with it. */
  readonly table: Key;
  /** `btree`, `gin` … */
  readonly method: string;
  readonly unique?: true;
  readonly keys: readonly IndexKey[];
  /** INCLUDE: names of columns. */
  readonly include?: readonly string[];
  /**
   * The names of its own columns, keys first, where they are not those of the table's: of expressions, and of columns that
   * were renamed since. Copies in partitions are called by them; they make no difference.
   */
  readonly columnNames?: readonly string[];
  /** WHERE. */
  readonly predicate?: SqlText;
  readonly nullsNotDistinct?: true;
  readonly options?: Options;
  readonly tablespace?: string;
  /** A CREATE INDEX CONCURRENTLY that failed left it; on a partitioned table: not all partitions have it. */
  readonly invalid?: true;
  /** The constraint that it holds up, and that it goes with. */
  readonly constraint?: Key;
  /** For a partition's index: the partitioned table's that it is attached to. */
  readonly partitionOf?: Key;
  /** CLUSTER ON. */
  readonly clustered?: true;
}

/** Either a column or an expression. */
export interface IndexKey {
  readonly column?: string;
  readonly expression?: SqlText;
  /** Where it is not the type's default for the method: `text_pattern_ops`, `extensions.vector_l2_ops`. */
  readonly operatorClass?: string;
  readonly operatorClassOptions?: Options;
  readonly collation?: string;
  readonly descending?: true;
  /** Where it is not what the direction brings: last ascending, first descending. */
  readonly nulls?: "first" | "last";
  /** ALTER INDEX … ALTER COLUMN n SET STATISTICS, for expressions. */
  readonly statistics?: number;
}

/** A sequence by itself, or that of a serial or identity column. Where it has got to is no part of it. Parent: its schema. */
export interface Sequence {
  readonly type: "smallint" | "integer" | "bigint";
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle?: true;
  readonly unlogged?: true;
  /** OWNED BY: the column it goes with. */
  readonly ownedBy?: Key;
  /** It belongs to an identity column, and only ALTER TABLE can drop it. */
  readonly identity?: true;
}

/** Parent: its table. */
export interface Policy {
  readonly command: "all" | "select" | "insert" | "update" | "delete";
  readonly restrictive?: true;
  /** In alphabetical order; PUBLIC is `public`. */
  readonly roles: readonly string[];
  readonly using?: SqlText;
  readonly check?: SqlText;
}

/** When a trigger or rule fires, as session_replication_role decides; absent is `origin`. */
export type Enabled = "disabled" | "replica" | "always";

/** The triggers behind constraints and those that Postgres makes for each partition are no facts. Parent: its table or view. */
export interface Trigger {
  readonly timing: "before" | "after" | "instead of";
  /** In this order: `insert`, `delete`, `update`, `truncate`. */
  readonly events: readonly ("insert" | "delete" | "update" | "truncate")[];
  /** UPDATE OF: names of columns. */
  readonly columns?: readonly string[];
  readonly forEach: "row" | "statement";
  readonly when?: SqlText;
  readonly function: Key;
  readonly arguments?: readonly string[];
  /** REFERENCING OLD TABLE AS, NEW TABLE AS. */
  readonly oldTable?: string;
  readonly newTable?: string;
  /** CREATE CONSTRAINT TRIGGER. */
  readonly constraint?: true;
  readonly deferrable?: true;
  readonly initiallyDeferred?: true;
  /** FROM: the table that a constraint trigger refers to. */
  readonly references?: Key;
  readonly enabled?: Enabled;
}

/** The rule that makes a view one is the view's query. Parent: its table or view. */
export interface Rule {
  readonly event: "select" | "insert" | "update" | "delete";
  readonly instead?: true;
  /** The whole CREATE RULE. */
  readonly rule: SqlText;
  readonly enabled?: Enabled;
}

/** Extended statistics. Parent: its schema. */
export interface StatisticsObject {
  readonly table: Key;
  /** In alphabetical order; absent for statistics of one expression. */
  readonly kinds?: readonly ("dependencies" | "mcv" | "ndistinct")[];
  readonly columns?: readonly string[];
  readonly expressions?: readonly SqlText[];
  /** SET STATISTICS. */
  readonly target?: number;
}
