// Owns RENAME, SET SCHEMA, ALTER … OWNER, GRANT and ALTER DEFAULT PRIVILEGES: what they name in whatever kind of object.
import { rangeName } from "../fold/names.ts";
import { fields, items, strings, text } from "../fold/tree.ts";
import { nodes } from "../grammar.ts";
import { afterWord, type Check, checkAlone, checkNamed } from "./lookups.ts";
import { checkObject } from "./objects.ts";
import { checkRelation } from "./queries.ts";
import { checkNames, checkPart, checkRole, checkRoles, relationOf } from "./tables.ts";

export const alterObject: Check = (here, node) => {
  const schema = text(node["newschema"]);
  const type = node["objectType"];
  if (node["missing_ok"] === true) {
    // Of what is not there, nothing else is looked for.
    if (node["relation"] !== undefined && "missing" in here.known.table(rangeName(fields(node["relation"])))) return;
  } else {
    if (node["relation"] !== undefined) relationOf(here, node["relation"], false);
    else checkObject(here, type, node["object"], afterWord(here, "alter"));
  }
  if (schema !== undefined) checkAlone(here, "schema", schema, afterWord(here, "set", "schema"));
  if (node["newowner"] !== undefined) checkRole(here, node["newowner"]);
};

export const rename: Check = (here, node) => {
  if (node["missing_ok"] === true) return;
  const type = node["renameType"];
  const name = text(node["subname"]);
  const relation = fields(node["relation"]);
  switch (type) {
    case "OBJECT_COLUMN":
    case "OBJECT_TABCONSTRAINT":
    case "OBJECT_POLICY":
    case "OBJECT_TRIGGER":
    case "OBJECT_RULE": {
      const found = relationOf(here, relation, false);
      if (found === undefined || name === undefined) return;
      const own = here.source.part(
        here.source.at(relation["location"]),
        relation["schemaname"] === undefined ? 0 : 1,
        String(relation["relname"]),
      );
      const before = type === "OBJECT_POLICY" || type === "OBJECT_TRIGGER" || type === "OBJECT_RULE";
      const span = before ? here.source.find(name, afterWord(here, "alter")) : here.source.find(name, own?.end);
      if (type === "OBJECT_COLUMN") checkNames(here, [{ String: { sval: name } }], found.item, own?.end ?? 0);
      else if (found.key !== undefined) {
        const sort =
          type === "OBJECT_TABCONSTRAINT" ? "constraint" : (type.slice("OBJECT_".length).toLowerCase() as "policy");
        checkPart(here, sort, found.key, name, span);
      }
      return;
    }
    case "OBJECT_INDEX":
    case "OBJECT_SEQUENCE":
      if ("missing" in here.known.table(rangeName(relation)))
        checkNamed(here, type === "OBJECT_INDEX" ? "index" : "sequence", relation);
      return;
    case "OBJECT_SCHEMA":
    case "OBJECT_ROLE":
      checkAlone(here, type === "OBJECT_SCHEMA" ? "schema" : "role", name, afterWord(here, "alter"));
      return;
    case "OBJECT_ATTRIBUTE":
      return;
    default:
      if (node["relation"] !== undefined) relationOf(here, relation, false);
      else checkObject(here, type, node["object"], afterWord(here, "alter"));
  }
};

export const grant: Check = (here, node) => {
  checkRoles(here, node["grantees"]);
  const type = node["objtype"];
  const objects = nodes(node["objects"]);
  const on = afterWord(here, "on");
  if (node["targtype"] === "ACL_TARGET_ALL_IN_SCHEMA") {
    for (const name of strings(objects)) checkAlone(here, "schema", name, afterWord(here, "on", "in", "schema"));
    return;
  }
  if (node["targtype"] !== "ACL_TARGET_OBJECT") return;
  if (type === "OBJECT_TABLE" || type === "OBJECT_SEQUENCE") {
    for (const { RangeVar: rangeVar } of objects) {
      if (rangeVar === undefined) continue;
      const item = checkRelation(here, rangeVar, undefined);
      for (const { AccessPriv: privilege } of nodes(node["privileges"])) {
        checkNames(here, privilege?.["cols"], item, afterWord(here, node["is_grant"] === true ? "grant" : "revoke"));
      }
    }
    return;
  }
  let from = on;
  for (const object of objects) from = checkObject(here, type, object, from);
};

export const defaultPrivileges: Check = (here, node) => {
  for (const { DefElem: option } of nodes(node["options"])) {
    const list = items(option?.["arg"]);
    if (option?.["defname"] === "roles") checkRoles(here, list);
    if (option?.["defname"] === "schemas") {
      for (const name of strings(list)) checkAlone(here, "schema", name, here.source.at(option["location"]));
    }
  }
  checkRoles(here, fields(node["action"])["grantees"]);
};
