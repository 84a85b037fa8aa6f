// Owns the foreign keys of partitions: those of their tables are theirs as well, and are no facts of their own.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { constraintName, joinColumns } from "./generated-names.ts";
import { usesIn } from "./partitions.ts";
import type { Scene } from "./scene.ts";

/** Lets go of the foreign keys of a partition that its tables have too: the server takes them for the same. */
export function mergeForeignKeys(scene: Scene, partition: Key): void {
  const wanted = new Set(inheritedBy(scene, partition).map(said));
  for (const own of foreignKeysOf(scene, partition)) if (wanted.has(said(own))) scene.catalog.remove(own.key);
}

/** Gives a partition that goes the foreign keys of its tables. */
export function keepForeignKeys(scene: Scene, partition: Key): void {
  const fact = scene.catalog.get(partition);
  if (fact?.parent === undefined) return;
  for (const { comment: _, ...key } of inheritedBy(scene, partition)) {
    const taken = scene.catalog.has(keyIn(partition, "constraint", key.name));
    const parts = [fact.name, joinColumns(key.columns ?? []), "fkey"] as const;
    const name = taken ? constraintName(scene, fact.parent, parts) : key.name;
    const uses = usesIn(scene, key, key.parent!, partition);
    scene.catalog.put({
      ...key,
      ...(uses && { uses }),
      key: keyIn(partition, "constraint", name),
      name,
      parent: partition,
    });
  }
}

/** The foreign keys of all tables that a partition is a part of. */
function inheritedBy(scene: Scene, partition: Key): readonly Fact<"constraint">[] {
  const [table] = partitioned(scene, partition);
  return table === undefined ? [] : [...foreignKeysOf(scene, table), ...inheritedBy(scene, table)];
}

function partitioned(scene: Scene, partition: Key): readonly Key[] {
  const fact = scene.catalog.get(partition);
  if (fact?.kind !== "table" && fact?.kind !== "foreign table") return [];
  return fact.bound === undefined ? [] : (fact.inherits ?? []);
}

function foreignKeysOf(scene: Scene, table: Key): readonly Fact<"constraint">[] {
  return scene.catalog.children(table, "constraint").filter(({ type }) => type === "foreign key");
}

// tryAttachPartitionForeignKey in tablecmds.c
function said({ columns, references, deferrable, initiallyDeferred }: Fact<"constraint">): string {
  return JSON.stringify([columns, references, deferrable, initiallyDeferred]);
}
