// Owns casts, operators, operator classes and families as SQL.
import type { Fact } from "../catalog/catalog.ts";
import { addressOf } from "../catalog/keys.ts";
import { objectName, parentAddress, routineName } from "./address.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { operatorName } from "./routine.ts";

/** https://www.postgresql.org/docs/current/sql-createcast.html */
export const cast: Emitter<"cast"> = {
  create({ source, target, method, implicit }) {
    const how =
      method === "inout"
        ? "WITH INOUT"
        : method === "binary"
          ? "WITHOUT FUNCTION"
          : `WITH FUNCTION ${addressOf(method)}`;
    const where = implicit === undefined ? "" : implicit === "assignment" ? " AS ASSIGNMENT" : " AS IMPLICIT";
    return [{ sql: `CREATE CAST (${source} AS ${target}) ${how}${where}` }];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
};

/** https://www.postgresql.org/docs/current/sql-createoperator.html */
export const operator: Emitter<"operator"> = {
  create(fact) {
    const { left, right, commutator, negator, restrict, join, hashes, merges } = fact;
    const properties = [
      `FUNCTION = ${routineName(fact.function)}`,
      left && `LEFTARG = ${left}`,
      `RIGHTARG = ${right}`,
      commutator && `COMMUTATOR = ${operatorName(commutator)}`,
      negator && `NEGATOR = ${operatorName(negator)}`,
      restrict && `RESTRICT = ${restrict}`,
      join && `JOIN = ${join}`,
      hashes && "HASHES",
      merges && "MERGES",
    ];
    return [{ sql: `CREATE OPERATOR ${parentAddress(fact)}.${fact.name} (${properties.filter(Boolean).join(", ")})` }];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  /** What else differs can at most be set once. https://www.postgresql.org/docs/current/sql-alteroperator.html */
  alter({ to, fields }: Change<"operator">): Alteration | undefined {
    if ([...fields].some((field) => field !== "restrict" && field !== "join")) return undefined;
    const steps = [...fields].map((field) => `${field.toUpperCase()} = ${to[field as "restrict" | "join"] ?? "NONE"}`);
    return { statements: [{ sql: `ALTER ${objectName(to)} SET (${steps.join(", ")})` }] };
  },
};

/** https://www.postgresql.org/docs/current/sql-createopclass.html */
export const operatorClass: Emitter<"operator class"> = {
  create(fact) {
    const { method, type, family, storage, members } = fact;
    // A class has at least one item; one that says what is so anyhow is the least.
    const stored = storage ?? (members.length === 0 ? type : undefined);
    const items = [...members, ...(stored === undefined ? [] : [`STORAGE ${stored}`])];
    const standard = fact.default ? " DEFAULT" : "";
    const [name, of] = [withoutMethod(addressOf(fact.key), method), withoutMethod(addressOf(family), method)];
    return [
      {
        sql: `CREATE OPERATOR CLASS ${name}${standard} FOR TYPE ${type} USING ${method} FAMILY ${of} AS ${items.join(", ")}`,
      },
    ];
  },
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
};

/** https://www.postgresql.org/docs/current/sql-alteropfamily.html */
export const operatorFamily: Emitter<"operator family"> = {
  create: (fact) => [{ sql: `CREATE ${objectName(fact)}` }],
  /** Loose members stand on other things than the family does. */
  finish: (fact) => add(fact, fact.members),
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter({ from, to, fields }: Change<"operator family">): Alteration | undefined {
    if (fields.has("method")) return undefined;
    const gone = from.members.filter((member) => !to.members.includes(member)).map(slot);
    const come = to.members.filter((member) => !from.members.includes(member));
    const drop = gone.length === 0 ? [] : [{ sql: `ALTER ${objectName(to)} DROP ${gone.join(", ")}` }];
    return { statements: [...drop, ...add(to, come)] };
  },
};

function add(family: Fact<"operator family">, members: readonly string[]): readonly Emitted[] {
  return members.length === 0 ? [] : [{ sql: `ALTER ${objectName(family)} ADD ${members.join(", ")}` }];
}

/** A member as DROP names it: its number and types. `OPERATOR 1 <(integer,bigint)`, `FUNCTION 1 (integer, bigint) …`. */
function slot(member: string): string {
  const [, head, types] = /^((?:OPERATOR|FUNCTION) \d+) [^(]*(\([^()]*(?:\([^()]*\)[^()]*)*\))/.exec(member) ?? [];
  return `${head} ${types}`;
}

function withoutMethod(address: string, method: string): string {
  return address.slice(0, -` using ${method}`.length);
}
