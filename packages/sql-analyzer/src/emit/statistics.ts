// Owns how extended statistics are printed.
// https://www.postgresql.org/docs/current/sql-createstatistics.html
import type { Fact } from "../catalog/catalog.ts";
import { addressOf } from "../catalog/keys.ts";
import { quoteIdentifier } from "../catalog/identifier.ts";
import { emitted, words } from "./emitted.ts";
import type { Emitted, Emitter } from "./emitter.ts";

type Statistics = Fact<"statistics">;

export const statistics: Emitter<"statistics"> = {
  create(fact) {
    const { kinds, columns = [], expressions = [] } = fact;
    const on = [...columns.map(quoteIdentifier), ...expressions.map(({ sql }) => `(${sql})`)];
    const list = kinds && `(${kinds.join(", ")})`;
    const sql = words(
      "CREATE STATISTICS",
      addressOf(fact.key),
      list,
      `ON ${on.join(", ")} FROM ${addressOf(fact.table)}`,
    );
    return [emitted(sql, ...expressions)];
  },
  finish: (fact) => (fact.target === undefined ? [] : [target(fact)]),
  drop: ({ key }) => [{ sql: `DROP STATISTICS ${addressOf(key)}` }],
  alter: ({ to, fields }) =>
    [...fields].every((field) => field === "target") ? { statements: [target(to)] } : undefined,
};

function target({ key, target }: Statistics): Emitted {
  return { sql: `ALTER STATISTICS ${addressOf(key)} SET STATISTICS ${target ?? -1}` };
}
