// Owns what a fact names: the keys in its fields, and the types among their texts.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";

/** The keys that a fact names, its parent among them, and its types as `type public.status`. */
export function referencesOf(fact: Fact): readonly string[] {
  const found: string[] = [];
  if (fact.parent !== undefined) found.push(fact.parent);
  if (fact.uses !== undefined) found.push(...fact.uses);
  switch (fact.kind) {
    case "table":
    case "foreign table":
      if (fact.inherits !== undefined) found.push(...fact.inherits);
      if (fact.kind === "foreign table") found.push(fact.server);
      else {
        if (fact.ofType !== undefined) pushType(found, fact.ofType);
        if (fact.replicaIdentity !== undefined && fact.replicaIdentity.startsWith("index ")) {
          found.push(fact.replicaIdentity);
        }
      }
      break;
    case "column":
    case "attribute":
    case "domain":
      pushType(found, fact.type);
      break;
    case "range":
      pushType(found, fact.subtype);
      break;
    case "constraint":
      pushColumns(found, fact.parent, fact.columns);
      if (fact.index !== undefined) found.push(fact.index);
      if (fact.references !== undefined) {
        found.push(fact.references.table);
        pushColumns(found, fact.references.table, fact.references.columns);
      }
      break;
    case "index":
      found.push(fact.table);
      for (const { column } of fact.keys) if (column !== undefined) found.push(keyIn(fact.table, "column", column));
      pushColumns(found, fact.table, fact.include);
      if (fact.constraint !== undefined) found.push(fact.constraint);
      if (fact.partitionOf !== undefined) found.push(fact.partitionOf);
      break;
    case "sequence":
      if (fact.ownedBy !== undefined) found.push(fact.ownedBy);
      break;
    case "trigger":
      found.push(fact.function);
      pushColumns(found, fact.parent, fact.columns);
      break;
    case "event trigger":
      found.push(fact.function);
      break;
    case "function":
    case "procedure":
    case "aggregate":
      for (const { type } of fact.arguments) pushType(found, type);
      if (fact.returns !== undefined) pushType(found, fact.returns);
      break;
    case "publication table":
      found.push(fact.table);
      break;
    case "publication schema":
      found.push(fact.schema);
      break;
    case "statistics":
      found.push(fact.table);
      pushColumns(found, fact.table, fact.columns);
      break;
    case "operator":
      found.push(fact.function);
      for (const type of [fact.left, fact.right, fact.result]) if (type !== undefined) pushType(found, type);
      break;
    case "operator class":
      found.push(fact.family);
      pushType(found, fact.type);
      break;
    case "cast":
      pushType(found, fact.source);
      pushType(found, fact.target);
      if (fact.method !== "inout" && fact.method !== "binary") found.push(fact.method);
      break;
    default:
  }
  return found;
}

/** The name under which a type's users are found: `type public.status` for `public.status[]`; undefined for Postgres's own. */
export function typeReference(type: string): string | undefined {
  if (!type.includes(".")) return undefined;
  return `type ${type.replace(/\[\]$/, "").replace(/\([^)]*\)$/, "")}`;
}

function pushType(found: string[], type: string): void {
  const reference = typeReference(type);
  if (reference !== undefined) found.push(reference);
}

function pushColumns(found: string[], table: Key | undefined, columns: readonly string[] | undefined): void {
  if (table === undefined || columns === undefined) return;
  for (const column of columns) found.push(keyIn(table, "column", column));
}
