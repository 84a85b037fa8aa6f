// Each thing that a statement can change is seen, and named, and nothing beside it.
import { describeDiff, diff, hashCatalog, type Catalog } from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOn } from "../../test/changes.ts";
import { startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;

describe(`on Postgres ${major}`, () => {
  let db: EveryKind;
  let before: Catalog;
  beforeAll(async () => {
    db = await startEveryKind(major);
    before = await introspect(db.session);
  });
  afterAll(() => db?.[Symbol.asyncDispose]());

  test.each(changesOn(major))("%s", async (sql, ...differences) => {
    // The session reads on this connection, inside this transaction, and its ROLLBACK at the end undoes the change.
    await db.client.query(`begin; ${sql}`);
    const after = await introspect(db.session);
    expect(describeDiff(diff(before, after))).toEqual(differences);
    expect(hashCatalog(after)).not.toBe(hashCatalog(before));
  });

  test("and nothing is left of them", async () => {
    expect(hashCatalog(await introspect(db.session))).toBe(hashCatalog(before));
  });
});
