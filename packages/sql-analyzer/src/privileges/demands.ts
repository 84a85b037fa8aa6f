// Owns what each statement demands of the role that runs it: one line for each node of the grammar.
// https://www.postgresql.org/docs/current/ddl-priv.html
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyAlone, schemaOf } from "../catalog/keys.ts";
import {
  findObject,
  findRelation,
  findRoutine,
  findType,
  homeOf,
  isTemporary,
  nameOf,
  rangeName,
  roleOf,
  type Name,
} from "../fold/names.ts";
import type { Scene } from "../fold/scene.ts";
import { elements, fields, items, optionOn, optionText, tagged, text } from "../fold/tree.ts";
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import type { Standing } from "./standing.ts";
import {
  needsSuperuser,
  noCreateOnDatabase,
  noCreateRole,
  noPrivilege,
  notMember,
  notOwner,
  reservedRole,
  type Lack,
} from "./words.ts";

/** Where a statement stands. */
export interface Here {
  readonly scene: Scene;
  readonly standing: Standing;
  /** Something before it could not be read, and may have granted anything. */
  readonly blind: boolean;
}

type Demand = (here: Here, node: Fields) => readonly (Lack | undefined)[];

/** What the role lacks to run a statement. */
export function demandsOf(here: Here, ast: Node): readonly Lack[] {
  const [tag, node] = tagged(ast);
  // What is not there is not there for superusers either.
  if (tag === "CreateExtensionStmt") return withoutHoles(createExtension(here, node));
  const demand = demands[tag];
  if (demand === undefined || here.blind) return [];
  if (here.standing.isSuperuser(here.scene.role) !== false) return [];
  return withoutHoles(demand(here, node));
}

function withoutHoles(lacks: readonly (Lack | undefined)[]): readonly Lack[] {
  return lacks.filter((lack) => lack !== undefined);
}

function mayCreateIn({ scene, standing }: Here, name: Name): Lack | undefined {
  if (isTemporary(scene, name)) return undefined;
  const schema = standing.fact(homeOf(scene, name));
  if (schema === undefined || schema.certainty !== "exact") return undefined;
  const may = standing.has(scene.role, schema, "CREATE");
  return may === false ? noPrivilege(standing, scene.role, schema, "CREATE", name.schema ?? name.name) : undefined;
}

function mustOwn({ scene, standing }: Here, key: Key | undefined, orSchema = false): Lack | undefined {
  const fact = standing.fact(key);
  const owner = fact && standing.ownerOf(fact);
  if (fact === undefined || owner === undefined || standing.reach(scene.role).has(owner)) return undefined;
  // supautils has a list of tables of the platform on which projects may do this.
  if ((fact.kind === "policy" || fact.kind === "trigger") && standing.isLocked(fact)) return undefined;
  const schema = orSchema ? schemaOf(fact) : undefined;
  const around = schema === undefined ? undefined : standing.fact(keyAlone("schema", schema));
  if (around?.owner !== undefined && standing.reach(scene.role).has(around.owner)) return undefined;
  return notOwner(standing, scene.role, fact, owner);
}

function mustHave({ scene, standing }: Here, key: Key | undefined, privilege: string): Lack | undefined {
  const fact = standing.fact(key);
  if (fact === undefined || fact.certainty !== "exact" || standing.has(scene.role, fact, privilege) !== false)
    return undefined;
  const reach = standing.reach(scene.role);
  if (reach.has("pg_write_all_data") && /^(?:INSERT|UPDATE|DELETE)$/.test(privilege)) return undefined;
  const onColumns = standing.catalog
    .children(fact.key, "column")
    .some(({ grants }) => grants?.some(({ to }) => to === "public" || reach.has(to)));
  return onColumns ? undefined : noPrivilege(standing, scene.role, fact, privilege);
}

/** Foreign keys want REFERENCES on the tables that they refer to. */
function mayRefer(here: Here, elementsOf: Value | undefined): readonly (Lack | undefined)[] {
  return nodes(elementsOf)
    .flatMap((node) => [node, ...nodes(fields(node["ColumnDef"])["constraints"])])
    .map((node) => fields(node["Constraint"]))
    .filter(({ contype }) => contype === "CONSTR_FOREIGN")
    .map(({ pktable }) => mustHave(here, relation(here, pktable), "REFERENCES"));
}

function mustBe({ scene, standing }: Here, role: string): Lack | undefined {
  // A role that is not there is another matter.
  if (standing.fact(keyAlone("role", role)) === undefined || standing.reach(scene.role).has(role)) return undefined;
  return notMember(scene.role, role);
}

/** For superusers; `unless`: where supautils lets the role of Supabase's projects do it. */
function superuserOnly({ scene, standing }: Here, what: string, unless = false): Lack | undefined {
  return unless && standing.abilities.supabase ? undefined : needsSuperuser(standing, scene.role, what);
}

const relation = ({ scene }: Here, range: Value | undefined): Key | undefined =>
  findRelation(scene, rangeName(fields(range)));

function createRelation(here: Here, range: Value | undefined): Lack | undefined {
  const node = fields(range);
  return node["relpersistence"] === "t" ? undefined : mayCreateIn(here, rangeName(node));
}

const owned =
  (field: string): Demand =>
  (here, node) => [mustOwn(here, relation(here, node[field]))];

const writes =
  (privilege: string): Demand =>
  (here, node) => [mustHave(here, relation(here, node["relation"]), privilege)];

function createView(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const existing = node["replace"] === true ? relation(here, node["view"]) : undefined;
  return [createRelation(here, node["view"]) ?? mustOwn(here, existing)];
}

function createFunction(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const name = nameOf(node["funcname"]);
  const options = elements(node["options"]);
  const language = optionText(options.get("language"))?.toLowerCase();
  const parameters = node["parameters"];
  const existing =
    node["replace"] === true
      ? findRoutine(here.scene, {
          objname: node["funcname"],
          objfuncargs: parameters ?? [],
          objargs: [],
        } as unknown as Fields)
      : undefined;
  return [
    mayCreateIn(here, name) ?? mustOwn(here, existing),
    language === "c" || language === "internal" ? superuserOnly(here, `a function in language ${language}`) : undefined,
    optionOn(options.get("leakproof")) ? superuserOnly(here, "LEAKPROOF") : undefined,
  ];
}

function createExtension(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const { scene, standing, blind } = here;
  const name = text(node["extname"]) ?? "";
  const { extensions, supabase, createsSchemas, role } = standing.abilities;
  if (extensions === undefined || standing.fact(keyAlone("extension", name)) !== undefined) return [];
  const found = extensions.find((one) => one.name === name);
  if (found === undefined) {
    return [
      {
        code: "EXTENSION_NOT_AVAILABLE",
        message: `extension ${name} is not available on this server`,
        help: "See pg_available_extensions for those that are; install its package on the server, or leave it out.",
        name,
      },
    ];
  }
  if (blind || supabase || standing.isSuperuser(scene.role) !== false) return [];
  if (!found.trusted) return [superuserOnly(here, `extension ${name}, which is not trusted,`)];
  return [scene.role === role && !createsSchemas ? noCreateOnDatabase(scene.role) : undefined];
}

function onDatabase({ scene, standing }: Here): Lack | undefined {
  const { role, createsSchemas } = standing.abilities;
  return scene.role === role && !createsSchemas ? noCreateOnDatabase(role) : undefined;
}

/** What DROP, COMMENT, ALTER … OWNER and the like name must be one's own. */
function object(here: Here, type: Value | undefined, value: Value | undefined, drops = false): Lack | undefined {
  return unownable.has(String(type)) ? undefined : mustOwn(here, findObject(here.scene, type, value), drops);
}

// Whose they are the catalog does not say, or others than their owner may do it.
const unownable = new Set([
  "OBJECT_DATABASE",
  "OBJECT_EXTENSION",
  "OBJECT_ROLE",
  "OBJECT_LANGUAGE",
  "OBJECT_LARGEOBJECT",
]);

function rename(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const type = node["renameType"];
  if (type === "OBJECT_ROLE") return [changeRole(here, text(node["subname"]) ?? "", false)];
  if (type === "OBJECT_SCHEMA") return [mustOwn(here, keyAlone("schema", text(node["subname"]) ?? ""))];
  if (type === "OBJECT_POLICY" || type === "OBJECT_TRIGGER") return [];
  return [
    node["relation"] === undefined
      ? object(here, type, node["object"])
      : mustOwn(here, relation(here, node["relation"])),
  ];
}

function objectOrRelation(here: Here, node: Fields): Lack | undefined {
  return node["relation"] === undefined
    ? object(here, node["objectType"], node["object"])
    : mustOwn(here, relation(here, node["relation"]));
}

// https://github.com/supabase/supautils#reserved-roles; those of the second list keep their attributes, but take settings.
const reserved = /^(?:supabase_\w*admin|dashboard_user|pgbouncer|supabase_replication_admin|supabase_etl_admin)$/;
const reservedButForSettings = /^(?:anon|authenticated|authenticator|service_role)$/;
const reservedMemberships = new Set(["pg_read_server_files", "pg_write_server_files", "pg_execute_server_program"]);

function changeRole({ scene, standing }: Here, role: string, settings: boolean): Lack | undefined {
  const own = standing.fact(keyAlone("role", scene.role));
  const there = standing.fact(keyAlone("role", role));
  if (role !== scene.role && there !== undefined && own?.kind === "role" && own.createRole !== true)
    return noCreateRole(scene.role, role);
  if (!standing.abilities.supabase) return undefined;
  return reserved.test(role) || (!settings && reservedButForSettings.test(role)) ? reservedRole(role) : undefined;
}

function roleAttributes(here: Here, node: Fields): Lack | undefined {
  return optionOn(elements(node["options"]).get("superuser")) ? superuserOnly(here, "SUPERUSER") : undefined;
}

function createRole(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const { scene, standing } = here;
  const own = standing.fact(keyAlone("role", scene.role));
  if (own?.kind !== "role") return [];
  return [own.createRole === true ? roleAttributes(here, node) : noCreateRole(scene.role, text(node["role"]) ?? "")];
}

function set(here: Here, node: Fields): readonly (Lack | undefined)[] {
  const { scene, standing } = here;
  if (node["kind"] !== "VAR_SET_VALUE") return [];
  const [, value] = tagged(nodes(node["args"])[0]);
  const word = text(fields(value["sval"])["sval"]) ?? text(fields(value["sval"])["str"]) ?? text(value["sval"]);
  switch (node["name"]) {
    case "session_replication_role":
      return [superuserOnly(here, "session_replication_role", true)];
    case "session_authorization":
      if (word === undefined || word === scene.login || standing.isSuperuser(scene.login) !== false) return [];
      return [needsSuperuser(standing, scene.login, "SET SESSION AUTHORIZATION")];
    case "role": {
      if (word === undefined || word === "none") return [];
      const to = standing.fact(keyAlone("role", word));
      const may = standing.isSuperuser(scene.login) !== false || standing.reach(scene.login).has(word);
      return to === undefined || may ? [] : [notMember(scene.login, word)];
    }
    default:
      return [];
  }
}

function copy(here: Here, node: Fields): readonly (Lack | undefined)[] {
  if (text(node["filename"]) === undefined) return [];
  const reading = node["is_from"] === true;
  const program = node["is_program"] === true;
  const needed = program ? "pg_execute_server_program" : reading ? "pg_read_server_files" : "pg_write_server_files";
  const may = here.standing.reach(here.scene.role).has(needed);
  return [may ? undefined : superuserOnly(here, program ? "COPY … PROGRAM" : "COPY with a file of the server")];
}

const demands: { readonly [tag: string]: Demand | undefined } = {
  AlterDefaultPrivilegesStmt: (here, node) =>
    items(elements(node["options"]).get("roles")?.["arg"]).map((role) => mustBe(here, roleOf(here.scene, role))),
  AlterDomainStmt: (here, node) => [mustOwn(here, findType(here.scene, nameOf(node["typeName"])))],
  AlterEnumStmt: (here, node) => [mustOwn(here, findType(here.scene, nameOf(node["typeName"])))],
  AlterEventTrigStmt: (here) => [superuserOnly(here, "an event trigger", true)],
  AlterFunctionStmt: (here, node) => [mustOwn(here, findRoutine(here.scene, fields(node["func"])))],
  AlterObjectSchemaStmt: (here, node) => [
    objectOrRelation(here, node) ?? mayCreateIn(here, { schema: text(node["newschema"]), name: "" }),
  ],
  AlterOwnerStmt: (here, node) => [objectOrRelation(here, node) ?? mustBe(here, roleOf(here.scene, node["newowner"]))],
  AlterPolicyStmt: (here, node) => [policy(here, node["table"])],
  AlterPublicationStmt: (here, node) => [mustOwn(here, keyAlone("publication", text(node["pubname"]) ?? ""))],
  AlterRoleSetStmt: (here, node) =>
    node["role"] === undefined ? [] : [changeRole(here, roleOf(here.scene, node["role"]), true)],
  AlterRoleStmt: (here, node) => [
    changeRole(here, roleOf(here.scene, node["role"]), false) ?? roleAttributes(here, node),
  ],
  AlterSeqStmt: owned("sequence"),
  AlterSystemStmt: (here) => [superuserOnly(here, "ALTER SYSTEM")],
  AlterTableStmt: (here, node) => [
    mustOwn(here, relation(here, node["relation"])),
    ...nodes(node["cmds"])
      .map((command) => fields(command["AlterTableCmd"])["def"])
      .flatMap((def) => mayRefer(here, def === undefined ? undefined : ([def] as unknown as Value))),
    ...nodes(node["cmds"])
      .map((command) => fields(command["AlterTableCmd"]))
      .filter(({ subtype }) => subtype === "AT_ChangeOwner")
      .map(({ newowner }) => mustBe(here, roleOf(here.scene, newowner))),
  ],
  CommentStmt: (here, node) => [object(here, node["objtype"], node["object"])],
  CompositeTypeStmt: (here, node) => [createRelation(here, node["typevar"])],
  CopyStmt: copy,
  CreateAmStmt: (here) => [superuserOnly(here, "an access method")],
  CreateCastStmt: (here, node) => [
    node["func"] === undefined && node["inout"] !== true ? superuserOnly(here, "a cast without a function") : undefined,
  ],
  CreateDomainStmt: (here, node) => [mayCreateIn(here, nameOf(node["domainname"]))],
  CreateEnumStmt: (here, node) => [mayCreateIn(here, nameOf(node["typeName"]))],
  CreateEventTrigStmt: (here) => [superuserOnly(here, "an event trigger", true)],
  CreateFdwStmt: (here) => [superuserOnly(here, "a foreign data wrapper", true)],
  CreateForeignTableStmt: (here, node) => [createRelation(here, fields(node["base"])["relation"])],
  CreateFunctionStmt: createFunction,
  CreateOpClassStmt: (here) => [superuserOnly(here, "an operator class")],
  CreateOpFamilyStmt: (here) => [superuserOnly(here, "an operator family")],
  CreatePolicyStmt: (here, node) => [policy(here, node["table"])],
  CreatePublicationStmt: (here, node) => [
    node["for_all_tables"] === true ? superuserOnly(here, "a publication of all tables", true) : onDatabase(here),
  ],
  CreateRangeStmt: (here, node) => [mayCreateIn(here, nameOf(node["typeName"]))],
  CreateRoleStmt: createRole,
  CreateSchemaStmt: (here, node) => [
    onDatabase(here) ??
      (node["authrole"] === undefined ? undefined : mustBe(here, roleOf(here.scene, node["authrole"]))),
  ],
  CreateSeqStmt: (here, node) => [createRelation(here, node["sequence"])],
  CreateStmt: (here, node) => [
    createRelation(here, node["relation"]),
    ...mayRefer(here, node["tableElts"]),
    ...items(node["inhRelations"]).map((parent) => mustOwn(here, relation(here, parent["RangeVar"]))),
  ],
  CreateTableAsStmt: (here, node) => {
    const into = fields(fields(node["into"])["rel"]);
    const skipped = node["if_not_exists"] === true && relation(here, into) !== undefined;
    return [skipped ? undefined : createRelation(here, into)];
  },
  CreateTableSpaceStmt: (here) => [superuserOnly(here, "a tablespace")],
  CreateTrigStmt: (here, node) => {
    const table = here.standing.fact(relation(here, node["relation"]));
    return [table === undefined || here.standing.isLocked(table) ? undefined : mustHave(here, table.key, "TRIGGER")];
  },
  DefineStmt: (here, node) =>
    node["kind"] === "OBJECT_TYPE" && nodes(node["definition"]).length > 0
      ? [superuserOnly(here, "a base type")]
      : [mayCreateIn(here, nameOf(node["defnames"]))],
  DeleteStmt: writes("DELETE"),
  DropRoleStmt: (here, node) => nodes(node["roles"]).map((role) => changeRole(here, roleOf(here.scene, role), false)),
  DropStmt: (here, node) =>
    nodes(node["objects"]).map((one) => object(here, node["removeType"], one as unknown as Value, true)),
  GrantRoleStmt: (here, node) =>
    here.standing.abilities.supabase && node["is_grant"] === true
      ? nodes(node["granted_roles"])
          .map((role) => text(fields(role["AccessPriv"])["priv_name"]) ?? "")
          .map((role) => (reservedMemberships.has(role) ? reservedRole(role) : undefined))
      : [],
  IndexStmt: owned("relation"),
  InsertStmt: writes("INSERT"),
  RenameStmt: rename,
  RuleStmt: owned("relation"),
  TruncateStmt: (here, node) =>
    nodes(node["relations"]).map((one) => mustHave(here, relation(here, one["RangeVar"]), "TRUNCATE")),
  UpdateStmt: writes("UPDATE"),
  VariableSetStmt: set,
  ViewStmt: createView,
};

function policy(here: Here, range: Value | undefined): Lack | undefined {
  const table: Fact | undefined = here.standing.fact(relation(here, range));
  return table === undefined || here.standing.isLocked(table) ? undefined : mustOwn(here, table.key);
}
