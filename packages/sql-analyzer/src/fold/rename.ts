// Owns RENAME and SET SCHEMA: a thing keeps its identity, and all that names it follows.
import type { Fact, Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import {
  type Key,
  addressOf,
  defaultPrivilegesKey,
  keyAlone,
  keyIn,
  kindOfKey,
  publishedKey,
} from "../catalog/keys.ts";
import type { Fields } from "../grammar.ts";
import { tablesOfType } from "./composites.ts";
import { moveExtension } from "./extensions.ts";
import { columnNamesField, columnNamesOf } from "./index-names.ts";
import { childrenOf } from "./partitions.ts";
import { findObject, findRelation, findType, isTemporary, nameOf, rangeName } from "./names.ts";
import type { Step } from "./moves.ts";
import { renameRole } from "./rename-role.ts";
import { identityIn, rekeyed, settle, unquoted } from "./rekey.ts";
import { renameColumnIn, renameRelationIn, renameRoutineIn, renameTypeIn } from "./rename-in-text.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { fields, text } from "./tree.ts";
import { keepNotNull, renameNotNull } from "./types.ts";
import { relationKinds, tableKinds, typeKinds } from "./working.ts";

export const foldRename: Fold = (scene, node) => {
  const type = node["renameType"];
  const newName = text(node["newname"]) ?? "";
  const subname = text(node["subname"]) ?? "";
  if (type === "OBJECT_COLUMN" || type === "OBJECT_ATTRIBUTE") {
    renameColumn(scene, node, subname, newName);
    return;
  }
  const relation = node["relation"] === undefined ? undefined : rangeName(fields(node["relation"]));
  let key: Key | undefined;
  if (
    type === "OBJECT_POLICY" ||
    type === "OBJECT_TRIGGER" ||
    type === "OBJECT_RULE" ||
    type === "OBJECT_TABCONSTRAINT"
  ) {
    const table = relation && findRelation(scene, relation, tableKinds);
    const kind =
      type === "OBJECT_POLICY"
        ? "policy"
        : type === "OBJECT_TRIGGER"
          ? "trigger"
          : type === "OBJECT_RULE"
            ? "rule"
            : "constraint";
    key = table && keyIn(table, kind, subname);
  } else if (type === "OBJECT_DOMCONSTRAINT") {
    const domain = findType(scene, nameOf(fields(fields(node["object"])["List"])["items"]));
    if (domain && renameNotNull(scene, domain, subname, newName)) return;
    key = domain && keyIn(domain, "constraint", subname);
  } else if (relation !== undefined) {
    if (isTemporary(scene, relation)) {
      if (scene.temporary.delete(relation.name)) scene.temporary.add(newName);
      return;
    }
    key = findRelation(scene, relation, relationKinds);
  } else if (type === "OBJECT_SCHEMA") key = keyAlone("schema", subname);
  else if (type === "OBJECT_ROLE") key = keyAlone("role", subname);
  else key = findObject(scene, type, node["object"]);
  const fact = scene.catalog.get(key);
  if (fact !== undefined && !isRefused(scene, fact, newName)) rename(scene, fact, newName);
};

// Whether a block catches that the name is taken.
function isRefused(scene: Scene, fact: Fact, name: string): boolean {
  const { attempt } = scene;
  if (attempt === undefined) return false;
  const kinds = (relationKinds as readonly Kind[]).includes(fact.kind) ? relationKinds : [fact.kind];
  for (const kind of kinds) scene.refuse(rekeyed({ ...fact, kind } as Fact, fact.parent, name));
  return attempt.failed;
}

function rename(scene: Scene, fact: Fact, name: string): void {
  switch (fact.kind) {
    case "schema":
      renameSchema(scene, fact, name);
      break;
    case "role":
      renameRole(scene, fact, name);
      break;
    case "constraint": {
      const moves = [...move(scene, fact, keyIn(fact.parent!, "constraint", name), name)];
      const index = scene.catalog.as(fact.index, "index");
      if (index !== undefined) moves.push(...move(scene, index, keyIn(index.parent!, "index", name), name));
      if (fact.type === "check" && fact.noInherit !== true)
        moves.push(...renameInherited(scene, fact.parent!, fact.name, name));
      scene.moves.log(moves);
      break;
    }
    case "index": {
      const moves = [...move(scene, fact, keyIn(fact.parent!, "index", name), name)];
      const constraint = scene.catalog.as(fact.constraint, "constraint");
      if (constraint !== undefined)
        moves.push(...move(scene, constraint, keyIn(constraint.parent!, "constraint", name), name));
      scene.moves.log(moves);
      break;
    }
    case "object": {
      const to = rekeyed(fact, fact.parent, quoteIdentifier(name));
      scene.moves.log(move(scene, fact, to, identityIn(to, fact)));
      break;
    }
    default: {
      const to = rekeyed(fact, fact.parent, name);
      scene.moves.log(move(scene, fact, to, name));
      if (fact.kind === "domain") keepNotNull(scene, to, fact.name);
    }
  }
}

/**
 * Gives a fact another key, and all that name it the new one. Returns its move, and after it those of what changed its
 * key without being a child of it.
 */
function move(scene: Scene, fact: Fact, to: Key, name: string, parent: Key | undefined = fact.parent): readonly Step[] {
  if (to === fact.key) return [];
  const { catalog } = scene;
  const keys = new Map<Key, Key>();
  const named = new Map<Key, string>([[fact.key, name]]);
  const parents = new Map<Key, Key | undefined>([[fact.key, parent]]);
  const types = new Map<string, string>();
  const touched = new Set<Key>();
  const pending: (readonly [Key, Key])[] = [[fact.key, to]];
  while (pending.length > 0) {
    const [from, next] = pending.pop()!;
    if (keys.has(from)) continue;
    keys.set(from, next);
    touched.add(from);
    const moved = catalog.get(from);
    for (const user of catalog.users(from)) {
      touched.add(user.key);
      if (user.parent === from) {
        parents.set(user.key, next);
        pending.push([user.key, rekeyed(user, next, user.name)]);
      } else if (user.kind === "publication table" && user.table === from) {
        pending.push([user.key, publishedKey("publication table", unquoted(addressOf(user.parent!)), next)]);
        named.set(user.key, addressOf(next));
      }
    }
    if (moved === undefined || !(typeKinds as readonly string[]).includes(moved.kind)) continue;
    types.set(addressOf(from), addressOf(next));
    for (const user of catalog.users(`type ${addressOf(from)}`)) touched.add(user.key);
  }
  const facts = settle(scene, { keys, named, parents, types, touched });
  followTexts(
    scene,
    fact,
    to,
    name,
    facts.map((old) => keys.get(old.key) ?? old.key),
  );
  const along = facts.filter(({ key, parent: home }) => key !== fact.key && (home === undefined || !keys.has(home)));
  return [fact, ...along].flatMap(({ key }) => {
    const next = keys.get(key);
    return next === undefined ? [] : [{ from: key, to: next }];
  });
}

function followTexts(scene: Scene, fact: Fact, to: Key, name: string, keys: readonly Key[]): void {
  const from = addressOf(fact.key);
  const next = addressOf(to);
  for (const key of keys) {
    const user = scene.catalog.get(key);
    if (user === undefined) continue;
    if ((relationKinds as readonly string[]).includes(fact.kind)) renameRelationIn(scene, user, fact.name, from, next);
    else if (fact.kind === "function") renameRoutineIn(scene, user, fact.name, next);
    else if ((typeKinds as readonly string[]).includes(fact.kind)) renameTypeIn(scene, user, fact.name, next);
    else if (fact.kind === "column") renameColumnIn(scene, user, fact.parent!, fact.name, name);
  }
}

function renameColumn(scene: Scene, node: Fields, from: string, to: string): void {
  const name = rangeName(fields(node["relation"]));
  const composite = node["renameType"] === "OBJECT_ATTRIBUTE";
  const relation = composite ? findType(scene, name) : findRelation(scene, name, tableKinds);
  if (relation === undefined) return;
  const kind = kindOfKey(relation) === "composite type" ? "attribute" : "column";
  scene.moves.log(renameOne(scene, relation, kind, from, to));
}

function renameOne(
  scene: Scene,
  relation: Key,
  kind: "column" | "attribute",
  from: string,
  to: string,
): readonly Step[] {
  const key = keyIn(relation, kind, from);
  const fact = scene.catalog.get(key);
  if (fact === undefined) return [];
  scene.refuse(keyIn(relation, kind, to));
  if (scene.attempt?.failed === true) return [];
  const users = scene.catalog.users(key);
  // Lists of columns hold names, not keys.
  for (const user of users) scene.catalog.put(withColumn(user, relation, from, to));
  for (const sibling of scene.catalog.users(relation)) {
    if (sibling.parent === relation || (sibling.kind === "index" && sibling.table === relation)) {
      renameColumnIn(scene, sibling, relation, from, to);
    }
  }
  return [
    ...move(scene, fact, keyIn(relation, kind, to), to),
    ...childrenOf(scene, relation).flatMap((heir) => renameOne(scene, heir, "column", from, to)),
    ...(kind === "attribute" ? tablesOfType(scene, relation) : []).flatMap((table) =>
      renameOne(scene, table, "column", from, to),
    ),
  ];
}

// A CHECK has one name in all that inherit it.
function renameInherited(scene: Scene, table: Key, from: string, to: string): readonly Step[] {
  return childrenOf(scene, table).flatMap((heir) => {
    const fact = scene.catalog.as(keyIn(heir, "constraint", from), "constraint");
    if (fact?.type !== "check") return [];
    return [...move(scene, fact, keyIn(heir, "constraint", to), to), ...renameInherited(scene, heir, from, to)];
  });
}

function withColumn(fact: Fact, relation: Key, from: string, to: string): Fact {
  const list = (columns: readonly string[] | undefined) => columns?.map((column) => (column === from ? to : column));
  switch (fact.kind) {
    case "constraint": {
      let next = fact;
      if (fact.parent === relation && fact.columns !== undefined) next = { ...next, columns: list(fact.columns)! };
      if (fact.references?.table === relation)
        next = { ...next, references: { ...fact.references, columns: list(fact.references.columns)! } };
      return next;
    }
    case "index": {
      // What it calls its own columns stays.
      const { columnNames: _, ...rest } = fact;
      const keys = fact.keys.map((each) => (each.column === from ? { ...each, column: to } : each));
      const next = { ...rest, keys, ...(fact.include !== undefined && { include: list(fact.include)! }) };
      return { ...next, ...columnNamesField(next, columnNamesOf(fact)) };
    }
    case "trigger":
    case "statistics":
    case "publication table":
      return fact.columns === undefined ? fact : { ...fact, columns: list(fact.columns)! };
    default:
      return fact;
  }
}

function renameSchema(scene: Scene, fact: Fact<"schema">, name: string): void {
  if (name === fact.name) return;
  const to = keyAlone("schema", name);
  const inside = () => scene.catalog.users(fact.key).filter((user) => user.parent === fact.key);
  const before = new Map(inside().map((each) => [each.key, each]));
  scene.catalog.remove(fact.key);
  scene.catalog.put({ ...fact, key: to, name });
  const origins = new Map<Key, Key>();
  // A routine's key changes with each type among its arguments that moves, so what is inside is asked again each time.
  for (let [next] = inside(); next !== undefined; [next] = inside()) {
    for (const step of moveTo(scene, next, to)) {
      const origin = origins.get(step.from) ?? step.from;
      origins.delete(step.from);
      origins.set(step.to, origin);
    }
  }
  const along = [...origins].flatMap(([now, from]) => {
    const was = before.get(from);
    return was !== undefined && rekeyed(was, to, was.name) === now ? [] : [{ from, to: now }];
  });
  scene.moves.log([{ from: fact.key, to }, ...along, ...moveWhatNames(scene, fact, to, name)]);
  for (const other of scene.catalog.allOf("extension"))
    if (other.schema === fact.name) moveExtension(scene, other, name);
  scene.forgetPath();
}

/** What is not in a schema, and has its name in its key. */
function moveWhatNames(scene: Scene, { key: from, name: was }: Fact<"schema">, to: Key, name: string): readonly Step[] {
  const next = (other: Fact): Fact | undefined => {
    if (other.kind === "default privileges" && other.schema === was)
      return { ...other, schema: name, key: defaultPrivilegesKey(other.role, name, other.objects) };
    if (other.kind === "publication schema" && other.schema === from) {
      const moved = { ...other, schema: to, name };
      return { ...moved, key: rekeyed(moved, other.parent, other.name) };
    }
    return undefined;
  };
  return scene.catalog.all().flatMap((other) => {
    const moved = next(other);
    if (moved === undefined) return [];
    scene.catalog.remove(other.key);
    scene.catalog.put(moved);
    return [{ from: other.key, to: moved.key }];
  });
}

function moveTo(scene: Scene, fact: Fact, schema: Key): readonly Step[] {
  const current = scene.catalog.get(fact.key);
  if (current === undefined) return [];
  const moved = { ...current, parent: schema } as Fact;
  return move(scene, moved, rekeyed(current, schema, current.name), current.name, schema);
}

export const foldSetSchema: Fold = (scene, node) => {
  const schema = keyAlone("schema", text(node["newschema"]) ?? "");
  const relation = node["relation"] === undefined ? undefined : rangeName(fields(node["relation"]));
  const key =
    relation === undefined
      ? findObject(scene, node["objectType"], node["object"])
      : isTemporary(scene, relation)
        ? undefined
        : findRelation(scene, relation);
  const fact = scene.catalog.get(key);
  if (fact === undefined || fact.parent === schema) return;
  if (fact.kind === "extension") {
    const into = schemaName(schema);
    if (into === fact.schema) return;
    scene.moves.logExtension(fact.key, [fact.schema, into]);
    moveExtension(scene, fact, into);
    return;
  }
  const table = fact.key;
  // What stands beside a table in its schema goes with it: indexes, and the sequences that its columns own.
  const beside = scene.catalog.indexes(table);
  const owned = scene.catalog
    .children(table, "column")
    .flatMap((column) =>
      scene.catalog.users(column.key).filter((user) => user.kind === "sequence" && user.ownedBy === column.key),
    );
  scene.moves.log([fact, ...beside, ...owned].flatMap((each) => moveTo(scene, each, schema)));
};
