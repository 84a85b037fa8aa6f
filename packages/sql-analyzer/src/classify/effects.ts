// Turns what was measured of an act into what happens to the statement's relations, with the conditions.
import type { Act } from "./acts.ts";
import { lockModes, type Kin, type Lock, type LockMode, type Touch } from "./classification.ts";
import { measured } from "./measured.ts";

/** The part that a relation plays in an act: one of the two that it names, or the target's kin. */
export type Role = "target" | "other" | "otherpartitions" | Kin;

/** What was seen when a statement of a key ran. */
export interface Observation {
  /** Under which condition this is so instead of the rule, as the end of "if …". */
  readonly when?: string;
  /** Under which condition this is so in addition to the rule. What has neither is the rule. */
  readonly also?: string;
  /** On which majors; absent: on all that were measured. */
  readonly majors?: readonly number[];
  readonly locks?: { readonly [R in Role]?: LockMode };
  readonly rewrites?: readonly Role[];
  readonly scans?: readonly Role[];
}

export interface Effects {
  readonly locks: readonly Lock[];
  readonly rewrites: readonly Touch[];
  readonly scans: readonly Touch[];
}

/** What an act does; undefined where it was not measured. Without a major: what it may do on any. */
export function effectsOf(act: Act, major?: number): Effects | undefined {
  const all = measured[act.key] ?? inherited(act.key);
  if (all === undefined) return undefined;
  const fitting = all.filter(({ majors }) => major === undefined || majors === undefined || majors.includes(major));
  // A statement that the version does not have is said to be as on those that have it.
  const observations = fitting.length === 0 ? all : fitting;
  return {
    locks: touches(act, observations, ({ locks }) => entries(locks ?? {}).map(([role, mode]) => ({ role, mode }))),
    rewrites: touches(act, observations, ({ rewrites }) => (rewrites ?? []).map((role) => ({ role }))),
    scans: touches(act, observations, ({ scans }) => (scans ?? []).map((role) => ({ role }))),
  };
}

/** Each relation once: with the strongest of what is certain, and with what is stronger under a condition. */
export function merge<T extends Touch & { readonly mode?: LockMode }>(touches: readonly T[]): readonly T[] {
  const strength = ({ mode }: T): number => (mode === undefined ? 0 : lockModes.indexOf(mode));
  const groups = Map.groupBy(touches, ({ relation, kin }) => JSON.stringify([relation?.schema, relation?.name, kin]));
  return [...groups.values()].flatMap((group) => {
    const certain = group.filter(({ when }) => when === undefined).toSorted((a, b) => strength(b) - strength(a))[0];
    const floor = certain === undefined ? -1 : strength(certain);
    const possible = group.filter((one) => one.when !== undefined && strength(one) > floor);
    const strongest = [...Map.groupBy(possible, ({ when }) => when).values()].map(
      (same) => same.toSorted((a, b) => strength(b) - strength(a))[0]!,
    );
    const merged = [...Map.groupBy(strongest, strength).values()].map((same) => ({
      ...same[0]!,
      when: same.map(({ when }) => when).join("; or "),
    }));
    return certain === undefined ? merged : [certain, ...merged];
  });
}

/** Each thing that was seen, with the condition under which it was. */
function touches<Seen extends { readonly role: Role }>(
  act: Act,
  observations: readonly Observation[],
  things: (observation: Observation) => readonly Seen[],
): (Omit<Seen, "role"> & Touch)[] {
  const distinct = new Map(observations.flatMap(things).map((seen) => [JSON.stringify(seen), seen]));
  return [...distinct].flatMap(([id, { role, ...more }]) => {
    const relation = relationOf(act, role);
    if (relation === undefined) return [];
    const when = condition(observations, (observation) =>
      things(observation).some((seen) => JSON.stringify(seen) === id),
    );
    return [{ ...relation, ...more, ...(when !== undefined && { when }) }];
  });
}

function relationOf({ target, other, only }: Act, role: Role): Pick<Touch, "relation" | "kin"> | undefined {
  if (role === "target") return { relation: target! };
  if (role === "other") return { relation: other! };
  if (role === "otherpartitions") return { relation: other!, kin: "partitions" };
  if (role === "partitions" && only === true) return undefined;
  return target === undefined ? { kin: role } : { relation: target, kin: role };
}

function condition(observations: readonly Observation[], has: (one: Observation) => boolean): string | undefined {
  const rules = observations.filter(({ when, also }) => when === undefined && also === undefined);
  const seen = rules.filter(has);
  if (seen.length === 0) return `if ${listed(observations.filter(has))}`;
  if (seen.length < rules.length) return `on PostgreSQL ${seen.flatMap(({ majors }) => majors ?? []).join(" and ")}`;
  const exceptions = observations.filter((one) => one.when !== undefined && !has(one));
  return exceptions.length === 0 ? undefined : `unless ${listed(exceptions)}`;
}

function listed(observations: readonly Observation[]): string {
  return [...new Set(observations.map(({ when, also }) => when ?? also))].join(", or ");
}

// Views, materialized views, foreign tables and sequences are locked by the command as tables are; they have no
// partitions, and no rows of their own that it could rewrite.
function inherited(key: string): readonly Observation[] | undefined {
  const observations =
    measured[key.replace(/^ALTER (?:FOREIGN TABLE|MATERIALIZED VIEW|VIEW|SEQUENCE) /, "ALTER TABLE ")];
  return observations
    ?.filter(({ when, also }) => when === undefined && also === undefined)
    .map(({ majors, locks }) => ({ ...(majors && { majors }), ...(locks && { locks }) }));
}

function entries(locks: NonNullable<Observation["locks"]>): [Role, LockMode][] {
  return Object.entries(locks) as [Role, LockMode][];
}
