// Owns GRANT, REVOKE and ALTER DEFAULT PRIVILEGES.
import type { Fact, Kind } from "../catalog/catalog.ts";
import { type DefaultObjects, type Grant, privilegesOn } from "../catalog/grants.ts";
import { defaultPrivilegesKey, type Key, keyAlone, keyIn } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { granted, grantorOf, ownGrants, revoked, tidy, withOwner } from "./acl.ts";
import { findObject, findTable, roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { doubtUnseen } from "./unseen-grants.ts";
import { elements, fields, items, strings, text } from "./tree.ts";

interface Change {
  readonly grant: boolean;
  readonly grantees: readonly string[];
  readonly privileges: readonly Privilege[];
  readonly grantOption: boolean;
  readonly cascade: boolean;
  readonly by: string | undefined;
}

/** Undefined is ALL. */
interface Privilege {
  readonly name: string | undefined;
  readonly columns: readonly string[];
}

export const foldGrant: Fold = (scene, node) => {
  const change = changeOf(scene, node);
  doubtUnseen(scene, node);
  for (const key of targetsOf(scene, node)) {
    const whole = change.privileges.filter(({ columns }) => columns.length === 0);
    if (whole.length > 0) apply(scene, key, { ...change, privileges: whole });
    for (const { name, columns } of change.privileges) {
      for (const column of columns) {
        apply(scene, keyIn(key, "column", column), { ...change, privileges: [{ name, columns: [] }] });
      }
    }
    // REVOKE on a table takes the same privileges from its columns.
    if (change.grant || whole.length === 0) continue;
    for (const column of scene.catalog.children(key, "column")) {
      if (column.grants !== undefined) apply(scene, column.key, { ...change, privileges: whole });
    }
  }
};

function changeOf(scene: Scene, node: Fields): Change {
  const said = nodes(node["privileges"]).map((each) => fields(each["AccessPriv"]));
  return {
    grant: node["is_grant"] === true,
    grantees: nodes(node["grantees"]).map((each) => roleOf(scene, each)),
    privileges:
      said.length === 0
        ? [{ name: undefined, columns: [] }]
        : said.map((each) => ({ name: text(each["priv_name"])?.toUpperCase(), columns: strings(each["cols"]) })),
    grantOption: node["grant_option"] === true,
    cascade: node["behavior"] === "DROP_CASCADE",
    by: node["grantor"] === undefined ? undefined : roleOf(scene, node["grantor"]),
  };
}

function apply(scene: Scene, key: Key, change: Change): void {
  const fact = scene.catalog.get(key);
  if (fact === undefined) return;
  const { grants = [], kind } = fact;
  const whole = kind === "column" ? scene.catalog.get(fact.parent) : fact;
  if (whole?.owner === undefined) return;
  const { by, privileges } =
    change.by === undefined
      ? grantorOf(scene, whole === fact ? grants : [...(whole.grants ?? []), ...grants], whole.owner)
      : { by: change.by === whole.owner ? undefined : change.by };
  scene.change(key, { grants: changed(scene, grants, kind, whole.owner, { ...change, by }, privileges) });
}

/** Takes from roles all that they were granted on a thing, and what they granted in their turn. */
export function revokeAll(scene: Scene, fact: Fact, roles: readonly string[]): void {
  if (fact.grants?.some(({ to }) => roles.includes(to)) !== true) return;
  const privileges = [{ name: undefined, columns: [] }];
  const change = { grant: false, grantees: roles, privileges, grantOption: false, cascade: true, by: fact.owner };
  if (fact.kind === "default privileges") {
    const target = Object.values(defaults).find((each) => each?.[0] === fact.objects);
    if (target !== undefined) changeDefaults(scene, fact, target[1], change);
  } else if (fact.kind === "privileges") {
    const grants = fact.grants.filter(({ to, by }) => !roles.includes(to) && (by === undefined || !roles.includes(by)));
    scene.change(fact.key, { grants: grants.length > 0 ? grants : undefined });
  } else apply(scene, fact.key, change);
}

function changed(
  scene: Scene,
  before: readonly Grant[],
  kind: Kind,
  owner: string,
  change: Change,
  may?: readonly string[],
): readonly Grant[] | undefined {
  const { major } = scene.catalog;
  const all = privilegesOn(kind, major);
  let grants = kind === "column" ? before : withOwner(before, owner, all);
  const privileges = [
    ...new Set(change.privileges.flatMap(({ name }) => (name === undefined ? all : (synonyms[name] ?? name)))),
  ];
  const applicable = privileges.filter((one) => all.includes(one) && may?.includes(one) !== false);
  for (const to of change.grantees) {
    const one = { to, privileges: applicable, by: change.by, grantOption: change.grantOption };
    if (change.grant) grants = granted(grants, one);
    else {
      // What others were granted by that role goes with CASCADE.
      if (change.cascade)
        for (const other of grants.filter((grant) => grant.by === to))
          grants = revoked(grants, { ...one, to: other.to, by: to, grantOption: false });
      grants = revoked(grants, one);
    }
  }
  return tidy(grants, kind, owner, major);
}

const synonyms: { readonly [name: string]: string | undefined } = { TEMP: "TEMPORARY" };

function targetsOf(scene: Scene, node: Fields): readonly Key[] {
  const type = String(node["objtype"]);
  const objects = nodes(node["objects"]);
  if (node["targtype"] === "ACL_TARGET_ALL_IN_SCHEMA") {
    const kinds = inSchema[type] ?? [];
    return objects.flatMap((schema) => {
      const home = keyAlone("schema", strings([schema])[0] ?? "");
      return scene.catalog
        .users(home)
        .filter((fact) => fact.parent === home && kinds.includes(fact.kind))
        .map(({ key }) => key);
    });
  }
  if (type === "OBJECT_TABLE")
    return objects.flatMap((object) => findTable(scene, fields(object["RangeVar"])) ?? sequenceOf(scene, object) ?? []);
  if (type === "OBJECT_SEQUENCE") return objects.flatMap((object) => sequenceOf(scene, object) ?? []);
  if (type === "OBJECT_DATABASE") return ["database this"];
  return objects.flatMap((object) => findObject(scene, type, object) ?? []);
}

function sequenceOf(scene: Scene, object: { readonly [tag: string]: Fields }): Key | undefined {
  const rangeVar = fields(object["RangeVar"]);
  const names = [rangeVar["schemaname"], rangeVar["relname"]].flatMap((name) =>
    typeof name === "string" ? [{ String: { sval: name } }] : [],
  );
  return findObject(scene, "OBJECT_SEQUENCE", { List: { items: names } });
}

const inSchema: { readonly [type: string]: readonly Kind[] | undefined } = {
  OBJECT_FUNCTION: ["function", "aggregate"],
  OBJECT_PROCEDURE: ["procedure"],
  OBJECT_ROUTINE: ["function", "procedure", "aggregate"],
  OBJECT_SEQUENCE: ["sequence"],
  OBJECT_TABLE: ["table", "view", "materialized view", "foreign table"],
};

export const foldDefaultPrivileges: Fold = (scene, node) => {
  const action = fields(node["action"]);
  const target = defaults[String(action["objtype"])];
  if (target === undefined) return;
  const [objects, kind] = target;
  const options = elements(node["options"]);
  const roles = items(options.get("roles")?.["arg"]).map((role) => roleOf(scene, role));
  const schemas = strings(items(options.get("schemas")?.["arg"]));
  for (const role of roles.length > 0 ? roles : [scene.role]) {
    for (const schema of schemas.length > 0 ? schemas : [undefined]) {
      changeDefaults(scene, { role, schema, objects }, kind, changeOf(scene, action));
    }
  }
};

interface Defaults {
  readonly role: string;
  readonly schema?: string | undefined;
  readonly objects: DefaultObjects;
}

function changeDefaults(scene: Scene, { role, schema, objects }: Defaults, kind: Kind, change: Change): void {
  const key = defaultPrivilegesKey(role, schema, objects);
  const before: Fact<"default privileges"> | undefined = scene.catalog.as(key, "default privileges");
  // Without a schema they stand instead of Postgres's own; with one they only add.
  const start = before?.grants ?? (before === undefined && schema === undefined ? ownGrants(kind) : []);
  // In a schema the owner is as everybody else.
  const as = schema === undefined ? kind : "column";
  const all = privilegesOn(kind, scene.catalog.major);
  const privileges = change.privileges
    .flatMap(({ name }) => (name === undefined ? all : [name]))
    .map((name) => ({ name, columns: [] }));
  const grants = changedDefaults(scene, start, as, kind, role, { ...change, privileges });
  const asBefore =
    schema === undefined ? JSON.stringify(grants ?? []) === JSON.stringify(ownGrants(kind)) : grants === undefined;
  if (asBefore) scene.catalog.remove(key);
  else scene.add("default privileges", { key, name: "", grants }, { role, schema, objects });
}

function changedDefaults(
  scene: Scene,
  start: readonly Grant[],
  as: Kind,
  kind: Kind,
  role: string,
  change: Change,
): readonly Grant[] | undefined {
  const all = privilegesOn(kind, scene.catalog.major);
  let grants = as === "column" ? start : withOwner(start, role, all);
  const privileges = change.privileges.flatMap(({ name }) => (name !== undefined && all.includes(name) ? [name] : []));
  for (const to of change.grantees) {
    const one = { to, privileges, by: undefined, grantOption: change.grantOption };
    grants = change.grant ? granted(grants, one) : revoked(grants, one);
  }
  return tidy(grants, as === "column" ? as : kind, role, scene.catalog.major);
}

const defaults: { readonly [type: string]: readonly [DefaultObjects, Kind] | undefined } = {
  OBJECT_FUNCTION: ["functions", "function"],
  OBJECT_ROUTINE: ["functions", "function"],
  OBJECT_SCHEMA: ["schemas", "schema"],
  OBJECT_SEQUENCE: ["sequences", "sequence"],
  OBJECT_TABLE: ["tables", "table"],
  OBJECT_TYPE: ["types", "domain"],
};
