// Owns how to tell whether a statement that refuses a transaction has had its effect: by looking at the catalog, never by hope.
import type { Statement } from "@clew/sql-analyzer";
import type { Session, Sql } from "../driver.ts";
import { identifier, literal } from "../store/bind.ts";

/** What such a statement leaves behind, and so what a later look can find. */
export type Effect =
  | { readonly kind: "index-created"; readonly table: string; readonly index: string | undefined }
  | { readonly kind: "index-dropped"; readonly index: string }
  | { readonly kind: "partition-detached"; readonly parent: string; readonly partition: string }
  | { readonly kind: "database"; readonly name: string; readonly present: boolean }
  /** REINDEX … CONCURRENTLY of a table or an index: running it once more does no harm. */
  | { readonly kind: "reindexed"; readonly relation: string }
  /** Running it once more does no harm: VACUUM, other REINDEX, ALTER SYSTEM. */
  | { readonly kind: "repeatable" }
  | { readonly kind: "unknown" };

/** What a look at the catalog says: the effect is there, is not there, or cannot be told. */
export type Settled = "done" | "not-done" | "busy" | "unknown";

interface Relation {
  readonly schemaname?: string;
  readonly relname?: string;
}

interface Nodes {
  readonly IndexStmt?: { readonly idxname?: string; readonly relation?: Relation };
  readonly DropStmt?: {
    readonly removeType?: string;
    readonly objects?: readonly { readonly List?: { readonly items?: readonly unknown[] } }[];
  };
  readonly AlterTableStmt?: {
    readonly relation?: Relation;
    readonly cmds?: readonly {
      readonly AlterTableCmd?: { readonly def?: { readonly PartitionCmd?: { readonly name?: Relation } } };
    }[];
  };
  readonly CreatedbStmt?: { readonly dbname?: string };
  readonly DropdbStmt?: { readonly dbname?: string };
  readonly VacuumStmt?: object;
  readonly ReindexStmt?: { readonly relation?: Relation };
  readonly ClusterStmt?: object;
  readonly AlterSystemStmt?: object;
}

/** Reads the effect off the statement's parse tree. */
export function effectOf(statement: Statement): Effect {
  const node = (statement.ast ?? {}) as Nodes;
  if (node.IndexStmt?.relation) {
    return { kind: "index-created", table: nameOf(node.IndexStmt.relation), index: node.IndexStmt.idxname };
  }
  if (node.DropStmt?.removeType === "OBJECT_INDEX" && node.DropStmt.objects?.length === 1) {
    const parts = (node.DropStmt.objects[0]?.List?.items ?? []) as { String?: { sval?: string } }[];
    return { kind: "index-dropped", index: parts.map((part) => identifier(part.String?.sval ?? "")).join(".") };
  }
  const partition = node.AlterTableStmt?.cmds?.[0]?.AlterTableCmd?.def?.PartitionCmd?.name;
  if (node.AlterTableStmt?.relation && partition) {
    return { kind: "partition-detached", parent: nameOf(node.AlterTableStmt.relation), partition: nameOf(partition) };
  }
  if (node.CreatedbStmt?.dbname) return { kind: "database", name: node.CreatedbStmt.dbname, present: true };
  if (node.DropdbStmt?.dbname) return { kind: "database", name: node.DropdbStmt.dbname, present: false };
  if (node.ReindexStmt?.relation) return { kind: "reindexed", relation: nameOf(node.ReindexStmt.relation) };
  if (node.VacuumStmt || node.ReindexStmt || node.ClusterStmt || node.AlterSystemStmt) return { kind: "repeatable" };
  return { kind: "unknown" };
}

function nameOf({ schemaname, relname = "" }: Relation): string {
  return schemaname === undefined ? identifier(relname) : `${identifier(schemaname)}.${identifier(relname)}`;
}

/**
 * Looks whether an effect is there. `settings` are those in force for the statement: they decide what a bare name means.
 * `before` is what `noteBefore` gave.
 */
export async function settle(
  session: Session,
  effect: Effect,
  settings: readonly Sql[],
  before: string | null,
): Promise<Settled> {
  if (effect.kind === "repeatable" || effect.kind === "reindexed") return "not-done";
  if (effect.kind === "index-created") {
    const made = await indexesMade(session, effect, settings, before);
    if (made.some((index) => index.busy)) return "busy";
    return made.some((index) => index.valid) ? "done" : "not-done";
  }
  const question = questionOf(effect);
  if (question === undefined) return "unknown";
  const [answer] = await session.query<{ done: boolean }>({ text: question }, settings);
  return answer?.done ? "done" : "not-done";
}

/** What must be remembered before the statement runs: for an index without a name, the indexes that are there. */
export async function noteBefore(session: Session, effect: Effect, settings: readonly Sql[]): Promise<string | null> {
  if (effect.kind !== "index-created" || effect.index !== undefined) return null;
  const indexes = await session.query<IndexState>(indexesOf(effect.table), settings);
  return JSON.stringify(indexes.map((index) => index.name));
}

/**
 * The statements that remove invalid indexes which a failed CREATE INDEX CONCURRENTLY left behind under the name that this
 * one wants: with IF NOT EXISTS, Postgres would take such an index for the wanted one. Or those that a failed REINDEX left.
 */
export async function leftovers(
  session: Session,
  effect: Effect,
  settings: readonly Sql[],
  before: string | null,
): Promise<readonly Sql[]> {
  const made =
    effect.kind === "index-created"
      ? await indexesMade(session, effect, settings, before)
      : effect.kind === "reindexed"
        ? await session.query<IndexState>(transientIndexes(effect.relation), settings)
        : [];
  return made
    .filter((index) => !index.valid && !index.busy)
    .map((index) => ({
      text: `DROP INDEX CONCURRENTLY IF EXISTS ${identifier(index.schema)}.${identifier(index.name)}`,
    }));
}

/**
 * What is to be sent in the statement's place where it was cut short half-way: a partition that is being detached can only be
 * detached to the end. https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION
 */
export async function unfinished(session: Session, effect: Effect, settings: readonly Sql[]): Promise<Sql | undefined> {
  if (effect.kind !== "partition-detached") return undefined;
  const { parent, partition } = effect;
  const [found] = await session.query(
    { text: `SELECT FROM pg_catalog.pg_inherits WHERE ${inherits(effect)} AND inhdetachpending` },
    settings,
  );
  return found === undefined ? undefined : { text: `ALTER TABLE ${parent} DETACH PARTITION ${partition} FINALIZE` };
}

function inherits({ parent, partition }: { readonly parent: string; readonly partition: string }): string {
  return `inhrelid = pg_catalog.to_regclass(${literal(partition)}) AND inhparent = pg_catalog.to_regclass(${literal(parent)})`;
}

async function indexesMade(
  session: Session,
  effect: Extract<Effect, { kind: "index-created" }>,
  settings: readonly Sql[],
  before: string | null,
): Promise<readonly IndexState[]> {
  const indexes = await session.query<IndexState>(indexesOf(effect.table), settings);
  if (effect.index !== undefined) return indexes.filter((index) => index.name === effect.index);
  if (before === null) return [];
  const old = new Set(JSON.parse(before) as readonly string[]);
  return indexes.filter((index) => !old.has(index.name));
}

interface IndexState {
  readonly schema: string;
  readonly name: string;
  readonly valid: boolean;
  /** A session is building it now. */
  readonly busy: boolean;
}

function indexesOf(table: string): Sql {
  return { text: `${indexStates}\nWHERE i.indrelid = pg_catalog.to_regclass(${literal(table)})` };
}

/** https://www.postgresql.org/docs/current/sql-reindex.html#SQL-REINDEX-CONCURRENTLY (_ccnew, _ccold) */
function transientIndexes(relation: string): Sql {
  return {
    text: `${indexStates}\nWHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$' AND pg_catalog.to_regclass(${literal(relation)}) IN
  (i.indrelid, (SELECT o.indexrelid FROM pg_catalog.pg_index o WHERE o.indrelid = i.indrelid AND o.indexrelid = pg_catalog.to_regclass(${literal(relation)})))`,
  };
}

/** https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING */
const indexStates = `SELECT n.nspname AS schema, c.relname AS name, i.indisvalid AND i.indisready AS valid,
  EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) AS busy
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;

function questionOf(effect: Effect): string | undefined {
  switch (effect.kind) {
    case "index-dropped":
      return `SELECT pg_catalog.to_regclass(${literal(effect.index)}) IS NULL AS done`;
    case "partition-detached":
      return `SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE ${inherits(effect)}) AS done`;
    case "database":
      return `SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ${literal(effect.name)}) = ${effect.present} AS done`;
    default:
      return undefined;
  }
}
