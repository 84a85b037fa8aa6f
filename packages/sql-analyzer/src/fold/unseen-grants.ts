// Owns GRANT and REVOKE on what is no fact: objects of extensions and of the system, whose privileges are then in doubt.
import type { Kind } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { type Key, keyAlone, keyIn, keyOf, routineKey } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { ownFunctions } from "../references/system.ts";
import { findObject, findRelation, nameOf, rangeName, signaturesOf } from "./names.ts";
import type { Scene } from "./scene.ts";
import { fields, strings } from "./tree.ts";

/** Doubts the privileges that a GRANT or REVOKE may change, but which belong to no fact. */
export function doubtUnseen(scene: Scene, node: Fields): void {
  const type = String(node["objtype"]);
  const objects = nodes(node["objects"]);
  if (node["targtype"] === "ACL_TARGET_ALL_IN_SCHEMA") {
    for (const schema of strings(objects)) doubtExtensions(scene, schema);
    return;
  }
  for (const object of objects) {
    if (type === "OBJECT_TABLE" || type === "OBJECT_SEQUENCE") {
      const name = rangeName(fields(object["RangeVar"]));
      if (findRelation(scene, name) === undefined) doubtRelation(scene, name.schema, name.name);
    } else if (type === "OBJECT_FUNCTION" || type === "OBJECT_PROCEDURE" || type === "OBJECT_ROUTINE") {
      if (findObject(scene, type, object) === undefined) doubtRoutine(scene, fields(object["ObjectWithArgs"]));
    } else {
      const kind = alone[type];
      const key = kind && keyAlone(kind, strings([object])[0] ?? "");
      if (key !== undefined && !scene.catalog.has(key)) doubt(scene, key);
    }
  }
}

/** What no schema holds. */
const alone: { readonly [type: string]: Kind | undefined } = {
  OBJECT_FDW: "foreign data wrapper",
  OBJECT_FOREIGN_SERVER: "server",
  OBJECT_LANGUAGE: "language",
  OBJECT_SCHEMA: "schema",
};

function doubtRelation(scene: Scene, schema: string | undefined, name: string): void {
  for (const home of schema === undefined ? ["pg_catalog", ...scene.path] : [schema]) {
    doubtExtensions(scene, home);
    if (!name.startsWith("pg_")) continue;
    for (const kind of ["table", "view"] as const) doubt(scene, keyIn(keyAlone("schema", home), kind, name));
  }
}

function doubtRoutine(scene: Scene, object: Fields): void {
  const { schema, name } = nameOf(object["objname"]);
  const homes = schema !== undefined ? [schema] : ownFunctions().has(name) ? ["pg_catalog", ...scene.path] : scene.path;
  for (const home of homes) {
    for (const types of signaturesOf(scene, object)) doubt(scene, routineKey("function", home, name, types));
    // Its types may be the extension's as well, and so be another signature than it seems.
    doubtExtensions(scene, home);
  }
}

function doubt(scene: Scene, on: Key): void {
  scene.add("privileges", { key: keyOf("privileges", on), name: "", certainty: "tainted" }, { on });
}

// Those that live in a schema, and those whose own schema it is: `cron` of pg_cron.
function doubtExtensions(scene: Scene, schema: string): void {
  const own = !scene.catalog.has(keyAlone("schema", schema));
  for (const extension of scene.catalog.allOf("extension")) {
    if (extension.schema === schema ? extension.name !== "plpgsql" : own && extension.name.includes(schema))
      scene.catalog.change(`extension ${quoteIdentifier(extension.name)}`, "assumed", {});
  }
}
