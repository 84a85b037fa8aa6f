// Owns what catalogs of different server versions can be compared in.
import type { Catalog, Fact } from "./catalog.ts";
import type { Grant } from "./grants.ts";
import type { Key } from "./keys.ts";

/** What two catalogs both can say. */
export interface Common {
  /** Both are of one version of a server, which prints the same things alike. */
  readonly oneServer: boolean;
  /** Whether the other could have this fact at all. */
  readonly knows: (fact: Fact) => boolean;
  /** The fact without what the other could not say. */
  readonly of: (fact: Fact) => Fact;
}

export function commonGround(a: Catalog, b: Catalog): Common {
  if (a.major === b.major) {
    const oneServer = a.source === "server" && b.source === "server";
    return { oneServer, knows: () => true, of: (fact) => fact };
  }
  const major = Math.min(a.major, b.major);
  return {
    oneServer: false,
    // https://www.postgresql.org/docs/18/release-18.html: NOT NULL constraints have names
    knows: (fact) => major >= 18 || fact.kind !== "constraint" || fact.type !== "not null",
    of: (fact) => {
      if (fact.kind === "role" && fact.memberOf && major < 16) {
        const memberOf = fact.memberOf.map(({ role, admin }) => (admin ? { role, admin } : { role }));
        return { ...fact, memberOf };
      }
      // https://www.postgresql.org/docs/17/release-17.html: the privilege MAINTAIN
      if (!fact.grants || major >= 17) return fact;
      return { ...fact, grants: fact.grants.flatMap(withoutMaintain) };
    },
  };
}

/** The catalog as an older server would have it; of one that is as new or newer it is the same. */
export function asOfMajor(catalog: Catalog, major: number): Catalog {
  if (major >= catalog.major) return catalog;
  const older = { ...catalog, major };
  const common = commonGround(catalog, older);
  const facts: Record<Key, Fact> = {};
  for (const fact of Object.values(catalog.facts)) if (common.knows(fact)) facts[fact.key] = common.of(fact);
  return { ...older, facts };
}

function withoutMaintain(grant: Grant): readonly Grant[] {
  if (!grant.privileges.includes("MAINTAIN")) return [grant];
  const { privileges, grantable = [], ...who } = grant;
  const left = privileges.filter((privilege) => privilege !== "MAINTAIN");
  const passed = grantable.filter((privilege) => privilege !== "MAINTAIN");
  if (left.length === 0) return [];
  return [passed.length === 0 ? { ...who, privileges: left } : { ...who, privileges: left, grantable: passed }];
}
