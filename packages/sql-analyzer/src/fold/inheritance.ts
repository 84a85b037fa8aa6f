// Owns what passes between tables that inherit: columns, constraints, and the indexes of partitions.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import type { Fields } from "../grammar.ts";
import { columnsOf } from "./columns.ts";
import type { PendingConstraint } from "./constraints.ts";
import { drop } from "./drop.ts";
import { keepForeignKeys, mergeForeignKeys } from "./foreign-keys.ts";
import { adoptIndexes, childrenOf, descendantsOf } from "./partitions.ts";
import { findRelation, findTable, rangeName } from "./names.ts";
import type { Scene } from "./scene.ts";
import { boundOf, inheritColumns, inheritConstraints } from "./tables.ts";
import { fields } from "./tree.ts";

/** Gives all that inherit from a table its constraints, and partitions its indexes. */
export function handDownConstraints(scene: Scene, table: Key): void {
  for (const parent of [table, ...descendantsOf(scene, table)]) {
    for (const child of childrenOf(scene, parent)) {
      inheritConstraints(scene, child, parent, { isNew: false });
      if (scene.catalog.as(parent, "table")?.partitionBy === undefined) continue;
      mergeForeignKeys(scene, child);
      // One that was made with ONLY stays without those of the partitions that were there.
      for (const index of scene.catalog.indexes(parent))
        if (index.invalid !== true) adoptIndexes(scene, child, parent, index.key);
    }
  }
}

/** With ONLY the index of a new key is not valid before all partitions have theirs. */
export function doubtIndexes(scene: Scene, table: Key, pending: readonly PendingConstraint[]): void {
  if (pending.length === 0 || scene.catalog.as(table, "table")?.partitionBy === undefined) return;
  for (const index of scene.catalog.indexes(table)) {
    if (index.constraint === undefined) continue;
    if (!isWhole(scene, index)) scene.change(index.key, { invalid: true });
  }
}

/** DROP COLUMN. A column that another parent has as well, or that a child has of its own, stays; with ONLY it is the child's own now. */
export function dropColumn(scene: Scene, table: Key, name: string, cascade: boolean, only: boolean): void {
  for (const child of childrenOf(scene, table)) {
    const key = keyIn(child, "column", name);
    if (scene.catalog.as(key, "column")?.inherited !== true) continue;
    if (only) {
      scene.change(key, { inherited: undefined });
      continue;
    }
    if (parentsOf(scene, child).some((parent) => parent !== table && scene.catalog.has(keyIn(parent, "column", name))))
      continue;
    dropColumn(scene, child, name, cascade, only);
  }
  drop(scene, keyIn(table, "column", name), cascade);
}

function parentsOf(scene: Scene, table: Key): readonly Key[] {
  const fact = scene.catalog.get(table);
  return fact?.kind === "table" || fact?.kind === "foreign table" ? (fact.inherits ?? []) : [];
}

/** NO INHERIT: what no parent has any more is the table's own. */
export function disinherit(scene: Scene, table: Key): void {
  const parents = parentsOf(scene, table);
  for (const kind of ["column", "constraint"] as const) {
    for (const { key, name, inherited } of scene.catalog.children(table, kind)) {
      if (inherited === true && !parents.some((parent) => scene.catalog.has(keyIn(parent, kind, name))))
        scene.change(key, { inherited: undefined });
    }
  }
}

/** From Postgres 17 on a partition's identity is its table's, and goes when it is detached. */
function sharesIdentity({ catalog }: Scene): boolean {
  return catalog.major >= 17;
}

/** ATTACH PARTITION, of a table or an index. */
export function attach(scene: Scene, parent: Key, command: Fields): void {
  if (scene.catalog.get(parent)?.kind === "index") {
    const child = findRelation(scene, rangeName(fields(command["name"])), ["index"]);
    scene.change(child, { partitionOf: parent });
    scene.change(scene.catalog.as(child, "index")?.constraint, { inherited: true });
    completeIndex(scene, parent);
    return;
  }
  const child = findTable(scene, command["name"]);
  if (child === undefined) return;
  scene.change(child, { inherits: [parent], bound: boundOf(scene) });
  for (const { name, identity } of columnsOf(scene, parent))
    scene.change(keyIn(child, "column", name), { inherited: true, ...(sharesIdentity(scene) && { identity }) });
  for (const { name, type } of scene.catalog.children(parent, "constraint")) {
    if (type === "check") scene.change(keyIn(child, "constraint", name), { inherited: true });
  }
  inheritColumns(scene, child, parent);
  inheritConstraints(scene, child, parent, { isNew: false });
  mergeForeignKeys(scene, child);
  adoptIndexes(scene, child, parent);
}

// The index of a partitioned table is valid once every partition has its own that is: validatePartitionedIndex in tablecmds.c.
function completeIndex(scene: Scene, parent: Key): void {
  const index = scene.catalog.as(parent, "index");
  if (index?.invalid !== true || !isWhole(scene, index)) return;
  scene.change(parent, { invalid: undefined });
  if (index.partitionOf !== undefined) completeIndex(scene, index.partitionOf);
}

/** Whether each partition has a valid index that is attached to this one. */
function isWhole(scene: Scene, { key, table }: Fact<"index">): boolean {
  const attached = new Set<Key>();
  for (const user of scene.catalog.users(key))
    if (user.kind === "index" && user.partitionOf === key && user.invalid !== true) attached.add(user.table);
  return childrenOf(scene, table).every((partition) => attached.has(partition));
}

/** DETACH PARTITION. */
export function detach(scene: Scene, parent: Key, command: Fields): void {
  const child = findTable(scene, command["name"]);
  if (child === undefined) return;
  keepForeignKeys(scene, child);
  scene.change(child, { inherits: undefined, bound: undefined });
  // What its bound was it gets as a CHECK, in words of the server's.
  if (command["concurrent"] === true) scene.catalog.change(child, "tainted", {});
  for (const { key } of columnsOf(scene, child))
    scene.change(key, { inherited: undefined, ...(sharesIdentity(scene) && { identity: undefined }) });
  for (const { key } of scene.catalog.children(child, "constraint")) scene.change(key, { inherited: undefined });
  for (const { key, partitionOf } of scene.catalog.indexes(child))
    if (partitionOf !== undefined) scene.change(key, { partitionOf: undefined });
}
