// Owns ALTER ROLE … RENAME: a role's name stands in owners, grants, policies, memberships, and in keys.
import type { Fact } from "../catalog/catalog.ts";
import { sortGrants } from "../catalog/grants.ts";
import { defaultPrivilegesKey, keyAlone } from "../catalog/keys.ts";
import type { Step } from "./moves.ts";
import { rekeyed } from "./rekey.ts";
import type { Scene } from "./scene.ts";

export function renameRole(scene: Scene, fact: Fact<"role">, name: string): void {
  scene.catalog.remove(fact.key);
  const to = keyAlone("role", name);
  scene.catalog.put({ ...fact, key: to, name });
  const moves: Step[] = [{ from: fact.key, to }];
  const is = (role: string) => (role === fact.name ? name : role);
  for (const other of scene.catalog.all()) {
    const next = withRole(other, is);
    if (next === other) continue;
    if (next.key !== other.key) {
      scene.catalog.remove(other.key);
      moves.push({ from: other.key, to: next.key });
    }
    scene.catalog.put(next);
  }
  scene.moves.log(moves);
  const { role, sessionRole } = scene;
  scene.role = is(role);
  scene.sessionRole = is(sessionRole);
}

// A fact that names a role, by the role's new name; the fact itself where it names none.
function withRole(fact: Fact, is: (role: string) => string): Fact {
  const grants =
    fact.grants &&
    sortGrants(fact.grants.map((grant) => ({ ...grant, to: is(grant.to), ...(grant.by && { by: is(grant.by) }) })));
  const next: Fact = {
    ...fact,
    ...(fact.owner !== undefined && { owner: is(fact.owner) }),
    ...(grants !== undefined && { grants }),
    ...special(fact, is),
  } as Fact;
  return JSON.stringify(next) === JSON.stringify(fact) ? fact : next;
}

function special(fact: Fact, is: (role: string) => string): object {
  switch (fact.kind) {
    case "policy":
      return { roles: fact.roles.map(is).sort() };
    case "default privileges":
      return { role: is(fact.role), key: defaultPrivilegesKey(is(fact.role), fact.schema, fact.objects) };
    case "user mapping":
      return { name: is(fact.name), key: rekeyed(fact, fact.parent, is(fact.name)) };
    case "role": {
      const memberOf = fact.memberOf?.map((membership) => ({ ...membership, role: is(membership.role) }));
      return memberOf === undefined ? {} : { memberOf: memberOf.sort((a, b) => (a.role < b.role ? -1 : 1)) };
    }
    default:
      return {};
  }
}
