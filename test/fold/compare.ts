// Owns the comparison of a folded catalog with the server's, field by field; SQL is compared by letting the server print both.
import type { Catalog, Fact, Key, SqlText } from "@clew/sql-analyzer";
import type { Client } from "pg";
import { Printer } from "./printer.ts";

export interface Difference {
  readonly key: Key;
  readonly kind: string;
  /** The field; `missing` and `extra` are of the whole fact. */
  readonly field: string;
  readonly folded: unknown;
  readonly live: unknown;
}

export interface Comparison {
  /** Facts that the statements have touched: other than before, on either side. */
  readonly touched: number;
  readonly equal: number;
  /** Left out, and counted: what the fold itself says it does not know. */
  readonly tainted: number;
  /** Those that the fold calls no more than likely, and how many of them are as it says. */
  readonly assumed: number;
  readonly assumedEqual: number;
  /** Of facts that the fold calls exact. */
  readonly differences: readonly Difference[];
  /** Of facts that the fold calls assumed. */
  readonly assumedDifferences: readonly Difference[];
}

const ignored = new Set(["certainty", "uses", "definition"]);

export async function compare(before: Catalog, folded: Catalog, live: Catalog, client: Client): Promise<Comparison> {
  const printer = new Printer(client, folded);
  const keys = new Set([...Object.keys(folded.facts), ...Object.keys(live.facts)] as Key[]);
  const differences: Difference[] = [];
  const assumedDifferences: Difference[] = [];
  let touched = 0;
  let equal = 0;
  let tainted = 0;
  let assumed = 0;
  let assumedEqual = 0;
  for (const key of [...keys].sort()) {
    const ours = folded.facts[key];
    const theirs = live.facts[key];
    const was = before.facts[key];
    if (same(was, ours) && same(was, theirs)) continue;
    touched += 1;
    if (ours?.certainty === "tainted" || (ours === undefined && isUnderDoubt(folded, live, theirs))) {
      tainted += 1;
      continue;
    }
    const found = await differ(printer, key, ours, theirs);
    if (ours?.certainty === "assumed") {
      assumed += 1;
      if (found.length === 0) assumedEqual += 1;
      assumedDifferences.push(...found);
    } else {
      if (found.length === 0) equal += 1;
      differences.push(...found);
    }
  }
  return { touched, equal, tainted, assumed, assumedEqual, differences, assumedDifferences };
}

// What lives in something tainted cannot be known, nor who may do what with what an extension brings.
function isUnderDoubt(folded: Catalog, live: Catalog, fact: Fact | undefined): boolean {
  if (fact?.kind === "privileges") {
    return fact.extension !== undefined && folded.facts[fact.extension]?.certainty !== "exact";
  }
  if (fact === undefined) return false;
  const under = [
    fact.parent,
    "table" in fact ? fact.table : undefined,
    ...("inherits" in fact ? (fact.inherits ?? []) : []),
  ];
  return under.some((key) => {
    if (key === undefined) return false;
    return folded.facts[key]?.certainty === "tainted" || isUnderDoubt(folded, live, live.facts[key]);
  });
}

function same(a: Fact | undefined, b: Fact | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return stable(a) === stable(b);
}

function stable(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (ignored.has(name)) return undefined;
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function differ(
  printer: Printer,
  key: Key,
  ours: Fact | undefined,
  theirs: Fact | undefined,
): Promise<Difference[]> {
  const kind = (ours ?? theirs)!.kind;
  if (ours === undefined) return [{ key, kind, field: "missing", folded: undefined, live: theirs }];
  if (theirs === undefined) return [{ key, kind, field: "extra", folded: ours, live: undefined }];
  const found: Difference[] = [];
  const [a, b] = [ours, theirs] as unknown as Record<string, unknown>[];
  for (const field of new Set([...Object.keys(a!), ...Object.keys(b!)])) {
    if (ignored.has(field)) continue;
    if (!(await agree(printer, ours, field, a![field], b![field]))) {
      found.push({ key, kind, field, folded: a![field], live: b![field] });
    }
  }
  return found;
}

async function agree(
  printer: Printer,
  fact: Fact,
  field: string,
  a: unknown,
  b: unknown,
  type?: string,
): Promise<boolean> {
  if (stable(a) === stable(b)) return true;
  if (isSql(a) && isSql(b)) return printer.agree(fact, field, a, b, type);
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (const [index, item] of a.entries()) if (!(await agree(printer, fact, field, item, b[index]))) return false;
    return true;
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const [one, other] = [a, b] as Record<string, unknown>[];
  for (const name of new Set([...Object.keys(one!), ...Object.keys(other!)])) {
    if (!(await agree(printer, fact, `${field}.${name}`, one![name], other![name], typeIn(other)))) return false;
  }
  return true;
}

function typeIn(value: Record<string, unknown> | undefined): string | undefined {
  const type = value?.["type"];
  return typeof type === "string" ? type : undefined;
}

function isSql(value: unknown): value is SqlText {
  return typeof value === "object" && value !== null && typeof (value as { sql?: unknown }).sql === "string";
}
