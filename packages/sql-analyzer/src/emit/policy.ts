// Owns how policies are printed.
// https://www.postgresql.org/docs/current/sql-createpolicy.html
import type { Fact } from "../catalog/catalog.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { addressOf } from "../catalog/keys.ts";
import { emitted, together, words } from "./emitted.ts";
import type { Emitted, Emitter } from "./emitter.ts";

type Policy = Fact<"policy">;

export const policy: Emitter<"policy"> = {
  create(fact, catalog) {
    // An extension brings the policies of its tables, which are facts none the less.
    const first = catalog.facts[fact.parent!] ? [] : [{ sql: `DROP POLICY IF EXISTS ${named(fact)}` }];
    const start = words("CREATE POLICY", named(fact), fact.restrictive && "AS RESTRICTIVE");
    const about = words(start, `FOR ${fact.command.toUpperCase()}`, `TO ${roles(fact)}`);
    if (together(fact.using, fact.check))
      return [...first, emitted(words(about, using(fact), check(fact)), fact.using, fact.check)];
    return [
      ...first,
      emitted(words(about, using(fact)), fact.using),
      emitted(words("ALTER POLICY", named(fact), check(fact)), fact.check),
    ];
  },
  drop: (fact) => [{ sql: `DROP POLICY ${named(fact)}` }],
  alter({ from, to, fields }) {
    if (fields.has("command") || fields.has("restrictive")) return undefined;
    // ALTER POLICY can change an expression, but not take it away.
    if ((from.using && !to.using) || (from.check && !to.check)) return undefined;
    const start = `ALTER POLICY ${named(to)}`;
    const statements: Emitted[] = [];
    if (fields.has("roles")) statements.push({ sql: `${start} TO ${roles(to)}` });
    if (fields.has("using")) statements.push(emitted(words(start, using(to)), to.using));
    if (fields.has("check")) statements.push(emitted(words(start, check(to)), to.check));
    return { statements };
  },
};

function named({ name, parent }: Policy): string {
  return `${quoteIdentifier(name)} ON ${addressOf(parent!)}`;
}

function roles({ roles }: Policy): string {
  return roles.map((role) => (role === "public" ? "PUBLIC" : quoteIdentifier(role))).join(", ");
}

function using({ using }: Policy): string {
  return using === undefined ? "" : `USING (${using.sql})`;
}

function check({ check }: Policy): string {
  return check === undefined ? "" : `WITH CHECK (${check.sql})`;
}
