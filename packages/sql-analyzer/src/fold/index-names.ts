// Owns the names of an index's own columns, after which Postgres calls copies of the index.
import type { Fact } from "../catalog/catalog.ts";
import type { Key } from "../catalog/keys.ts";
import { nodes, type Fields } from "../grammar.ts";
import { expressionName } from "./column-name.ts";
import type { Scene } from "./scene.ts";
import { fields, text } from "./tree.ts";

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
    scene.change(index.key, { columnNames: columnNamesField(index, names).columnNames });
  }
}

function parseExpression({ grammar }: Scene, sql: string): Fields {
  const parsed = grammar?.parse(`SELECT ${sql}`);
  const select = fields(parsed?.ok === true ? parsed.statements[0]?.node["SelectStmt"] : undefined);
  const expr = fields(nodes(select["targetList"])[0]?.["ResTarget"])["val"];
  return expr === undefined ? {} : { expr };
}
