// Owns the indexes of partitions, and of tables made LIKE another.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { joinColumns, relationName } from "./generated-names.ts";
import { columnNamesOf } from "./index-names.ts";
import type { Scene } from "./scene.ts";

/** The tables that inherit from a table, partitions among them. */
export function childrenOf(scene: Scene, table: Key): readonly Key[] {
  return scene.catalog
    .users(table)
    .filter(
      (user) => (user.kind === "table" || user.kind === "foreign table") && user.inherits?.includes(table) === true,
    )
    .map(({ key }) => key);
}

/** The tables that inherit from a table, directly or not. */
export function descendantsOf(scene: Scene, table: Key): readonly Key[] {
  const found = new Set<Key>([table]);
  // What a set is given while it is gone through comes up as well; a circle, which the server refuses, ends.
  for (const each of found) for (const child of childrenOf(scene, each)) found.add(child);
  return [...found].slice(1);
}

/** Gives a partition the indexes of its table, or only one of them: one of the same columns is attached, otherwise one is made. */
export function adoptIndexes(scene: Scene, child: Key, parent: Key, only?: Key): void {
  const before = scene.catalog.indexes(child);
  const taken = new Set<Key>();
  const missing: Fact<"index">[] = [];
  for (const index of scene.catalog.indexes(parent)) {
    if (only !== undefined && index.key !== only) continue;
    if (before.some((own) => own.partitionOf === index.key)) continue;
    const same = before.find(
      (own) => own.partitionOf === undefined && !taken.has(own.key) && alike(scene, own) === alike(scene, index),
    );
    if (same === undefined) missing.push(index);
    else {
      taken.add(same.key);
      scene.change(same.key, { partitionOf: index.key });
      scene.change(same.constraint, { inherited: true });
    }
  }
  copyIndexes(scene, missing, child, { partition: true });
}

/**
 * ALTER COLUMN … TYPE of a partitioned table makes its indexes on the column anew, and with them those of the partitions: under
 * names that are chosen again, without comments. ATPostAlterTypeCleanup in tablecmds.c.
 */
export function renewCopies(scene: Scene, column: Key): void {
  const copies = scene.catalog
    .users(column)
    .flatMap((index) => (index.kind === "index" && index.partitionOf === undefined ? copiesOf(scene, index) : []));
  for (const { copy } of copies) forgetIndex(scene, copy);
  for (const [table, all] of Map.groupBy(copies, ({ copy }) => copy.table))
    copyIndexes(
      scene,
      all.map(({ index }) => index),
      table,
      { partition: true },
    );
}

/** The indexes of the partitions of an index's own table that are attached to it. */
function copiesOf(
  scene: Scene,
  index: Fact<"index">,
): readonly { readonly index: Fact<"index">; readonly copy: Fact<"index"> }[] {
  return scene.catalog
    .users(index.key)
    .flatMap((copy) => (copy.kind === "index" && copy.partitionOf === index.key ? [{ index, copy }] : []));
}

function forgetIndex(scene: Scene, index: Fact<"index">): void {
  for (const { copy } of copiesOf(scene, index)) forgetIndex(scene, copy);
  if (index.constraint !== undefined) scene.catalog.remove(index.constraint);
  scene.catalog.remove(index.key);
}

// CompareIndexInfo; one that holds up a key is attached to one that does so as well.
function alike(scene: Scene, { keys, unique, method, predicate, constraint, nullsNotDistinct }: Fact<"index">): string {
  return JSON.stringify([
    keys,
    unique,
    method,
    predicate?.sql,
    nullsNotDistinct,
    scene.catalog.as(constraint, "constraint")?.type,
  ]);
}

/** What a copy uses: its own table and columns where they were the other's. */
export function usesIn(
  scene: Scene,
  { uses }: { readonly uses?: readonly Key[] },
  from: Key,
  table: Key,
): readonly Key[] | undefined {
  return uses?.map((key) => {
    if (key === from) return table;
    const used = scene.catalog.as(key, "column");
    return used?.parent === from ? keyIn(table, "column", used.name) : key;
  });
}

interface Copying {
  readonly partition: boolean;
  readonly comments?: boolean;
}

/** Copies indexes, with the keys that they hold up, to a partition or a table LIKE another. */
export function copyIndexes(scene: Scene, indexes: readonly Fact<"index">[], table: Key, copying: Copying): void {
  if (scene.catalog.get(table)?.kind === "foreign table") return;
  const named = indexes.map((index) => columnNamesOf(index).join("\n"));
  for (const [at, index] of indexes.entries()) {
    const copy = copyIndex(scene, index, table, copying);
    // Of those that get one name with a number, the oldest gets the lowest; which that is no catalog tells.
    if (named.indexOf(named[at]!) !== named.lastIndexOf(named[at]!)) scene.catalog.change(copy, "assumed", {});
  }
}

function copyIndex(
  scene: Scene,
  index: Fact<"index">,
  table: Key,
  { partition, comments = false }: Copying,
): Key | undefined {
  const target = scene.catalog.get(table);
  if (target?.parent === undefined) return undefined;
  const held = scene.catalog.as(index.constraint, "constraint");
  const label =
    held === undefined ? "idx" : held.type === "primary key" ? "pkey" : held.type === "exclude" ? "excl" : "key";
  const second = label === "pkey" ? undefined : joinColumns(columnNamesOf(index));
  const name = relationName(scene, target.parent, [target.name, second, label], held !== undefined);
  const key = keyIn(target.parent, "index", name);
  const uses = usesIn(scene, index, index.table, table);
  const { comment, invalid: _, partitionOf: __, constraint: ___, uses: ____, clustered: _____, ...rest } = index;
  const constraint = held === undefined ? undefined : keyIn(table, "constraint", name);
  scene.catalog.put({
    ...rest,
    key,
    name,
    parent: target.parent,
    table,
    ...(uses && { uses }),
    ...(partition && { partitionOf: index.key }),
    ...(constraint !== undefined && { constraint }),
    ...(comments && comment !== undefined && { comment }),
  });
  if (held !== undefined && constraint !== undefined) {
    const heldUses = usesIn(scene, held, index.table, table);
    // With an index goes its own comment, and not that of the constraint.
    const { comment: _, inherited: __, ...said } = held;
    scene.catalog.put({
      ...said,
      ...(heldUses && { uses: heldUses }),
      key: constraint,
      name,
      parent: table,
      index: key,
      ...(partition && { inherited: true }),
    });
    if (held.type === "primary key")
      for (const each of held.columns ?? []) scene.change(keyIn(table, "column", each), { notNull: true });
  }
  if (partition) for (const each of childrenOf(scene, table)) adoptIndexes(scene, each, table, key);
  return key;
}
