// Owns what a role may do, as far as the catalog says: what it owns, through its memberships too, and what it was granted.
import type { Fact } from "../catalog/catalog.ts";
import { type Key, keyAlone, schemaOf } from "../catalog/keys.ts";
import type { Working } from "../fold/working.ts";

/** What the catalog does not say of the server and of the role that is connected. */
export interface Abilities {
  /** Who is connected. */
  readonly role: string;
  /** Whether it has CREATE on the database. */
  readonly createsSchemas: boolean;
  /** The extensions that the server can install; absent where that is not known. */
  readonly extensions?: readonly { readonly name: string; readonly trusted: boolean }[];
  /** On Supabase its extension supautils lets `postgres` do much that is for superusers, and keeps roles and schemas closed. */
  readonly supabase: boolean;
}

/** Schemas of Supabase's services, in which projects may make policies and triggers, and nothing else. */
const lockedSchemas: ReadonlySet<string> = new Set(["auth", "realtime", "storage"]);

export class Standing {
  readonly catalog: Working;
  readonly abilities: Abilities;
  readonly #reach = new Map<string, ReadonlySet<string>>();

  constructor(catalog: Working, abilities: Abilities) {
    this.catalog = catalog;
    this.abilities = abilities;
  }

  /** To be called when roles may have changed. */
  forget(): void {
    this.#reach.clear();
  }

  fact(key: Key | undefined): Fact | undefined {
    return key === undefined ? undefined : this.catalog.get(key);
  }

  /** Undefined where the catalog does not know the role. */
  isSuperuser(role: string): boolean | undefined {
    const fact = this.fact(keyAlone("role", role));
    return fact?.kind === "role" ? fact.superuser === true : undefined;
  }

  /**
   * The role and all that it is a member of, whether it inherits from them or not: where in doubt, it may.
   * https://www.postgresql.org/docs/current/role-membership.html
   */
  reach(role: string): ReadonlySet<string> {
    const known = this.#reach.get(role);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const open = [role];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (found.has(one)) continue;
      found.add(one);
      const fact = this.fact(keyAlone("role", one));
      if (fact?.kind === "role") open.push(...(fact.memberOf ?? []).map((membership) => membership.role));
    }
    const owner = this.fact("database this")?.owner;
    if (owner !== undefined && found.has(owner)) found.add("pg_database_owner");
    this.#reach.set(role, found);
    return found;
  }

  /** Who owns a thing, or what it is a part of; undefined where that is not known for certain. */
  ownerOf(fact: Fact): string | undefined {
    if (fact.certainty !== "exact") return undefined;
    if (fact.owner !== undefined) return fact.owner;
    const around = "table" in fact ? (fact.table as Key) : fact.parent;
    const holder = this.fact(around);
    return holder === undefined || holder.kind === "schema" ? undefined : this.ownerOf(holder);
  }

  /** Whether a role has a privilege; also where it owns the thing. Undefined where that cannot be told. */
  has(role: string, fact: Fact, privilege: string): boolean | undefined {
    const owner = this.ownerOf(fact);
    if (owner === undefined) return undefined;
    const reach = this.reach(role);
    if (reach.has(owner)) return true;
    return (fact.grants ?? []).some(
      ({ to, privileges }) => (to === "public" || reach.has(to)) && privileges.includes(privilege),
    );
  }

  /** Whether it is in a schema that Supabase keeps for its services. */
  isLocked(fact: Fact): boolean {
    const schema = fact.kind === "schema" ? fact.name : schemaOf(fact);
    return this.abilities.supabase && schema !== undefined && lockedSchemas.has(schema);
  }
}
