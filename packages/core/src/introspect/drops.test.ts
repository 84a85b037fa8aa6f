// What falls when something is dropped is what Postgres drops, with CASCADE and without.
import {
  addressOf,
  dependencies,
  dependents,
  diff,
  factsOf,
  quoteIdentifier,
  type Catalog,
  type Dependencies,
  type Fact,
  type Kind,
} from "@clew/sql-analyzer";
import type { DatabaseError } from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;

let db: EveryKind;
let catalog: Catalog;
let known: Dependencies;
beforeAll(async () => {
  db = await startEveryKind(major);
  catalog = await introspect(db.session);
  known = dependencies(catalog);
});
afterAll(() => db?.[Symbol.asyncDispose]());

/** How many of a kind are dropped; DROPS=1000 drops them all. */
const most = Number(process.env["DROPS"] ?? 6);

/** SQLSTATE 2BP01: dependent objects still exist. */
const dependentObjects = "2BP01";
/** What cannot be dropped by itself, with CASCADE or without: an inherited column, the index of a constraint … */
const refusals: ReadonlySet<string | undefined> = new Set(["2BP01", "42P16", "42809"]);

test.each<Kind>([
  "base type",
  "cast",
  "collation",
  "column",
  "composite type",
  "constraint",
  "domain",
  "enum",
  "event trigger",
  "extension",
  "foreign data wrapper",
  "foreign table",
  "function",
  "index",
  "language",
  "materialized view",
  "operator",
  "operator class",
  "operator family",
  "policy",
  "publication",
  "range",
  "schema",
  "sequence",
  "server",
  "statistics",
  "table",
  "text search dictionary",
  "trigger",
  "view",
])("%s", async (kind) => {
  let dropped = 0;
  const all = factsOf(catalog, kind).filter(({ key }) => key !== "extension plpgsql");
  for (const fact of all.filter((_, index) => index % Math.ceil(all.length / most) === 0)) {
    const gone = await drop(fact);
    if (gone === undefined) continue;
    dropped += 1;
    const falls = dependents(known, [fact.key]);
    const whole = falls.filter(({ only }) => only === undefined).map(({ key }) => key);
    expect([...gone.keys].sort(), `drop ${fact.key} cascade`).toEqual([fact.key, ...whole].sort());
    expect(gone.withoutCascade, `drop ${fact.key}`).toBe(falls.every(({ cascade }) => !cascade));
  }
  expect(dropped, "one at least could be dropped").toBeGreaterThan(0);
});

/** What is gone when the fact is dropped with CASCADE; undefined where it cannot be dropped by itself. */
async function drop(
  fact: Fact,
): Promise<{ readonly keys: readonly string[]; readonly withoutCascade: boolean } | undefined> {
  const sql = dropOf(fact);
  const failure = await db.client.query(`begin; ${sql} restrict`).catch((error: DatabaseError) => error.code);
  await db.client.query("rollback");
  if (typeof failure === "string" && failure !== dependentObjects && !refusals.has(failure)) throw new Error(failure);
  try {
    await db.client.query(`begin; ${sql} cascade`);
  } catch (error) {
    await db.client.query("rollback");
    if (refusals.has((error as DatabaseError).code)) return undefined;
    throw error;
  }
  // reads in that transaction, and rolls it back
  const after = await introspect(db.session);
  const removed = diff(catalog, after).filter(({ what }) => what === "removed");
  return { keys: removed.map(({ key }) => key), withoutCascade: typeof failure !== "string" };
}

function dropOf({ kind, key, name, parent }: Fact): string {
  const address = addressOf(key);
  const owner = parent && addressOf(parent);
  switch (kind) {
    case "column":
    case "constraint":
      return `alter ${parent!.startsWith("domain") ? "domain" : "table"} ${owner} drop ${kind} ${quoteIdentifier(name)}`;
    case "policy":
    case "trigger":
      return `drop ${kind} ${quoteIdentifier(name)} on ${owner}`;
    case "enum":
    case "composite type":
    case "range":
    case "base type":
      return `drop type ${address}`;
    default:
      return `drop ${kind} ${address}`;
  }
}
