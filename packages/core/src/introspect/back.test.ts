// From a change of the schema there is a way back, to the same catalog and, where there is a pg_dump, to the same dump.
import { execFileSync, spawnSync } from "node:child_process";
import { describeDiff, diff, scriptOf, transition, type Catalog } from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOn } from "../../test/changes.ts";
import { startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;
const only = process.env["BACK"];

const dumper = spawnSync("pg_dump", ["--version"], { encoding: "utf8" });
const canDump = dumper.status === 0 && dumper.stdout.includes(` ${major}.`);

describe(`on Postgres ${major}`, () => {
  let db: EveryKind;
  let before: Catalog;
  let dumped: string;
  const fresh = async (): Promise<void> => {
    await db?.[Symbol.asyncDispose]();
    db = await startEveryKind(major);
    before = await introspect(db.session);
    dumped = dump();
  };
  const dump = (): string =>
    canDump ? execFileSync("pg_dump", ["--schema-only", db.url()], { encoding: "utf8" }) : "";
  beforeAll(fresh);
  afterAll(() => db?.[Symbol.asyncDispose]());

  test.each(changesOn(major).filter(([sql]) => only === undefined || sql.includes(only)))("%s", async (sql) => {
    try {
      await db.client.query(sql);
      const way = transition(await introspect(db.session), before, { role: "postgres" });
      const script = scriptOf(way.actions).join(";\n");
      const failure = await db.client.query(`begin; ${script}; commit`).then(
        () => "",
        (error: Error) => error.message,
      );
      if (failure !== "") await db.client.query("rollback");
      const left = describeDiff(diff(before, await introspect(db.session)));
      const wrong = [failure, ...left, ...way.loses, ...way.impossible].filter((text) => text !== "");
      expect(wrong, `${wrong.join("\n")}\n${script}`).toEqual([]);
      expect(dump()).toBe(dumped);
    } catch (error) {
      await fresh();
      throw error;
    }
  });
});
