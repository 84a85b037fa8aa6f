// Owns what a case of the lock table is, and the tables that it finds.
import type { Major } from "@clew/kit";

/**
 * One statement to try on a server. What its relations are called says which part they play: `target` and `other` are
 * named by the statement; `table_1`, `partitions_1`, `referenced_1` … stand to the target as their first word says.
 */
export interface Case {
  /** What the statement alone tells; `classify` looks it up under this name. Absent: the statement is of several keys. */
  readonly key?: string;
  /** What only the catalog or the rows tell, as the end of "if …". */
  readonly when?: string;
  /** SQL before it, on top of the fixture, committed. */
  readonly setup?: string;
  readonly sql: string;
  /** The first major that has it. */
  readonly since?: Major;
  /** It reads rows as its plan says, which is no property of the statement: what it scans is not looked at. */
  readonly planned?: true;
  /** It refuses a transaction block: it is watched from another session while locks hold it up. */
  readonly alone?: true;
  /** It is tried on a partitioned target too, where that makes a difference; `false` where it cannot be. */
  readonly partitioned?: false;
}

/** Rows in each table of the fixture. */
export const rows = 200;

const columns = `id int primary key, a int not null, ref int, b text, v varchar(10), n numeric(10,2),
  ts timestamp, js json, r int4range not null`;
const values = `g, g, g, 'b', 'v', 1, '2026-01-01', '{}', int4range(g, g + 1)`;

/** Two tables with rows: `target`, with an index, and `other`, whose columns are the same. */
export const plain = `
  create table other (${columns});
  insert into other select ${values} from generate_series(1, ${rows}) g;
  create table target (${columns});
  insert into target select ${values} from generate_series(1, ${rows}) g;
  create index target_a on target (a);`;

/** The same, with a target that has one partition, which has the rows. */
export const partitioned = `
  create table other (${columns});
  insert into other select ${values} from generate_series(1, ${rows}) g;
  create table target (${columns}) partition by range (id);
  create table partitions_1 partition of target for values from (0) to (1000);
  insert into target select ${values} from generate_series(1, ${rows}) g;
  create index target_a on target (a);`;
