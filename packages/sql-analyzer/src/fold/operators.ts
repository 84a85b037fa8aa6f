// Owns operators and casts: CREATE and ALTER OPERATOR, CREATE CAST.
import type { Fact } from "../catalog/catalog.ts";
import { addressOf, castKey, type Key, keyAlone, operatorKey, routineKey } from "../catalog/keys.ts";
import { type Fields } from "../grammar.ts";
import { functionNamed, namedIn, operatorOf } from "./called.ts";
import { findObject, findRoutine, homeOf, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, optionOn } from "./tree.ts";
import { typeOf } from "./type-names.ts";

export const foldCreateCast: Fold = (scene, node) => {
  const source = typeOf(scene, fields(node["sourcetype"]), false);
  const target = typeOf(scene, fields(node["targettype"]), false);
  const contexts: { readonly [context: string]: "assignment" | "always" | undefined } = {
    COERCION_ASSIGNMENT: "assignment",
    COERCION_IMPLICIT: "always",
  };
  const routine = node["func"] === undefined ? undefined : findRoutine(scene, fields(node["func"]));
  const known = source.known && target.known && (node["func"] === undefined || routine !== undefined);
  scene.add(
    "cast",
    { key: castKey(source.type, target.type), name: "", certainty: known ? undefined : "assumed" },
    {
      source: source.type,
      target: target.type,
      method: node["inout"] === true ? "inout" : (routine ?? "binary"),
      implicit: contexts[String(node["context"])],
    },
  );
};

export const foldCreateOperator: Fold = (scene, node) => {
  const name = nameOf(node["defnames"]);
  const schema = schemaName(homeOf(scene, name));
  const options = elements(node["definition"]);
  const operand = (option: string) => {
    const element = options.get(option);
    return element && typeOf(scene, fields(fields(element["arg"])["TypeName"]), false);
  };
  const left = operand("leftarg");
  const right = operand("rightarg");
  const called = namedIn((options.get("function") ?? options.get("procedure"))?.["arg"]) ?? nameOf([]);
  const types = [...(left === undefined ? [] : [left.type]), right?.type ?? "unknown"];
  const schemas = called.schema === undefined ? scene.path : [called.schema];
  const routine = schemas
    .map((each) => routineKey("function", each, called.name, types))
    .find((key) => scene.catalog.has(key));
  const fact = scene.catalog.as(routine, "function");
  const estimators = estimatorsIn(scene, options);
  const key = operatorKey(schema, name.name, left?.type, right?.type ?? "unknown");
  let certain = true;
  const partner = (option: string, one: string | undefined, other: string | undefined) => {
    const partnerName = namedIn(options.get(option)?.["arg"]);
    if (partnerName === undefined) return undefined;
    // One that is still to come will be made where this one is.
    const found = operatorOf(scene, partnerName, one, other);
    const itself = partnerName.name === name.name && (partnerName.schema ?? schema) === schema && one === left?.type;
    if (found.key !== undefined || itself) return found.key ?? key;
    if (partnerName.schema === undefined && found.known) certain = false;
    return operatorKey(partnerName.schema ?? scene.home, partnerName.name, one, other ?? "NONE");
  };
  const commutator = partner("commutator", right?.type, left?.type);
  const negator = partner("negator", left?.type, right?.type);
  const known =
    certain && fact?.returns !== undefined && left?.known !== false && right?.known !== false && estimators.known;
  scene.add(
    "operator",
    {
      key,
      name: name.name,
      parent: keyAlone("schema", schema),
      owner: scene.role,
      certainty: known ? undefined : "assumed",
    },
    {
      left: left?.type,
      right: right?.type ?? "unknown",
      result: fact?.returns ?? "unknown",
      function: routine ?? routineKey("function", called.schema ?? "pg_catalog", called.name, types),
      commutator: commutator && nameIn(commutator),
      negator: negator && nameIn(negator),
      ...estimators.found,
      hashes: optionOn(options.get("hashes")),
      merges: optionOn(options.get("merges")),
    },
  );
  // The other side of a pair learns of it, unless it has said so itself.
  pair(scene, commutator, "commutator", key);
  pair(scene, negator, "negator", key);
};

function estimatorsIn(scene: Scene, options: ReadonlyMap<string, Fields>) {
  let known = true;
  const found: { restrict?: string; join?: string } = {};
  for (const option of ["restrict", "join"] as const) {
    const name = namedIn(options.get(option)?.["arg"]);
    if (name === undefined) continue;
    const called = functionNamed(scene, name);
    found[option] = called.text;
    known &&= called.known || called.text.endsWith("sel");
  }
  return { known, found };
}

// `schema.=` of `operator schema.=(integer, integer)`
function nameIn(operator: Key): string {
  return addressOf(operator).replace(/\([^()]*(?:\([^()]*\)[^()]*)*\)$/, "");
}

function pair(scene: Scene, other: Key | undefined, field: "commutator" | "negator", key: Key): void {
  const fact = scene.catalog.as(other, "operator");
  if (fact !== undefined && fact.key !== key && fact[field] === undefined)
    scene.change(fact.key, { [field]: nameIn(key) });
}

export const foldAlterOperator: Fold = (scene, node) => {
  const object = { ObjectWithArgs: fields(node["opername"]) };
  const fact: Fact<"operator"> | undefined = scene.catalog.as(findObject(scene, "OBJECT_OPERATOR", object), "operator");
  if (fact === undefined) return;
  const options = elements(node["options"]);
  const { found, known } = estimatorsIn(scene, options);
  const none = [...options].filter(([, element]) => element["arg"] === undefined).map(([name]) => [name, undefined]);
  const flags = ["hashes", "merges"]
    .filter((flag) => options.has(flag))
    .map((flag) => [flag, optionOn(options.get(flag)) ? true : undefined]);
  const partners = (["commutator", "negator"] as const).flatMap((field) => {
    const name = namedIn(options.get(field)?.["arg"]);
    if (name === undefined) return [];
    const [one, other] = field === "commutator" ? [fact.right, fact.left] : [fact.left, fact.right];
    const key = operatorOf(scene, name, one, other).key;
    pair(scene, key, field, fact.key);
    return [[field, key === undefined ? name.name : nameIn(key)] as const];
  });
  const change = {
    ...Object.fromEntries(none),
    ...found,
    ...Object.fromEntries(flags),
    ...Object.fromEntries(partners),
  };
  scene.catalog.change(fact.key, known ? scene.certainty : "assumed", change);
};
