// Owns what was measured of a statement, by the parts that its relations play.
import { lockModes as names } from "@clew/sql-analyzer";
import type { Modes, Relation } from "./look.ts";

/** Sorted by part: the target, the other, then by name. */
export interface Measured {
  /** The strongest lock on the relations of each part. */
  readonly locks: Readonly<Record<string, string>>;
  /** Relations whose rows were copied to a new file; `indexes`: those of tables that were not. */
  readonly rewrites: readonly string[];
  /** Relations of which every row was read. */
  readonly scans: readonly string[];
}

/** The modes of locks, weakest first, to look any text up in. */
export const lockModes: readonly string[] = names;

/** Names what was seen of relations. An index is only worth a word where more happens to it than to its table. */
export function measured(
  all: readonly Relation[],
  modes: Modes,
  rewrites: readonly number[],
  scans: readonly number[],
): Measured {
  const strongest = (oid: number | null): number => Math.max(-1, ...(modes.get(oid ?? -1) ?? []).map(rank));
  const locks: Record<string, number> = {};
  for (const relation of all) {
    const mode = strongest(relation.oid);
    const part = partOf(relation, strongest(relation.table) >= mode);
    if (mode >= 0 && part !== undefined) locks[part] = Math.max(locks[part] ?? -1, mode);
  }
  const parts = (oids: ReadonlySet<number>): string[] => {
    const touched = all.filter(({ oid }) => oids.has(oid));
    const found = touched.flatMap((relation) => partOf(relation, oids.has(relation.table ?? -1)) ?? []);
    return [...new Set(found)].toSorted(byPart);
  };
  const sorted = Object.keys(locks).toSorted(byPart);
  return {
    locks: Object.fromEntries(sorted.map((part) => [part, lockModes[locks[part]!]!])),
    rewrites: parts(withParents(all, rewrites)),
    scans: parts(withParents(all, scans)),
  };
}

function partOf({ name, kind, table }: Relation, covered: boolean): string | undefined {
  if (name === "target" || name === "other") return name;
  if (table !== null) return covered ? undefined : "indexes";
  return kind === "c" ? undefined : name.split("_")[0]!; // a composite type is no part
}

/** A partitioned table has no rows but those of its partitions. */
function withParents(all: readonly Relation[], oids: readonly number[]): ReadonlySet<number> {
  const parents = all.filter(({ oid }) => oids.includes(oid)).flatMap(({ parent }) => parent ?? []);
  return new Set([...oids, ...parents]);
}

function byPart(a: string, b: string): number {
  const named = ["other", "target"];
  return named.indexOf(b) - named.indexOf(a) || (a < b ? -1 : 1);
}

/** The place of a mode that pg_locks names, as `AccessShareLock`. */
function rank(mode: string): number {
  const words = mode.replace(/Lock$/, "").replace(/(?<=[a-z])(?=[A-Z])/g, " ");
  return lockModes.indexOf(words.toUpperCase());
}
