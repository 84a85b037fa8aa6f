// Owns the names that a query gives its columns.
import { expressionName } from "../fold/column-name.ts";
import { strings, tagged, text } from "../fold/tree.ts";
import { type Node, nodes } from "../grammar.ts";
import { type Columns, unknownColumns } from "./known.ts";
import type { Item, Scope } from "./scope.ts";

/** The names of a query's columns. https://www.postgresql.org/docs/current/sql-select.html (Select List) */
export function outputsOf(targets: readonly Node[], scope: Scope): Columns {
  const names = new Set<string>();
  let partial = false;
  for (const { ResTarget: target } of targets) {
    const [tag, value] = tagged(target?.["val"]);
    const parts = tag === "ColumnRef" ? nodes(value["fields"]) : [];
    if (parts.at(-1)?.["A_Star"] !== undefined) {
      const of = strings(parts).at(-1);
      const items = of === undefined ? scope.items : itemNamed(scope, of);
      if (items.length === 0) return unknownColumns;
      for (const { columns } of items) {
        if (columns.names === undefined) return unknownColumns;
        partial ||= columns.partial === true;
        for (const name of columns.names) names.add(name);
      }
    } else if (tag === "A_Indirection" && nodes(value["indirection"]).at(-1)?.["A_Star"] !== undefined)
      return unknownColumns;
    else names.add(text(target?.["name"]) ?? expressionName(target?.["val"]) ?? "?column?");
  }
  return { names, partial };
}

function itemNamed(scope: Scope, name: string): readonly Item[] {
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    const found = level.items.filter(({ alias }) => alias === name);
    if (found.length > 0) return found;
  }
  return [];
}
