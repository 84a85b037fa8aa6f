// Owns which columns and variables an expression may name.
import type { Columns } from "./known.ts";

/** What FROM brings under one name. */
export interface Item {
  readonly alias: string;
  /** Of a table without an alias. */
  readonly schema?: string | undefined;
  readonly columns: Columns;
}

/** A level of names; those of the levels around it are seen as well. */
export interface Scope {
  readonly items: Item[];
  /** Names of WITH. */
  readonly queries: Map<string, Columns>;
  /** Variables, arguments and labels of a body. */
  readonly variables?: ReadonlySet<string>;
  /** The function whose body it is, where it has no other variables than its arguments. */
  readonly routine?: { readonly name: string; readonly arguments: ReadonlySet<string> };
  /** It has names that are not known. */
  readonly open?: boolean;
  readonly outer?: Scope | undefined;
}

export function scopeIn(outer: Scope | undefined, items: Item[] = []): Scope {
  return { items, queries: new Map(), outer };
}

/** Columns that every table has beside its own. https://www.postgresql.org/docs/current/ddl-system-columns.html */
export const systemColumns: ReadonlySet<string> = new Set(["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]);

export function* levels(scope: Scope | undefined): Generator<Scope> {
  for (let level = scope; level !== undefined; level = level.outer) yield level;
}

/** The columns of WITH's query of a name; undefined where there is none. */
export function queryNamed(scope: Scope | undefined, name: string): Columns | undefined {
  for (const { queries } of levels(scope)) {
    const columns = queries.get(name);
    if (columns !== undefined) return columns;
  }
  return undefined;
}
