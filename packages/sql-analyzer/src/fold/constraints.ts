// Owns constraints of tables: PRIMARY KEY, UNIQUE, FOREIGN KEY, CHECK, EXCLUDE, with the names Postgres gives them.
import type { Fact } from "../catalog/catalog.ts";
import type { ForeignKeyAction, ForeignKeyTarget, IndexKey } from "../catalog/relations.ts";
import { type Key, keyAlone, keyIn, schemaOf } from "../catalog/keys.ts";
import { type Fields, nodes } from "../grammar.ts";
import { collationOf } from "./columns.ts";
import { constraintName, joinColumns, relationName } from "./generated-names.ts";
import { classExtension, classOf } from "./index-classes.ts";
import { chooseColumnNames, columnNamesField } from "./index-names.ts";
import { findRelation, findTable } from "./names.ts";
import type { Scene } from "./scene.ts";
import { schemaName } from "./tables.ts";
import { elements, fields, scalar, strings, text } from "./tree.ts";
import { columnsNamed, namesSystemColumn, usesOf } from "./uses.ts";

/** A constraint as it is written, for its table to be made first. */
export interface PendingConstraint {
  readonly node: Fields;
  /** Its first token. */
  readonly at: number;
  /** The column that it stands beside. */
  readonly column?: string;
}

/** Adds constraints in the order in which Postgres makes them, which decides their names. */
export function addConstraints(scene: Scene, table: Key, pending: readonly PendingConstraint[]): void {
  const wanted = withoutDuplicates(pending);
  for (const type of order) {
    for (const constraint of wanted) {
      if (type.includes(String(constraint.node["contype"]))) addConstraint(scene, table, constraint);
    }
  }
}

// transformIndexConstraints: UNIQUE over the columns of the primary key, or of another UNIQUE, is that one, which takes
// the name where it has none.
function withoutDuplicates(pending: readonly PendingConstraint[]): readonly PendingConstraint[] {
  const kept: PendingConstraint[] = [];
  const keys = [...pending].sort((a, b) => Number(isPrimary(b)) - Number(isPrimary(a)));
  for (const constraint of keys) {
    const same =
      constraint.node["contype"] === "CONSTR_UNIQUE" ? kept.findIndex((other) => coversSame(other, constraint)) : -1;
    if (same < 0) kept.push(constraint);
    else {
      const other = kept[same]!;
      const conname = other.node["conname"] ?? constraint.node["conname"];
      kept[same] = conname === undefined ? other : { ...other, node: { ...other.node, conname } };
    }
  }
  return kept;
}

function isPrimary({ node }: PendingConstraint): boolean {
  return node["contype"] === "CONSTR_PRIMARY";
}

function coversSame(a: PendingConstraint, b: PendingConstraint): boolean {
  if (a.node["contype"] !== "CONSTR_PRIMARY" && a.node["contype"] !== "CONSTR_UNIQUE") return false;
  if (a.node["indexname"] !== undefined || b.node["indexname"] !== undefined) return false;
  const said = ({ node, column }: PendingConstraint) =>
    JSON.stringify([
      column === undefined ? strings(node["keys"]) : [column],
      strings(node["including"]),
      node["deferrable"] === true,
      node["initdeferred"] === true,
      node["nulls_not_distinct"] === true,
    ]);
  return said(a) === said(b);
}

// CHECK comes with the table, then the indexes, the primary key's first, then the foreign keys.
const order = [["CONSTR_CHECK"], ["CONSTR_PRIMARY"], ["CONSTR_UNIQUE", "CONSTR_EXCLUSION"], ["CONSTR_FOREIGN"]];

function addConstraint(scene: Scene, table: Key, constraint: PendingConstraint): void {
  switch (constraint.node["contype"]) {
    case "CONSTR_CHECK":
      addCheck(scene, table, constraint);
      break;
    case "CONSTR_FOREIGN":
      addForeignKey(scene, table, constraint);
      break;
    default:
      addIndexed(scene, table, constraint);
  }
}

function schemaKeyOf(table: Key, fact: Fact): Key {
  return fact.parent ?? keyAlone("schema", schemaOf({ key: table, kind: fact.kind, name: fact.name })!);
}

function flags(node: Fields): Partial<Fact<"constraint">> {
  return {
    ...(node["deferrable"] === true && { deferrable: true }),
    ...(node["initdeferred"] === true && { deferrable: true, initiallyDeferred: true }),
    ...(node["skip_validation"] === true && { notValid: true }),
    ...(node["is_no_inherit"] === true && { noInherit: true }),
    ...(enforceable.has(String(node["contype"])) && node["is_enforced"] !== true && { notEnforced: true }),
  };
}

const enforceable = new Set(["CONSTR_CHECK", "CONSTR_FOREIGN"]);

function addCheck(scene: Scene, table: Key, { node, at }: PendingConstraint): void {
  const fact = scene.catalog.get(table);
  if (fact === undefined) return;
  const expression = node["raw_expr"];
  const columns = columnsNamed(scene, expression, table);
  const only = columns.length === 1 && !namesSystemColumn(expression) ? columns[0] : undefined;
  const name = text(node["conname"]) ?? constraintName(scene, schemaKeyOf(table, fact), [fact.name, only, "check"]);
  const { cutter } = scene;
  const check = cutter.find("check", at, cutter.tokens[at]?.depth ?? 0);
  scene.add(
    "constraint",
    { key: keyIn(table, "constraint", name), name, parent: table, uses: usesOf(scene, expression, table) },
    {
      type: "check",
      columns: columns.length > 0 ? columns : undefined,
      check: scene.sql(cutter.inside(check)),
      ...flags(node),
    },
  );
}

function addForeignKey(scene: Scene, table: Key, { node, column }: PendingConstraint): void {
  const fact = scene.catalog.get(table);
  if (fact === undefined) return;
  const columns = column === undefined ? strings(node["fk_attrs"]) : [column];
  const target = findTable(scene, node["pktable"]);
  const targetName = fields(node["pktable"]);
  const home = text(targetName["schemaname"]) ?? scene.home;
  const referenced = target ?? keyIn(keyAlone("schema", home), "table", text(targetName["relname"]) ?? "");
  const said = strings(node["pk_attrs"]);
  const keyColumns = said.length > 0 ? said : (primaryKeyOf(scene, referenced)?.columns ?? []);
  const parts = [fact.name, joinColumns(columns), "fkey"] as const;
  const name = text(node["conname"]) ?? constraintName(scene, schemaKeyOf(table, fact), parts);
  const setColumns = strings(node["fk_del_set_cols"]);
  const references: ForeignKeyTarget = {
    table: referenced,
    columns: keyColumns,
    ...action("onUpdate", node["fk_upd_action"]),
    ...action("onDelete", node["fk_del_action"]),
    ...(setColumns.length > 0 && { onDeleteColumns: setColumns }),
    ...(node["fk_matchtype"] === "f" && { matchFull: true as const }),
  };
  const certainty = target === undefined || keyColumns.length === 0 ? ("assumed" as const) : undefined;
  scene.add(
    "constraint",
    {
      key: keyIn(table, "constraint", name),
      name,
      parent: table,
      certainty,
      uses: keyIndex(scene, referenced, keyColumns),
    },
    { type: "foreign key", columns, references, ...flags(node), period: node["fk_with_period"] === true },
  );
}

/** The index that a foreign key to these columns stands on. Of several, the primary key's, then a constraint's. */
function keyIndex(scene: Scene, table: Key, columns: readonly string[]): readonly Key[] | undefined {
  const wanted = [...columns].sort().join("\n");
  const held = (fact: Fact<"index">): Fact | undefined => fact.constraint && scene.catalog.get(fact.constraint);
  const rank = (fact: Fact<"index">): number => {
    const by = held(fact);
    return by?.kind !== "constraint" ? 2 : by.type === "primary key" ? 0 : 1;
  };
  const [first] = scene.catalog
    .indexes(table)
    .filter(({ unique, predicate }) => unique === true && !predicate)
    .filter(
      ({ keys }) =>
        keys
          .map(({ column }) => column ?? "")
          .sort()
          .join("\n") === wanted,
    )
    .sort((a, b) => rank(a) - rank(b));
  return first && [first.key];
}

function primaryKeyOf(scene: Scene, table: Key): Fact<"constraint"> | undefined {
  return scene.catalog.children(table, "constraint").find(({ type }) => type === "primary key");
}

function action<K extends "onUpdate" | "onDelete">(field: K, value: unknown): { readonly [P in K]?: ForeignKeyAction } {
  const found = actions[String(value)];
  return (found === undefined ? {} : { [field]: found }) as { readonly [P in K]?: ForeignKeyAction };
}

const actions: { readonly [letter: string]: ForeignKeyAction | undefined } = {
  r: "restrict",
  c: "cascade",
  n: "set null",
  d: "set default",
};

function addIndexed(scene: Scene, table: Key, { node, at, column }: PendingConstraint): void {
  const fact = scene.catalog.get(table);
  if (fact === undefined) return;
  const schema = schemaKeyOf(table, fact);
  const contype = String(node["contype"]);
  const using = text(node["indexname"]);
  if (using !== undefined) {
    addUsingIndex(scene, table, schema, node, using);
    return;
  }
  const exclusion = contype === "CONSTR_EXCLUSION";
  const primary = contype === "CONSTR_PRIMARY";
  const keys = exclusion
    ? exclusionKeys(scene, node, at)
    : strings(column === undefined ? node["keys"] : []).map((name) => ({ column: name }));
  if (column !== undefined) keys.push({ column });
  const columns = keys.flatMap((key) => key.column ?? []);
  const include = strings(node["including"]);
  const columnsOfIndex = exclusion ? excluded(node) : keys.map((key) => ({ name: key.column! }));
  const all = chooseColumnNames([...columnsOfIndex, ...include.map((each) => ({ name: each }))]);
  const parts = primary
    ? ([fact.name, undefined, "pkey"] as const)
    : ([fact.name, joinColumns(all), exclusion ? "excl" : "key"] as const);
  const name = text(node["conname"]) ?? relationName(scene, schema, parts, true);
  const key = keyIn(table, "constraint", name);
  const index = keyIn(schema, "index", name);
  const { cutter } = scene;
  const options = indexOptions(node["options"]);
  const withoutOverlaps = node["without_overlaps"] === true;
  const predicate =
    node["where_clause"] === undefined
      ? undefined
      : cutter.inside(cutter.find("where", at, cutter.tokens[at]?.depth ?? 0));
  const nullsNotDistinct = node["nulls_not_distinct"] === true;
  const method = exclusion ? (text(node["access_method"]) ?? "btree") : withoutOverlaps ? "gist" : "btree";
  const uses = [
    ...usesOf(scene, node["where_clause"], table),
    ...usesOf(scene, node["exclusions"], table),
    ...keys.flatMap((each) => {
      const of =
        each.column === undefined ? undefined : scene.catalog.as(keyIn(table, "column", each.column), "column");
      return classExtension(scene, method, of?.type);
    }),
  ];
  scene.add(
    "index",
    { key: index, name, parent: schema, uses: [...new Set(uses)].sort() },
    {
      table,
      method,
      unique: !exclusion,
      keys,
      include: include.length > 0 ? include : undefined,
      ...columnNamesField({ keys, include }, all),
      predicate: predicate === undefined ? undefined : scene.sql(predicate),
      nullsNotDistinct,
      options,
      tablespace: tablespaceOf(node["indexspace"]),
      constraint: key,
    },
  );
  scene.add(
    "constraint",
    { key, name, parent: table },
    {
      type: primary ? "primary key" : exclusion ? "exclude" : "unique",
      columns: columns.length > 0 ? columns : undefined,
      exclude: exclusion ? scene.sql(exclusionText(scene, at)) : undefined,
      index,
      nullsNotDistinct,
      period: withoutOverlaps,
      ...flags({ ...node, skip_validation: undefined }),
    },
  );
  if (primary) for (const each of columns) scene.change(keyIn(table, "column", each), { notNull: true });
}

function addUsingIndex(scene: Scene, table: Key, schema: Key, node: Fields, using: string): void {
  const found = scene.catalog.as(findRelation(scene, { schema: schemaName(schema), name: using }, ["index"]), "index");
  const name = text(node["conname"]) ?? using;
  const index = keyIn(schema, "index", name);
  const key = keyIn(table, "constraint", name);
  const primary = node["contype"] === "CONSTR_PRIMARY";
  const columns = found?.keys.flatMap((each) => each.column ?? []) ?? [];
  if (found !== undefined) {
    scene.catalog.remove(found.key);
    const { certainty: _, definition: __, ...rest } = found;
    scene.catalog.put({ ...rest, certainty: found.certainty, key: index, name, constraint: key });
    scene.moves.logAlong([{ from: found.key, to: index }]);
  }
  const certainty = found === undefined ? ("assumed" as const) : undefined;
  scene.add(
    "constraint",
    { key, name, parent: table, certainty },
    {
      type: primary ? "primary key" : "unique",
      columns,
      index,
      nullsNotDistinct: found?.nullsNotDistinct,
      ...flags(node),
    },
  );
  if (primary) for (const each of columns) scene.change(keyIn(table, "column", each), { notNull: true });
}

function exclusionKeys(scene: Scene, node: Fields, at: number): IndexKey[] {
  const { cutter } = scene;
  const open = cutter.open(cutter.find("exclude", at, cutter.tokens[at]?.depth ?? 0));
  const parts = open < 0 ? [] : cutter.list(open + 1, cutter.close(open));
  return excluded(node).map((element, index) => {
    const column = text(element["name"]);
    const { operatorClass } = classOf(scene, strings(element["opclass"]), text(node["access_method"]) ?? "gist");
    const collation = collationOf(scene, element["collation"]);
    const rest = {
      ...(operatorClass !== undefined && { operatorClass }),
      ...(collation !== undefined && { collation }),
    };
    if (column !== undefined) return { column, ...rest };
    const [from, to] = parts[index] ?? [0, 0];
    const end = cutter.find("with", from, cutter.tokens[from]?.depth ?? 0, to);
    return { expression: scene.sql(cutter.slice(from, end < 0 ? to : end)), ...rest };
  });
}

/** What EXCLUDE compares, without the operators. */
function excluded(node: Fields): readonly Fields[] {
  return nodes(node["exclusions"]).map((each) => fields(nodes(fields(each["List"])["items"])[0]?.["IndexElem"]));
}

function exclusionText(scene: Scene, at: number): string {
  const { cutter } = scene;
  const depth = cutter.tokens[at]?.depth ?? 0;
  const from = cutter.find("exclude", at, depth) + 1;
  let to = cutter.stretch(from);
  for (const word of ["deferrable", "not", "initially"]) {
    const found = cutter.find(word, from, depth, to);
    if (found >= 0) to = found;
  }
  return cutter.slice(from, to);
}

export function tablespaceOf(name: Fields[string]): string | undefined {
  return name === "pg_default" ? undefined : text(name);
}

/** Storage parameters of an index or a table: texts, as the server keeps them. */
export function indexOptions(list: Fields[string]): Readonly<Record<string, string>> | undefined {
  const options = Object.fromEntries(
    [...elements(list)].map(([name, element]) => [name, scalar(element["arg"]) ?? "true"]),
  );
  return Object.keys(options).length > 0 ? options : undefined;
}

/** ALTER CONSTRAINT and VALIDATE CONSTRAINT. */
export function alterConstraint(scene: Scene, table: Key, command: Fields): void {
  if (command["subtype"] === "AT_ValidateConstraint") {
    scene.change(keyIn(table, "constraint", text(command["name"]) ?? ""), { notValid: undefined });
    return;
  }
  const def = fields(fields(command["def"])["ATAlterConstraint"] ?? fields(command["def"])["Constraint"]);
  const key = keyIn(table, "constraint", text(def["conname"]) ?? "");
  const constraint = scene.catalog.as(key, "constraint");
  const deferred = def["initdeferred"] === true;
  if (constraint === undefined) return;
  scene.change(key, {
    deferrable: def["deferrable"] === true || deferred ? true : undefined,
    initiallyDeferred: deferred ? true : undefined,
  });
}
