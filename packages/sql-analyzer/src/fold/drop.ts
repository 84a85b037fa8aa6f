// Owns DROP and DROP … CASCADE: what goes with a thing, and what goes because it stands on it.
// https://www.postgresql.org/docs/current/ddl-depend.html
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { tableUnder } from "../catalog/dependencies.ts";
import { addressOf, type Key, kindOfKey } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { extensionOfType } from "./known-extensions.ts";
import { findObject, isTemporary, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields } from "./tree.ts";
import { copiesOf } from "./triggers.ts";
import { typeReference } from "./references.ts";
import { typeKinds } from "./working.ts";

export const foldDrop: Fold = (scene, node) => {
  const type = node["removeType"];
  for (const object of nodes(node["objects"])) {
    const key = findObject(scene, type, object);
    if (key !== undefined) drop(scene, key, node["behavior"] === "DROP_CASCADE");
    else dropTemporary(scene, object);
  }
  if (type === "OBJECT_SCHEMA") scene.forgetPath();
};

function dropTemporary(scene: Scene, object: { readonly [tag: string]: Fields }): void {
  const name = nameOf(fields(object["List"])["items"]);
  if (isTemporary(scene, name)) scene.temporary.delete(name.name);
}

/** What was made in pg_temp ends with the session, and each migration begins without any. */
export function dropTemporaries(scene: Scene): void {
  for (const { key } of scene.catalog.users("schema pg_temp")) drop(scene, key, true);
}

/** Drops one thing with all that goes with it; with `cascade` what else stands on it as well. */
export function drop(scene: Scene, key: Key, cascade: boolean): void {
  const { catalog } = scene;
  const gone = new Set<Key>();
  const pending: Key[] = [key];
  while (pending.length > 0) {
    const next = pending.pop()!;
    if (gone.has(next)) continue;
    const fact = catalog.get(next);
    if (fact === undefined) continue;
    gone.add(next);
    for (const user of usersOf(scene, fact)) {
      if (gone.has(user.key)) continue;
      const fate = fateOf(user, fact);
      if (fate === "goes" || (cascade && fate === "cascades")) pending.push(user.key);
      else if (cascade && fate === "default") scene.change(user.key, { default: undefined, uses: undefined });
      else if (fate === "forgets") forget(scene, user, fact);
    }
    pending.push(...alsoGone(scene, fact, cascade));
  }
  for (const each of gone) {
    const fact = catalog.get(each);
    catalog.remove(each);
    if ((fact?.kind !== "column" && fact?.kind !== "attribute") || !fact.parent || gone.has(fact.parent)) continue;
    closeGap(scene, fact.parent, fact.position);
    if (fact.kind === "column") scene.moves.logDropped(each);
  }
}

function usersOf(scene: Scene, fact: Fact): readonly Fact[] {
  const { catalog } = scene;
  const users = [...catalog.users(fact.key)];
  if ((typeKinds as readonly string[]).includes(fact.kind)) users.push(...catalog.users(`type ${addressOf(fact.key)}`));
  // Pairs of operators name each other.
  if (fact.kind === "operator") users.push(...catalog.allOf("operator").filter((other) => other.key !== fact.key));
  if (fact.kind === "extension")
    users.push(...catalog.allOf("column", "attribute", "domain").filter((other) => isOfExtension(other.type, fact)));
  return users;
}

// Types of extensions are no facts, so that nothing points at them.
function isOfExtension(type: string, extension: Fact<"extension">): boolean {
  const [, address] = (typeReference(type) ?? "").split("type ");
  const home = `${quoteIdentifier(extension.schema)}.`;
  return address?.startsWith(home) === true && extensionOfType(address.slice(home.length)) === extension.name;
}

/**
 * What becomes of a user when something goes: it goes as well, it goes with CASCADE, only its default goes, it forgets
 * the thing, or it stays.
 */
function fateOf(user: Fact, fact: Fact): "goes" | "cascades" | "default" | "forgets" | "stays" {
  if (user.parent === fact.key) return fact.kind === "schema" ? "cascades" : "goes";
  switch (user.kind) {
    case "index":
      // An index over a column goes with the column; its expressions' functions need CASCADE.
      if (user.table === fact.key || user.constraint === fact.key || user.partitionOf === fact.key) return "goes";
      return fact.kind === "column" && fact.parent === user.table ? "goes" : "cascades";
    case "constraint":
      if (user.index === fact.key) return "goes";
      return fact.kind === "column" && fact.parent === user.parent ? "goes" : "cascades";
    case "column":
      if (typeReference(user.type) === `type ${addressOf(fact.key)}`) return "cascades";
      if (fact.kind === "extension" && isOfExtension(user.type, fact)) return "cascades";
      return user.generated === undefined ? "default" : "cascades";
    case "domain":
      return typeReference(user.type) === `type ${addressOf(fact.key)}` ? "cascades" : "default";
    case "sequence":
    case "publication table":
    case "publication schema":
      return "goes";
    case "statistics":
      return user.table === fact.key || fact.kind === "column" ? "goes" : "cascades";
    case "table":
    case "foreign table":
      if (user.bound !== undefined && user.inherits?.includes(fact.key) === true) return "goes";
      return fact.kind === "index" ? "forgets" : "cascades";
    case "policy":
    case "trigger":
    case "rule":
    case "view":
    case "materialized view":
    case "function":
    case "procedure":
    case "aggregate":
    case "event trigger":
    case "attribute":
    case "range":
    case "server":
    case "user mapping":
    case "operator class":
      return fact.kind === "operator family" ? "goes" : "cascades";
    case "operator family":
      return "forgets";
    case "operator":
      return fact.kind === "operator" ? "forgets" : "cascades";
    case "base type":
    case "cast":
    case "language":
    case "object":
    case "text search configuration":
    case "text search dictionary":
    case "text search parser":
    case "text search template":
      return "cascades";
    default:
      return "stays";
  }
}

// The index of a replica identity, the other side of a pair of operators, a loose member of a family.
function forget(scene: Scene, user: Fact, fact: Fact): void {
  const address = addressOf(fact.key);
  if (user.kind === "operator") {
    const is = (partner: string | undefined): boolean => partner !== undefined && address.startsWith(`${partner}(`);
    if (is(user.commutator)) scene.change(user.key, { commutator: undefined });
    if (is(user.negator)) scene.change(user.key, { negator: undefined });
  }
  if (user.kind === "operator family") {
    const written = address.replaceAll(", ", ",");
    scene.change(user.key, { members: user.members.filter((member) => !member.includes(written)) });
  }
  if (user.kind === "table" && user.replicaIdentity === fact.key)
    scene.change(user.key, { replicaIdentity: "nothing" });
}

// What no key points from: a constraint's index, the foreign keys that stand on a key, a schema's default privileges.
function alsoGone(scene: Scene, fact: Fact, cascade: boolean): readonly Key[] {
  // Without CASCADE a key goes only where the foreign keys on its columns stand on another one.
  if (fact.kind === "constraint" && fact.index !== undefined)
    return [fact.index, ...(cascade ? foreignKeysOn(scene, fact) : [])];
  if (fact.kind === "trigger") return copiesOf(scene, fact, fact.parent!);
  if (fact.kind === "extension") {
    const privileges = scene.catalog.allOf("privileges").filter((other) => other.extension === fact.key);
    // With its own tables, which are no facts, go their indexes and policies.
    const brought = scene.catalog.users(fact.key).filter((user) => {
      const table = tableUnder(user);
      return table !== undefined && !scene.catalog.has(table);
    });
    return [...privileges, ...brought].map(({ key }) => key);
  }
  if (fact.kind === "schema") {
    return scene.catalog
      .allOf("default privileges")
      .filter((other) => other.schema === fact.name)
      .map(({ key }) => key);
  }
  return [];
}

function foreignKeysOn(scene: Scene, fact: Fact<"constraint">): readonly Key[] {
  // Nothing refers to what is excluded.
  if (fact.parent === undefined || fact.type === "exclude") return [];
  const columns = [...(fact.columns ?? [])].sort().join("\n");
  return scene.catalog
    .users(fact.parent)
    .flatMap((user) =>
      user.kind === "constraint" &&
      user.references?.table === fact.parent &&
      [...(user.references?.columns ?? [])].sort().join("\n") === columns
        ? [user.key]
        : [],
    );
}

function closeGap(scene: Scene, table: Key, position: number): void {
  const kind = kindOfKey(table) === "composite type" ? "attribute" : "column";
  for (const column of scene.catalog.children(table, kind)) {
    if (column.position > position) scene.catalog.put({ ...column, position: column.position - 1 });
  }
}
