// Owns what becomes of an extension: the schema of what it brings, which is in no catalog but named by others, and what is added to it.
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, type Key, keyOf, kindOfKey } from "../catalog/keys.ts";
import type { IndexKey } from "../catalog/relations.ts";
import { drop } from "./drop.ts";
import { extensionOfClass } from "./index-classes.ts";
import { typesOfExtension } from "./known-extensions.ts";
import { findObject } from "./names.ts";
import { settle } from "./rekey.ts";
import type { Fold, Scene } from "./scene.ts";
import { tagged } from "./tree.ts";

/** The types of an extension are no facts, but columns and signatures name them, and indexes its operator classes. */
export function moveExtension(scene: Scene, fact: Fact<"extension">, schema: string): void {
  const { catalog } = scene;
  const home = `${quoteIdentifier(fact.schema)}.`;
  const types = new Map(
    typesOfExtension(fact.name).map((type) => [
      `${home}${type}`,
      schema === "pg_catalog" ? type : `${quoteIdentifier(schema)}.${type}`,
    ]),
  );
  const touched = new Set<Key>(
    [...types.keys()].flatMap((type) => catalog.users(`type ${type}`).map(({ key }) => key)),
  );
  const keys = new Map<Key, Key>();
  settle(scene, { keys, named: new Map(), parents: new Map(), types, touched });
  scene.moves.logAlong([...keys].map(([from, to]) => ({ from, to })));
  for (const index of catalog.allOf("index")) {
    if (!index.keys.some(({ operatorClass }) => operatorClass?.startsWith(home))) continue;
    const moved = index.keys.map((key) => movedClass(key, fact.name, home, schema));
    catalog.change(index.key, "assumed", { keys: moved });
  }
  for (const { key } of catalog.users(fact.key)) catalog.change(key, "assumed", {});
  for (const each of catalog.allOf("privileges"))
    if (each.extension === fact.key) movePrivileges(scene, each, home, schema, types);
  scene.change(fact.key, { schema });
}

/** What was granted on something of the extension goes with it. */
function movePrivileges(
  { catalog }: Scene,
  fact: Fact<"privileges">,
  home: string,
  schema: string,
  types: ReadonlyMap<string, string>,
): void {
  const address = addressOf(fact.on);
  if (!address.startsWith(home)) return;
  let rest = address.slice(home.length);
  for (const [from, to] of types) rest = rest.replaceAll(from, to);
  const on = keyOf(kindOfKey(fact.on), `${quoteIdentifier(schema)}.${rest}`);
  catalog.remove(fact.key);
  catalog.put({ ...fact, key: keyOf("privileges", on), on });
}

function movedClass(key: IndexKey, extension: string, home: string, schema: string): IndexKey {
  const { operatorClass } = key;
  const name = operatorClass?.startsWith(home) === true ? operatorClass.slice(home.length) : "";
  return extensionOfClass(name) === extension ? { ...key, operatorClass: `${quoteIdentifier(schema)}.${name}` } : key;
}

/** ALTER EXTENSION … ADD: what belongs to an extension is no fact. */
export const foldExtensionContents: Fold = (scene, node) => {
  const [tag] = tagged(node["object"]);
  const key = tag === "" ? undefined : findObject(scene, node["objtype"], node["object"]);
  if (key !== undefined && Number(node["action"]) > 0) drop(scene, key, false);
};
