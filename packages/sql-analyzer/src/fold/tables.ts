// Owns CREATE TABLE: columns, LIKE, INHERITS and PARTITION OF; CREATE FOREIGN TABLE; CREATE TABLE AS.
import type { Fact, Kind, SqlText } from "../catalog/catalog.ts";
import { type Key, keyAlone, keyIn, keyOf } from "../catalog/keys.ts";
import { maskSecrets } from "../catalog/secrets.ts";
import { type Fields, nodes, type Value } from "../grammar.ts";
import { grantsOfNew } from "./acl.ts";
import { addColumn, columnsOf } from "./columns.ts";
import { addConstraints, indexOptions, type PendingConstraint, tablespaceOf } from "./constraints.ts";
import { copyIndexes, usesIn } from "./partitions.ts";
import { findIn, findTable, homeOf, nameOf, rangeName } from "./names.ts";
import type { Fold, Scene } from "./scene.ts";
import { fields, items, text } from "./tree.ts";
import { resolveType } from "./type-names.ts";
import { usesOf } from "./uses.ts";
import { addQueryColumns } from "./query-columns.ts";
import { putSequence } from "./sequences.ts";
import { isTaken, relationName } from "./generated-names.ts";
import { relationKinds } from "./working.ts";

export const foldCreateTable: Fold = (scene, node) => {
  const key = startTable(scene, node, "table");
  if (key !== undefined) finishTable(scene, key, node);
};

export const foldCreateForeignTable: Fold = (scene, node) => {
  const base = fields(node["base"] ?? node["base_stmt"]);
  const server = keyAlone("server", text(node["servername"]) ?? "");
  const key = startTable(scene, base, "foreign table", { server, options: maskSecrets(indexOptions(node["options"])) });
  if (key !== undefined) finishTable(scene, key, base);
};

function startTable(
  scene: Scene,
  node: Fields,
  kind: "table" | "foreign table",
  foreign?: { readonly server: Key; readonly options: Readonly<Record<string, string>> | undefined },
): Key | undefined {
  const rangeVar = fields(node["relation"]);
  const name = rangeName(rangeVar);
  if (rangeVar["relpersistence"] === "t" || name.schema === "pg_temp") {
    scene.temporary.add(name.name);
    return undefined;
  }
  const schema = homeOf(scene, name);
  const exists = isTaken(scene, schema, name.name);
  if (exists && (node["if_not_exists"] === true || scene.guarded)) {
    if (node["if_not_exists"] !== true)
      for (const other of relationKinds) scene.refuse(keyIn(schema, other, name.name));
    return undefined;
  }
  const key = keyIn(schema, kind, name.name);
  const parents = nodes(node["inhRelations"]).flatMap((parent) => findTable(scene, fields(parent["RangeVar"])) ?? []);
  const about = {
    key,
    name: name.name,
    parent: schema,
    owner: scene.role,
    grants: grantsOfNew(scene, kind, scene.role, schemaName(schema)),
  };
  const inheriting = {
    inherits: parents.length > 0 ? parents : undefined,
    bound: node["partbound"] === undefined ? undefined : boundOf(scene),
  };
  if (foreign !== undefined) scene.add("foreign table", about, { ...inheriting, ...foreign });
  else {
    const ofType = nameOf(fields(node["ofTypename"])["names"]);
    scene.add("table", about, {
      ...inheriting,
      ...(node["partspec"] === undefined
        ? {}
        : { partitionBy: partitionBy(scene), uses: usesOf(scene, node["partspec"]) }),
      unlogged: rangeVar["relpersistence"] === "u",
      options: tableOptions(node["options"]),
      accessMethod: accessMethodOf(scene, node["accessMethod"], node["partspec"] === undefined ? parents : undefined),
      tablespace: tablespaceOf(node["tablespacename"]),
      ofType: node["ofTypename"] === undefined ? undefined : resolveType(scene, ofType.schema, ofType.name).type,
    });
  }
  for (const parent of parents) inheritColumns(scene, key, parent);
  typeColumns(scene, key);
  return key;
}

// A partitioned table, which has no parents here, stores nothing: its own is that of its partitions, and goes before the default.
function accessMethodOf(scene: Scene, name: Value | undefined, parents?: readonly Key[]): string | undefined {
  const whole = parents?.map((key) => scene.catalog.as(key, "table")).find((table) => table?.partitionBy !== undefined);
  const method = text(name) ?? whole?.accessMethod ?? (parents && scene.accessMethod);
  return method === "heap" ? undefined : method;
}

// A table OF a type has the type's attributes for columns.
function typeColumns(scene: Scene, table: Key): void {
  const ofType = scene.catalog.as(table, "table")?.ofType;
  if (ofType === undefined) return;
  for (const attribute of scene.catalog.children(keyOf("composite type", ofType), "attribute"))
    addTypeColumn(scene, table, attribute);
}

/** Gives a table OF a type the column of one of its attributes. */
export function addTypeColumn(scene: Scene, table: Key, attribute: Fact<"attribute">): void {
  const { name, position, type, collation, certainty } = attribute;
  const key = keyIn(table, "column", name);
  scene.add("column", { key, name, parent: table, certainty }, { position, type, collation });
}

export function schemaName(schema: Key): string {
  const name = schema.slice("schema ".length);
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function partitionBy(scene: Scene): SqlText {
  const { cutter } = scene;
  const by = cutter.find("by", cutter.find("partition"));
  return scene.sql(cutter.slice(by + 1, cutter.close(cutter.open(by)) + 1));
}

/** `FOR VALUES …` or `DEFAULT` after PARTITION OF or ATTACH PARTITION. */
export function boundOf(scene: Scene): SqlText {
  const { cutter } = scene;
  const from = cutter.find("for");
  if (from < 0) return { sql: "DEFAULT" };
  let to = cutter.find("partition", from);
  if (to < 0) to = cutter.find("tablespace", from);
  const last = cutter.slice(from, to < 0 ? cutter.tokens.length : to);
  return scene.sql(last);
}

function finishTable(scene: Scene, table: Key, node: Fields): void {
  const pending: PendingConstraint[] = [];
  const likes: { readonly from: Key; readonly options: number }[] = [];
  let position = columnsOf(scene, table).length;
  const inherits = position > 0;
  for (const element of nodes(node["tableElts"])) {
    const def = element["ColumnDef"];
    const constraint = element["Constraint"];
    if (def !== undefined) {
      const inherited = inherits
        ? scene.catalog.as(keyIn(table, "column", text(def["colname"]) ?? ""), "column")
        : undefined;
      if (inherited === undefined) pending.push(...addColumn(scene, table, def, ++position));
      else pending.push(...mergeColumn(scene, table, def, inherited));
    } else if (constraint !== undefined) {
      pending.push({ node: constraint, at: scene.cutter.at(Number(constraint["location"] ?? 0)) });
    } else if (element["TableLikeClause"] !== undefined) {
      const rangeVar = fields(element["TableLikeClause"]["relation"]);
      const from = findTable(scene, rangeVar) ?? findIn(scene, rangeName(rangeVar), ["composite type"]);
      const options = Number(element["TableLikeClause"]["options"] ?? 0);
      if (from === undefined) {
        scene.catalog.change(table, "assumed", {});
        continue;
      }
      position = likeColumns(scene, table, from, options, position);
      likes.push({ from, options });
    }
  }
  // In the order in which Postgres makes them: the constraints of parents, then its own.
  for (const parent of tableOf(scene, table)?.inherits ?? []) inheritConstraints(scene, table, parent, { isNew: true });
  // A new table has no rows that could break them: NOT VALID says nothing there.
  addConstraints(
    scene,
    table,
    pending.map((each) => ({ ...each, node: { ...each.node, skip_validation: false } })),
  );
  for (const { from, options } of likes) likeRest(scene, table, from, options);
  if (tableOf(scene, table)?.bound !== undefined) {
    for (const parent of tableOf(scene, table)?.inherits ?? []) {
      // What it says of its own with the same names is the parent's.
      inheritConstraints(scene, table, parent, { isNew: true });
      partitionIndexes(scene, table, parent);
    }
  }
}

function tableOf(scene: Scene, key: Key): Fact<"table"> | Fact<"foreign table"> | undefined {
  return scene.catalog.as(key, "table") ?? scene.catalog.as(key, "foreign table");
}

// A declared column merges with the inherited one; a partition's may say no more than its constraints.
function mergeColumn(scene: Scene, table: Key, def: Fields, inherited: Fact<"column">): readonly PendingConstraint[] {
  const { position, type, notNull, default: before, generated } = inherited;
  const pending = addColumn(scene, table, { ...def, typeName: def["typeName"] ?? {} }, position);
  const declared = scene.catalog.as(inherited.key, "column")!;
  scene.change(inherited.key, {
    type: def["typeName"] === undefined ? type : declared.type,
    notNull: notNull ?? declared.notNull,
    default: declared.default ?? before,
    generated: declared.generated ?? generated,
    certainty: inherited.certainty,
    inherited: def["typeName"] === undefined && inherited.inherited === true ? true : undefined,
  });
  return pending;
}

/** Gives a table the columns of one that it inherits from. */
export function inheritColumns(scene: Scene, table: Key, parent: Key): void {
  let position = columnsOf(scene, table).length;
  for (const column of columnsOf(scene, parent)) {
    const key = keyIn(table, "column", column.name);
    if (scene.catalog.has(key)) continue;
    const { grants: _, comment: __, options: ___, statistics: ____, identity, ...rest } = column;
    // From Postgres 17 on a partition's identity is its table's.
    const shared = identity !== undefined && scene.catalog.major >= 17 && tableOf(scene, table)?.bound !== undefined;
    scene.catalog.put({
      ...rest,
      ...(shared && { identity }),
      key,
      parent: table,
      position: ++position,
      inherited: true,
    });
  }
}

/** Gives a table the CHECK constraints of one that it inherits from: a new table has no rows that could break them. */
export function inheritConstraints(
  scene: Scene,
  table: Key,
  parent: Key,
  { isNew }: { readonly isNew: boolean },
): void {
  for (const constraint of scene.catalog.children(parent, "constraint")) {
    if (constraint.type !== "check" || constraint.noInherit === true) continue;
    const key = keyIn(table, "constraint", constraint.name);
    if (scene.catalog.has(key)) {
      if (tableOf(scene, table)?.bound !== undefined) scene.change(key, { inherited: true });
      continue;
    }
    const { comment: _, notValid, ...rest } = constraint;
    const doubt = notValid && !isNew ? { notValid } : {};
    const uses = usesIn(scene, constraint, parent, table);
    scene.catalog.put({ ...rest, ...doubt, ...(uses && { uses }), key, parent: table, inherited: true });
  }
}

/** Gives a partition the indexes and keys of its table. */
function partitionIndexes(scene: Scene, table: Key, parent: Key): void {
  copyIndexes(scene, scene.catalog.indexes(parent), table, { partition: true });
}

// Bits of TableLikeOption in parsenodes.h
const like = {
  comments: 1,
  compression: 2,
  constraints: 4,
  defaults: 8,
  generated: 16,
  identity: 32,
  indexes: 64,
  statistics: 128,
  storage: 256,
};

function likeColumns(scene: Scene, table: Key, from: Key, options: number, start: number): number {
  let position = start;
  const keep = (bit: number): boolean => (options & bit) !== 0;
  for (const { name, type, collation, certainty } of scene.catalog.children(from, "attribute")) {
    const about = { key: keyIn(table, "column", name), name, parent: table, certainty };
    scene.add("column", about, { position: ++position, type, collation });
  }
  for (const column of columnsOf(scene, from)) {
    const key = keyIn(table, "column", column.name);
    const inherited = scene.catalog.as(key, "column");
    if (inherited !== undefined) {
      // It is merged with the one of the parent, as a declared one is.
      const comment = keep(like.comments) ? column.comment : undefined;
      scene.change(key, { inherited: undefined, notNull: inherited.notNull ?? column.notNull, comment });
      continue;
    }
    const identity = keep(like.identity) ? column.identity : undefined;
    scene.add(
      "column",
      {
        key,
        name: column.name,
        parent: table,
        certainty: column.certainty,
        uses: usesIn(scene, column, from, table),
        comment: keep(like.comments) ? column.comment : undefined,
      },
      {
        position: ++position,
        type: column.type,
        collation: column.collation,
        notNull: column.notNull,
        default: keep(like.defaults) ? column.default : undefined,
        identity,
        generated: keep(like.generated) ? column.generated : undefined,
        storage: keep(like.storage) ? column.storage : undefined,
        compression: keep(like.compression) ? column.compression : undefined,
      },
    );
    if (identity === undefined) continue;
    const schema = scene.catalog.get(table)!.parent!;
    const name = relationName(scene, schema, [scene.catalog.get(table)!.name, column.name, "seq"]);
    const sequence = keyIn(schema, "sequence", name);
    // generateSerialExtraStmts in parse_utilcmd.c: the options of the other column's sequence, but not its type.
    putSequence(scene, sequence, new Map(), { type: "bigint", owner: scene.role, ownedBy: key, identity: true });
    const other = scene.catalog.allOf("sequence").find(({ ownedBy }) => ownedBy === column.key);
    if (other === undefined) continue;
    const { start: first, increment, minimum, maximum, cache, cycle } = other;
    scene.change(sequence, { start: first, increment, minimum, maximum, cache, cycle });
  }
  return position;
}

function likeRest(scene: Scene, table: Key, from: Key, options: number): void {
  const comments = (options & like.comments) !== 0;
  if ((options & like.constraints) !== 0) {
    for (const constraint of scene.catalog.children(from, "constraint")) {
      if (constraint.type !== "check") continue;
      const key = keyIn(table, "constraint", constraint.name);
      const { comment, inherited: _, notValid: __, ...rest } = constraint;
      const uses = usesIn(scene, constraint, from, table);
      const said = comments && comment !== undefined ? { comment } : {};
      scene.catalog.put({ ...rest, ...(uses && { uses }), ...said, key, parent: table });
    }
  }
  if ((options & like.indexes) !== 0) {
    const ordered = [...scene.catalog.indexes(from)].sort(
      (a, b) => Number(isPrimary(scene, b)) - Number(isPrimary(scene, a)),
    );
    copyIndexes(scene, ordered, table, { partition: false, comments });
  }
  if ((options & like.statistics) !== 0) {
    const schema = scene.catalog.get(table)!.parent!;
    for (const user of scene.catalog.users(from)) {
      if (user.kind !== "statistics" || user.table !== from) continue;
      // ChooseExtendedStatisticNameAddition in statscmds.c
      const parts = [...(user.columns ?? []), ...(user.expressions ?? []).map(() => "expr")];
      const name = relationName(scene, schema, [scene.catalog.get(table)!.name, parts.join("_"), "stat"]);
      scene.catalog.put({ ...user, key: keyIn(schema, "statistics", name), name, table, parent: schema });
    }
  }
}

function isPrimary(scene: Scene, index: Fact<"index">): boolean {
  return scene.catalog.as(index.constraint, "constraint")?.type === "primary key";
}

/** CREATE TABLE AS, SELECT INTO and CREATE MATERIALIZED VIEW. */
export const foldCreateTableAs: Fold = (scene, node) => {
  const into = fields(node["into"]);
  const rangeVar = fields(into["rel"]);
  const name = rangeName(rangeVar);
  if (rangeVar["relpersistence"] === "t" || name.schema === "pg_temp") {
    scene.temporary.add(name.name);
    return;
  }
  const kind: Kind & ("table" | "materialized view") =
    node["objtype"] === "OBJECT_MATVIEW" ? "materialized view" : "table";
  const schema = homeOf(scene, name);
  const key = keyIn(schema, kind, name.name);
  if (node["if_not_exists"] === true && findIn(scene, { schema: schemaName(schema), name: name.name }, relationKinds))
    return;
  const about = {
    key,
    name: name.name,
    parent: schema,
    owner: scene.role,
    grants: grantsOfNew(scene, kind, scene.role, schemaName(schema)),
  };
  const stored = {
    options: tableOptions(into["options"]),
    accessMethod: accessMethodOf(scene, into["accessMethod"], []),
    tablespace: tablespaceOf(into["tableSpaceName"]),
  };
  if (kind === "table") scene.add(kind, about, { ...stored, unlogged: rangeVar["relpersistence"] === "u" });
  else {
    const { cutter } = scene;
    const as = cutter.find("as");
    const last = cutter.tokens.length;
    // WITH [NO] DATA ends it.
    const data =
      cutter.tokens[last - 1]?.word === "data" ? cutter.tokens.findLastIndex(({ word }) => word === "with") : last;
    const query = scene.sql(cutter.slice(as + 1, data));
    scene.add(
      kind,
      { ...about, uses: usesOf(scene, node["query"]) },
      { ...stored, query, unpopulated: into["skipData"] === true },
    );
  }
  addQueryColumns(scene, key, fields(node["query"]), items(into["colNames"]));
};

// WITH (oids = false) is taken, and kept nowhere.
function tableOptions(list: Fields[string]): Readonly<Record<string, string>> | undefined {
  const { oids: _, ...options } = indexOptions(list) ?? {};
  return Object.keys(options).length === 0 ? undefined : options;
}
