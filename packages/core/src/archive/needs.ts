// Owns the plain data of an archive: what is to be kept of a migration's rows, stored beside its rollback.
import type { Key, LockMode } from "@clew/sql-analyzer";

/** What the archive of one transaction keeps, and where. JSON; a rollback needs nothing else to give the rows back. */
export interface ArchiveNeeds {
  readonly format: 1;
  /** A UUID: the archive's name in the schema clew_archive. */
  readonly id: string;
  /** The migration's version, and the run that applied it. */
  readonly version: string;
  readonly run: string;
  /** It is of a rollback: what that takes away itself. */
  readonly direction?: "down";
  /** The backup that its rows are in: the database has none of them until a rollback needs them. */
  readonly outside?: string;
  /** In the order in which they are locked. */
  readonly tables: readonly ArchivedTable[];
  /** Sequences that go, or are set to another position. */
  readonly sequences: readonly ArchivedName[];
  /** Tables that the statements write to new files, which is no loss by itself. */
  readonly rewritten: readonly ArchivedName[];
  /** What becomes of the jobs of pg_cron is kept. */
  readonly jobs?: true;
}

/** A relation as it was called before the migration. */
export interface ArchivedName {
  readonly key: Key;
  readonly schema: string;
  readonly name: string;
}

export interface ArchivedTable extends ArchivedName {
  /** For a partition: the partitioned table at the top, through which its rows come back. */
  readonly root?: Key;
  /** For a partition that is detached, or attached in another place: the table at the top before. Its rows come back by itself. */
  readonly leaves?: Key;
  /** It goes with all its rows, which are copied before. */
  readonly dropped?: true;
  /** It may be moved away in place of being copied: nothing else in its transaction looks at it. */
  readonly move?: true;
  /** What is written to it is captured, by triggers that last for the transaction. */
  readonly written?: true;
  /** It is partitioned, and a MERGE both updates and inserts into it: what is captured of the updates is wrong. */
  readonly merged?: true;
  /** Its statements set off no others: they need no number when they begin. */
  readonly alone?: true;
  /** Where columns get another type: the others, in order, by which a row is found again where there is no key. */
  readonly others?: readonly string[];
  /** Columns that go, or get another type: their values are copied before. Names as they were before. */
  readonly columns?: readonly ArchivedColumn[];
  /** How often all its rows may be kept, where something happens to all of them. */
  readonly copies?: number;
  /** A unique key that every row has, without columns that go: it tells rows apart. Without one the whole row does. */
  readonly identity?: readonly string[];
  /** The lock under which this happens: what the statements will take themselves, so that none has to be raised later. */
  readonly lock: LockMode;
}

export interface ArchivedColumn {
  readonly name: string;
  /** Of a column that stays: the type that it had. */
  readonly retyped?: string;
  /** It is given that type again, with other values. */
  readonly sameType?: true;
}
