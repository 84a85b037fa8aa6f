// Owns ALTER TABLE and its kin: every sub-command, in order.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import type { Enabled } from "../catalog/relations.ts";
import { type Fields, nodes } from "../grammar.ts";
import { addColumn, alterColumn, changedOptions, columnsOf } from "./columns.ts";
import { addConstraints, alterConstraint, type PendingConstraint } from "./constraints.ts";
import { drop } from "./drop.ts";
import { alterComposite } from "./composites.ts";
import { optionsAfter } from "./foreign.ts";
import { attach, detach, disinherit, doubtIndexes, dropColumn, handDownConstraints } from "./inheritance.ts";
import { findRelation, findTable, findType, rangeName, roleOf } from "./names.ts";
import { childrenOf, descendantsOf, renewCopies } from "./partitions.ts";
import { changeOwner } from "./owners.ts";
import { doubtStars } from "./query-columns.ts";
import type { Fold, Scene } from "./scene.ts";
import { inheritColumns } from "./tables.ts";
import { fields, scalar, strings, text } from "./tree.ts";
import { enableTriggers } from "./triggers.ts";
import { serialType } from "./type-names.ts";

export const foldAlterTable: Fold = (scene, node) => {
  const rangeVar = fields(node["relation"]);
  const relation =
    node["objtype"] === "OBJECT_TYPE" ? findType(scene, rangeName(rangeVar)) : findRelation(scene, rangeName(rangeVar));
  if (relation === undefined) return;
  const commands = nodes(node["cmds"]).map((each) => fields(each["AlterTableCmd"]));
  const { cutter } = scene;
  const stretches = cutter.list(0, cutter.tokens.length);
  const only = rangeVar["inh"] !== true;
  const pending: PendingConstraint[] = [];
  for (const [index, command] of commands.entries()) {
    const stretch = stretches[index] ?? [0, cutter.tokens.length];
    for (const target of only ? [relation] : [relation, ...descendants(scene, relation, command)]) {
      pending.push(...alter(scene, target, command, stretch, target !== relation, only));
    }
    const column = keyIn(relation, "column", text(command["name"]) ?? "");
    if (command["subtype"] === "AT_AlterColumnType") renewCopies(scene, column);
    if (identities.has(String(command["subtype"]))) shareIdentity(scene, relation, column);
  }
  // Postgres works in passes: all columns first, then indexes, then foreign keys.
  addConstraints(scene, relation, pending);
  if (only) doubtIndexes(scene, relation, pending);
  else {
    handDownConstraints(scene, relation);
    handDownNotNull(scene, relation, pending);
  }
};

const identities = new Set(["AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity"]);

/** From Postgres 17 on a partition's identity is its table's. */
function shareIdentity(scene: Scene, table: Key, column: Key): void {
  const fact = scene.catalog.as(column, "column");
  if (fact === undefined || scene.catalog.as(table, "table")?.partitionBy === undefined) return;
  const { identity, notNull } = fact;
  for (const partition of descendantsOf(scene, table))
    scene.change(keyIn(partition, "column", fact.name), { identity, notNull });
}

/** What a primary key makes NOT NULL is so in all that inherit, which get no key. */
function handDownNotNull(scene: Scene, table: Key, pending: readonly PendingConstraint[]): void {
  for (const { node, column } of pending) {
    if (node["contype"] !== "CONSTR_PRIMARY") continue;
    const columns = column === undefined ? strings(node["keys"]) : [column];
    for (const child of descendantsOf(scene, table))
      for (const name of columns) scene.change(keyIn(child, "column", name), { notNull: true });
  }
}

// Only what columns are is handed down at once; constraints follow at the end.
const recursive = new Set([
  "AT_AddColumn",
  "AT_AlterColumnType",
  "AT_ColumnDefault",
  "AT_SetNotNull",
  "AT_DropNotNull",
  "AT_DropConstraint",
  "AT_ValidateConstraint",
  "AT_SetStorage",
  "AT_SetStatistics",
  "AT_SetExpression",
  "AT_DropExpression",
]);

function descendants(scene: Scene, table: Key, command: Fields): readonly Key[] {
  return recursive.has(String(command["subtype"])) ? descendantsOf(scene, table) : [];
}

function alter(
  scene: Scene,
  table: Key,
  command: Fields,
  stretch: readonly [number, number],
  inherited: boolean,
  only: boolean,
): readonly PendingConstraint[] {
  const name = text(command["name"]) ?? "";
  const column = keyIn(table, "column", name);
  const cascade = command["behavior"] === "DROP_CASCADE";
  const fact = scene.catalog.get(table);
  if (fact === undefined) return [];
  if (fact.kind === "composite type") {
    alterComposite(scene, fact, command, name, cascade);
    return [];
  }
  if (fact.kind === "index" && command["subtype"] === "AT_SetStatistics") {
    scene.change(table, { keys: withStatistics(fact, Number(command["num"]), Number(scalar(command["def"]) ?? -1)) });
    return [];
  }
  if (alterColumn(scene, column, command, stretch)) return [];
  const { def } = command;
  switch (command["subtype"]) {
    case "AT_AddColumn": {
      const node = fields(fields(def)["ColumnDef"]);
      const key = keyIn(table, "column", text(node["colname"]) ?? "");
      // Without IF NOT EXISTS the server would have refused.
      if (scene.catalog.has(key)) {
        if (command["missing_ok"] !== true && !inherited) scene.refuse(key);
        return [];
      }
      // The sequence of a serial or identity column is one for all that inherit it.
      if (inherited && hasSequence(node) && "inherits" in fact) {
        for (const parent of fact.inherits ?? []) inheritColumns(scene, table, parent);
        doubtStars(scene, table);
        return [];
      }
      const constraints = addColumn(scene, table, node, columnsOf(scene, table).length + 1);
      if (inherited) scene.change(key, { inherited: true });
      // Of a table whose columns are not all known it is not known either which one it is.
      if (fact.certainty === "assumed") scene.catalog.change(key, "assumed", {});
      doubtStars(scene, table);
      return inherited ? [] : constraints;
    }
    case "AT_DropColumn":
      dropColumn(scene, table, name, cascade, only);
      return [];
    case "AT_AddConstraint": {
      const node = fields(fields(def)["Constraint"]);
      return [{ node, at: scene.cutter.at(Number(node["location"] ?? 0)) }];
    }
    case "AT_DropConstraint":
      if (only)
        for (const child of childrenOf(scene, table))
          scene.change(keyIn(child, "constraint", name), { inherited: undefined });
      drop(scene, keyIn(table, "constraint", name), cascade);
      return [];
    case "AT_ValidateConstraint":
    case "AT_AlterConstraint":
      alterConstraint(scene, table, command);
      return [];
    case "AT_ChangeOwner":
      changeOwner(scene, table, roleOf(scene, command["newowner"]));
      return [];
    case "AT_SetRelOptions":
    case "AT_ResetRelOptions":
    case "AT_ReplaceRelOptions":
      if ("options" in fact || optioned.has(fact.kind)) {
        const before = (fact as Fact<"table">).options;
        scene.change(table, { options: changedOptions(before, def, command["subtype"] === "AT_ResetRelOptions") });
      }
      return [];
    case "AT_ReplicaIdentity":
      scene.change(table, {
        replicaIdentity: replicaIdentity(scene, fields(fields(def)["ReplicaIdentityStmt"]), fact),
      });
      return [];
    case "AT_AttachPartition":
      attach(scene, table, fields(fields(def)["PartitionCmd"]));
      return [];
    case "AT_DetachPartition":
      detach(scene, table, fields(fields(def)["PartitionCmd"]));
      return [];
    case "AT_AddInherit": {
      const parent = findTable(scene, fields(fields(def)["RangeVar"]));
      if (parent !== undefined && (fact.kind === "table" || fact.kind === "foreign table"))
        scene.change(table, { inherits: [...(fact.inherits ?? []), parent] });
      return [];
    }
    case "AT_DropInherit": {
      const parent = findTable(scene, fields(fields(def)["RangeVar"]));
      if (fact.kind === "table" || fact.kind === "foreign table") {
        const inherits = (fact.inherits ?? []).filter((key) => key !== parent);
        scene.change(table, { inherits: inherits.length > 0 ? inherits : undefined });
        disinherit(scene, table);
      }
      return [];
    }
    case "AT_ClusterOn":
    case "AT_DropCluster":
      cluster(scene, table, command["subtype"] === "AT_ClusterOn" ? name : undefined);
      return [];
    case "AT_SetTableSpace":
      scene.change(table, { tablespace: name === "pg_default" ? undefined : name });
      return [];
    case "AT_SetAccessMethod":
      scene.change(table, { accessMethod: name === "heap" || name === "" ? undefined : name });
      return [];
    case "AT_GenericOptions":
      if (fact.kind === "foreign table") {
        const changes = fields(fields(def)["List"])["items"];
        scene.change(table, { options: optionsAfter(fact.options, changes) });
      }
      return [];
    default:
  }
  if (setFlag(scene, fact, command) || setEnabled(scene, table, command, name)) return [];
  scene.cannotRead("unknown-statement", [table]);
  return [];
}

function hasSequence(column: Fields): boolean {
  const identity = nodes(column["constraints"]).some((each) => each["Constraint"]?.["contype"] === "CONSTR_IDENTITY");
  return identity || serialType(fields(column["typeName"])) !== undefined;
}

/** The keys of an index, one of which, counted from 1, has another statistics target. */
function withStatistics({ keys }: Fact<"index">, number: number, target: number): Fact<"index">["keys"] {
  return keys.map((key, index) => {
    if (index !== number - 1) return key;
    const { statistics: _, ...rest } = key;
    return target < 0 ? rest : { ...rest, statistics: target };
  });
}

const optioned = new Set(["table", "view", "materialized view", "index"]);

const flags: { readonly [subtype: string]: object | undefined } = {
  AT_EnableRowSecurity: { rowSecurity: true },
  AT_DisableRowSecurity: { rowSecurity: undefined },
  AT_ForceRowSecurity: { forceRowSecurity: true },
  AT_NoForceRowSecurity: { forceRowSecurity: undefined },
  AT_SetLogged: { unlogged: undefined },
  AT_SetUnLogged: { unlogged: true },
  AT_DropOf: { ofType: undefined },
};

function setFlag(scene: Scene, fact: Fact, command: Fields): boolean {
  const change = flags[String(command["subtype"])];
  if (change === undefined) return false;
  scene.change(fact.key, change);
  // The sequences of a table are stored as it is. ATPrepChangePersistence in tablecmds.c
  if ("unlogged" in change && scene.catalog.major >= 15) {
    for (const { key } of columnsOf(scene, fact.key))
      for (const user of scene.catalog.users(key))
        if (user.kind === "sequence" && user.ownedBy === key) scene.change(user.key, change);
  }
  return true;
}

const enabling: { readonly [subtype: string]: Enabled | "origin" | undefined } = {
  AT_EnableTrig: "origin",
  AT_EnableAlwaysTrig: "always",
  AT_EnableReplicaTrig: "replica",
  AT_DisableTrig: "disabled",
  AT_EnableTrigAll: "origin",
  AT_DisableTrigAll: "disabled",
  AT_EnableTrigUser: "origin",
  AT_DisableTrigUser: "disabled",
  AT_EnableRule: "origin",
  AT_EnableAlwaysRule: "always",
  AT_EnableReplicaRule: "replica",
  AT_DisableRule: "disabled",
};

function setEnabled(scene: Scene, table: Key, command: Fields, name: string): boolean {
  const subtype = String(command["subtype"]);
  const state = enabling[subtype];
  if (state === undefined) return false;
  const enabled = state === "origin" ? undefined : state;
  if (subtype.endsWith("Rule")) scene.change(keyIn(table, "rule", name), { enabled });
  else if (subtype.endsWith("Trig")) enableTriggers(scene, table, name, enabled);
  else {
    enableTriggers(scene, table, undefined, enabled);
    if (subtype.endsWith("All")) disableForeignKeys(scene, table, enabled === "disabled");
  }
  return true;
}

function disableForeignKeys(scene: Scene, table: Key, off: boolean): void {
  for (const user of scene.catalog.users(table)) {
    if (user.kind !== "constraint" || user.type !== "foreign key") continue;
    const others = (user.disabledOn ?? []).filter((key) => key !== table);
    const disabledOn = off ? [...others, table].sort() : others;
    scene.change(user.key, { disabledOn: disabledOn.length > 0 ? disabledOn : undefined });
  }
}

function replicaIdentity(scene: Scene, node: Fields, fact: Fact): "full" | "nothing" | Key | undefined {
  if (node["identity_type"] === "f") return "full";
  if (node["identity_type"] === "n") return "nothing";
  return node["identity_type"] === "i" && fact.parent !== undefined
    ? keyIn(fact.parent, "index", text(node["name"]) ?? "")
    : undefined;
}

/** CLUSTER … USING, which notes the index. */
export const foldCluster: Fold = (scene, node) => {
  const table = findTable(scene, node["relation"]);
  const name = text(node["indexname"]);
  if (table !== undefined && name !== undefined) cluster(scene, table, name);
};

function cluster(scene: Scene, table: Key, name: string | undefined): void {
  for (const user of scene.catalog.users(table)) {
    if (user.kind !== "index" || user.table !== table) continue;
    if (user.name === name) scene.change(user.key, { clustered: true });
    else if (user.clustered === true) scene.change(user.key, { clustered: undefined });
  }
}
