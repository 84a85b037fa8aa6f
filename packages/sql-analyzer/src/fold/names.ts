// Owns finding what a name in a statement means, through the search_path.
import type { Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { type Key, keyAlone, keyIn, keyOf, operatorSetKey, routineKey } from "../catalog/keys.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import type { Scene } from "./scene.ts";
import { fields, items, strings, tagged, text } from "./tree.ts";
import { transformIdentity, unmodelledKey } from "./identities.ts";
import { typeOf, withoutModifiers } from "./type-names.ts";
import { relationKinds, routineKinds, tableKinds, typeKinds } from "./working.ts";

/** A name, with its schema where that is said. */
export interface Name {
  readonly schema: string | undefined;
  readonly name: string;
}

export function nameOf(list: Value | undefined): Name {
  const names = strings(list);
  return { schema: names.length > 1 ? names.at(-2) : undefined, name: names.at(-1) ?? "" };
}

export function rangeName(rangeVar: Fields): Name {
  return { schema: text(rangeVar["schemaname"]), name: text(rangeVar["relname"]) ?? "" };
}

/** The key of a thing of one of these kinds in a schema; undefined where there is none. */
export function findIn(scene: Scene, { schema, name }: Name, kinds: readonly Kind[]): Key | undefined {
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const address = `${quoteIdentifier(candidate)}.${quoteIdentifier(name)}`;
    for (const kind of kinds) {
      const key = keyOf(kind, address);
      if (scene.catalog.has(key)) return key;
    }
  }
  return undefined;
}

/** A relation of any kind. Temporary ones are none. */
export function findRelation(scene: Scene, name: Name, kinds: readonly Kind[] = relationKinds): Key | undefined {
  if (isTemporary(scene, name)) return undefined;
  return findIn(scene, name, kinds);
}

/** A relation with columns. */
export function findTable(scene: Scene, rangeVar: Value | undefined): Key | undefined {
  return findRelation(scene, rangeName(fields(rangeVar)), tableKinds);
}

export function isTemporary(scene: Scene, { schema, name }: Name): boolean {
  return schema === "pg_temp" || (schema === undefined && scene.temporary.has(name));
}

export function findType(scene: Scene, name: Name): Key | undefined {
  return findIn(scene, name, typeKinds);
}

/** A name as a text says it, such as that of a regclass: `app."Order"`. */
export function nameIn(written: string): Name {
  const parts = [...written.matchAll(/"((?:[^"]|"")*)"|([^.]+)/g)].map(
    (part) => part[1]?.replaceAll('""', '"') ?? part[2]!.toLowerCase(),
  );
  return { schema: parts.length > 1 ? parts.at(-2) : undefined, name: parts.at(-1) ?? "" };
}

/** The schema in which a name makes its object. */
export function homeOf(scene: Scene, { schema }: Name): Key {
  return keyAlone("schema", schema ?? scene.home);
}

/** The types that identify a routine: those of its input parameters. */
function signatureOf(scene: Scene, parameters: Value | undefined): readonly string[] {
  return nodes(parameters)
    .map((node) => fields(node["FunctionParameter"]))
    .filter(({ mode }) => mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE")
    .map(({ argType }) => typeOf(scene, fields(argType), false).type);
}

/** The signatures that an ObjectWithArgs may mean: with its OUT parameters told apart, and as it is written. */
export function signaturesOf(scene: Scene, object: Fields): readonly (readonly string[])[] {
  if (object["args_unspecified"] === true) return [];
  const all = nodes(object["objfuncargs"]);
  const types = items(object["objargs"]).map((node) => typeOf(scene, fields(node["TypeName"]), false).type);
  return all.length > 0 ? [signatureOf(scene, all), types] : [types];
}

/** The routine that an ObjectWithArgs names; undefined where there is none. */
export function findRoutine(scene: Scene, object: Fields, kinds: readonly Kind[] = routineKinds): Key | undefined {
  const { schema, name } = nameOf(object["objname"]);
  const unspecified = object["args_unspecified"] === true;
  const candidates = signaturesOf(scene, object);
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const home = keyAlone("schema", candidate);
    if (unspecified) {
      const found = scene.catalog.routines(home, name).filter(({ kind }) => kinds.includes(kind));
      if (found[0] !== undefined) return found[0].key;
      continue;
    }
    for (const kind of kinds as readonly ("function" | "procedure" | "aggregate")[]) {
      for (const types of candidates) {
        const key = routineKey(kind, candidate, name, types);
        if (scene.catalog.has(key)) return key;
      }
    }
  }
  return undefined;
}

/** The routines that a call may mean: those of the name in the first schema that has one with that many arguments. */
export function findCalled(scene: Scene, { schema, name }: Name, count: number): readonly Key[] {
  for (const candidate of schema === undefined ? scene.path : [schema]) {
    const found = scene.catalog.routines(keyAlone("schema", candidate), name).filter((fact) => {
      const inputs = fact.arguments.filter(({ mode }) => mode !== "out" && mode !== "table");
      const optional = inputs.filter((argument) => argument.default !== undefined).length;
      const variadic = inputs.some(({ mode }) => mode === "variadic");
      return (count <= inputs.length || variadic) && count >= inputs.length - optional - (variadic ? 1 : 0);
    });
    if (found.length > 0) return found.map(({ key }) => key);
  }
  return [];
}

/** The name of a role, as a RoleSpec says it. */
export function roleOf(scene: Scene, spec: Value | undefined): string {
  const role = fields(fields(spec)["RoleSpec"] ?? spec);
  switch (role["roletype"]) {
    case "ROLESPEC_PUBLIC":
      return "public";
    case "ROLESPEC_CURRENT_ROLE":
    case "ROLESPEC_CURRENT_USER":
      return scene.role;
    case "ROLESPEC_SESSION_USER":
      return scene.sessionUser;
    default:
      return text(role["rolename"]) ?? "public";
  }
}

/**
 * What COMMENT, DROP, ALTER … OWNER and the like name, by the kind that they say: an object's key, or undefined where
 * the catalog has none.
 */
export function findObject(scene: Scene, type: Value | undefined, object: Value | undefined): Key | undefined {
  const [tag, node] = tagged(object);
  const list =
    tag === "List" ? node["items"] : Array.isArray(object) ? object : tag === "String" ? [object] : undefined;
  const names = list === undefined ? [] : strings(list);
  const kinds = objectKinds[String(type)];
  switch (type) {
    case "OBJECT_AGGREGATE":
    case "OBJECT_FUNCTION":
    case "OBJECT_PROCEDURE":
    case "OBJECT_ROUTINE":
      return findRoutine(scene, node, kinds);
    case "OBJECT_COLUMN":
    case "OBJECT_ATTRIBUTE": {
      const relation = findIn(scene, nameOf(nodes(list).slice(0, -1)), [...tableKinds, "composite type"]);
      if (relation === undefined) return undefined;
      const kind = relation.startsWith("composite type ") ? "attribute" : "column";
      return present(scene, keyIn(relation, kind, names.at(-1)!));
    }
    case "OBJECT_POLICY":
    case "OBJECT_RULE":
    case "OBJECT_TABCONSTRAINT":
    case "OBJECT_TRIGGER": {
      const table = findRelation(scene, nameOf(nodes(list).slice(0, -1)), tableKinds);
      return table && present(scene, keyIn(table, kinds![0]!, names.at(-1)!));
    }
    case "OBJECT_DOMCONSTRAINT": {
      const [domain, constraint] = nodes(list);
      const key = findType(scene, nameOf(fields(domain?.["TypeName"])["names"]));
      return (
        key && present(scene, keyIn(key, "constraint", strings(constraint === undefined ? [] : [constraint])[0] ?? ""))
      );
    }
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return findType(scene, tag === "TypeName" ? nameOf(node["names"]) : nameOf(list));
    case "OBJECT_OPCLASS":
    case "OBJECT_OPFAMILY": {
      const [method = "", ...rest] = names;
      const name = rest.at(-1) ?? "";
      for (const home of rest.length > 1 ? [rest.at(-2)!] : scene.path) {
        const key = operatorSetKey(
          type === "OBJECT_OPCLASS" ? "operator class" : "operator family",
          home,
          name,
          method,
        );
        if (scene.catalog.has(key)) return key;
      }
      return undefined;
    }
    case "OBJECT_ACCESS_METHOD":
      return present(scene, unmodelledKey("access method", quoteIdentifier(names[0] ?? "")));
    case "OBJECT_SUBSCRIPTION":
      return present(scene, unmodelledKey("subscription", quoteIdentifier(names[0] ?? "")));
    case "OBJECT_CONVERSION": {
      const { schema, name } = nameOf(list);
      for (const home of schema === undefined ? scene.path : [schema]) {
        const key = unmodelledKey("conversion", `${quoteIdentifier(home)}.${quoteIdentifier(name)}`);
        if (scene.catalog.has(key)) return key;
      }
      return undefined;
    }
    case "OBJECT_TRANSFORM": {
      const typeName = nodes(list).find((each) => each["TypeName"] !== undefined)?.["TypeName"];
      return present(scene, unmodelledKey("transform", transformIdentity(scene, typeName, names.at(-1) ?? "")));
    }
    case "OBJECT_CAST": {
      const [source, target] = nodes(list).map((each) =>
        withoutModifiers(typeOf(scene, fields(each["TypeName"]), false).type),
      );
      return present(scene, `cast (${source} AS ${target})`);
    }
    case "OBJECT_OPERATOR": {
      const [left, right] = items(node["objargs"]).map((each) =>
        each["TypeName"] === undefined ? "NONE" : typeOf(scene, fields(each["TypeName"]), false).type,
      );
      const { schema, name } = nameOf(node["objname"]);
      for (const home of schema === undefined ? scene.path : [schema]) {
        const key: Key =
          `${keyIn(keyAlone("schema", home), "operator", "x").slice(0, -1)}${name}(${left}, ${right})` as Key;
        if (scene.catalog.has(key)) return key;
      }
      return undefined;
    }
    default:
  }
  if (kinds === undefined) return undefined;
  if (standsAlone.has(String(type))) return present(scene, keyAlone(kinds[0]!, names.at(-1) ?? ""));
  if (type === "OBJECT_DATABASE") return present(scene, "database this");
  return findRelation(scene, nameOf(list), kinds);
}

function present(scene: Scene, key: Key): Key | undefined {
  return scene.catalog.has(key) ? key : undefined;
}

/** The kinds of facts that an object type of the grammar may mean. */
const objectKinds: { readonly [type: string]: readonly Kind[] | undefined } = {
  OBJECT_AGGREGATE: ["aggregate"],
  OBJECT_COLLATION: ["collation"],
  OBJECT_DATABASE: ["database"],
  OBJECT_DOMAIN: ["domain"],
  OBJECT_EVENT_TRIGGER: ["event trigger"],
  OBJECT_EXTENSION: ["extension"],
  OBJECT_FDW: ["foreign data wrapper"],
  OBJECT_FOREIGN_SERVER: ["server"],
  OBJECT_FOREIGN_TABLE: ["foreign table"],
  OBJECT_FUNCTION: ["function", "aggregate"],
  OBJECT_INDEX: ["index"],
  OBJECT_LANGUAGE: ["language"],
  OBJECT_MATVIEW: ["materialized view"],
  OBJECT_POLICY: ["policy"],
  OBJECT_PROCEDURE: ["procedure"],
  OBJECT_PUBLICATION: ["publication"],
  OBJECT_ROLE: ["role"],
  OBJECT_ROUTINE: routineKinds,
  OBJECT_RULE: ["rule"],
  OBJECT_SCHEMA: ["schema"],
  OBJECT_SEQUENCE: ["sequence"],
  OBJECT_STATISTIC_EXT: ["statistics"],
  OBJECT_TABCONSTRAINT: ["constraint"],
  OBJECT_TABLE: relationKinds,
  OBJECT_TRIGGER: ["trigger"],
  OBJECT_TSCONFIGURATION: ["text search configuration"],
  OBJECT_TSDICTIONARY: ["text search dictionary"],
  OBJECT_TSPARSER: ["text search parser"],
  OBJECT_TSTEMPLATE: ["text search template"],
  OBJECT_TYPE: typeKinds,
  OBJECT_VIEW: ["view"],
};

const standsAlone = new Set([
  "OBJECT_EVENT_TRIGGER",
  "OBJECT_EXTENSION",
  "OBJECT_FDW",
  "OBJECT_FOREIGN_SERVER",
  "OBJECT_LANGUAGE",
  "OBJECT_PUBLICATION",
  "OBJECT_ROLE",
  "OBJECT_SCHEMA",
]);
