// Owns enums as SQL.
import type { Fact } from "../catalog/catalog.ts";
import { addressOf, type Key } from "../catalog/keys.ts";
import { objectName } from "./address.ts";
import { literal } from "./emitted.ts";
import type { Alteration, Change, Emitted, Emitter } from "./emitter.ts";
import { createEnum, holdersOf, rebuild, type Holders } from "./rebuild.ts";
import { rowsInTheWay } from "./rows-in-the-way.ts";

/** https://www.postgresql.org/docs/current/sql-createtype.html */
export const enumeration: Emitter<"enum"> = {
  create: (fact) => [createEnum(fact)],
  drop: (fact) => [{ sql: `DROP ${objectName(fact)}` }],
  alter,
};

/**
 * Values cannot be taken from an enum, nor be put into another order: then it is made anew under its columns. One that
 * only comes back is added where nothing stores the enum; otherwise rows that come back in this very transaction may hold it,
 * and none can hold a value that was added in the transaction. https://www.postgresql.org/docs/current/sql-altertype.html
 */
function alter(change: Change<"enum">): Alteration {
  const { from, to } = change;
  const renamed = onlyRenamed(from, to);
  if (renamed !== undefined) return { statements: renamed };
  const holders = holdersOf(change);
  const gone = from.values.filter((value) => !to.values.includes(value));
  const onlyAdds = gone.length === 0 && isWithin(from.values, to.values);
  if (onlyAdds && (holders.columns.length === 0 || holders.fixed.length > 0)) return { statements: added(from, to) };
  const preconditions = gone.length === 0 || holders.fixed.length > 0 ? [] : withoutRows(from, gone, holders, change);
  return { ...rebuild(change, holders, createEnum(to)), preconditions };
}

/** Where as many values stand in the same places, and none has the name of another one. */
function onlyRenamed(from: Fact<"enum">, to: Fact<"enum">): readonly Emitted[] | undefined {
  if (from.values.length !== to.values.length) return undefined;
  const pairs = from.values
    .map((value, index) => [value, to.values[index]!] as const)
    .filter(([was, is]) => was !== is);
  if (pairs.some(([was, is]) => to.values.includes(was) || from.values.includes(is))) return undefined;
  return pairs.map(([was, is]) => renameValue(to.key, was, is));
}

/** https://www.postgresql.org/docs/current/sql-altertype.html */
export function renameValue(type: Key, from: string, to: string): Emitted {
  const sql = `ALTER TYPE ${addressOf(type)} RENAME VALUE ${literal(from)} TO ${literal(to)}`;
  return { sql, renames: { type, from, to } };
}

function isWithin(few: readonly string[], many: readonly string[]): boolean {
  return many.filter((value) => few.includes(value)).every((value, index) => value === few[index]);
}

function added(from: Fact<"enum">, to: Fact<"enum">): readonly Emitted[] {
  const there = new Set(from.values);
  return to.values.flatMap((value, index) => {
    if (there.has(value)) return [];
    there.add(value);
    const before = index === 0 && to.values.find((other) => from.values.includes(other));
    const place = before ? ` BEFORE ${literal(before)}` : index > 0 ? ` AFTER ${literal(to.values[index - 1]!)}` : "";
    return [{ sql: `ALTER TYPE ${addressOf(to.key)} ADD VALUE ${literal(value)}${place}` }];
  });
}

function withoutRows(
  fact: Fact<"enum">,
  gone: readonly string[],
  { columns }: Holders,
  { before }: Change<"enum">,
): readonly Emitted[] {
  const list = `ARRAY[${gone.map(literal).join(", ")}]`;
  return columns
    .filter(({ column }) => !column.inherited)
    .map(({ column, name, isArray }) =>
      rowsInTheWay(before, column.parent!, {
        where: isArray ? `${name}::text[] && ${list}` : `${name}::text = ANY (${list})`,
        message: `column ${name} has a value that ${addressOf(fact.key)} is about to lose (${gone.join(", ")})`,
      }),
    );
}
