// Owns what a text that cannot be followed may touch: the objects whose names stand in it.
import type { Kind } from "../catalog/catalog.ts";
import { type Key, keyAlone, kindOfKey } from "../catalog/keys.ts";
import type { Node } from "../grammar.ts";
import { Lexer, STRING, WORD } from "../lexer.ts";
import { namesMentioned } from "../mentions.ts";
import { findRelation, findType } from "./names.ts";
import type { Scene } from "./scene.ts";
import { tagged } from "./tree.ts";
import { tableKinds } from "./working.ts";

/**
 * The facts that a text names, with their policies, triggers and so on; where it names none, or only schemas, also all facts
 * of the kinds of object that it speaks of, in the search_path and in the schemas that the body around it names, but for those
 * that are tainted already: `DROP POLICY %I ON %I` may be any policy.
 */
export function namedBy(scene: Scene, sql: string, body: string = sql): readonly Key[] {
  const constraints = constraintsDropped(scene, sql);
  if (constraints !== undefined) return constraints;
  const words = new Set(namesIn(sql));
  const found: Key[] = [];
  for (const word of words) {
    if (!scene.catalog.isNamed(word)) continue;
    const name = { schema: undefined, name: word };
    const relation = findRelation(scene, name, tableKinds) ?? anywhere(scene, word);
    if (relation !== undefined) {
      found.push(...withChildren(scene, relation));
    }
    // A schema that is named may hold more than is known.
    if (scene.catalog.has(keyAlone("schema", word)) && word !== "public") found.push(keyAlone("schema", word));
    for (const [said, kind] of alone) if (words.has(said)) found.push(...withChildren(scene, keyAlone(kind, word)));
    const type = findType(scene, name);
    if (type !== undefined) found.push(type);
    for (const { key } of scene.catalog.routines(keyAlone("schema", scene.home), word)) found.push(key);
    for (const { key } of scene.catalog.named(word, "constraint")) found.push(key);
  }
  if (words.has("database") && changing.some((word) => words.has(word))) found.push("database this");
  // A schema alone says where the objects are, not which.
  if (found.some((key) => kindOfKey(key) !== "schema")) return found;
  // What is only made is none of those that there are.
  if (words.has("create") && !changing.some((word) => words.has(word))) return found;
  // `ALTER %s %s OWNER TO x` may be of any kind.
  const any = /\b(?:alter|drop)\s+%/i.test(sql);
  const kinds = spoken.filter(([word]) => any || words.has(word)).flatMap(([, kinds]) => kinds);
  if (kinds.length === 0) return found;
  const around = namesIn(body).map((word) => keyAlone("schema", word));
  const schemas = new Set(around.filter((key) => scene.catalog.has(key)));
  const meant = scene.catalog
    .allOf(...kinds)
    .filter((fact) => fact.certainty !== "tainted" && isIn(scene, fact.parent, schemas));
  return [...found, ...meant.map(({ key }) => key)];
}

/** `format('ALTER TABLE t DROP CONSTRAINT %I', name)` takes one of the constraints of t, and nothing else of it. */
function constraintsDropped(scene: Scene, sql: string): readonly Key[] | undefined {
  const [, schema, name] =
    /^\s*(?:format\s*\(\s*)?'\s*alter\s+table\s+(?:only\s+)?(?:if\s+exists\s+)?(?:(\w+)\.)?(\w+)\s+drop\s+constraint\s+(?:if\s+exists\s+)?(?:%I\s*;?\s*'\s*,\s*[\w.]+\s*\)|'\s*\|\|\s*quote_ident\s*\(\s*[\w.]+\s*\))\s*$/i.exec(
      sql,
    ) ?? [];
  if (name === undefined) return undefined;
  const table = findRelation(scene, { schema: schema?.toLowerCase(), name: name.toLowerCase() }, ["table"]);
  if (table === undefined) return undefined;
  const constraints = scene.catalog.children(table, "constraint");
  return constraints.flatMap(({ key, index }) => (index === undefined ? [key] : [key, index]));
}

function withChildren({ catalog }: Scene, key: Key): readonly Key[] {
  if (!catalog.has(key)) return [];
  const children = catalog
    .users(key)
    .filter((user) => user.parent === key || (user.kind === "index" && user.table === key));
  // The sequence of a serial column goes with it.
  const owned = children.flatMap((child) =>
    catalog.users(child.key).filter((user) => user.kind === "sequence" && user.ownedBy === child.key),
  );
  return [key, ...children.map((child) => child.key), ...owned.map((sequence) => sequence.key)];
}

// What no schema holds is only meant where its kind is said.
const alone: readonly (readonly [string, Kind])[] = [
  ["extension", "extension"],
  ["publication", "publication"],
  ["role", "role"],
  ["server", "server"],
  ["trigger", "event trigger"],
  ["user", "role"],
  ["wrapper", "foreign data wrapper"],
];

/** Whether it is in the search_path, or in one of these schemas. */
function isIn(scene: Scene, parent: Key | undefined, schemas: ReadonlySet<Key>): boolean {
  const fact = scene.catalog.get(parent);
  if (fact === undefined) return false;
  if (fact.kind === "schema") return scene.path.includes(fact.name) || schemas.has(fact.key);
  return isIn(scene, fact.parent, schemas);
}

function anywhere(scene: Scene, name: string): Key | undefined {
  for (const schema of scene.catalog.allOf("schema")) {
    const found = findRelation(scene, { schema: schema.name, name }, tableKinds);
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesIn(sql: string): readonly string[] {
  const lexer = new Lexer(sql);
  const names: string[] = [];
  while (lexer.next()) {
    const token = sql.slice(lexer.start, lexer.end);
    if (lexer.kind === WORD) names.push(token.toLowerCase());
    else if (lexer.kind === STRING) names.push(...namesMentioned(token));
    else if (token.startsWith('"')) names.push(token.slice(1, -1).replaceAll('""', '"'));
  }
  return names;
}

const changing = ["alter", "comment", "drop", "grant", "replace", "revoke"];

const spoken: readonly (readonly [string, readonly Kind[]])[] = [
  ["policy", ["policy"]],
  ["trigger", ["trigger"]],
  ["function", ["function", "procedure"]],
  ["routine", ["function", "procedure"]],
  ["constraint", ["constraint"]],
  ["index", ["index"]],
  ["view", ["view", "materialized view"]],
  ["table", ["table"]],
  ["sequence", ["sequence"]],
];

/** Whether a statement makes something, which may be there already; all else changes or takes away. */
export function mayExist(node: Node): boolean {
  const [tag] = tagged(node);
  return making.has(tag);
}

/** Whether a statement only touches rows, or nothing at all. */
export function isHarmless(node: Node): boolean {
  return harmless.has(tagged(node)[0]);
}

const harmless = new Set([
  "DeleteStmt",
  "InsertStmt",
  "LockStmt",
  "MergeStmt",
  "NotifyStmt",
  "RefreshMatViewStmt",
  "TruncateStmt",
  "UpdateStmt",
  "VariableSetStmt",
]);

const making = new Set([
  "CompositeTypeStmt",
  "CreateDomainStmt",
  "CreateEnumStmt",
  "CreateExtensionStmt",
  "CreateFdwStmt",
  "CreateForeignServerStmt",
  "CreateForeignTableStmt",
  "CreatePolicyStmt",
  "CreatePublicationStmt",
  "CreateRoleStmt",
  "CreateSchemaStmt",
  "CreateSeqStmt",
  "CreateStmt",
  "CreateTrigStmt",
  "CreateUserMappingStmt",
  "IndexStmt",
]);
