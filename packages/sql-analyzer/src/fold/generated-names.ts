// Owns the names that Postgres makes up: of constraints, indexes and sequences.
// makeObjectName, ChooseRelationName and ChooseConstraintName in src/backend/commands/indexcmds.c and pg_constraint.c
import { addressOf, type Key, keyIn } from "../catalog/keys.ts";
import { byteLength } from "../offsets.ts";
import type { Scene } from "./scene.ts";
import { relationKinds } from "./working.ts";

/** Longest name in bytes. */
const longest = 63;

/** `name1_name2_label`, the longer of the two names shortened to fit. */
function objectName(name1: string, name2: string | undefined, label: string): string {
  const whole = name2 === undefined ? `${name1}_${label}` : `${name1}_${name2}_${label}`;
  if (byteLength(whole) <= longest) return whole;
  const room = longest - (label.length + 1) - (name2 === undefined ? 0 : 1);
  let one = byteLength(name1);
  let two = name2 === undefined ? 0 : byteLength(name2);
  while (one + two > room) {
    if (one > two) one--;
    else two--;
  }
  const parts = [clip(name1, one), ...(name2 === undefined ? [] : [clip(name2, two)]), label];
  return parts.join("_");
}

/** A name that no relation of the schema has; where a constraint is to have it, no constraint either. */
export function relationName(
  scene: Scene,
  schema: Key,
  names: readonly [string, string | undefined, string],
  constraint = false,
): string {
  return numbered(names, (name) => {
    if (isTaken(scene, schema, name)) return true;
    return constraint && constraintExists(scene, schema, name);
  });
}

/** Whether a relation of the schema has a name. */
export function isTaken(scene: Scene, schema: Key, name: string): boolean {
  return scene.catalog.named(name, ...relationKinds).some(({ parent }) => parent === schema);
}

/** A name that no constraint of the schema has. */
export function constraintName(
  scene: Scene,
  schema: Key,
  names: readonly [string, string | undefined, string],
): string {
  return numbered(names, (name) => constraintExists(scene, schema, name));
}

/** A name that no statistics of the schema have. */
export function statisticsName(scene: Scene, schema: Key, names: readonly [string, string, string]): string {
  return numbered(names, (name) => scene.catalog.has(keyIn(schema, "statistics", name)));
}

/** What a foreign key is called where its table has another constraint of the name that was meant. */
export function foreignKeyName(table: string, columns: readonly string[]): string {
  return objectName(table, joinColumns(columns), "fkey");
}

/** Names of columns, joined as they stand in a generated name. */
export function joinColumns(columns: readonly string[]): string {
  let joined = "";
  for (const column of columns) {
    if (joined !== "") joined += "_";
    joined += column;
    if (byteLength(joined) > longest) break;
  }
  return joined;
}

function numbered(
  [one, two, label]: readonly [string, string | undefined, string],
  taken: (name: string) => boolean,
): string {
  for (let pass = 0; ; pass++) {
    const name = objectName(one, two, pass === 0 ? label : `${label}${pass}`);
    if (!taken(name)) return name;
  }
}

function constraintExists(scene: Scene, schema: Key, name: string): boolean {
  const home = addressOf(schema);
  return scene.catalog
    .named(name, "constraint")
    .some(({ parent }) => parent !== undefined && addressOf(parent).startsWith(`${home}.`));
}

function clip(name: string, length: number): string {
  const all = new TextEncoder().encode(name);
  if (all.length <= length) return name;
  let end = length;
  while (end > 0 && (all[end]! & 0xc0) === 0x80) end--;
  return new TextDecoder().decode(all.subarray(0, end));
}
