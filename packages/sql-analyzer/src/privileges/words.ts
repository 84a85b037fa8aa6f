// Owns how a lack of privileges is said, and what is to be done about it.
import type { Fact } from "../catalog/catalog.ts";
import { addressOf } from "../catalog/keys.ts";
import type { Standing } from "./standing.ts";

/** What a statement demands and its role does not have. */
export interface Lack {
  readonly code:
    | "NOT_OWNER"
    | "NO_PRIVILEGE"
    | "NOT_MEMBER"
    | "NEEDS_SUPERUSER"
    | "RESERVED_ROLE"
    | "EXTENSION_NOT_AVAILABLE";
  readonly message: string;
  readonly help: string;
  /** The name in the statement that it is about. */
  readonly name?: string;
}

const closed =
  "Since 2025-04-21 Supabase keeps auth, realtime and storage for its services: policies and triggers on their tables and foreign keys to them are allowed, nothing else. Put what is yours into a schema of your own.";

export function notOwner(standing: Standing, role: string, fact: Fact, owner: string): Lack {
  const what = `${fact.kind} ${addressOf(fact.key)}`;
  return {
    code: "NOT_OWNER",
    message: `${role} is not the owner of ${what}: ${owner} is`,
    help: standing.isLocked(fact)
      ? closed
      : `Run this as ${owner}, or as a superuser give it away first: GRANT ${owner} TO ${role}, or ALTER … OWNER TO ${role}.`,
    name: fact.name,
  };
}

export function noPrivilege(
  standing: Standing,
  role: string,
  fact: Fact,
  privilege: string,
  name: string = fact.name,
): Lack {
  const what = `${fact.kind} ${addressOf(fact.key)}`;
  return {
    code: "NO_PRIVILEGE",
    message: `${role} has no ${privilege} on ${what}`,
    help: standing.isLocked(fact)
      ? closed
      : `As its owner${fact.owner ? `, ${fact.owner}` : ""}: GRANT ${privilege} ON ${fact.kind === "schema" ? what : addressOf(fact.key)} TO ${role}.`,
    name,
  };
}

export function noCreateOnDatabase(role: string): Lack {
  return {
    code: "NO_PRIVILEGE",
    message: `${role} has no CREATE on this database`,
    help: `As the owner of the database: GRANT CREATE ON DATABASE … TO ${role}.`,
  };
}

export function noCreateRole(role: string, other: string): Lack {
  return {
    code: "NO_PRIVILEGE",
    message: `${role} may neither create nor change other roles, such as ${other}`,
    help: `As an administrator: ALTER ROLE ${role} CREATEROLE, or do it by hand.`,
    name: other,
  };
}

export function needsSuperuser(standing: Standing, role: string, what: string): Lack {
  return {
    code: "NEEDS_SUPERUSER",
    message: `${what} is for superusers, and ${role} is none`,
    help: standing.abilities.supabase
      ? "Supabase gives nobody a superuser: leave it out, or see whether the dashboard or the platform's settings offer it."
      : "Have a superuser run it once, and leave it out of the migrations.",
  };
}

export function notMember(role: string, of: string): Lack {
  return {
    code: "NOT_MEMBER",
    message: `${role} is not a member of role ${of}`,
    help: `Leave it out (dumps of other databases often hold such statements), or as an administrator: GRANT ${of} TO ${role}.`,
    name: of,
  };
}

export function reservedRole(name: string): Lack {
  return {
    code: "RESERVED_ROLE",
    message: `role ${name} is Supabase's own, and is not changed by projects`,
    help: "Make a role of your own.",
    name,
  };
}
