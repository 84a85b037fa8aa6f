// Owns the steps from one list of grants to another: what to REVOKE, what to GRANT, in an order that works.
import type { Grant } from "../catalog/grants.ts";

/** Privileges that one role takes from, or gives to, others. */
export interface GrantStep {
  readonly verb: "GRANT" | "REVOKE";
  /** Of the privileges, only the right to pass them on is taken; or they are given with it. */
  readonly option: boolean;
  readonly privileges: readonly string[];
  readonly to: readonly string[];
  /** Who does it, where that is not the owner. */
  readonly by?: string;
}

/** What somebody holds: privileges, and whether they may be passed on. */
interface Held {
  readonly to: string;
  readonly by?: string;
  readonly privileges: ReadonlyMap<string, boolean>;
}

/** Grants, by grantee and grantor. */
export type Holding = ReadonlyMap<string, Held>;

/** A list of grants, with what the owner has where the list does not say it: `all`. */
export function holding(grants: readonly Grant[], owner: string | undefined, all: readonly string[]): Holding {
  const held = new Map<string, Held>();
  if (owner !== undefined && all.length > 0) {
    held.set(idOf({ to: owner }), { to: owner, privileges: new Map(all.map((name) => [name, false])) });
  }
  for (const { to, by, privileges, grantable = [] } of grants) {
    const each = new Map(privileges.map((name) => [name, grantable.includes(name)]));
    held.set(idOf({ to, by }), { to, ...(by === undefined ? {} : { by }), privileges: each });
  }
  return held;
}

/** The same when another role owns the object: it takes the former owner's place as grantee and as grantor. */
export function handedOver(held: Holding, from: string | undefined, to: string | undefined): Holding {
  if (from === to || from === undefined || to === undefined) return held;
  const handed = new Map<string, Held>();
  for (const { to: grantee, by, privileges } of held.values()) {
    const grantor = by === to ? undefined : by;
    const each = { to: grantee === from ? to : grantee, ...(grantor === undefined ? {} : { by: grantor }), privileges };
    const known = handed.get(idOf(each));
    handed.set(idOf(each), known ? { ...each, privileges: union(known.privileges, privileges) } : each);
  }
  return handed;
}

/**
 * What leads to `wanted` from each of these, for it may not be known which of them is so: all that one of them has too
 * much is revoked, all that one of them lacks is granted.
 */
export function grantSteps(starts: readonly Holding[], wanted: Holding): readonly GrantStep[] {
  const revokes: GrantStep[] = [];
  const grants: GrantStep[] = [];
  const ids = new Map([...starts, wanted].flatMap((held) => [...held]));
  for (const [id, { to, by }] of ids) {
    const is = wanted.get(id)?.privileges ?? new Map<string, boolean>();
    const were = starts.map((start) => start.get(id)?.privileges ?? new Map<string, boolean>());
    const most = were.reduce(union, new Map());
    const who = { to: [to], ...(by === undefined ? {} : { by }) };
    const step = (verb: GrantStep["verb"], option: boolean, names: Iterable<string>): readonly GrantStep[] => {
      const privileges = [...names].sort();
      return privileges.length === 0 ? [] : [{ verb, option, privileges, ...who }];
    };
    const kept = [...most].filter(([name]) => is.has(name));
    revokes.push(
      ...step(
        "REVOKE",
        false,
        [...most.keys()].filter((name) => !is.has(name)),
      ),
      ...step(
        "REVOKE",
        true,
        kept.flatMap(([name, option]) => (option && !is.get(name) ? [name] : [])),
      ),
    );
    const missing = (option: boolean): readonly string[] =>
      [...is].flatMap(([name, grantable]) =>
        grantable === option && were.some((each) => !each.has(name) || (option && !each.get(name))) ? [name] : [],
      );
    grants.push(...step("GRANT", false, missing(false)), ...step("GRANT", true, missing(true)));
  }
  const before = depths(starts);
  const after = depths([wanted]);
  return [
    ...together(revokes.sort((a, b) => before(b) - before(a))),
    ...together(grants.sort((a, b) => after(a) - after(b))),
  ];
}

/** How many grantors stand between a step and the owner: what was passed on goes first, and comes last. */
function depths(starts: readonly Holding[]): (step: GrantStep) => number {
  const grantors = new Map<string, (string | undefined)[]>();
  for (const { to, by } of starts.flatMap((start) => [...start.values()]))
    grantors.set(to, [...(grantors.get(to) ?? []), by]);
  const depthOf = (role: string | undefined, seen: ReadonlySet<string>): number => {
    if (role === undefined || seen.has(role)) return 0;
    const above = (grantors.get(role) ?? []).map((by) => depthOf(by, new Set([...seen, role])));
    return 1 + Math.min(...above, Number.MAX_SAFE_INTEGER - 1);
  };
  return ({ by }) => depthOf(by, new Set());
}

/** Steps that differ only in whom they are for as one. */
function together(steps: readonly GrantStep[]): readonly GrantStep[] {
  const alike = Map.groupBy(steps, (step) => JSON.stringify({ ...step, to: [] }));
  return [...alike.values()].map((each) => ({ ...each[0]!, to: each.flatMap(({ to }) => to) }));
}

function union(a: ReadonlyMap<string, boolean>, b: ReadonlyMap<string, boolean>): ReadonlyMap<string, boolean> {
  const both = new Map(a);
  for (const [name, grantable] of b) both.set(name, grantable || (a.get(name) ?? false));
  return both;
}

function idOf({ to, by }: { readonly to: string; readonly by?: string | undefined }): string {
  return JSON.stringify([to, by]);
}
