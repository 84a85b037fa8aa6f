// Owns default privileges as SQL: REVOKE and GRANT on what is yet to be made.
import type { Fact, Kind } from "../catalog/catalog.ts";
import { privilegesOn, publicPrivileges, type DefaultObjects, type Grant } from "../catalog/grants.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import type { Emitted, Emitter } from "./emitter.ts";
import { grantTexts } from "./envelope.ts";
import { grantSteps, holding } from "./grants.ts";

type DefaultPrivileges = Fact<"default privileges">;

/** https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html */
export const defaultPrivileges: Emitter<"default privileges"> = {
  create: (fact, { major }) => steps(fact, standardOf(fact), fact.grants, major),
  drop: (fact, { major }) => steps(fact, fact.grants, standardOf(fact), major),
  alter: ({ from, to, after }) => ({ statements: steps(to, from.grants, to.grants, after.major) }),
};

/** What is so where nothing is said: Postgres's own for all schemas, nothing more in one of them. */
function standardOf({ schema, objects }: DefaultPrivileges): readonly Grant[] {
  const privileges = publicPrivileges(kinds[objects]);
  return schema !== undefined || privileges.length === 0 ? [] : [{ to: "public", privileges }];
}

function steps(
  { role, schema, objects }: DefaultPrivileges,
  from: readonly Grant[] = [],
  to: readonly Grant[] = [],
  major: number,
): readonly Emitted[] {
  const all = privilegesOn(kinds[objects], major);
  const owner = schema === undefined ? role : undefined;
  const where = schema === undefined ? "" : ` IN SCHEMA ${quoteIdentifier(schema)}`;
  return grantSteps([holding(from, owner, all)], holding(to, owner, all)).map((step) => {
    const [start, end] = grantTexts(step, all);
    const sql = `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdentifier(role)}${where} ${start} ${objects.toUpperCase()} ${end}`;
    return { sql };
  });
}

const kinds: Readonly<Record<DefaultObjects, Kind | "large object">> = {
  tables: "table",
  sequences: "sequence",
  functions: "function",
  types: "domain",
  schemas: "schema",
  "large objects": "large object",
};
