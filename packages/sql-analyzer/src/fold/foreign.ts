// Owns foreign data wrappers, servers, user mappings, their options, and IMPORT FOREIGN SCHEMA.
import { keyAlone, keyIn, userMappingKey } from "../catalog/keys.ts";
import { maskSecrets } from "../catalog/secrets.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { functionNamed } from "./called.ts";
import { indexOptions } from "./constraints.ts";
import { nameOf, rangeName, roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, optionText, text } from "./tree.ts";

export const foldCreateWrapper: Fold = (scene, node) => {
  const name = text(node["fdwname"]) ?? "";
  const { functions, uses, known } = functionsOf(scene, node);
  scene.add(
    "foreign data wrapper",
    {
      key: keyAlone("foreign data wrapper", name),
      name,
      owner: scene.role,
      uses,
      certainty: known ? undefined : "assumed",
    },
    { ...functions, options: maskSecrets(indexOptions(node["options"])) },
  );
};

// HANDLER and VALIDATOR; NO HANDLER is one without a value.
function functionsOf(scene: Scene, node: Fields) {
  const options = elements(node["func_options"]);
  const called = [...options].flatMap(([option, element]) => {
    const name = element["arg"] === undefined ? undefined : nameOf(fields(fields(element["arg"])["List"])["items"]);
    return name === undefined ? [] : [[option, functionNamed(scene, name)] as const];
  });
  const none = [...options.keys()].map((option) => [option, undefined] as const);
  const functions: { readonly handler?: string; readonly validator?: string } = Object.fromEntries([
    ...none,
    ...called.map(([option, { text: written }]) => [option, written] as const),
  ]);
  return {
    functions,
    uses: called.flatMap(([, { key }]) => key ?? []),
    known: called.every(([, each]) => each.known),
  };
}

export const foldAlterWrapper: Fold = (scene, node) => {
  const fact = scene.catalog.as(keyAlone("foreign data wrapper", text(node["fdwname"]) ?? ""), "foreign data wrapper");
  const { functions, known } = functionsOf(scene, node);
  const options = optionsAfter(fact?.options, node["options"]);
  scene.catalog.change(fact?.key, known ? scene.certainty : "assumed", { ...functions, options });
};

export const foldCreateServer: Fold = (scene, node) => {
  const name = text(node["servername"]) ?? "";
  const key = keyAlone("server", name);
  if (scene.catalog.has(key)) {
    if (node["if_not_exists"] !== true) scene.refuse(key);
    return;
  }
  const wrapper = text(node["fdwname"]) ?? "";
  scene.add(
    "server",
    {
      key,
      name,
      owner: scene.role,
      grants: grantsOfNew(scene, "server", scene.role, undefined),
      uses: [keyAlone("foreign data wrapper", wrapper)],
    },
    {
      wrapper: keyAlone("foreign data wrapper", wrapper),
      type: text(node["servertype"]),
      version: text(node["version"]),
      options: maskSecrets(indexOptions(node["options"])),
    },
  );
};

export const foldAlterServer: Fold = (scene, node) => {
  const fact = scene.catalog.as(keyAlone("server", text(node["servername"]) ?? ""), "server");
  scene.change(fact?.key, {
    ...(node["has_version"] === true && { version: text(node["version"]) }),
    options: optionsAfter(fact?.options, node["options"]),
  });
};

export const foldCreateUserMapping: Fold = (scene, node) => {
  const server = text(node["servername"]) ?? "";
  const user = roleOf(scene, node["user"]);
  const key = userMappingKey(server, user);
  if (scene.catalog.has(key)) return;
  scene.add(
    "user mapping",
    { key, name: user, parent: keyAlone("server", server) },
    { options: maskSecrets(indexOptions(node["options"])) },
  );
};

export const foldAlterUserMapping: Fold = (scene, node) => {
  const key = userMappingKey(text(node["servername"]) ?? "", roleOf(scene, node["user"]));
  const fact = scene.catalog.as(key, "user mapping");
  scene.change(fact?.key, { options: optionsAfter(fact?.options, node["options"]) });
};

export const foldDropUserMapping: Fold = (scene, node) => {
  scene.catalog.remove(userMappingKey(text(node["servername"]) ?? "", roleOf(scene, node["user"])));
};

/** Options after OPTIONS (ADD …, SET …, DROP …), secrets masked. */
export function optionsAfter(
  before: Readonly<Record<string, string>> | undefined,
  changes: Value | undefined,
): Readonly<Record<string, string>> | undefined {
  const options: Record<string, string> = { ...before };
  for (const [name, element] of elements(changes)) {
    if (element["defaction"] === "DEFELEM_DROP") delete options[name];
    else options[name] = optionText(element) ?? "";
  }
  return Object.keys(options).length > 0 ? maskSecrets(options) : undefined;
}

/** Which tables there are, and what they are made of, is the other server's to say. */
export const foldImportSchema: Fold = (scene, node) => {
  const home = keyAlone("schema", text(node["local_schema"]) ?? "");
  const server = keyAlone("server", text(node["server_name"]) ?? "");
  const named = node["list_type"] === "FDW_IMPORT_SCHEMA_LIMIT_TO";
  const tables = named ? nodes(node["table_list"]).map((each) => rangeName(fields(each["RangeVar"])).name) : [];
  const keys = tables.map((name) => {
    const key = keyIn(home, "foreign table", name);
    const grants = grantsOfNew(scene, "foreign table", scene.role, schemaName(home));
    scene.add("foreign table", { key, name, parent: home, owner: scene.role, grants }, { server });
    return key;
  });
  scene.cannotRead("unknown-object", named ? keys : [home]);
};
