// Owns names of relations as they stand in a parse tree.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import type { Relation } from "./classification.ts";

/** A RangeVar's relation. */
export function relationOf(rangeVar: Value | undefined): Relation {
  const { relname, schemaname } = (rangeVar ?? {}) as Fields;
  return named(schemaname, relname);
}

/** The relation of a dotted name. */
export function relationNamed(names: readonly string[]): Relation {
  return named(names.at(-2), names.at(-1));
}

/** The parts of a dotted name, out of a list of strings, a list node, a type's name or a routine's. */
export function namesOf(value: Value | undefined): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Node[]).flatMap(namesOf);
  const [tag, fields] = Object.entries((value ?? {}) as Node)[0] ?? [];
  switch (tag) {
    case "String":
      return [String(fields!["sval"] ?? "")];
    case "List":
      return nodes(fields!["items"]).flatMap(namesOf);
    case "TypeName":
      return namesOf(fields!["names"]);
    case "ObjectWithArgs":
      return namesOf(fields!["objname"]);
    case "RoleSpec":
      return [String(fields!["rolename"] ?? fields!["roletype"])];
    default:
      return [];
  }
}

function named(schema: Value | undefined, name: Value | undefined): Relation {
  return typeof schema === "string" ? { schema, name: String(name) } : { name: String(name) };
}
