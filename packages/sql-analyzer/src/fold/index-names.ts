// Owns the names of an index's own columns, after which Postgres calls copies of the index, and which of the table's each is.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyIn } from "../catalog/keys.ts";
import { nodes, type Fields } from "../grammar.ts";
import { expressionName } from "./column-name.ts";
import { findCalled, nameOf } from "./names.ts";
import type { Scene } from "./scene.ts";
import { fields, strings, tagged, text } from "./tree.ts";
import { typeOf } from "./type-names.ts";

type Columns = Pick<Fact<"index">, "keys" | "include" | "columnNames">;

// ChooseIndexColumnNames in indexcmds.c: an expression has its function's name, or expr; names are numbered apart.
export function chooseColumnNames(elements: readonly Fields[]): readonly string[] {
  const names: string[] = [];
  for (const element of elements) {
    const base = text(element["name"]) ?? text(element["indexcolname"]) ?? expressionName(element["expr"]) ?? "expr";
    let name = base;
    for (let i = 1; names.includes(name); i++) name = `${base}${i}`;
    names.push(name);
  }
  return names;
}

/** The names of an index's columns, keys first. */
export function columnNamesOf({ keys, include = [], columnNames }: Columns): readonly string[] {
  return columnNames ?? [...keys.map(({ column }) => column ?? "expr"), ...include];
}

/** The field that keeps these names: absent where they are those of the table's columns. */
export function columnNamesField(
  { keys, include = [] }: Columns,
  names: readonly string[],
): Pick<Columns, "columnNames"> {
  const own = [...keys.map(({ column }) => column), ...include];
  return own.every((name, at) => name === names[at]) ? {} : { columnNames: names };
}

// ATPostAlterTypeCleanup in tablecmds.c makes a column's indexes anew, so that they call it by the name that it has now.
export function renewIndexes(scene: Scene, column: Key): void {
  for (const index of scene.catalog.users(column)) {
    if (index.kind !== "index" || index.columnNames === undefined) continue;
    const elements = index.keys.map(({ column: name, expression }) =>
      name === undefined ? parseExpression(scene, expression!.sql) : { name },
    );
    const names = chooseColumnNames([...elements, ...(index.include ?? []).map((name) => ({ name }))]);
    const keys = index.keys.map(({ expression, ...key }, at) => {
      // What cast the column to the type that it has now is the column alone.
      const name = expression && nameOfColumn(scene, index.table, elements[at]!);
      return name === undefined ? { ...key, ...(expression && { expression }) } : { ...key, column: name };
    });
    scene.change(index.key, { keys, columnNames: columnNamesField({ ...index, keys }, names).columnNames });
  }
}

function parseExpression({ grammar }: Scene, sql: string): Fields {
  const parsed = grammar?.parse(`SELECT ${sql}`);
  const select = fields(parsed?.ok === true ? parsed.statements[0]?.node["SelectStmt"] : undefined);
  const expr = fields(nodes(select["targetList"])[0]?.["ResTarget"])["val"];
  return expr === undefined ? {} : { expr };
}

// `(column)` is the column, and so are `(column::type)` and `type(column)` where that is its own type: no function of the
// system converts a type to itself but those that cut to a length, which take it as another argument.
export function nameOfColumn(scene: Scene, table: Key, element: Fields): string | undefined {
  const named = text(element["name"]);
  if (named !== undefined) return named;
  const [tag, expression] = tagged(element["expr"]);
  const cast = tag === "TypeCast" ? fields(expression["typeName"]) : castByCall(scene, tag, expression);
  const [argument] = tag === "FuncCall" ? nodes(expression["args"]) : [expression["arg"]];
  const [inner, reference] = cast === undefined ? [tag, expression] : tagged(argument);
  const [name, ...more] = inner === "ColumnRef" ? strings(reference["fields"]) : [];
  if (name === undefined || more.length > 0 || cast === undefined) return more.length > 0 ? undefined : name;
  const type = scene.catalog.as(keyIn(table, "column", name), "column")?.type;
  return type === typeOf(scene, cast).type ? name : undefined;
}

// https://www.postgresql.org/docs/current/sql-expressions.html#SQL-SYNTAX-TYPE-CASTS
function castByCall(scene: Scene, tag: string, call: Fields): Fields | undefined {
  const names = strings(call["funcname"]);
  if (tag !== "FuncCall" || names.length !== 1 || nodes(call["args"]).length !== 1) return undefined;
  return findCalled(scene, nameOf(call["funcname"]), 1).length > 0 ? undefined : { names: call["funcname"]! };
}
