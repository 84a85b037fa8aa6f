// Says what each sub-command of ALTER TABLE, and of its kin for views, indexes and composite types, is measured as.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import type { Act } from "./acts.ts";
import { isBuiltinType, volatilityOf } from "./builtins.ts";
import { optionsOf } from "./options.ts";
import { namesOf, relationOf } from "./relation.ts";

/** The acts of ALTER TABLE, ALTER INDEX, ALTER VIEW, ALTER TYPE …; `kind` says which of them. */
export function alterTable(fields: Fields, kind: string): readonly Act[] {
  const target = relationOf(fields["relation"]);
  const only = (fields["relation"] as Fields)["inh"] !== true;
  return nodes(fields["cmds"]).flatMap((node) => {
    const command = node["AlterTableCmd"]!;
    return actsOfCommand(command, kind === "ALTER TYPE").map(([name, other]): Act => {
      const key = `${kind} ${name}`;
      return other === undefined ? { key, target, only } : { key, target, only, other: relationOf(other) };
    });
  });
}

/** What a command is measured as, and the other relation that it names. */
type Named = readonly [name: string, other?: Value | undefined];

function actsOfCommand(command: Fields, isType: boolean): readonly Named[] {
  const subtype = String(command["subtype"]);
  const attribute = isType ? attributes[subtype] : undefined;
  if (attribute !== undefined) return [[cascading(command, attribute)]];
  const names = commands[subtype] ?? subtype;
  return typeof names === "string" ? [[names]] : names(command, (command["def"] ?? {}) as Node);
}

const attributes: { readonly [subtype: string]: string } = {
  AT_AddColumn: "ADD ATTRIBUTE",
  AT_DropColumn: "DROP ATTRIBUTE",
  AT_AlterColumnType: "ALTER ATTRIBUTE TYPE",
};

const commands: { readonly [subtype: string]: string | ((command: Fields, def: Node) => readonly Named[]) } = {
  AT_AddColumn: (_, { ColumnDef: column }) => addColumn(column!),
  AT_ColumnDefault: ({ def }) => [[def === undefined ? "ALTER COLUMN DROP DEFAULT" : "ALTER COLUMN SET DEFAULT"]],
  AT_DropNotNull: "ALTER COLUMN DROP NOT NULL",
  AT_SetNotNull: "ALTER COLUMN SET NOT NULL",
  AT_SetExpression: "ALTER COLUMN SET EXPRESSION",
  AT_DropExpression: "ALTER COLUMN DROP EXPRESSION",
  AT_SetStatistics: "ALTER COLUMN SET STATISTICS",
  AT_SetOptions: "ALTER COLUMN SET (…)",
  AT_ResetOptions: "ALTER COLUMN RESET (…)",
  AT_SetStorage: "ALTER COLUMN SET STORAGE",
  AT_SetCompression: "ALTER COLUMN SET COMPRESSION",
  AT_DropColumn: (command) => [[cascading(command, "DROP COLUMN")]],
  AT_AddConstraint: (_, { Constraint: constraint }) => [addConstraint(constraint!)],
  AT_AlterConstraint: (_, { ATAlterConstraint: change }) => [[`ALTER CONSTRAINT${alteration(change!)}`]],
  AT_ValidateConstraint: "VALIDATE CONSTRAINT",
  AT_DropConstraint: (command) => [[cascading(command, "DROP CONSTRAINT")]],
  AT_AlterColumnType: (_, { ColumnDef: column }) => [[`ALTER COLUMN TYPE${typeChange(column!)}`]],
  AT_AlterColumnGenericOptions: "ALTER COLUMN OPTIONS",
  AT_ChangeOwner: "OWNER TO",
  AT_ClusterOn: "CLUSTER ON",
  AT_DropCluster: "SET WITHOUT CLUSTER",
  AT_SetLogged: "SET LOGGED",
  AT_SetUnLogged: "SET UNLOGGED",
  AT_DropOids: "SET WITHOUT OIDS",
  AT_SetAccessMethod: "SET ACCESS METHOD",
  AT_SetTableSpace: "SET TABLESPACE",
  AT_SetRelOptions: ({ def }) => options(def),
  AT_ResetRelOptions: ({ def }) => options(def),
  AT_EnableTrig: "ENABLE TRIGGER",
  AT_EnableAlwaysTrig: "ENABLE TRIGGER",
  AT_EnableReplicaTrig: "ENABLE TRIGGER",
  AT_DisableTrig: "DISABLE TRIGGER",
  AT_EnableTrigAll: "ENABLE TRIGGER",
  AT_DisableTrigAll: "DISABLE TRIGGER",
  AT_EnableTrigUser: "ENABLE TRIGGER",
  AT_DisableTrigUser: "DISABLE TRIGGER",
  AT_EnableRule: "ENABLE RULE",
  AT_EnableAlwaysRule: "ENABLE RULE",
  AT_EnableReplicaRule: "ENABLE RULE",
  AT_DisableRule: "DISABLE RULE",
  AT_AddInherit: (_, { RangeVar: parent }) => [["INHERIT", parent]],
  AT_DropInherit: (_, { RangeVar: parent }) => [["NO INHERIT", parent]],
  AT_AddOf: "OF",
  AT_DropOf: "NOT OF",
  AT_ReplicaIdentity: "REPLICA IDENTITY",
  AT_EnableRowSecurity: "ENABLE ROW LEVEL SECURITY",
  AT_DisableRowSecurity: "DISABLE ROW LEVEL SECURITY",
  AT_ForceRowSecurity: "FORCE ROW LEVEL SECURITY",
  AT_NoForceRowSecurity: "NO FORCE ROW LEVEL SECURITY",
  AT_GenericOptions: "OPTIONS",
  AT_AttachPartition: (_, { PartitionCmd: partition }) => [["ATTACH PARTITION", partition!["name"]]],
  AT_DetachPartition: (_, { PartitionCmd: partition }) => [
    [partition!["concurrent"] === true ? "DETACH PARTITION CONCURRENTLY" : "DETACH PARTITION", partition!["name"]],
  ],
  AT_DetachPartitionFinalize: (_, { PartitionCmd: partition }) => [["DETACH PARTITION FINALIZE", partition!["name"]]],
  AT_AddIdentity: "ALTER COLUMN ADD GENERATED AS IDENTITY",
  AT_SetIdentity: "ALTER COLUMN SET GENERATED",
  AT_DropIdentity: "ALTER COLUMN DROP IDENTITY",
};

function cascading(command: Fields, name: string): string {
  return command["behavior"] === "DROP_CASCADE" ? `${name} CASCADE` : name;
}

function addColumn(column: Fields): readonly Named[] {
  const name = "ADD COLUMN";
  const constraints = nodes(column["constraints"]).map((node) => node["Constraint"]!);
  const of = (type: string): Fields | undefined => constraints.find(({ contype }) => contype === type);
  const generated = of("CONSTR_GENERATED");
  const value = of("CONSTR_DEFAULT")?.["raw_expr"];
  const type = namesOf((column["typeName"] as Fields)["names"]);

  const acts: Named[] = [[name]];
  if (/^(?:small|big)?serial[248]?$/.test(type.at(-1)!)) acts.push([`${name} serial`]);
  else if (!isBuiltinType(type)) acts.push([`${name} of a user-defined type`]);
  if (of("CONSTR_IDENTITY")) acts.push([`${name} GENERATED AS IDENTITY`]);
  if (generated?.["generated_kind"] === "s") acts.push([`${name} GENERATED STORED`]);
  if (generated?.["generated_kind"] === "v" && of("CONSTR_NOTNULL")) acts.push([`${name} GENERATED VIRTUAL NOT NULL`]);
  if (value !== undefined) acts.push([`${name} DEFAULT ${volatilityOf(value)}`]);
  if (of("CONSTR_CHECK")) acts.push([`${name} CHECK`]);
  if (of("CONSTR_UNIQUE")) acts.push([`${name} UNIQUE`]);
  if (of("CONSTR_PRIMARY")) acts.push([`${name} PRIMARY KEY`]);
  for (const { contype, pktable } of constraints) {
    // Without a default there is nothing to check; DEFAULT NULL is one.
    if (contype === "CONSTR_FOREIGN")
      acts.push([`${name}${value === undefined ? "" : " DEFAULT"} REFERENCES`, pktable]);
  }
  return acts;
}

function addConstraint(constraint: Fields): Named {
  const { contype, skip_validation: skipped, is_enforced: enforced, indexname: index, pktable } = constraint;
  const checked =
    enforced !== true && contype !== "CONSTR_NOTNULL" ? " NOT ENFORCED" : skipped === true ? " NOT VALID" : "";
  switch (contype) {
    case "CONSTR_CHECK":
      return [`ADD CHECK${checked}`];
    case "CONSTR_FOREIGN":
      return [`ADD FOREIGN KEY${checked}`, pktable];
    case "CONSTR_NOTNULL":
      return [`ADD NOT NULL${checked}`];
    case "CONSTR_EXCLUSION":
      return ["ADD EXCLUDE"];
    default: {
      const name = contype === "CONSTR_PRIMARY" ? "ADD PRIMARY KEY" : "ADD UNIQUE";
      return [index === undefined ? name : `${name} USING INDEX`];
    }
  }
}

function alteration(change: Fields): string {
  if (change["alterEnforceability"] === true) return change["is_enforced"] === true ? " ENFORCED" : " NOT ENFORCED";
  return change["alterInheritability"] === true ? " INHERIT" : "";
}

/** What tells whether the table is rewritten: an expression, or the new type, which may be stored as the old one is. */
function typeChange(column: Fields): string {
  if (isComputed(column["raw_default"])) return " USING";
  const family = families[namesOf((column["typeName"] as Fields)["names"]).at(-1)!];
  return family === undefined ? "" : ` ${family}`;
}

const families: { readonly [type: string]: string } = {
  text: "text",
  varchar: "text",
  numeric: "numeric",
  timestamp: "timestamp",
  timestamptz: "timestamp",
};

/** Whether USING is more than the column itself, or a cast of it: those may leave the bytes as they are. */
function isComputed(using: Value | undefined): boolean {
  let expression = using as Node | undefined;
  while (expression?.["TypeCast"] !== undefined) expression = expression["TypeCast"]["arg"] as Node;
  return expression !== undefined && expression["ColumnRef"] === undefined;
}

// Options of storage and vacuum can be set while rows are written; for those of views, and of other index methods, the
// relation is locked out.
const ofStorage =
  /^(?:(?:toast\.)?(?:log_)?(?:auto)?vacuum_\w+|fillfactor|toast_tuple_target|parallel_workers|deduplicate_items)$/;

function options(list: Value | undefined): readonly Named[] {
  return optionsOf(list).map(({ name }) => [`SET (${ofStorage.test(name) ? "storage option" : "other option"})`]);
}
