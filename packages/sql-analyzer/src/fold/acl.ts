// Owns how privileges change: what a new object starts with, GRANT, REVOKE and a change of owner.
// https://www.postgresql.org/docs/current/ddl-priv.html
import type { Kind } from "../catalog/catalog.ts";
import { defaultObjects, type Grant, privilegesOn, publicPrivileges, sortGrants } from "../catalog/grants.ts";
import { defaultPrivilegesKey } from "../catalog/keys.ts";
import type { Scene } from "./scene.ts";

export type Grants = readonly Grant[] | undefined;

/** What a new object of a kind starts with: Postgres's own, or what ALTER DEFAULT PRIVILEGES has made of it. */
export function grantsOfNew(scene: Scene, kind: Kind, owner: string, schema: string | undefined): Grants {
  const objects = defaultObjects[kind];
  const all = objects && scene.catalog.as(defaultPrivilegesKey(owner, undefined, objects), "default privileges");
  const here =
    objects && schema !== undefined
      ? scene.catalog.as(defaultPrivilegesKey(owner, schema, objects), "default privileges")
      : undefined;
  let grants: readonly Grant[] = all === undefined ? ownGrants(kind) : (all.grants ?? []);
  for (const grant of here?.grants ?? []) {
    grants = granted(grants, { ...grant, by: undefined, grantOption: false });
    if (grant.grantable !== undefined) {
      grants = granted(grants, { ...grant, privileges: grant.grantable, by: undefined, grantOption: true });
    }
  }
  return tidy(grants, kind, owner, scene.catalog.major);
}

/** What Postgres itself grants on a new object. */
export function ownGrants(kind: Kind): readonly Grant[] {
  const privileges = publicPrivileges(kind);
  return privileges.length === 0 ? [] : [{ to: "public", privileges }];
}

interface Change {
  readonly to: string;
  readonly privileges: readonly string[];
  readonly by: string | undefined;
  readonly grantOption: boolean;
}

/** The grants with one more. */
export function granted(grants: readonly Grant[], { to, privileges, by, grantOption }: Change): readonly Grant[] {
  const before = grants.find((grant) => grant.to === to && grant.by === by);
  const others = grants.filter((grant) => grant !== before);
  const grantable = union(before?.grantable ?? [], grantOption ? privileges : []);
  return [...others, grantOf(to, by, union(before?.privileges ?? [], privileges), grantable)];
}

/** The grants without these privileges, or without the right to pass them on. */
export function revoked(grants: readonly Grant[], { to, privileges, by, grantOption }: Change): readonly Grant[] {
  return grants.map((grant) => {
    if (grant.to !== to || grant.by !== by) return grant;
    const left = grantOption ? grant.privileges : without(grant.privileges, privileges);
    const grantable = without(grant.grantable ?? [], privileges);
    return grantOf(to, by, left, grantable);
  });
}

/** With an entry of the owner, which the catalog leaves out where the owner has everything. */
export function withOwner(grants: readonly Grant[], owner: string, all: readonly string[]): readonly Grant[] {
  return grants.some((grant) => grant.to === owner && grant.by === undefined)
    ? grants
    : [...grants, { to: owner, privileges: all }];
}

/** As the catalog keeps them: without the owner where the owner has everything, in order. */
export function tidy(grants: readonly Grant[], kind: Kind, owner: string, major: number): Grants {
  const all = privilegesOn(kind, major);
  const kept = grants.flatMap((grant) => {
    if (grant.to !== owner || grant.by !== undefined) return grant.privileges.length === 0 ? [] : [grant];
    if (kind === "column") return grant.privileges.length === 0 ? [] : [grant];
    if (grant.grantable === undefined && grant.privileges.length === all.length) return [];
    return [grant];
  });
  return kept.length === 0 ? undefined : sortGrants(kept);
}

/** The grants after a change of owner: what the old one had and gave is the new one's. */
export function withNewOwner(grants: Grants, kind: Kind, before: string, after: string, major: number): Grants {
  let moved: readonly Grant[] = [];
  for (const { to, by, privileges, grantable } of grants ?? []) {
    const change = { to: to === before ? after : to, by: by === before || by === after ? undefined : by };
    moved = granted(moved, { ...change, privileges, grantOption: false });
    if (grantable !== undefined) moved = granted(moved, { ...change, privileges: grantable, grantOption: true });
  }
  // What the new owner had been granted before adds nothing to what an owner has, but for the right to pass it on.
  const lacking = (grants ?? []).some((grant) => grant.to === before && grant.by === undefined);
  if (!lacking && kind !== "column") {
    const all = privilegesOn(kind, major);
    moved = moved.flatMap((grant) => {
      if (grant.to !== after || grant.by !== undefined) return [grant];
      return grant.grantable === undefined ? [] : [{ ...grant, privileges: all }];
    });
  }
  return tidy(moved, kind, after, major);
}

/** As whom a role grants and revokes, undefined being the owner, and what of the privileges that are said; default all. */
export interface Grantor {
  readonly by: string | undefined;
  readonly privileges?: readonly string[];
}

/** select_best_grantor in acl.c: what somebody may not pass on is left as it is, with a warning. */
export function grantorOf(scene: Scene, grants: readonly Grant[], owner: string): Grantor {
  const { role } = scene;
  if (role === owner || hasPrivilegesOf(scene, role, owner)) return { by: undefined };
  const roles = new Set(grants.flatMap(({ to, grantable }) => (grantable === undefined ? [] : [to])));
  const may = [...roles]
    .filter((to) => to === role || hasPrivilegesOf(scene, role, to))
    .map((by) => ({ by, privileges: grants.flatMap(({ to, grantable = [] }) => (to === by ? grantable : [])) }));
  // Of a role that is not known it may be that it can do all.
  if (may.length === 0)
    return scene.catalog.has(`role ${role}`) ? { by: undefined, privileges: [] } : { by: undefined };
  return may.reduce((most, each) => (each.privileges.length > most.privileges.length ? each : most));
}

/** Whether a role has the privileges of another: it is a superuser, or a member that inherits. */
function hasPrivilegesOf(scene: Scene, role: string, other: string, seen: Set<string> = new Set()): boolean {
  if (role === other) return true;
  if (seen.has(role)) return false;
  seen.add(role);
  const fact = scene.catalog.as(`role ${role}`, "role");
  if (fact?.superuser === true) return true;
  // Who owns the database is a member, whom no catalog names.
  if (other === "pg_database_owner" && hasPrivilegesOf(scene, role, databaseOwner(scene) ?? role)) return true;
  return (fact?.memberOf ?? []).some(
    (membership) =>
      (membership.inherit ?? fact?.noInherit !== true) && hasPrivilegesOf(scene, membership.role, other, seen),
  );
}

function databaseOwner(scene: Scene): string | undefined {
  return scene.catalog.get("database this")?.owner;
}

function grantOf(
  to: string,
  by: string | undefined,
  privileges: readonly string[],
  grantable: readonly string[],
): Grant {
  return {
    to,
    ...(by !== undefined && { by }),
    privileges: [...privileges].sort(),
    ...(grantable.length > 0 && { grantable: [...grantable].sort() }),
  };
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}

function without(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.filter((item) => !b.includes(item));
}
