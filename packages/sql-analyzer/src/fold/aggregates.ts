// Owns CREATE AGGREGATE.
import type { Fact } from "../catalog/catalog.ts";
import { keyAlone, routineKey } from "../catalog/keys.ts";
import type { Aggregate, Argument } from "../catalog/routines-and-types.ts";
import { type Fields, nodes } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { functionOf, schemaOfFunction } from "./function-names.ts";
import { readArguments } from "./functions.ts";
import { homeOf, type Name, nameOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, items, optionOn, scalar, strings } from "./tree.ts";
import { typeOf } from "./type-names.ts";

export const foldCreateAggregate: Fold = (scene, node) => {
  const name = nameOf(node["defnames"]);
  const home = homeOf(scene, name);
  const options = elements(node["definition"]);
  const list = argumentsOf(scene, node, options);
  const key = routineKey(
    "aggregate",
    schemaName(home),
    name.name,
    list.map(({ type }) => type),
  );
  const owner = scene.catalog.get(key)?.owner ?? scene.role;
  const direct = nodes(node["args"])[1]?.["Integer"]?.["ival"] ?? 0;
  const ordered = node["oldstyle"] !== true && direct !== -1;
  const parallel = scalar(options.get("parallel")?.["arg"]);
  const returns = resultOf(scene, options);
  const properties = propertiesOf(scene, options, ordered);
  const named = functionsOf(scene, options);
  // Which of several functions of a name is meant only the server finds out, and of what pg_catalog's return it knows more.
  // No fact says that an aggregate stands on the type of its state.
  const certain =
    named.every((found) => found.length < 2) &&
    returns !== "unknown" &&
    // With a state of a type of its own the server says which one that is.
    (!polymorphic.test(returns) || polymorphic.test(properties["STYPE"] ?? "")) &&
    ![properties["STYPE"], properties["MSTYPE"]].some((type) => type?.includes("."));
  scene.add(
    "aggregate",
    {
      key,
      name: name.name,
      parent: home,
      owner,
      grants: grantsOfNew(scene, "aggregate", owner, schemaName(home)),
      uses: named
        .flat()
        .map(({ key: used }) => used)
        .sort(),
      certainty: certain ? undefined : "assumed",
    },
    {
      arguments: list,
      returns,
      aggregate: !ordered ? "normal" : options.has("hypothetical") ? "hypothetical-set" : "ordered-set",
      directArguments: ordered ? Number(direct) : undefined,
      properties,
      volatility: "immutable",
      parallel: parallel === "safe" || parallel === "restricted" ? parallel : undefined,
    },
  );
};

const polymorphic = /^any(?:element|array|nonarray|enum|range|multirange|compatible)/;

type Options = ReadonlyMap<string, Fields>;

function argumentsOf(scene: Scene, node: Fields, options: Options): readonly Argument[] {
  if (node["oldstyle"] !== true) {
    const parameters = items(nodes(node["args"])[0]).map((each) => fields(each["FunctionParameter"]));
    return readArguments(scene, parameters).list;
  }
  const base = options.get("basetype");
  return base === undefined || scalar(base["arg"]) === "ANY" ? [] : [{ type: typeIn(scene, base) }];
}

function propertiesOf(scene: Scene, options: Options, ordered: boolean): Aggregate["properties"] {
  const properties: Record<string, string> = {};
  for (const [option, element] of options) {
    // SFUNC1, STYPE1 and INITCOND1 are older names.
    const name = option.replace(/1$/, "").toUpperCase();
    if (notProperties.has(name)) continue;
    const value = propertyOf(scene, name, element);
    if (value !== undefined) properties[name] = value;
  }
  for (const final of ["FINALFUNC", "MFINALFUNC"])
    if (final in properties) properties[`${final}_MODIFY`] ??= ordered ? "w" : "r";
  return properties;
}

const notProperties: ReadonlySet<string> = new Set(["BASETYPE", "PARALLEL", "HYPOTHETICAL"]);

/** The value of a property as the catalog has it. */
function propertyOf(scene: Scene, name: string, element: Fields): string | undefined {
  if (name.endsWith("_EXTRA")) return optionOn(element) ? "true" : undefined;
  const value = scalar(element["arg"]);
  if (name.endsWith("_MODIFY")) return value === undefined ? undefined : (modifies[value] ?? value);
  if (name.endsWith("FUNC")) return functionOf(scene, nameIn(element));
  if (name.endsWith("STYPE") || name === "STYPE") return typeIn(scene, element);
  if (name === "SORTOP") {
    const written = strings(items(element["arg"]));
    return (written.length > 1 ? written : ["pg_catalog", ...written]).join(".");
  }
  return value;
}

const modifies: { readonly [word: string]: string | undefined } = { read_only: "r", shareable: "s", read_write: "w" };

/** For each function that it names, those of the name in the schema that is meant; none of pg_catalog's. */
function functionsOf(scene: Scene, options: Options): readonly (readonly Fact[])[] {
  return [...options].flatMap(([option, element]) => {
    if (!/func1?$/.test(option)) return [];
    const name = nameIn(element);
    const schema = schemaOfFunction(scene, name);
    return schema === undefined ? [] : [scene.catalog.routines(keyAlone("schema", schema), name.name)];
  });
}

function resultOf(scene: Scene, options: Options): string {
  const final = options.get("finalfunc");
  if (final === undefined) return typeIn(scene, options.get("stype") ?? options.get("stype1"));
  const name = nameIn(final);
  const schema = schemaOfFunction(scene, name);
  const [found] = schema === undefined ? [] : scene.catalog.routines(keyAlone("schema", schema), name.name);
  return found?.returns ?? "unknown";
}

function typeIn(scene: Scene, element: Fields | undefined): string {
  return typeOf(scene, fields(fields(element?.["arg"])["TypeName"]), false).type;
}

function nameIn(element: Fields): Name {
  const [given] = items(element["arg"]);
  return nameOf(given === undefined ? fields(fields(element["arg"])["TypeName"])["names"] : element["arg"]);
}
