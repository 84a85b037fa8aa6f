// Owns what an expression or a query stands on: relations, columns, functions and types that its parse tree names.
import { type Key, keyAlone, keyIn, kindOfKey } from "../catalog/keys.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { walkTree } from "../walk.ts";
import { broughtBy, ownFunctions } from "../references/system.ts";
import {
  findCalled,
  findIn,
  findRelation,
  findTable,
  findType,
  nameIn,
  nameOf,
  type Name,
  rangeName,
} from "./names.ts";
import type { Scene } from "./scene.ts";
import { fields, strings, text } from "./tree.ts";
import { isOwnType } from "./type-names.ts";
import { isRelation, tableKinds } from "./working.ts";

/** The keys that a tree names; `own` is the table whose columns it may name without saying so. */
export function usesOf(scene: Scene, tree: Value | undefined, own?: Key): readonly Key[] {
  if (tree === undefined) return [];
  const used = new Set<Key>();
  const aliases = new Map<string, Key>();
  const relations = new Set<Key>(own === undefined ? [] : [own]);
  const columns: Fields[] = [];
  walkTree(tree, undefined, (tag, node) => {
    if (tag === "RangeVar") {
      const key = findTable(scene, node) ?? findRelation(scene, rangeName(node), ["sequence"]);
      if (key === undefined) return;
      relations.add(key);
      used.add(key);
      aliases.set(text(fields(node["alias"])["aliasname"]) ?? text(node["relname"])!, key);
    } else if (tag === "FuncCall") {
      const name = nameOf(node["funcname"]);
      const called = findCalled(scene, name, nodes(node["args"]).length);
      for (const key of called) used.add(key);
      if (called.length === 0) useExtension(scene, name, used);
    } else if (tag === "TypeName") {
      const name = nameOf(node["names"]);
      if (name.schema === "pg_catalog" || (name.schema === undefined && isOwnType(name.name))) return;
      const key = findType(scene, name);
      if (key !== undefined && (!isRelation(key) || kindOfKey(key) === "composite type")) used.add(key);
    } else if (tag === "ColumnRef") columns.push(node);
    else if (tag === "A_Const") useSequence(scene, node, used);
  });
  for (const column of columns) useColumn(scene, column, relations, aliases, used);
  if (own !== undefined) used.delete(own);
  return [...used].sort();
}

/** The columns of a table that an expression names, in the order in which it does. */
export function columnsNamed(scene: Scene, tree: Value | undefined, table: Key): readonly string[] {
  const named = new Set<string>();
  walkTree(tree, undefined, (tag, node) => {
    if (tag !== "ColumnRef") return;
    for (const name of strings(node["fields"])) if (scene.catalog.has(keyIn(table, "column", name))) named.add(name);
  });
  return [...named];
}

/** Whether an expression names one of the columns that every table has: only tableoid may stand in a constraint. */
export function namesSystemColumn(tree: Value | undefined): boolean {
  let found = false;
  walkTree(tree, undefined, (tag, node) => {
    found ||= tag === "ColumnRef" && strings(node["fields"]).at(-1) === "tableoid";
  });
  return found;
}

function useColumn(
  scene: Scene,
  node: Fields,
  relations: ReadonlySet<Key>,
  aliases: ReadonlyMap<string, Key>,
  used: Set<Key>,
): void {
  const names = strings(node["fields"]);
  const star = nodes(node["fields"]).some((field) => field["A_Star"] !== undefined);
  const [of, schema] = (star ? names : names.slice(0, -1)).toReversed();
  const whole = of === undefined || schema === undefined ? undefined : findIn(scene, { schema, name: of }, tableKinds);
  const aliased = whole ?? (of === undefined ? undefined : aliases.get(of));
  for (const relation of aliased === undefined ? relations : [aliased]) {
    if (star) {
      for (const { key } of scene.catalog.children(relation, "column")) used.add(key);
      continue;
    }
    const key = keyIn(relation, "column", names.at(-1) ?? "");
    if (scene.catalog.has(key)) used.add(key);
  }
}

// Functions of extensions are no facts.
function useExtension(scene: Scene, { schema, name }: Name, used: Set<Key>): void {
  if (schema === "pg_catalog" || (schema === undefined && ownFunctions().has(name))) return;
  const homes = schema === undefined ? scene.path : [schema];
  for (const extension of scene.catalog.allOf("extension")) {
    if (homes.includes(extension.schema) && broughtBy(extension.name)?.functions.has(name) === true)
      used.add(extension.key);
  }
}

// nextval('s'::regclass) stands on the sequence.
function useSequence(scene: Scene, node: Fields, used: Set<Key>): void {
  const value = text(fields(node["sval"])["sval"]);
  if (value === undefined || value.length > 260 || !dotted.test(value)) return;
  const { schema: said, name } = nameIn(value);
  for (const schema of said === undefined ? scene.path : [said]) {
    const key = keyIn(keyAlone("schema", schema), "sequence", name);
    if (scene.catalog.has(key)) {
      used.add(key);
      return;
    }
  }
}

const dotted = /^(?:[\w$\u0080-\uffff]+|"(?:[^"]|"")+")(?:\.(?:[\w$\u0080-\uffff]+|"(?:[^"]|"")+"))?$/;
