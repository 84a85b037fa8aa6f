// Owns roles as SQL: their attributes, settings and memberships. Passwords are not known.
import type { Catalog, Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf, keyAlone, type Key } from "../catalog/keys.ts";
import type { Membership } from "../catalog/surroundings.ts";
import { objectName } from "./address.ts";
import { block, onThisDatabase, settingsChange } from "./clauses.ts";
import { literal } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";

/** https://www.postgresql.org/docs/current/sql-alterrole.html */
export const role: Emitter<"role"> = {
  create(fact) {
    const said = attributes(none, fact).join(" ");
    return [{ sql: `CREATE ${objectName(fact)}${said === "" ? "" : ` ${said}`}` }, ...settings({}, fact)];
  },
  loses: (fact) => (fact.login ? [`the password of ${fact.key}, if it had one,`] : []),
  /** The roles that it is a member of are there. */
  finish: (fact, { major }) => (fact.memberOf ?? []).map((each) => grant(each, fact, major)),
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ from, to, before, after }: Change<"role">): Alteration {
    const said = attributes(from, to).join(" ");
    const statements = [
      ...(said === "" ? [] : [{ sql: `ALTER ${objectName(to)} ${said}` }]),
      ...settings(from, to),
      ...memberships(from, to, before, after),
    ];
    const unlimited = from.validUntil !== undefined && to.validUntil === undefined;
    return {
      statements,
      loses: unlimited ? [`that ${to.key} has no VALID UNTIL, which is as good as its infinity,`] : [],
    };
  },
};

const flags = {
  superuser: "SUPERUSER",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  login: "LOGIN",
  replication: "REPLICATION",
  bypassRowSecurity: "BYPASSRLS",
} as const;

const none = {
  superuser: undefined,
  createDatabase: undefined,
  createRole: undefined,
  noInherit: undefined,
  login: undefined,
  replication: undefined,
  bypassRowSecurity: undefined,
  connectionLimit: undefined,
  validUntil: undefined,
} as const;

type Attributes = { readonly [K in keyof typeof none]?: Fact<"role">[K] | undefined };

function attributes(from: Attributes, to: Attributes): readonly string[] {
  const said: string[] = [];
  for (const [flag, word] of Object.entries(flags) as [keyof typeof flags, string][]) {
    if (from[flag] !== to[flag]) said.push(to[flag] ? word : `NO${word}`);
  }
  if (from.noInherit !== to.noInherit) said.push(to.noInherit ? "NOINHERIT" : "INHERIT");
  if (from.connectionLimit !== to.connectionLimit) said.push(`CONNECTION LIMIT ${to.connectionLimit ?? -1}`);
  if (from.validUntil !== to.validUntil) said.push(`VALID UNTIL ${literal(to.validUntil ?? "infinity")}`);
  return said;
}

function settings(from: Pick<Fact<"role">, "settings" | "settingsHere">, to: Fact<"role">): readonly Emitted[] {
  const start = `ALTER ${objectName(to)}`;
  const here = settingsChange(from.settingsHere, to.settingsHere);
  return [
    ...settingsChange(from.settings, to.settings).map((step) => ({ sql: `${start} ${step}` })),
    ...here.map((step) => ({ sql: block(onThisDatabase(`${start} IN DATABASE`, step)) })),
  ];
}

/** Those in a role that goes go with it; by themselves they cannot where somebody has passed them on. */
function memberships(
  from: Fact<"role">,
  to: Fact<"role">,
  before: Catalog,
  { facts, major }: Catalog,
): readonly Emitted[] {
  const goes = (key: Key): boolean => before.facts[key] !== undefined && facts[key] === undefined;
  const was = new Map((from.memberOf ?? []).map((each) => [each.role, each] as const));
  const is = new Map((to.memberOf ?? []).map((each) => [each.role, each] as const));
  const member = addressOf(to.key);
  const statements: Emitted[] = [];
  for (const { role: name } of was.values())
    if (!is.has(name) && !goes(keyAlone("role", name)))
      statements.push({ sql: `REVOKE ${quoteIdentifier(name)} FROM ${member}` });
  for (const each of is.values()) {
    const other = was.get(each.role);
    if (other && JSON.stringify(options(other, from)) === JSON.stringify(options(each, to))) continue;
    if (major < 16 && other?.admin && !each.admin)
      statements.push({ sql: `REVOKE ADMIN OPTION FOR ${quoteIdentifier(each.role)} FROM ${member}` });
    else statements.push(grant(each, to, major));
  }
  return statements;
}

/** https://www.postgresql.org/docs/current/sql-grant.html: from 16 on, INHERIT and SET are a membership's, and only what is said is set. */
function grant(membership: Membership, member: Fact<"role">, major: number): Emitted {
  const said =
    major < 16
      ? membership.admin
        ? " WITH ADMIN OPTION"
        : ""
      : ` WITH ${Object.entries(options(membership, member))
          .map(([option, value]) => `${option} ${value ? "TRUE" : "FALSE"}`)
          .join(", ")}`;
  return { sql: `GRANT ${quoteIdentifier(membership.role)} TO ${addressOf(member.key)}${said}` };
}

function options({ admin, inherit, noSet }: Membership, member: Fact<"role">): Readonly<Record<string, boolean>> {
  return { ADMIN: admin ?? false, INHERIT: inherit ?? !member.noInherit, SET: !noSet };
}
