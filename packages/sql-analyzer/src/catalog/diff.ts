// Owns the difference between two catalogs, as data.
import { factsIn, type Catalog, type Certainty, type Fact, type Kind, type SqlText } from "./catalog.ts";
import { type Common, commonGround } from "./common.ts";
import { keysBetween } from "./descent.ts";
import type { Grant } from "./grants.ts";
import type { Key } from "./keys.ts";

/** One thing that is not the same in two catalogs. */
export interface Difference {
  readonly key: Key;
  readonly kind: Kind;
  readonly what: "added" | "removed" | "changed";
  /** Of what changed: the field, or `columns` for the order of the columns or attributes that both have. */
  readonly field?: string;
  /** Of `grants` the grantee, of options and settings the name. */
  readonly part?: string;
  /** The value of the field or part; absent where it had none. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** Of what was added or removed: the fact added or removed with it that it is a part of. */
  readonly within?: Key;
  /** It may be none: SQL of which it cannot be told whether it says the same, or a fact that is not known for certain. */
  readonly unsure?: true;
  /** Of the less certain of the two facts. */
  readonly certainty: Certainty;
}

/** Whether two texts of SQL say the same: nothing, where neither that nor the contrary can be shown. */
export type Sameness = "same" | "different" | "unknown";

/** The field of a fact in which a text stands. */
export interface SqlPlace {
  readonly key: Key;
  readonly field: string;
}

/** How catalogs are compared. */
export interface DiffOptions {
  /**
   * Whether two texts mean the same, asked where they are not equal. Default: never. Needed between catalogs of which one
   * was folded, or of different server versions; see `startComparing`.
   */
  readonly sameSql?: (before: SqlText, after: SqlText, at: SqlPlace) => Sameness;
}

/**
 * What is different in `after`, in the order of the keys. Nothing exactly where the catalogs have the same hash, if both
 * are of one server version; of two versions, what only one of them knows (MAINTAIN, named NOT NULL) is left out.
 */
export function diff(before: Catalog, after: Catalog, options: DiffOptions = {}): readonly Difference[] {
  const differences: Difference[] = [];
  const common = commonGround(before, after);
  const [was, is] = [before.facts, after.facts];
  const touched = new Set<Key | undefined>();
  const touch = (fact: Fact): void => {
    if (fact.kind === "column" || fact.kind === "attribute") touched.add(fact.parent);
  };
  for (const key of keysBetween(was, is)) {
    const [fact, other] = [was[key], is[key]];
    if (other === fact) continue;
    if (fact !== undefined) touch(fact);
    if (other !== undefined) touch(other);
    if (fact !== undefined && other !== undefined) differences.push(...changes(fact, other, common, options));
    else if (fact !== undefined && common.knows(fact)) differences.push(lone("removed", fact, before, after));
    else if (other !== undefined && common.knows(other)) differences.push(lone("added", other, after, before));
  }
  if (touched.size > 0) differences.push(...orders(before, after, touched));
  return differences.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function lone(what: "added" | "removed", fact: Fact, there: Catalog, elsewhere: Catalog): Difference {
  const { key, kind, certainty } = fact;
  const within = wholesOf(fact).find(
    (whole) => there.facts[whole] !== undefined && elsewhere.facts[whole] === undefined,
  );
  return within === undefined ? { key, kind, what, certainty } : { key, kind, what, within, certainty };
}

/** What a fact comes and goes with. */
function wholesOf(fact: Fact): readonly Key[] {
  const wholes: (Key | undefined)[] = [fact.parent];
  if (fact.kind === "index") wholes.push(fact.constraint, fact.table);
  if (fact.kind === "sequence") wholes.push(fact.ownedBy);
  return wholes.filter((key) => key !== undefined);
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields that are not compared by themselves. */
const silent: ReadonlySet<string> = new Set([
  "key",
  "kind",
  "name",
  "parent",
  "certainty",
  "uses",
  "columnNames",
  "definition",
  "position",
]);

/** Fields whose parts are differences of their own. */
const parted: ReadonlySet<string> = new Set(["options", "settings", "settingsHere", "properties", "mappings"]);

function* changes(before: Fact, after: Fact, common: Common, options: DiffOptions): Generator<Difference> {
  const { key, kind } = before;
  const certainty = less(before.certainty, after.certainty);
  const one = common.of(before) as Fact & Fields;
  const two = common.of(after) as Fact & Fields;
  const changed = (
    field: string,
    part: string | undefined,
    from: unknown,
    to: unknown,
    same: Sameness = "different",
  ): Difference => ({
    key,
    kind,
    what: "changed",
    field,
    ...(part === undefined ? {} : { part }),
    ...(from === undefined ? {} : { before: from }),
    ...(to === undefined ? {} : { after: to }),
    ...(same === "unknown" ? { unsure: true } : {}),
    certainty,
  });
  const compared =
    (field: string) =>
    (from: unknown, to: unknown): Sameness =>
      compareValues(from, to, (a, b) => options.sameSql?.(a, b, { key, field }) ?? "different");

  let different = false;
  for (const field of new Set([...Object.keys(one), ...Object.keys(two)])) {
    const same = silent.has(field) ? "same" : compared(field)(one[field], two[field]);
    if (same === "same") continue;
    different = true;
    const owner = one.owner === two.owner ? one.owner : undefined;
    const from = partsOf(field, one[field], owner);
    const to = partsOf(field, two[field], owner);
    if (from === undefined || to === undefined) yield changed(field, undefined, one[field], two[field], same);
    else
      for (const part of [...new Set([...Object.keys(from), ...Object.keys(to)])].sort())
        if (compared(field)(from[part], to[part]) !== "same") yield changed(field, part, from[part], to[part]);
  }
  if (!different && common.oneServer && one.definition?.sql !== two.definition?.sql)
    yield changed("definition", undefined, one.definition, two.definition);
}

function partsOf(field: string, value: unknown, owner: string | undefined): Fields | undefined {
  if (field === "grants") {
    const grants = (value ?? []) as readonly Grant[];
    const parts = grants.map((grant) => [grant.by ? `${grant.to} by ${grant.by}` : grant.to, grant] as const);
    const all = { to: owner, privileges: ["ALL"] };
    return { ...(owner === undefined ? {} : { [owner]: all }), ...Object.fromEntries(parts) };
  }
  if (!parted.has(field) || typeof value === "string") return undefined;
  return (value ?? {}) as Fields;
}

/** Whether two values say the same. Objects are compared by what they hold, in whatever order. */
function compareValues(a: unknown, b: unknown, sameSql: (a: SqlText, b: SqlText) => Sameness): Sameness {
  if (a === b) return "same";
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return "different";
  if (isSql(a) && isSql(b)) return a.sql === b.sql ? "same" : sameSql(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return "different";
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length || !names.every((name) => name in b)) return "different";
  const parts = names.map((name) => compareValues((a as Fields)[name], (b as Fields)[name], sameSql));
  return parts.find((same) => same === "different") ?? parts.find((same) => same === "unknown") ?? "same";
}

export function isSql(value: unknown): value is SqlText {
  if (typeof value !== "object" || value === null || !("sql" in value) || typeof value.sql !== "string") return false;
  return Object.keys(value).every((name) => name === "sql" || name === "path");
}

function less(a: Certainty, b: Certainty): Certainty {
  const order: readonly Certainty[] = ["tainted", "assumed", "exact"];
  return order.find((certainty) => certainty === a || certainty === b) ?? "exact";
}

/** Where the columns that both have do not stand in the same order. */
function* orders(before: Catalog, after: Catalog, touched: ReadonlySet<Key | undefined>): Generator<Difference> {
  const was = columnsOf(before, after, touched);
  const is = columnsOf(after, before, touched);
  for (const [key, columns] of was) {
    const now = is.get(key);
    // What was a table and is a view has columns of the same keys, and another parent.
    if (now === undefined || columns.every((column, index) => column === now[index])) continue;
    const [one, two] = [before.facts[key], after.facts[key]];
    if (one === undefined || two === undefined) continue;
    const certainty = less(one.certainty, two.certainty);
    yield { key, kind: one.kind, what: "changed", field: "columns", before: columns, after: now, certainty };
  }
}

/** By table or type of these: the names of the columns or attributes that the other catalog has as well, in order. */
function columnsOf(
  catalog: Catalog,
  other: Catalog,
  wholes: ReadonlySet<Key | undefined>,
): ReadonlyMap<Key, readonly string[]> {
  const found = new Map<Key, readonly string[]>();
  for (const whole of [...wholes].filter((key) => key !== undefined).sort()) {
    const columns = [...factsIn(catalog, whole, "column"), ...factsIn(catalog, whole, "attribute")]
      .filter(({ key }) => other.facts[key] !== undefined)
      .sort((a, b) => a.position - b.position);
    if (columns.length > 0)
      found.set(
        whole,
        columns.map(({ name }) => name),
      );
  }
  return found;
}
