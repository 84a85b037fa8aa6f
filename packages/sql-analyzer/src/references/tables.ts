// Owns CREATE TABLE and ALTER TABLE: columns, constraints, and what they refer to.
import { type Key, keyIn } from "../catalog/keys.ts";
import { rangeName } from "../fold/names.ts";
import { fields, strings, tagged, text } from "../fold/tree.ts";
import { type Fields, type Node, nodes, type Value } from "../grammar.ts";
import { checkExpression, checkType, partsAt, reportColumn } from "./expressions.ts";
import { type Here, report, reportMissing } from "./here.ts";
import { type Columns, unknownColumns } from "./known.ts";
import { each } from "./lists.ts";
import { checkIndexElements, checkRelation } from "./queries.ts";
import { type Item, type Scope, scopeIn, systemColumns } from "./scope.ts";
import type { Span } from "./source.ts";

/** Checks the schema in which an object is to be made. */
export function checkHome(here: Here, schema: string | undefined, location: unknown): void {
  const missing = schema === undefined ? undefined : here.known.schema(schema);
  if (missing === undefined || schema === undefined) return;
  reportMissing(here, "schema", { schema, name: schema }, { ...missing, part: "schema" }, partsAt(here, location));
}

export function checkCreateTable(here: Here, node: Fields): void {
  const rangeVar = fields(node["relation"]);
  const name = rangeName(rangeVar);
  checkHome(here, name.schema, rangeVar["location"]);
  const found = here.known.table(name);
  // It is skipped as a whole.
  if (node["if_not_exists"] === true && !("missing" in found)) return;
  const elements = nodes(node["tableElts"]);
  const names = new Set<string>();
  let open = node["ofTypename"] !== undefined;
  if (open) checkType(here, fields(node["ofTypename"]));
  const inherited = nodes(node["inhRelations"]).map((each) => fields(each["RangeVar"]));
  const likes = elements.flatMap(({ TableLikeClause: like }) => (like ? [fields(like["relation"])] : []));
  for (const parent of [...inherited, ...likes]) {
    const { columns } = checkRelation(here, parent, undefined);
    if (columns.names === undefined) open = true;
    for (const column of columns.names ?? []) names.add(column);
  }
  for (const { ColumnDef: column } of elements) if (column) names.add(text(column["colname"]) ?? "");
  const own: Item = { alias: name.name, columns: open ? unknownColumns : { names } };
  const scope = scopeIn(here.variables, [own]);
  // The sequences of its columns are made before it, and what is inside may name the table itself.
  const made = new Set([name.name, ...[...names].map((column) => `${name.name}_${column}_seq`)]);
  const inside: Here = { ...here, hidden: (each) => made.has(each) || here.hidden(each) };
  let from = here.source.at(rangeVar["location"]);
  for (const { ColumnDef: column, Constraint: constraint } of elements) {
    if (column) {
      from = Math.max(from, here.source.at(column["location"]));
      checkColumnDef(inside, column, own, scope, name);
    }
    if (constraint) checkConstraint(inside, constraint, own, scope, name);
  }
  const partition = fields(node["partspec"]);
  checkIndexElements(inside, partition["partParams"], own, scope, partition["location"]);
}

/** A column's type, default and constraints. */
export function checkColumnDef(
  here: Here,
  column: Fields,
  own: Item,
  scope: Scope,
  table: ReturnType<typeof rangeName>,
): void {
  checkType(here, fields(column["typeName"]));
  checkCollation(here, fields(column["collClause"]));
  checkExpression(here, column["raw_default"], scope);
  for (const { Constraint: constraint } of nodes(column["constraints"])) {
    if (constraint) checkConstraint(here, constraint, own, scope, table);
  }
}

function checkCollation(here: Here, clause: Fields): void {
  const names = strings(clause["collname"]);
  if (names.length < 2) return;
  const name = { schema: names.at(-2), name: names.at(-1)! };
  const missing = here.known.inSchema(name, "collation");
  if (missing !== undefined) reportMissing(here, "collation", name, missing, partsAt(here, clause["location"]));
}

/** A constraint of a table, or of a column. */
function checkConstraint(here: Here, node: Fields, own: Item, scope: Scope, table: ReturnType<typeof rangeName>): void {
  const from = here.source.at(node["location"]);
  checkExpression(here, node["raw_expr"], scope);
  checkExpression(here, node["where_clause"], scope);
  checkNames(here, node["keys"], own, from);
  checkNames(here, node["including"], own, from);
  for (const { List: pair } of nodes(node["exclusions"])) {
    checkIndexElements(here, [nodes(pair?.["items"])[0] ?? {}], own, scope, node["location"]);
  }
  const after = checkNames(here, node["fk_attrs"], own, from);
  const index = text(node["indexname"]);
  if (index !== undefined) checkIndexOf(here, index, table, from);
  if (node["pktable"] === undefined) return;
  const target = fields(node["pktable"]);
  const { schema, name } = rangeName(target);
  const itself = name === table.name && (schema === undefined || table.schema === undefined || schema === table.schema);
  const referred = itself ? own : checkRelation(here, target, undefined);
  const start = target["location"] === undefined ? after : here.source.at(target["location"]);
  const columnsFrom = here.source.part(start, schema === undefined ? 0 : 1, name)?.end ?? start;
  checkNames(here, node["pk_attrs"], referred, columnsFrom);
  checkNames(here, node["fk_del_set_cols"], own, columnsFrom);
}

function checkIndexOf(here: Here, name: string, table: ReturnType<typeof rangeName>, from: number): void {
  const missing = here.known.inSchema({ schema: table.schema, name }, "index");
  if (missing === undefined || missing.part === "schema") return;
  // It is looked up in the table's schema, which may stand later in the path.
  if (table.schema === undefined && here.known.anywhere(name, "index")) return;
  reportMissing(here, "index", { schema: undefined, name }, missing, () => here.source.find(name, from));
}

/** Checks a list of columns of a table that stands at or after an offset; gives where it ends. */
export function checkNames(here: Here, list: Value | undefined, { alias, columns }: Item, from: number): number {
  let at = from;
  for (const name of strings(list)) {
    const span = here.source.find(name, at);
    at = span?.end ?? at;
    if (columns.names?.has(name) === false && !systemColumns.has(name)) reportColumn(here, alias, columns, name, span);
  }
  return at;
}

/** What hangs on a relation by name: a constraint, a policy, a trigger, a rule. */
export function checkPart(
  here: Here,
  sort: "constraint" | "policy" | "rule" | "trigger",
  table: Key,
  name: string,
  span: Span | undefined,
): void {
  const { catalog } = here.known.scene;
  if (catalog.has(keyIn(table, sort, name))) return;
  const fact = catalog.get(table);
  if (fact === undefined || fact.certainty === "tainted") return;
  // Copies of a parent's are no facts, nor are NOT NULL constraints by their own names.
  if (fact.kind === "table" && fact.inherits !== undefined && sort !== "policy") return;
  if (sort === "constraint" && name.endsWith("_not_null")) return;
  report(here, {
    sort,
    name: { schema: undefined, name },
    of: fact.name,
    span,
    message: `${fact.name} has no ${sort} ${name}.`,
    certain: true,
    candidates: here.known.namesIn(table, sort),
  });
}

/** The key of the relation that a RangeVar names, with its columns; a finding and undefined where there is none. */
export function relationOf(
  here: Here,
  tree: Value | undefined,
  missingOk: boolean,
): { readonly key: Key | undefined; readonly item: Item } | undefined {
  const rangeVar = fields(tree);
  const name = rangeName(rangeVar);
  const found = here.known.table(name);
  if ("missing" in found) {
    if (!missingOk) reportMissing(here, "table", name, found.missing, partsAt(here, rangeVar["location"]));
    return undefined;
  }
  const made = here.body?.made.has("table", name.name) === true;
  const columns: Columns =
    made || !("key" in found) ? ("key" in found ? unknownColumns : found.columns) : here.known.columns(found.key);
  return {
    key: "key" in found && !made ? found.key : undefined,
    item: { alias: name.name, schema: name.schema, columns },
  };
}

export function checkAlterTable(here: Here, node: Fields): void {
  const objtype = node["objtype"];
  const rangeVar = fields(node["relation"]);
  const name = rangeName(rangeVar);
  const commands = each(node["cmds"], "AlterTableCmd");
  if (objtype === "OBJECT_INDEX" || objtype === "OBJECT_SEQUENCE") {
    const sort = objtype === "OBJECT_INDEX" ? "index" : "sequence";
    const missing = node["missing_ok"] === true ? undefined : here.known.inSchema(name, sort);
    // An index of a constraint is an index as well; a sequence may be a table's.
    if (missing !== undefined && "missing" in here.known.table(name)) {
      reportMissing(here, sort, name, missing, partsAt(here, rangeVar["location"]));
    }
    return;
  }
  if (objtype === "OBJECT_TYPE") {
    const missing = here.known.type(name);
    if (missing !== undefined) reportMissing(here, "type", name, missing, partsAt(here, rangeVar["location"]));
    const attributes = here.known.attributes(name);
    let from = here.source.at(rangeVar["location"]);
    for (const command of commands) {
      checkType(here, fields(fields(fields(command["def"])["ColumnDef"])["typeName"]));
      const attribute = text(command["name"]);
      if (attribute === undefined || command["missing_ok"] === true || attributes?.has(attribute) !== false) continue;
      const span = here.source.find(attribute, from);
      reportColumn(here, name.name, { names: attributes }, attribute, span);
      from = span?.end ?? from;
    }
    return;
  }
  const relation = relationOf(here, node["relation"], node["missing_ok"] === true);
  if (relation === undefined) return;
  const { names } = relation.item.columns;
  const added = commands
    .filter(({ subtype }) => subtype === "AT_AddColumn")
    .map(({ def }) => text(fields(fields(def)["ColumnDef"])["colname"]) ?? "");
  const item: Item = {
    alias: name.name,
    columns: names === undefined ? unknownColumns : { ...relation.item.columns, names: new Set([...names, ...added]) },
  };
  let from =
    here.source.part(here.source.at(rangeVar["location"]), name.schema === undefined ? 0 : 1, name.name)?.end ?? 0;
  for (const command of commands) from = checkCommand(here, command, item, relation.key, name, from);
}

const columnCommands = new Set([
  "AT_AddIdentity",
  "AT_AlterColumnType",
  "AT_ColumnDefault",
  "AT_DropColumn",
  "AT_DropExpression",
  "AT_DropIdentity",
  "AT_DropNotNull",
  "AT_ResetOptions",
  "AT_SetCompression",
  "AT_SetExpression",
  "AT_SetIdentity",
  "AT_SetNotNull",
  "AT_SetOptions",
  "AT_SetStatistics",
  "AT_SetStorage",
]);

const partCommands: { readonly [subtype: string]: "constraint" | "rule" | "trigger" | undefined } = {
  AT_DropConstraint: "constraint",
  AT_ValidateConstraint: "constraint",
  AT_EnableTrig: "trigger",
  AT_EnableAlwaysTrig: "trigger",
  AT_EnableReplicaTrig: "trigger",
  AT_DisableTrig: "trigger",
  AT_EnableRule: "rule",
  AT_EnableAlwaysRule: "rule",
  AT_EnableReplicaRule: "rule",
  AT_DisableRule: "rule",
};

function checkCommand(
  here: Here,
  command: Fields,
  item: Item,
  table: Key | undefined,
  of: ReturnType<typeof rangeName>,
  from: number,
): number {
  const subtype = String(command["subtype"]);
  const [tag, def] = tagged(command["def"]);
  const name = text(command["name"]);
  const span = name === undefined ? undefined : here.source.find(name, from);
  const end = span?.end ?? from;
  const scope = scopeIn(here.variables, [item]);
  if (columnCommands.has(subtype) && name !== undefined) {
    if (command["missing_ok"] !== true && item.columns.names?.has(name) === false) {
      reportColumn(here, item.alias, item.columns, name, span);
    }
    if (tag === "ColumnDef") checkColumnDef(here, def, item, scope, of);
    else if (command["def"] !== undefined && tag !== "String" && tag !== "Integer")
      checkExpression(here, command["def"], scope);
    return end;
  }
  const sort = partCommands[subtype];
  if (sort !== undefined && name !== undefined) {
    if (command["missing_ok"] !== true && table !== undefined) checkPart(here, sort, table, name, span);
    return end;
  }
  switch (subtype) {
    case "AT_AddColumn":
      checkColumnDef(here, def, item, scope, of);
      return Math.max(from, here.source.at(def["location"]));
    case "AT_AddConstraint":
      checkConstraint(here, def, item, scope, of);
      return Math.max(from, here.source.at(def["location"]));
    case "AT_AlterConstraint": {
      const constraint = text(def["conname"]);
      if (constraint === undefined) return from;
      const at = here.source.find(constraint, from);
      if (table !== undefined) checkPart(here, "constraint", table, constraint, at);
      return at?.end ?? from;
    }
    case "AT_ClusterOn":
    case "AT_ReplicaIdentity": {
      const index = name ?? text(def["name"]);
      if (index !== undefined) checkIndexOf(here, index, of, from);
      return end;
    }
    case "AT_AttachPartition":
    case "AT_DetachPartition":
      relationOf(here, def["name"], false);
      return from;
    case "AT_AddInherit":
    case "AT_DropInherit":
      relationOf(here, def, false);
      return from;
    case "AT_ChangeOwner":
      checkRole(here, command["newowner"]);
      return from;
    case "AT_AddOf":
      checkType(here, def);
      return from;
    default:
      return from;
  }
}

/** Checks a RoleSpec. */
export function checkRole(here: Here, tree: Value | undefined): void {
  const spec = fields(fields(tree)["RoleSpec"] ?? tree);
  const name = text(spec["rolename"]);
  if (name === undefined) return;
  checkRoleNamed(here, name, partsAt(here, spec["location"])(0, name));
}

export function checkRoleNamed(here: Here, name: string, span: Span | undefined): void {
  const missing = here.known.alone(name, "role");
  if (missing !== undefined) reportMissing(here, "role", { schema: undefined, name }, missing, () => span);
}

/** All RoleSpecs in a list. */
export function checkRoles(here: Here, list: Value | undefined): void {
  for (const each of nodes(list) as readonly Node[]) if (each["RoleSpec"] !== undefined) checkRole(here, each);
}
