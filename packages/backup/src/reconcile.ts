// Owns the statements that bring a table's rows to what a backup has: what is too much, what differs, what is missing.
import { qualified, quote } from "./client.ts";
import type { BackupTable } from "./manifest.ts";

/**
 * `missing`: rows that are not there are inserted, all others stay. `merge`: rows that differ get the saved values too.
 * `replace`: and rows that were not there when the backup was made go.
 */
export type RestoreMode = "missing" | "merge" | "replace";

/** The modes, in the order in which they change more. */
export const restoreModes: readonly RestoreMode[] = ["missing", "merge", "replace"];

/** One table's statements; each one's row count says what it did. `saved` is the table that the saved rows were loaded into. */
export interface Reconciling {
  /** Rows that go; undefined where none do. */
  readonly remove?: string;
  /** Rows that get other values. */
  readonly change?: string;
  /** Rows that come. */
  readonly add?: string;
  /** Gives `count`: rows that differ from the saved ones, and stay as they are; without a key, all that are not among them. */
  readonly differing?: string;
}

/** Says whether two rows are one: by the key. */
function same(key: readonly string[]): string {
  return key.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(" AND ");
}

/** By their texts: not every type can be compared. */
const rowText = (of: string, columns: readonly string[]): string =>
  `ROW(${columns.map((name) => `${of}.${quote(name)}`).join(", ")})::text`;

export function reconcile(
  table: Pick<BackupTable, "schema" | "name" | "columns" | "key" | "part">,
  saved: string,
  mode: RestoreMode,
): Reconciling {
  const { key, part } = table;
  const columns = table.columns.map(({ name }) => name);
  const target = qualified(table);
  const list = columns.map(quote).join(", ");
  const insert =
    columns.length === 0
      ? `INSERT INTO ${target} SELECT`
      : `INSERT INTO ${target} (${list}) OVERRIDING SYSTEM VALUE SELECT ${columns.map((name) => `s.${quote(name)}`).join(", ")}`;
  if (key.length === 0) return withoutKey(target, saved, columns, insert, mode);
  const others = columns.filter((name) => !key.includes(name));
  const differs =
    others.length === 0
      ? undefined
      : `${same(key)} AND ${rowText("t", others)} IS DISTINCT FROM ${rowText("s", others)}`;
  const change =
    differs && mode !== "missing"
      ? `UPDATE ONLY ${target} AS t SET ${others.map((name) => `${quote(name)} = s.${quote(name)}`).join(", ")} FROM ${saved} AS s WHERE ${differs}`
      : undefined;
  // Of rows of which only some columns were saved, a whole one cannot be made.
  const add = part
    ? undefined
    : `${insert} FROM ${saved} AS s WHERE NOT EXISTS (SELECT FROM ONLY ${target} AS t WHERE ${same(key)})`;
  return {
    ...(mode === "replace"
      ? { remove: `DELETE FROM ONLY ${target} AS t WHERE NOT EXISTS (SELECT FROM ${saved} AS s WHERE ${same(key)})` }
      : {}),
    ...(change ? { change } : {}),
    ...(add ? { add } : {}),
    ...(differs && !change
      ? {
          differing: `SELECT pg_catalog.count(*)::float8 AS count FROM ONLY ${target} AS t, ${saved} AS s WHERE ${differs}`,
        }
      : {}),
  };
}

/** Equal rows cannot be told apart, but they can be counted: as many are added as are missing. */
function withoutKey(
  target: string,
  saved: string,
  columns: readonly string[],
  insert: string,
  mode: RestoreMode,
): Reconciling {
  if (mode === "replace") return { remove: `DELETE FROM ONLY ${target}`, add: `${insert} FROM ${saved} AS s` };
  const numbered = (of: string, from: string): string =>
    `SELECT ${of}.*, ${rowText(of, columns)} AS clew_text, pg_catalog.row_number() OVER (PARTITION BY ${rowText(of, columns)}) AS clew_at FROM ${from} AS ${of}`;
  return {
    add: `${insert} FROM (${numbered("r", saved)}) AS s
WHERE NOT EXISTS (SELECT FROM (${numbered("l", `ONLY ${target}`)}) AS t WHERE t.clew_text = s.clew_text AND t.clew_at = s.clew_at)`,
    differing: `SELECT pg_catalog.count(*)::float8 AS count FROM (${numbered("l", `ONLY ${target}`)}) AS t
WHERE NOT EXISTS (SELECT FROM (${numbered("r", saved)}) AS s WHERE s.clew_text = t.clew_text AND s.clew_at = t.clew_at)`,
  };
}
