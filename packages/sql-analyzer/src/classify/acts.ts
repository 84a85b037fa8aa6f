// Says under which keys of the measured table a statement is to be looked up, and on which relations it acts.
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { kindOf } from "../kind.ts";
import { alterTable } from "./alter-table.ts";
import { createTable } from "./create-table.ts";
import { isOn, optionsOf } from "./options.ts";
import { lockModes, type Relation } from "./classification.ts";
import { namesOf, relationNamed, relationOf } from "./relation.ts";
import { rowsOf } from "./rows.ts";

/** One thing that a statement does to relations. */
export interface Act {
  /** Its name in `measured`. */
  readonly key: string;
  readonly target?: Relation;
  /** A second relation that it names: what a foreign key refers to, a partition … */
  readonly other?: Relation;
  /** The partitions are spared. */
  readonly only?: boolean;
}

/** What a statement does to relations that were there before it; nothing for most kinds of statement. */
export function actsOf(node: Node): readonly Act[] {
  const [tag, fields] = Object.entries(node)[0]!;
  return acts[tag]?.(fields, kindOf(node)) ?? [];
}

/** The acts of the queries in a tree. */
function queryActs(tree: Value | undefined): readonly Act[] {
  return rowsOf(tree).uses.map(({ relation, verb, only }) => ({ key: verb, target: relation, only }));
}

const query = (fields: Fields): readonly Act[] => queryActs(fields["query"]);

const acts: { readonly [tag: string]: (fields: Fields, kind: string) => readonly Act[] } = {
  AlterTableStmt: alterTable,
  CreateStmt: createTable,
  CreateForeignTableStmt: (s) => createTable(s["base"] as Fields),
  CreateSchemaStmt: (s) => nodes(s["schemaElts"]).flatMap(actsOf),

  SelectStmt: (s) => queryActs({ SelectStmt: s }),
  InsertStmt: (s) => queryActs({ InsertStmt: s }),
  UpdateStmt: (s) => queryActs({ UpdateStmt: s }),
  DeleteStmt: (s) => queryActs({ DeleteStmt: s }),
  MergeStmt: (s) => queryActs({ MergeStmt: s }),
  DeclareCursorStmt: query,
  ExplainStmt: query,
  PrepareStmt: query,
  CreateTableAsStmt: query,
  CopyStmt: (s) =>
    s["relation"] === undefined ? query(s) : [on(s["relation"], s["is_from"] === true ? "COPY FROM" : "SELECT")],
  RefreshMatViewStmt: (s, kind) => [on(s["relation"], s["concurrent"] === true ? `${kind} CONCURRENTLY` : kind)],
  CreateFunctionStmt: (s) => queryActs(s["sql_body"]),
  ViewStmt: (s) => [...(s["replace"] === true ? [on(s["view"], "CREATE OR REPLACE VIEW")] : []), ...query(s)],

  IndexStmt: (s, kind) => [on(s["relation"], s["if_not_exists"] === true ? `${kind} IF NOT EXISTS` : kind)],
  CreateTrigStmt: (s, kind) => [
    s["constrrel"] === undefined
      ? on(s["relation"], kind)
      : { ...on(s["relation"], "CREATE CONSTRAINT TRIGGER FROM"), other: relationOf(s["constrrel"]) },
  ],
  RuleStmt: (s, kind) => [on(s["relation"], kind), ...queryActs([s["actions"] ?? null, s["whereClause"] ?? null])],
  CreatePolicyStmt: policy,
  AlterPolicyStmt: policy,
  CreateStatsStmt: (s, kind) => nodes(s["relations"]).map((node) => on(node["RangeVar"], kind)),
  CreatePublicationStmt: (s) => published(s, "CREATE PUBLICATION FOR TABLE"),
  AlterPublicationStmt: (s) => published(s, publications[String(s["action"])] ?? "ALTER PUBLICATION"),
  CreateSeqStmt: (s) => ownership(s).map((other) => ({ key: "CREATE SEQUENCE OWNED BY", other })),
  AlterSeqStmt: (s, kind) => [
    on(s["sequence"], kind),
    ...ownership(s).map((other) => ({ ...on(s["sequence"], "ALTER SEQUENCE OWNED BY"), other })),
  ],

  RenameStmt: (s, kind) => {
    const what = s["renameType"];
    if (s["relation"] === undefined) return [];
    if (what === "OBJECT_COLUMN") return [on(s["relation"], `${kind} RENAME COLUMN`)];
    if (what === "OBJECT_TABCONSTRAINT") return [on(s["relation"], `${kind} RENAME CONSTRAINT`)];
    if (what === "OBJECT_ATTRIBUTE") return [on(s["relation"], cascading(s, `${kind} RENAME ATTRIBUTE`))];
    return [on(s["relation"], `${kind} RENAME TO`)];
  },
  AlterObjectSchemaStmt: (s, kind) => (s["relation"] === undefined ? [] : [on(s["relation"], `${kind} SET SCHEMA`)]),
  AlterObjectDependsStmt: (s, kind) =>
    s["relation"] === undefined ? [] : [on(s["relation"], `${kind} DEPENDS ON EXTENSION`)],
  AlterTableMoveAllStmt: (_, kind) => [{ key: `${kind} ALL IN TABLESPACE` }],
  AlterDomainStmt: (s) => {
    const key = domains[String(s["subtype"])];
    const waived = (s["def"] as Node | undefined)?.["Constraint"]?.["skip_validation"] === true;
    return key === undefined || waived ? [] : [{ key }];
  },
  AlterExtensionContentsStmt: (s) => {
    const { objtype, object, action } = s;
    if (!relations.has(objtype)) return [];
    return [{ key: `ALTER EXTENSION ${action === 1 ? "ADD" : "DROP"}`, target: relationNamed(namesOf(object)) }];
  },

  DropStmt: drop,
  DropOwnedStmt: (_, kind) => [{ key: kind }],
  ReassignOwnedStmt: (_, kind) => [{ key: kind }],
  CommentStmt: (s) => about(s, "COMMENT ON"),
  SecLabelStmt: (s) => about(s, "SECURITY LABEL ON"),
  GrantStmt: (s, kind) =>
    s["targtype"] === "ACL_TARGET_OBJECT"
      ? relationsIn(s["objects"]).map((target) => on(target, `${kind} ON TABLE`))
      : [],

  TruncateStmt: (s) => {
    const key = `TRUNCATE${s["restart_seqs"] === true ? " RESTART IDENTITY" : ""}`;
    return relationsIn(s["relations"]).flatMap((relation) => [
      on(relation, key),
      ...(s["behavior"] === "DROP_CASCADE" ? [on(relation, "TRUNCATE CASCADE")] : []),
    ]);
  },
  LockStmt: (s) =>
    relationsIn(s["relations"]).map((relation) => on(relation, `LOCK TABLE IN ${modes[Number(s["mode"])]!} MODE`)),
  VacuumStmt: (s, kind) => {
    const full = s["is_vacuumcmd"] === true && isOn(s["options"], "full");
    return many(
      nodes(s["rels"]).map((node) => node["VacuumRelation"]!["relation"]),
      full ? "VACUUM FULL" : kind,
    );
  },
  ClusterStmt: (s, kind) => many(s["relation"] === undefined ? [] : [s["relation"]], kind),
  ReindexStmt: (s) => {
    const how = isOn(s["params"], "concurrently") ? " CONCURRENTLY" : "";
    if (s["relation"] === undefined) return [{ key: `REINDEX of every table${how}` }];
    return [on(s["relation"], `REINDEX ${s["kind"] === "REINDEX_OBJECT_INDEX" ? "INDEX" : "TABLE"}${how}`)];
  },
};

function on(relation: Value | undefined, key: string): Act {
  const only = (relation as Fields)["inh"] !== true;
  return { key, target: relationOf(relation), only };
}

function many(named: readonly (Value | undefined)[], key: string): readonly Act[] {
  return named.length === 0 ? [{ key: `${key} of every table` }] : named.map((relation) => on(relation, key));
}

/** The relations in a list that may hold other things too. */
function relationsIn(list: Value | undefined): readonly Fields[] {
  return nodes(list).flatMap(({ RangeVar: relation }) => (relation === undefined ? [] : [relation]));
}

function cascading(fields: Fields, key: string): string {
  return fields["behavior"] === "DROP_CASCADE" ? `${key} CASCADE` : key;
}

function policy(fields: Fields, kind: string): readonly Act[] {
  return [on(fields["table"], kind), ...queryActs([fields["qual"] ?? null, fields["with_check"] ?? null])];
}

function published(fields: Fields, key: string): readonly Act[] {
  const tables = nodes(fields["pubobjects"]).flatMap((node) => node["PublicationObjSpec"]?.["pubtable"] ?? []);
  return tables.map((table) => on((table as Fields)["relation"], key));
}

const publications: { readonly [action: string]: string } = {
  AP_AddObjects: "ALTER PUBLICATION ADD TABLE",
  AP_SetObjects: "ALTER PUBLICATION SET TABLE",
  AP_DropObjects: "ALTER PUBLICATION DROP TABLE",
};

/** The table of OWNED BY. */
function ownership(fields: Fields): readonly Relation[] {
  const names = namesOf(optionsOf(fields["options"]).find(({ name }) => name === "owned_by")?.value);
  return names.length < 2 ? [] : [relationNamed(names.slice(0, -1))];
}

const domains: { readonly [subtype: string]: string } = {
  C: "ALTER DOMAIN ADD CONSTRAINT",
  O: "ALTER DOMAIN SET NOT NULL",
  V: "ALTER DOMAIN VALIDATE CONSTRAINT",
};

const relations = new Set<Value | undefined>([
  "OBJECT_TABLE",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_INDEX",
  "OBJECT_MATVIEW",
  "OBJECT_SEQUENCE",
  "OBJECT_VIEW",
]);

/** What belongs to a table, and is named after it. */
const onTables = new Set<Value | undefined>(["OBJECT_POLICY", "OBJECT_RULE", "OBJECT_TABCONSTRAINT", "OBJECT_TRIGGER"]);

function drop(fields: Fields, kind: string): readonly Act[] {
  const { removeType, objects, behavior } = fields;
  const names = nodes(objects).map(namesOf);
  if (relations.has(removeType)) {
    return names.map((name) => ({ key: cascading(fields, kind), target: relationNamed(name) }));
  }
  if (onTables.has(removeType)) return names.map((name) => ({ key: kind, target: relationNamed(name.slice(0, -1)) }));
  if (removeType === "OBJECT_STATISTIC_EXT" || removeType === "OBJECT_EXTENSION")
    return [{ key: cascading(fields, kind) }];
  if (behavior !== "DROP_CASCADE") return [];
  return [{ key: removeType === "OBJECT_SCHEMA" ? "DROP SCHEMA CASCADE" : "DROP CASCADE" }];
}

function about(fields: Fields, verb: string): readonly Act[] {
  const { objtype, object } = fields;
  const names = namesOf(object);
  if (relations.has(objtype)) return [{ key: `${verb} TABLE`, target: relationNamed(names) }];
  if (objtype === "OBJECT_COLUMN") return [{ key: `${verb} TABLE`, target: relationNamed(names.slice(0, -1)) }];
  if (onTables.has(objtype)) return [{ key: `${verb} CONSTRAINT`, target: relationNamed(names.slice(0, -1)) }];
  return [];
}

// As PostgreSQL numbers them, from 1: src/include/storage/lockdefs.h
const modes: readonly string[] = ["NO", ...lockModes];
