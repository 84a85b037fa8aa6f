// Owns what names of columns mean inside a text: the items of FROM, by number.
import type { Column } from "./term.ts";

/** A column that a query or a relation gives. */
export interface Output {
  readonly name: string;
  readonly type: string | undefined;
}

/** One item of FROM. */
export interface Entry {
  readonly id: number;
  readonly alias: string;
  /** A relation's without an alias, which its schema may tell from others of the same name. */
  readonly schemas?: readonly string[];
  /** Undefined where they cannot be told. */
  readonly columns: readonly Output[] | undefined;
  /** A function's, whose columns have the names that the query gives them: they count by their place. */
  readonly placed?: true;
}

/** A column of an item, as it can be seen beside others: of two that are joined USING it only the first. */
export interface Visible {
  readonly entry: Entry;
  /** Undefined: all of the entry's, which are not known. */
  readonly column: Output | undefined;
}

export interface Scope {
  readonly entries: readonly Entry[];
  readonly visible: readonly Visible[];
  readonly queries: ReadonlyMap<string, Query>;
  readonly outer: Scope | undefined;
}

/** A query of WITH. */
export interface Query {
  readonly id: number;
  readonly columns: readonly Output[] | undefined;
}

export const emptyScope: Scope = { entries: [], visible: [], queries: new Map(), outer: undefined };

export function visibleOf(entry: Entry): readonly Visible[] {
  return entry.columns?.map((column) => ({ entry, column })) ?? [{ entry, column: undefined }];
}

/** The column of a name, or of `item.name`; the item itself, as a row, where that is what has the name. */
export function findColumn(scope: Scope, names: readonly string[]): Column {
  const name = names.at(-1)!;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    if (names.length > 1) {
      const entry = entryNamed(level, names.slice(0, -1));
      if (entry !== undefined) return columnOf(entry, name);
      continue;
    }
    const found = level.visible.find(({ column }) => column?.name === name);
    if (found !== undefined) return columnOf(found.entry, name);
    // It may be a column of one whose columns are not known.
    if (level.visible.some(({ column }) => column === undefined)) {
      const only = level.entries.length === 1 && level.outer === undefined ? level.entries[0] : undefined;
      if (only !== undefined) return columnOf(only, only.placed && only.alias === name ? "*" : name);
      break;
    }
    const row = level.entries.find((each) => each.alias === name);
    if (row !== undefined) return columnOf(row, "*");
  }
  return { is: "column", of: undefined, name, type: undefined };
}

/** The item of a name, or of `schema.name`. */
export function entryNamed({ entries }: Scope, names: readonly string[]): Entry | undefined {
  const [alias, schema] = names.toReversed();
  return entries.find((each) => each.alias === alias && (schema === undefined || each.schemas?.includes(schema)));
}

function columnOf({ id, columns, placed }: Entry, name: string): Column {
  const place = columns?.findIndex((column) => column.name === name) ?? -1;
  // Of a function that gives one value the row is that value.
  if (placed && name === "*" && columns?.length === 1) {
    return { is: "column", of: id, name: "1", type: columns[0]!.type };
  }
  // Its row may have columns of which nothing is known.
  if (placed && place < 0 && name !== "*") return { is: "column", of: undefined, name, type: undefined };
  const type = place < 0 ? undefined : columns![place]!.type;
  return { is: "column", of: id, name: placed && place >= 0 ? String(place + 1) : name, type };
}
