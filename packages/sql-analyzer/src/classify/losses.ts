// Says what a statement loses or overwrites: objects, columns, rows, values, a sequence's position.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { kindOf } from "../kind.ts";
import type { Loss, Relation } from "./classification.ts";
import { isOn, optionsOf } from "./options.ts";
import { namesOf, relationOf } from "./relation.ts";
import { rowsOf, type Use } from "./rows.ts";

/** What a statement destroys. */
export function lossesOf(node: Node): readonly Loss[] {
  const [tag, fields] = Object.entries(node)[0]!;
  return losses[tag]?.(fields, kindOf(node)) ?? [];
}

const queries = (tag: string) => (fields: Fields) => rowsOf({ [tag]: fields }).uses.flatMap(lossesOfUse);

const losses: { readonly [tag: string]: (fields: Fields, kind: string) => readonly Loss[] } = {
  SelectStmt: queries("SelectStmt"),
  InsertStmt: queries("InsertStmt"),
  UpdateStmt: queries("UpdateStmt"),
  DeleteStmt: queries("DeleteStmt"),
  MergeStmt: queries("MergeStmt"),
  CopyStmt: queries("CopyStmt"),
  // Without ANALYZE it only plans.
  ExplainStmt: (s) => (isOn(s["options"], "analyze") ? queries("ExplainStmt")(s) : []),

  DropStmt: (s, kind) => {
    const type = kind.replace(/^DROP | CONCURRENTLY$/g, "");
    return nodes(s["objects"]).map((node) => object(type, namesOf([node]), s));
  },
  DropRoleStmt: (s) => nodes(s["roles"]).map((node) => object("ROLE", namesOf(node), s)),
  DropdbStmt: (s) => [object("DATABASE", [String(s["dbname"])], s)],
  DropTableSpaceStmt: (s) => [object("TABLESPACE", [String(s["tablespacename"])], s)],
  DropSubscriptionStmt: (s) => [object("SUBSCRIPTION", [String(s["subname"])], s)],
  DropUserMappingStmt: (s) => [
    object("USER MAPPING", [...namesOf({ RoleSpec: s["user"] as Fields }), String(s["servername"])], s),
  ],
  // Everything that the roles own, and what they were granted.
  DropOwnedStmt: (s) => nodes(s["roles"]).map((node) => object("OWNED", namesOf(node), s)),

  TruncateStmt: (s) => {
    const relations = nodes(s["relations"]).map((node) => relationOf(node["RangeVar"]));
    return relations.flatMap((relation): readonly Loss[] => [
      { what: "rows", relation, which: "all" },
      ...(s["behavior"] === "DROP_CASCADE"
        ? [{ what: "rows", relation, kin: "referencing", which: "all", when: "if foreign keys refer to it" } as const]
        : []),
      ...(s["restart_seqs"] === true ? [{ what: "position", relation, kin: "sequences" } as const] : []),
    ]);
  },
  AlterTableStmt: (s) => {
    const relation = relationOf(s["relation"]);
    return nodes(s["cmds"]).flatMap((node) => lossesOfCommand(node["AlterTableCmd"]!, relation));
  },
  AlterDomainStmt: (s) =>
    s["subtype"] === "X" ? [object("CONSTRAINT", [...namesOf(s["typeName"]), String(s["name"])], s)] : [],
  AlterSeqStmt: (s) =>
    optionsOf(s["options"]).some(({ name }) => name === "restart")
      ? [{ what: "position", relation: relationOf(s["sequence"]) }]
      : [],
};

function object(type: string, name: readonly string[], fields: Fields): Loss {
  return { what: "object", type, name, cascade: isCascading(fields) };
}

function isCascading(fields: Fields): boolean {
  return fields["behavior"] === "DROP_CASCADE";
}

function lossesOfUse({ relation, verb, fields }: Use): readonly Loss[] {
  const which = fields["whereClause"] === undefined && fields["usingClause"] === undefined ? "all" : "some";
  switch (verb) {
    case "DELETE":
      return deleted(relation, which);
    case "UPDATE": {
      const all = which === "all" && fields["fromClause"] === undefined;
      return [{ what: "values", relation, columns: columnsOf(fields["targetList"]), which: all ? "all" : "some" }];
    }
    case "INSERT": {
      const { action, targetList } = (fields["onConflictClause"] ?? {}) as Fields;
      if (action !== "ONCONFLICT_UPDATE") return [];
      return [
        { what: "values", relation, columns: columnsOf(targetList), which: "some", when: "if rows are there already" },
      ];
    }
    case "MERGE":
      return nodes(fields["mergeWhenClauses"]).flatMap((node): readonly Loss[] => {
        const { commandType, targetList } = node["MergeWhenClause"]!;
        if (commandType === "CMD_DELETE") return deleted(relation, "some");
        if (commandType !== "CMD_UPDATE") return [];
        return [{ what: "values", relation, columns: columnsOf(targetList), which: "some" }];
      });
    default:
      return [];
  }
}

function deleted(relation: Relation, which: "all" | "some"): readonly Loss[] {
  const when = "if foreign keys refer to it with ON DELETE CASCADE, SET NULL or SET DEFAULT";
  return [
    { what: "rows", relation, which },
    { what: "rows", relation, kin: "referencing", which: "some", when },
  ];
}

function columnsOf(targets: Value | undefined): readonly string[] {
  return [...new Set(nodes(targets).map((node) => String(node["ResTarget"]?.["name"])))];
}

function lossesOfCommand(command: Fields, relation: Relation): readonly Loss[] {
  const name = String(command["name"]);
  switch (command["subtype"]) {
    case "AT_DropColumn":
      return [{ what: "columns", relation, columns: [name], cascade: isCascading(command) }];
    case "AT_AlterColumnType": {
      const { typeName, raw_default: using, colname } = ((command["def"] ?? {}) as Node)["ColumnDef"]!;
      const when = convertedWhen(typeName as Fields, using);
      // The column's name stands beside the command, an attribute's within.
      const columns = [command["name"] === undefined ? String(colname) : name];
      return when === undefined ? [] : [{ what: "values", relation, columns, which: "all", when }];
    }
    case "AT_DropConstraint":
      return [object("CONSTRAINT", [...partsOf(relation), name], command)];
    case "AT_DropIdentity":
      return [{ what: "position", relation, kin: "sequences" }];
    case "AT_SetIdentity":
      return optionsOf(command["def"]).some((option) => option.name === "restart")
        ? [{ what: "position", relation, kin: "sequences" }]
        : [];
    default:
      return [];
  }
}

/** Under which condition a new type loses values; undefined: text has a form for each value of any type. */
function convertedWhen(type: Fields, using: Value | undefined): string | undefined {
  if (using !== undefined) return "unless USING keeps what the values say";
  const isText = ["text", "varchar"].includes(namesOf(type["names"]).at(-1)!) && type["typmods"] === undefined;
  return isText ? undefined : "if the new type is narrower than the old";
}

function partsOf({ schema, name }: Relation): readonly string[] {
  return schema === undefined ? [name] : [schema, name];
}
