// Makes the table that classify reads out of surveys.
import { isDeepStrictEqual } from "node:util";
import { lockModes, type Measured } from "./measured.ts";
import type { Survey } from "./survey.ts";

/** As `Observation` in sql-analyzer; it has no empty lists. */
export interface Row {
  /** A condition under which this is so instead of the rule, or in addition to it. */
  readonly when?: string;
  readonly also?: string;
  readonly majors?: readonly number[];
  readonly locks?: Readonly<Record<string, string>>;
  readonly rewrites?: readonly string[];
  readonly scans?: readonly string[];
}

export type Table = Readonly<Record<string, readonly Row[]>>;

/** The rows of one version: of each key first the rule. Cases of one key and condition must be measured the same. */
export function tableOf({ findings, major }: Survey): Table {
  const table: Record<string, Row[]> = {};
  const rules = new Map<string, Measured>();
  for (const { of: one, measured, partitions } of findings) {
    if (one.key === undefined) continue;
    const rows = (table[one.key] ??= []);
    const add = (row: Row): void => {
      const same = rows.find(({ when, also }) => when === row.when && also === row.also);
      if (same === undefined) rows.push(row);
      else if (!isDeepStrictEqual(same, row)) {
        const [seen, others] = [row, same].map((it) => JSON.stringify(it));
        throw new Error(`on PostgreSQL ${major}, ${one.sql} is ${seen}, but others of ${one.key} ${others}`);
      }
    };
    const rule = rules.get(one.key);
    if (one.when === undefined) {
      rules.set(one.key, measured);
      add(rowOf(measured));
      if (partitions !== undefined) addMore(add, "it has partitions", beyond(measured, partitions));
    } else if (rule === undefined) throw new Error(`${one.key} has a condition, but no rule before it`);
    else if (isWithin(rule, measured)) addMore(add, one.when, beyond(rule, measured));
    else add({ when: one.when, ...rowOf(measured) });
  }
  return table;
}

function addMore(add: (row: Row) => void, also: string, more: Measured): void {
  const row = rowOf(more);
  if (Object.keys(row).length > 0) add({ also, ...row });
}

/** One table of several versions', its keys in the order given: what is the same on all says no majors. */
export function joinTables(tables: ReadonlyMap<number, Table>, order: readonly string[]): Table {
  const keys = new Set(order.filter((key) => [...tables.values()].some((table) => key in table)));
  return Object.fromEntries(
    [...keys].map((key) => {
      const rows: { row: Row; majors: number[] }[] = [];
      for (const [major, table] of tables) {
        for (const row of table[key] ?? []) {
          const same = rows.find((other) => isDeepStrictEqual(other.row, row));
          if (same === undefined) rows.push({ row, majors: [major] });
          else same.majors.push(major);
        }
      }
      return [key, rows.map(({ row, majors }) => (majors.length === tables.size ? row : withMajors(row, majors)))];
    }),
  );
}

/** The rows of a joined table that hold on one version. */
export function tableFor(major: number, table: Table): Table {
  const own = Object.entries(table).map(([key, rows]) => {
    const fitting = rows.filter(({ majors }) => majors === undefined || majors.includes(major));
    return [key, fitting.map((row) => withoutMajors(row))] as const;
  });
  return Object.fromEntries(own.filter(([, rows]) => rows.length > 0));
}

function withMajors({ when, also, ...row }: Row, majors: readonly number[]): Row {
  return { ...(when !== undefined && { when }), ...(also !== undefined && { also }), majors, ...row };
}

function withoutMajors(row: Row): Row {
  const { majors, ...rest } = row;
  return majors === undefined ? row : rest;
}

function rowOf({ locks, rewrites, scans }: Measured): Row {
  return {
    ...(Object.keys(locks).length > 0 && { locks }),
    ...(rewrites.length > 0 && { rewrites }),
    ...(scans.length > 0 && { scans }),
  };
}

/** What the second has more. */
function beyond(rule: Measured, other: Measured): Measured {
  const locks = Object.entries(other.locks).filter(([role, mode]) => rank(mode) > rank(rule.locks[role]));
  return {
    locks: Object.fromEntries(locks),
    rewrites: other.rewrites.filter((role) => !rule.rewrites.includes(role)),
    scans: other.scans.filter((role) => !rule.scans.includes(role)),
  };
}

/** Whether the second has all that the first has. */
function isWithin(rule: Measured, other: Measured): boolean {
  return (
    Object.entries(rule.locks).every(([role, mode]) => rank(mode) <= rank(other.locks[role])) &&
    rule.rewrites.every((role) => other.rewrites.includes(role)) &&
    rule.scans.every((role) => other.scans.includes(role))
  );
}

function rank(mode: string | undefined): number {
  return lockModes.indexOf(mode ?? "");
}
