// Owns roles: CREATE, ALTER and DROP ROLE, memberships, and settings of roles and of the database.
import type { Fact } from "../catalog/catalog.ts";
import { keyAlone } from "../catalog/keys.ts";
import type { Membership } from "../catalog/surroundings.ts";
import { type Fields, nodes } from "../grammar.ts";
import { settingsAfter } from "./functions.ts";
import { roleOf } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { elements, fields, items, optionOn, optionText, text } from "./tree.ts";

export const foldCreateRole: Fold = (scene, node) => {
  const name = text(node["role"]) ?? "";
  const key = keyAlone("role", name);
  const login = node["stmt_type"] === "ROLESTMT_USER";
  scene.add("role", { key, name }, { login, ...attributes(elements(node["options"])) });
  // https://www.postgresql.org/docs/current/role-attributes.html: who makes a role may give it away
  const maker = scene.catalog.as(keyAlone("role", scene.role), "role");
  if (scene.catalog.major >= 16 && maker !== undefined && maker.superuser !== true)
    join(scene, scene.role, name, { admin: true, inherit: false, noSet: true });
  const options = elements(node["options"]);
  for (const other of items(options.get("addroleto")?.["arg"])) join(scene, name, roleOf(scene, other));
  for (const member of items(options.get("rolemembers")?.["arg"])) join(scene, roleOf(scene, member), name);
  for (const member of items(options.get("adminmembers")?.["arg"]))
    join(scene, roleOf(scene, member), name, { admin: true });
};

export const foldAlterRole: Fold = (scene, node) => {
  const name = roleOf(scene, node["role"]);
  scene.change(keyAlone("role", name), attributes(elements(node["options"])));
  // ALTER GROUP … ADD USER, DROP USER
  for (const other of items(elements(node["options"]).get("rolemembers")?.["arg"])) {
    const member = roleOf(scene, other);
    if (node["action"] === -1) leave(scene, member, name);
    else join(scene, member, name);
  }
};

const flags: { readonly [option: string]: keyof Fact<"role"> | undefined } = {
  superuser: "superuser",
  createdb: "createDatabase",
  createrole: "createRole",
  canlogin: "login",
  isreplication: "replication",
  bypassrls: "bypassRowSecurity",
};

function attributes(options: ReadonlyMap<string, Fields>): object {
  const change: Record<string, unknown> = {};
  for (const [option, field] of Object.entries(flags)) {
    if (options.has(option)) change[field!] = optionOn(options.get(option)) ? true : undefined;
  }
  if (options.has("inherit")) change["noInherit"] = optionOn(options.get("inherit")) ? undefined : true;
  if (options.has("connectionlimit")) {
    const limit = Number(optionText(options.get("connectionlimit")));
    change["connectionLimit"] = limit < 0 ? undefined : limit;
  }
  if (options.has("validUntil")) change["validUntil"] = optionText(options.get("validUntil"));
  return change;
}

/** What is said of a membership; undefined takes an option away. */
type Options = { readonly [K in Exclude<keyof Membership, "role">]?: Membership[K] | undefined };

export const foldGrantRole: Fold = (scene, node) => {
  const said = elements(node["opt"]);
  const options: Options = {
    ...(said.has("admin") && { admin: optionOn(said.get("admin")) ? true : undefined }),
    ...(said.has("inherit") && { inherit: optionOn(said.get("inherit")) ? undefined : false }),
    ...(said.has("set") && { noSet: optionOn(said.get("set")) ? undefined : true }),
  };
  for (const grantee of nodes(node["grantee_roles"])) {
    const member = roleOf(scene, grantee);
    for (const granted of nodes(node["granted_roles"])) {
      const role = text(fields(granted["AccessPriv"])["priv_name"]) ?? "";
      // REVOKE … OPTION FOR takes the option alone.
      if (node["is_grant"] === true || said.size > 0) join(scene, member, role, options, node["is_grant"] === true);
      else leave(scene, member, role);
    }
  }
};

/** Changes a membership, or makes it where it `may` be made. */
function join(scene: Scene, member: string, role: string, options: Options = {}, may = true): void {
  const fact = scene.catalog.as(keyAlone("role", member), "role");
  const memberships = fact?.memberOf ?? [];
  const before = memberships.find((membership) => membership.role === role);
  if (before === undefined && !may) return;
  const { admin, inherit, noSet } = { ...before, ...options };
  const next: Membership = {
    role,
    ...(admin && { admin }),
    ...(inherit === false && { inherit }),
    ...(noSet && { noSet }),
  };
  const all = [...memberships.filter((membership) => membership !== before), next];
  scene.change(fact?.key, { memberOf: all.sort((a, b) => (a.role < b.role ? -1 : 1)) });
}

function leave(scene: Scene, member: string, role: string): void {
  const fact = scene.catalog.as(keyAlone("role", member), "role");
  const left = (fact?.memberOf ?? []).filter((membership) => membership.role !== role);
  scene.change(fact?.key, { memberOf: left.length > 0 ? left : undefined });
}

export const foldDropRole: Fold = (scene, node) => {
  for (const role of nodes(node["roles"])) {
    const name = roleOf(scene, role);
    scene.catalog.remove(keyAlone("role", name));
    for (const fact of scene.catalog.all()) {
      if (fact.kind === "role" && fact.memberOf?.some((membership) => membership.role === name) === true)
        leave(scene, fact.name, name);
    }
  }
};

export const foldAlterRoleSet: Fold = (scene, node) => {
  const field = node["database"] === undefined ? "settings" : "settingsHere";
  const statement = fields(node["setstmt"]);
  if (node["role"] === undefined) {
    if (field === "settingsHere") setDatabase(scene, statement);
    return;
  }
  const fact = scene.catalog.as(keyAlone("role", roleOf(scene, node["role"])), "role");
  scene.change(fact?.key, { [field]: settingsAfter(scene, fact?.[field], [statement]) });
};

export const foldAlterDatabaseSet: Fold = (scene, node) => setDatabase(scene, fields(node["setstmt"]));

// Whichever database it names, it is taken for this one: another would be no migration's.
function setDatabase(scene: Scene, statement: Fields): void {
  const fact = scene.catalog.as("database this", "database");
  scene.change(fact?.key, { settings: settingsAfter(scene, fact?.settings, [statement]) });
}
