// Owns which names each kind of statement has: one line for each node of the grammar.
import { type Name, nameOf, rangeName } from "../fold/names.ts";
import { fields, items, strings, tagged, text } from "../fold/tree.ts";
import { nodes, type Value } from "../grammar.ts";
import { alterObject, defaultPrivileges, grant, rename } from "./alterations.ts";
import { checkDo, checkFunctionBody } from "./bodies.ts";
import { checkCall, checkExpression, checkType, reportRoutine } from "./expressions.ts";
import { type Here, reportMissing } from "./here.ts";
import { afterWord, type Check, checkAlone, checkNamed } from "./lookups.ts";
import { checkObject, checkRoutineObject } from "./objects.ts";
import { checkPath } from "./paths.ts";
import { checkIndexElements, checkRelation, checkStatementInside } from "./queries.ts";
import { scopeIn } from "./scope.ts";
import {
  checkAlterTable,
  checkColumnDef,
  checkCreateTable,
  checkHome,
  checkNames,
  checkPart,
  checkRole,
  checkRoleNamed,
  checkRoles,
  relationOf,
} from "./tables.ts";

/** Checks every name in a statement that it does not make itself. */
export function checkStatement(here: Here, tree: Value | undefined): void {
  const [tag, node] = tagged(tree);
  checks[tag]?.(here, node);
}

const query: (tag: string) => Check = (tag) => (here, node) => {
  checkStatementInside(here, { [tag]: node }, here.variables);
};

/** A function that has no arguments where it is named: a trigger's. */
function checkBareRoutine(here: Here, list: Value | undefined, from: number): void {
  const name: Name = nameOf(list);
  const found = here.known.routine(name, 0);
  const names = strings(list);
  const spans = here.source.findDotted(names, from);
  if ("missing" in found)
    reportRoutine(here, name, found, 0, (index, part) => spans?.[index] ?? here.source.find(part, from));
}

const createView: Check = (here, node) => {
  const view = fields(node["view"]);
  checkHome(here, text(view["schemaname"]), view["location"]);
  checkStatementInside(here, node["query"], here.variables);
};

const createTableAs: Check = (here, node) => {
  const into = fields(fields(node["into"])["rel"]);
  const name = rangeName(into);
  checkHome(here, name.schema, into["location"]);
  if (node["if_not_exists"] === true && !("missing" in here.known.table(name))) return;
  checkStatementInside(here, node["query"], here.variables);
};

const createIndex: Check = (here, node) => {
  const item = checkRelation(here, node["relation"], undefined);
  const relation = fields(node["relation"]);
  const scope = scopeIn(here.variables, [item]);
  checkIndexElements(here, node["indexParams"], item, scope, relation["location"]);
  checkIndexElements(here, node["indexIncludingParams"], item, scope, relation["location"]);
  checkExpression(here, node["whereClause"], scope);
};

const createPolicy: Check = (here, node) => {
  const item = checkRelation(here, node["table"], undefined);
  const scope = scopeIn(here.variables, [item]);
  checkRoles(here, node["roles"]);
  checkExpression(here, node["qual"], scope);
  checkExpression(here, node["with_check"], scope);
};

const alterPolicy: Check = (here, node) => {
  const relation = relationOf(here, node["table"], false);
  const name = text(node["policy_name"]) ?? "";
  if (relation?.key !== undefined)
    checkPart(here, "policy", relation.key, name, here.source.find(name, afterWord(here, "policy")));
  const scope = scopeIn(here.variables, relation === undefined ? [] : [relation.item]);
  checkRoles(here, node["roles"]);
  if (relation === undefined) return;
  checkExpression(here, node["qual"], scope);
  checkExpression(here, node["with_check"], scope);
};

const createTrigger: Check = (here, node) => {
  const item = checkRelation(here, node["relation"], undefined);
  checkNames(here, node["columns"], item, afterWord(here, "of"));
  if (node["constrrel"] !== undefined) checkRelation(here, node["constrrel"], undefined);
  const rows = ["old", "new"].map((alias) => ({ alias, columns: item.columns }));
  checkExpression(here, node["whenClause"], { ...scopeIn(here.variables, rows) });
  checkBareRoutine(here, node["funcname"], afterWord(here, "execute"));
};

const createRule: Check = (here, node) => {
  const item = checkRelation(here, node["relation"], undefined);
  const rows = ["old", "new"].map((alias) => ({ alias, columns: item.columns }));
  const scope = scopeIn(here.variables, rows);
  checkExpression(here, node["whereClause"], scope);
  for (const action of nodes(node["actions"])) checkStatementInside(here, action, scope);
};

const createFunction: Check = (here, node) => {
  const schema = nameOf(node["funcname"]).schema;
  if (schema !== undefined) {
    const missing = here.known.schema(schema);
    if (missing !== undefined) {
      reportMissing(here, "schema", { schema, name: schema }, missing, () =>
        here.source.find(schema, afterWord(here, "create")),
      );
    }
  }
  for (const { FunctionParameter: parameter } of nodes(node["parameters"])) {
    checkType(here, fields(parameter?.["argType"]));
    checkExpression(here, parameter?.["defexpr"], scopeIn(undefined));
  }
  checkType(here, fields(node["returnType"]));
  checkFunctionBody(here, node);
};

const drop: Check = (here, node) => {
  if (node["missing_ok"] === true) return;
  let from = afterWord(here, "drop");
  for (const object of nodes(node["objects"])) from = checkObject(here, node["removeType"], object, from);
};

const comment: Check = (here, node) => {
  checkObject(here, node["objtype"] ?? node["objectType"], node["object"], afterWord(here, "on"));
};

const relations: Check = (here, node) => {
  for (const { RangeVar: relation } of nodes(node["relations"])) if (relation) checkRelation(here, relation, undefined);
};

const sequenceOptions: Check = (here, node) => {
  for (const { DefElem: option } of nodes(node["options"])) {
    if (option?.["defname"] !== "owned_by") continue;
    const names = strings(items(option["arg"]));
    if (names.length > 1)
      checkObject(here, "OBJECT_COLUMN", { List: { items: items(option["arg"]) } }, here.source.at(option["location"]));
  }
};

const publicationTables: Check = (here, node) => {
  for (const { PublicationObjSpec: spec } of nodes(node["pubobjects"])) {
    const table = fields(spec?.["pubtable"]);
    if (table["relation"] !== undefined) {
      const item = checkRelation(here, table["relation"], undefined);
      checkNames(here, table["columns"], item, here.source.at(fields(table["relation"])["location"]));
      checkExpression(here, table["whereClause"], scopeIn(undefined, [item]));
    }
    const schema = text(spec?.["name"]);
    if (schema !== undefined) checkAlone(here, "schema", schema, here.source.at(spec?.["location"]));
  }
};

const checks: { readonly [tag: string]: Check | undefined } = {
  SelectStmt: query("SelectStmt"),
  InsertStmt: query("InsertStmt"),
  UpdateStmt: query("UpdateStmt"),
  DeleteStmt: query("DeleteStmt"),
  MergeStmt: query("MergeStmt"),
  ExplainStmt: (here, node) => checkStatement(here, node["query"]),
  DeclareCursorStmt: (here, node) => checkStatement(here, node["query"]),
  CreateStmt: checkCreateTable,
  CreateForeignTableStmt: (here, node) => checkCreateTable(here, fields(node["base"])),
  CreateTableAsStmt: createTableAs,
  AlterTableStmt: checkAlterTable,
  ViewStmt: createView,
  RefreshMatViewStmt: (here, node) => void checkRelation(here, node["relation"], undefined),
  IndexStmt: createIndex,
  CreatePolicyStmt: createPolicy,
  AlterPolicyStmt: alterPolicy,
  CreateTrigStmt: createTrigger,
  CreateEventTrigStmt: (here, node) => checkBareRoutine(here, node["funcname"], afterWord(here, "execute")),
  RuleStmt: createRule,
  CreateFunctionStmt: createFunction,
  AlterFunctionStmt: (here, node) => void checkRoutineObject(here, fields(node["func"]), afterWord(here, "alter")),
  DoStmt: checkDo,
  CallStmt: (here, node) => {
    const call = fields(node["funccall"]);
    checkCall(here, call, undefined);
    checkExpression(here, call["args"], scopeIn(here.variables));
  },
  DropStmt: drop,
  CommentStmt: comment,
  SecLabelStmt: comment,
  AlterOwnerStmt: alterObject,
  AlterObjectSchemaStmt: alterObject,
  RenameStmt: rename,
  GrantStmt: grant,
  GrantRoleStmt: (here, node) => {
    for (const { AccessPriv: granted } of nodes(node["granted_roles"])) {
      const name = text(granted?.["priv_name"]);
      if (name !== undefined)
        checkRoleNamed(
          here,
          name,
          here.source.find(name, afterWord(here, node["is_grant"] === true ? "grant" : "revoke")),
        );
    }
    checkRoles(here, node["grantee_roles"]);
  },
  AlterDefaultPrivilegesStmt: defaultPrivileges,
  AlterRoleStmt: (here, node) => checkRole(here, node["role"]),
  AlterRoleSetStmt: (here, node) => checkRole(here, node["role"]),
  DropRoleStmt: (here, node) => {
    if (node["missing_ok"] !== true) checkRoles(here, node["roles"]);
  },
  DropOwnedStmt: (here, node) => checkRoles(here, node["roles"]),
  ReassignOwnedStmt: (here, node) => {
    checkRoles(here, node["roles"]);
    checkRole(here, node["newrole"]);
  },
  VariableSetStmt: (here, node) => {
    checkPath(here, node);
    const [constant] = nodes(node["args"]);
    const role = text(fields(fields(constant?.["A_Const"])["sval"])["sval"]);
    if (node["name"] !== "role" || role === undefined || role === "none") return;
    checkRoleNamed(here, role, here.source.find(role) ?? here.source.findString(role));
  },
  TruncateStmt: relations,
  LockStmt: relations,
  VacuumStmt: (here, node) => {
    for (const { VacuumRelation: each } of nodes(node["rels"])) {
      if (each?.["relation"] === undefined) continue;
      const item = checkRelation(here, each["relation"], undefined);
      checkNames(here, each["va_cols"], item, here.source.at(fields(each["relation"])["location"]));
    }
  },
  ClusterStmt: (here, node) => {
    if (node["relation"] !== undefined) checkRelation(here, node["relation"], undefined);
  },
  ReindexStmt: (here, node) => {
    if (node["kind"] === "REINDEX_OBJECT_TABLE") checkRelation(here, node["relation"], undefined);
    if (node["kind"] === "REINDEX_OBJECT_INDEX") checkNamed(here, "index", fields(node["relation"]));
    if (node["kind"] === "REINDEX_OBJECT_SCHEMA") checkAlone(here, "schema", text(node["name"]));
  },
  CopyStmt: (here, node) => {
    if (node["query"] !== undefined) checkStatement(here, node["query"]);
    if (node["relation"] === undefined) return;
    const item = checkRelation(here, node["relation"], undefined);
    checkNames(here, node["attlist"], item, here.source.at(fields(node["relation"])["location"]));
  },
  CreateSeqStmt: (here, node) => {
    const sequence = fields(node["sequence"]);
    checkHome(here, text(sequence["schemaname"]), sequence["location"]);
    if (node["if_not_exists"] !== true) sequenceOptions(here, node);
  },
  AlterSeqStmt: (here, node) => {
    if (node["missing_ok"] !== true) checkNamed(here, "sequence", fields(node["sequence"]));
    sequenceOptions(here, node);
  },
  CreateDomainStmt: (here, node) => {
    checkAlone(here, "schema", nameOf(node["domainname"]).schema, afterWord(here, "domain"));
    checkType(here, fields(node["typeName"]));
    const own = { alias: "", columns: { names: new Set(["value"]) } };
    for (const { Constraint: constraint } of nodes(node["constraints"])) {
      checkExpression(here, constraint?.["raw_expr"], scopeIn(here.variables, [own]));
    }
  },
  AlterDomainStmt: (here, node) => {
    const object = nodes(node["typeName"]);
    void checkObject(here, "OBJECT_DOMAIN", { List: { items: object } }, afterWord(here, "domain"));
    const own = { alias: "", columns: { names: new Set(["value"]) } };
    const constraint = fields(fields(node["def"])["Constraint"]);
    checkExpression(here, constraint["raw_expr"], scopeIn(here.variables, [own]));
  },
  CreateEnumStmt: (here, node) => checkAlone(here, "schema", nameOf(node["typeName"]).schema, afterWord(here, "type")),
  CreateRangeStmt: (here, node) => checkAlone(here, "schema", nameOf(node["typeName"]).schema, afterWord(here, "type")),
  CompositeTypeStmt: (here, node) => {
    const type = fields(node["typevar"]);
    checkHome(here, text(type["schemaname"]), type["location"]);
    const own = { alias: "", columns: { names: undefined } };
    for (const { ColumnDef: column } of nodes(node["coldeflist"])) {
      if (column) checkColumnDef(here, column, own, scopeIn(undefined), { schema: undefined, name: "" });
    }
  },
  AlterEnumStmt: (here, node) =>
    void checkObject(here, "OBJECT_TYPE", { List: { items: nodes(node["typeName"]) } }, afterWord(here, "type")),
  CreatePublicationStmt: publicationTables,
  AlterPublicationStmt: (here, node) => {
    checkAlone(here, "publication", text(node["pubname"]), afterWord(here, "publication"));
    publicationTables(here, node);
  },
  CreateStatsStmt: (here, node) => {
    const [relation] = nodes(node["relations"]);
    if (relation?.["RangeVar"] === undefined) return;
    const item = checkRelation(here, relation["RangeVar"], undefined);
    checkIndexElements(here, node["exprs"], item, scopeIn(undefined, [item]), 0);
  },
  DefineStmt: (here, node) => {
    const names = strings(node["defnames"]);
    if (names.length > 1) checkAlone(here, "schema", names.at(-2));
  },
  AlterTSConfigurationStmt: (here, node) => {
    checkObject(here, "OBJECT_TSCONFIGURATION", node["cfgname"], afterWord(here, "configuration"));
  },
  CreateSchemaStmt: (here, node) => {
    if (node["authrole"] !== undefined) checkRole(here, node["authrole"]);
  },
  CreateExtensionStmt: (here, node) => {
    for (const { DefElem: option } of nodes(node["options"])) {
      if (option?.["defname"] !== "schema") continue;
      const name = text(fields(fields(option["arg"])["String"])["sval"]);
      if (!here.known.scene.catalog.has(`extension ${text(node["extname"])}`))
        checkAlone(here, "schema", name, here.source.at(option["location"]));
    }
  },
  AlterExtensionStmt: (here, node) =>
    checkAlone(here, "extension", text(node["extname"]), afterWord(here, "extension")),
};
