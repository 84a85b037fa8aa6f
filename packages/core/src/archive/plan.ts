// Plans an archive: what a migration will change and destroy, as its statements and the catalogs say, as plain data.
import {
  classify,
  factsOf,
  keyIn,
  typeAfter,
  type Catalog,
  type Fact,
  type Fields,
  type Grammar,
  type Key,
  type Lock,
  type LockMode,
  type Move,
  type Node,
  type Statement,
} from "@clew/sql-analyzer";
import type { Sql } from "../driver.ts";
import { endCapture, startCapture, sweep } from "./capture.ts";
import { mayChangeJobs, pgCron } from "./jobs.ts";
import { identityOf, keepsKeys } from "./identity.ts";
import { nameOf, Names, relationOf } from "./names.ts";
import type { ArchivedColumn, ArchivedTable, ArchiveNeeds } from "./needs.ts";
import { passing } from "./passing.ts";
import { Writes } from "./writes.ts";

/** One transaction of a migration, and the catalogs on both sides of it. */
export interface ArchiveRequest {
  /** A new UUID. */
  readonly id: string;
  readonly version: string;
  readonly run: string;
  /** The live catalog before the transaction. */
  readonly before: Catalog;
  /** The catalog that is foreseen after it. */
  readonly after: Catalog;
  /** What the statements drop, though others may have its name: tables that are made again, and columns of those that stay. */
  readonly anew?: ReadonlySet<Key>;
  /** What the statements rename and move, in order: a column of a renamed type keeps its type. Default nothing. */
  readonly renames?: readonly Move[];
  readonly statements: readonly Statement[];
  readonly grammar: Grammar;
  /** Where names without a schema are looked for. Default `public`. */
  readonly searchPath?: readonly string[];
  /** Days until it may be purged. Default 30. */
  readonly days?: number;
  /** Bytes that its rows may take. Default 0: no limit. */
  readonly limit?: number;
  /** Of a rollback. */
  readonly direction?: "down";
  /** Keeps only what goes, not what is written. Default false. */
  readonly gone?: boolean;
  /** Moves tables that go away in place of copying them, where nothing else in the transaction looks at them. Default false. */
  readonly move?: boolean;
}

export interface ArchivePlan {
  readonly needs: ArchiveNeeds;
  /** To be run in the migration's transaction, before its statements and after them. */
  readonly first: readonly Sql[];
  readonly last: readonly Sql[];
  /** To be run in a transaction of its own afterwards: what could not be cleared away while tables were in use. */
  readonly later: readonly Sql[];
}

/** Plans the archive of one transaction; undefined where its statements can neither change nor destroy a row. */
export function planArchive(request: ArchiveRequest): ArchivePlan | undefined {
  const {
    id,
    version,
    run,
    before,
    after,
    statements,
    grammar,
    searchPath = ["public"],
    days = 30,
    limit = 0,
    gone = false,
    move = false,
    anew = new Set<Key>(),
    renames = [],
  } = request;
  // Whatever else a statement is, it may look at rows that are not there any more.
  const onlyDrops = statements.every(({ kind, ast }) => ast !== undefined && /^(?:DROP|COMMENT|SET)\b/.test(kind));
  const names = new Names(before, searchPath);
  const came = passing(statements, before, after, grammar);
  const writes = new Writes({ before, after, grammar, passing: came }, names, statements.some(truncates));
  const retyped = new Map<Key, Set<string>>();
  const typed = new Set<Key>();
  const exclusive = new Set<Key>();
  const rewritten = new Set<Key>();
  const positions = new Set<Key>();
  const copies = new Map<Key, number>();
  let unknown = false;
  for (const [index, statement] of statements.entries()) {
    const said = classify(statement, { major: before.major });
    unknown ||= said.unknown.length > 0 || statement.ast === undefined;
    writes.follow(statement);
    for (const { table, column, using } of typesGivenBy(statement.ast, names)) {
      const id = keyIn(table, "column", column);
      if (using || typed.has(id)) retyped.set(table, (retyped.get(table) ?? new Set()).add(column));
      typed.add(id);
    }
    for (const table of relationsOf(said.locks.filter(isExclusive), names)) exclusive.add(table);
    for (const loss of said.destroys) {
      if (!("which" in loss) || loss.which !== "all" || statement.kind.startsWith("ALTER")) continue;
      for (const table of names.resolve(loss.relation))
        copies.set(table, (copies.get(table) ?? 0) + (loss.what === "values" ? 2 : 1));
    }
    for (const table of relationsOf(said.rewrite.relations, names)) rewritten.add(table);
    if (/setval|restart|drop\s+identity/i.test(statement.text)) {
      for (const key of sequencesIn(statement.text, before)) positions.add(key);
    }
    names.follow(statement.ast);
    const moved = said.unknown.length === 0 ? [] : renames.filter((move) => move.statement === index);
    if (moved.length === 0) continue;
    names.followMoves(moved);
    // What it writes may have its new name already.
    writes.follow(statement);
  }

  // With a partitioned table its partitions are written to new files.
  const isRewritten = ({ key, bound, inherits = [] }: Fact<"table">): boolean => {
    if (rewritten.has(key)) return true;
    const parent = bound && before.facts[inherits[0]!];
    return parent?.kind === "table" && isRewritten(parent);
  };
  const written = gone ? new Set<Key>() : writes.tables;
  const altered = new Set(
    factsOf(before, "column").flatMap((fact) => (after.facts[fact.key] === fact ? [] : [fact.parent])),
  );
  const touched = (key: Key, root: Key): boolean =>
    anew.has(key) ||
    written.has(key) ||
    names.nowOf(key) !== key ||
    altered.has(key) ||
    retyped.has(key) ||
    retyped.has(root);
  const columnsOf = byTable(() => Map.groupBy(factsOf(before, "column"), ({ parent }) => parent));
  const indexesOf = byTable(() => Map.groupBy(factsOf(before, "index"), ({ table }) => table));
  const keepsKey = keepsKeys(statements, before, after);
  const tables = factsOf(before, "table")
    .map((fact): ArchivedTable | undefined => {
      const { key } = fact;
      const top = rootOf(fact, before);
      if (!touched(key, top)) return undefined;
      const now = names.nowOf(key);
      const dropped = now === undefined || after.facts[now] === undefined || anew.has(key);
      const sides = { before, after, names, renames, anew, retyped, writes };
      const columns = dropped ? [] : columnsLost(fact, columnsOf(key), now, sides);
      if (!dropped && columns.length === 0 && !written.has(key)) return undefined;
      const root =
        dropped || columns.length > 0 ? top : rootOf(fact, before, (partition) => isAttached(partition, after, names));
      const moves = move && onlyDrops && dropped && root === key && fact.partitionBy === undefined;
      const lock: LockMode =
        dropped || columns.length > 0 || exclusive.has(key) ? "ACCESS EXCLUSIVE" : "SHARE ROW EXCLUSIVE";
      return {
        key,
        ...nameOf(fact),
        ...(root === key ? {} : { root }),
        ...(root === top ? {} : { leaves: top }),
        ...(dropped ? { dropped } : {}),
        ...(moves ? { move: true } : {}),
        ...(written.has(key) ? { written: true } : {}),
        ...(writes.merged.has(key) ? { merged: true } : {}),
        ...(written.has(key) && written.size === 1 && !setsOff(key, now, before, after) ? { alone: true } : {}),
        ...copiesOf((copies.get(key) ?? 0) + ((dropped && !moves) || columns.length > 0 ? 1 : 0)),
        ...identityOf({
          columns: columnsOf(key),
          indexes: indexesOf(key),
          leaving: columns,
          before,
          holds: written.has(key) && !dropped ? keepsKey : () => true,
        }),
        ...(columns.length > 0 ? { columns } : {}),
        lock,
      };
    })
    .filter((table) => table !== undefined);
  const isOfAnew = (column: Key | undefined): boolean =>
    column !== undefined && (anew.has(column) || anew.has(before.facts[column]!.parent!));
  const sequences = (gone ? [] : factsOf(before, "sequence"))
    .filter(
      ({ key, ownedBy }) =>
        positions.has(key) || after.facts[names.nowOf(key) ?? key] === undefined || isOfAnew(ownedBy),
    )
    .map((fact) => ({ key: fact.key, ...nameOf(fact) }));
  const jobs = !gone && before.facts[pgCron] !== undefined && mayChangeJobs(statements);
  if (tables.length === 0 && sequences.length === 0 && !jobs && (gone || !unknown)) return undefined;

  const needs: ArchiveNeeds = {
    format: 1,
    id,
    version,
    run,
    ...(request.direction ? { direction: request.direction } : {}),
    tables,
    sequences,
    rewritten: factsOf(before, "table")
      .filter((fact) => isRewritten(fact))
      .map((fact) => ({ key: fact.key, ...nameOf(fact) })),
    ...(jobs ? { jobs } : {}),
  };
  return { needs, first: startCapture(needs, days, limit), last: endCapture(needs, limit), later: sweep };
}

/** Facts by table, found when the first table needs them. */
function byTable<F>(group: () => ReadonlyMap<Key | undefined, readonly F[]>): (table: Key) => readonly F[] {
  let groups: ReadonlyMap<Key | undefined, readonly F[]> | undefined;
  return (table) => (groups ??= group()).get(table) ?? [];
}

const isExclusive = ({ mode, kin }: Lock): boolean => mode === "ACCESS EXCLUSIVE" && kin === undefined;

function relationsOf(
  touches: readonly { readonly relation?: { readonly schema?: string; readonly name: string } }[],
  names: Names,
): readonly Key[] {
  return touches.flatMap(({ relation }) => (relation === undefined ? [] : names.resolve(relation)));
}

/** Whether what is written to a table may write to it once more: by its triggers, or by keys that refer to itself. */
function setsOff(key: Key, now: Key | undefined, ...sides: readonly Catalog[]): boolean {
  const self = new Set<Key | undefined>([key, now]);
  return sides.some(
    (side) =>
      factsOf(side, "trigger").some(({ parent }) => self.has(parent)) ||
      factsOf(side, "constraint").some(({ parent, references }) => self.has(parent) && self.has(references?.table)),
  );
}

const truncates = ({ kind, text }: Statement): boolean => kind === "TRUNCATE" || /truncate/i.test(text);

/** The partitioned table at the top, or under the first partition that does not stay where it is. */
function rootOf(fact: Fact<"table">, before: Catalog, stays: (partition: Fact<"table">) => boolean = () => true): Key {
  const [parent] = fact.bound === undefined ? [] : (fact.inherits ?? []);
  const above = parent === undefined ? undefined : before.facts[parent];
  return above?.kind === "table" && stays(fact) ? rootOf(above, before, stays) : fact.key;
}

/** Whether a partition still is one of the same table, with the same rows. */
function isAttached({ key, inherits = [], bound }: Fact<"table">, after: Catalog, names: Names): boolean {
  const now = after.facts[names.nowOf(key) ?? key];
  if (now?.kind !== "table" || now.bound?.sql !== bound?.sql) return false;
  return inherits.every((parent) => now.inherits?.includes(names.nowOf(parent) ?? parent));
}

const copiesOf = (copies: number): Pick<ArchivedTable, "copies"> => (copies > 0 ? { copies } : {});

interface Sides {
  readonly before: Catalog;
  readonly after: Catalog;
  readonly names: Names;
  readonly renames: readonly Move[];
  readonly anew: ReadonlySet<Key>;
  readonly retyped: ReadonlyMap<Key, ReadonlySet<string>>;
  readonly writes: Writes;
}

/** The columns of a table that stays which go, or whose values a new type may change. */
function columnsLost(
  fact: Fact<"table">,
  all: readonly Fact<"column">[],
  now: Key,
  { before, after, names, renames, anew, retyped, writes }: Sides,
): readonly ArchivedColumn[] {
  const columns = all.filter(({ generated }) => !generated);
  const renamedAt = rootOf(fact, before);
  return columns.flatMap(({ key, name, type }): readonly ArchivedColumn[] => {
    if (anew.has(key)) return [{ name }];
    const of =
      [fact.key, renamedAt].map((table) => names.columnNow(table, name)).find((other) => other !== name) ?? name;
    const other = after.facts[keyIn(now, "column", of)];
    if (other?.kind !== "column") return [{ name }];
    const touched = retyped.get(fact.key)?.has(name) ?? retyped.get(renamedAt)?.has(name) ?? false;
    // What is written to it then may be more than the old type takes.
    const kept =
      typeAfter(type, renames) === other.type || (widens(type, other.type) && !writes.mayWrite(fact.key, name));
    if (kept && !touched) return [];
    return [{ name, retyped: type, ...(other.type === type ? { sameType: true as const } : {}) }];
  });
}

/** A column that gets a type; the old type may not bring its values back where an expression gives them, or another type came between. */
interface TypeGiven {
  readonly table: Key;
  readonly column: string;
  readonly using: boolean;
}

function typesGivenBy(ast: Node | undefined, names: Names): readonly TypeGiven[] {
  const fields = ast?.["AlterTableStmt"];
  if (fields === undefined || !Array.isArray(fields["cmds"])) return [];
  const tables = names.resolve(relationOf(fields["relation"]));
  return (fields["cmds"] as readonly Node[]).flatMap((node) => {
    const command = node["AlterTableCmd"] ?? {};
    if (command["subtype"] !== "AT_AlterColumnType") return [];
    const definition = ((command["def"] ?? {}) as Fields)["ColumnDef"] as Fields | undefined;
    const using = definition?.["raw_default"] !== undefined;
    return tables.flatMap((table) => {
      const column = names.columnBefore(table, String(command["name"]));
      return column === undefined ? [] : [{ table, column, using }];
    });
  });
}

/** Whether each value of a type comes back from the other as it was. */
function widens(from: string, to: string): boolean {
  if (to === "text" || to === "character varying") return true;
  const [a, b] = [integers.indexOf(from), integers.indexOf(to)];
  if (a >= 0 && b >= 0) return a < b;
  if (a >= 0 && to === "numeric") return true;
  const length = /^character varying\((\d+)\)$/;
  const [old, wide] = [length.exec(from)?.[1], length.exec(to)?.[1]];
  return old !== undefined && wide !== undefined && Number(old) <= Number(wide);
}

const integers: readonly string[] = ["smallint", "integer", "bigint"];

/** The sequences that a text names, or whose table it names. */
function sequencesIn(text: string, before: Catalog): readonly Key[] {
  return factsOf(before, "sequence").flatMap(({ key, name, ownedBy }) => {
    const owner = ownedBy === undefined ? undefined : before.facts[ownedBy]?.parent;
    const table = owner === undefined ? undefined : before.facts[owner]?.name;
    return text.includes(name) || (table !== undefined && text.includes(table)) ? [key] : [];
  });
}
