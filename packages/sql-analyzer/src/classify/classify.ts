// Says what a statement is and does, as far as its text tells: locks, rewrites, scans, losses, reads and writes.
import type { Statement } from "../read.ts";
import { type Act, actsOf } from "./acts.ts";
import type { Classification, Touch, Work } from "./classification.ts";
import { effectsOf, merge } from "./effects.ts";
import { lossesOf } from "./losses.ts";
import { measuredMajors } from "./measured.ts";
import { readingOf } from "./reading.ts";

/** For which server a statement is classified. */
export interface ClassifyOptions {
  /** The server's major version. Without it: what may happen on any that was measured. */
  readonly major?: number;
}

/**
 * What a statement is and does, as far as its text tells: without a catalog, so it says the worst that may happen, and
 * what that depends on. IF EXISTS and IF NOT EXISTS are taken as if there were something to do, and `relation`s are
 * taken to be what the statement calls them. What triggers do is not said.
 *
 * Its only knowledge of locks, rewrites and scans is what was measured on PostgreSQL 15, 17 and 18; any other major is
 * answered as the newest of these that is not newer.
 */
export function classify(statement: Statement, options: ClassifyOptions = {}): Classification {
  const { kind, boundary, ast } = statement;
  const about = { kind, boundary };
  if (ast === undefined) return { ...about, ...unread };

  const acts = actsOf(ast);
  const major = options.major === undefined ? undefined : measuredMajor(options.major);
  const effects = acts.map((act) => effectsOf(act, major));
  const known = effects.flatMap((effect) => effect ?? []);
  const missing = acts.filter((_, index) => effects[index] === undefined).map(({ key }) => `${key} was not measured`);
  const rewrites = merge(known.flatMap(({ rewrites }) => rewrites));
  const { reads, writes, unknown } = readingOf(ast);
  return {
    ...about,
    locks: merge(known.flatMap(({ locks }) => locks)),
    rewrite: work(rewrites, certain(rewrites).every(isIndex(acts)) ? "indexes" : "table"),
    scan: work(merge(known.flatMap(({ scans }) => scans)), "full"),
    destroys: lossesOf(ast),
    reads,
    writes,
    unknown: [...unknown, ...new Set(missing)],
  };
}

const unread: Omit<Classification, "kind" | "boundary"> = {
  locks: [],
  rewrite: { extent: "none", relations: [] },
  scan: { extent: "none", relations: [] },
  destroys: [],
  reads: [],
  writes: [],
  unknown: ["it was not parsed"],
};

function measuredMajor(major: number): number {
  return measuredMajors.findLast((measured) => measured <= major) ?? measuredMajors[0]!;
}

function work<Extent extends string>(relations: readonly Touch[], extent: Extent): Work<Extent> {
  if (relations.length === 0) return { extent: "none", relations };
  if (certain(relations).length > 0) return { extent, relations };
  // What its kin depend on beside that goes without saying here.
  const own = relations.filter(({ kin }) => kin === undefined);
  const reasons = (own.length === 0 ? relations : own).map(({ when }) => when);
  return { extent: "maybe", relations, reason: [...new Set(reasons)].join("; or ") };
}

function certain(touches: readonly Touch[]): readonly Touch[] {
  return touches.filter(({ when }) => when === undefined);
}

function isIndex(acts: readonly Act[]): (touch: Touch) => boolean {
  const named = acts.filter(({ key }) => /^(?:ALTER|REINDEX) INDEX\b/.test(key)).map(({ target }) => target);
  return ({ relation, kin }) => kin === "indexes" || (kin === undefined && named.includes(relation));
}
