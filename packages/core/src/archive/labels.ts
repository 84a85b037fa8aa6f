// Owns what the values of enums in kept rows were called before the migration, which may have renamed them before or after.
import { addressOf, factsOf, type Action, type Catalog, type Key } from "@clew/sql-analyzer";

/** By table and column, as they are called before: the former names of an enum's values. */
export type Labels = Readonly<Record<Key, Readonly<Record<string, Renamed>>>>;

export interface Renamed {
  readonly names: Readonly<Record<string, string>>;
  /** The column holds arrays of them. */
  readonly array: boolean;
}

/** What a rollback renames, of the columns that there are before the migration. */
export function labelsOf(actions: readonly Action[], before: Catalog): Labels {
  const labels: Record<Key, Record<string, Renamed>> = {};
  const renames = actions.flatMap((action) => ("renames" in action && action.renames ? [action.renames] : []));
  for (const [type, each] of Map.groupBy(renames, (one) => addressOf(one.type))) {
    const names = former(each);
    for (const { parent, name, type: own } of factsOf(before, "column"))
      if (own === type || own === `${type}[]`) (labels[parent!] ??= {})[name] = { names, array: own !== type };
  }
  return labels;
}

/** Each name that a value had with the one that it had first; they are taken back the last first. */
function former(renames: readonly { readonly from: string; readonly to: string }[]): Record<string, string> {
  const names: Record<string, string> = {};
  for (const { from, to } of renames.toReversed()) names[from] = names[to] ?? to;
  return names;
}
