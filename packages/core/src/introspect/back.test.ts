// From a change of the schema there is a way back, to the same catalog and, where there is a pg_dump, to the same dump.
import { execFileSync, spawnSync } from "node:child_process";
import { describeDiff, diff, scriptOf, transition, type Catalog } from "@clew/sql-analyzer";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOn } from "../../test/changes.ts";
import { inSession, startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { pg } from "../drivers/pg.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;
const only = process.env["BACK"];

const program = { dump: "pg_dump" };
const dumper = spawnSync(program.dump, ["--version"], { encoding: "utf8" });
const canDump = dumper.status === 0 && dumper.stdout.includes(` ${major}.`);

/** What does not come back. A renamed thing does where it is known that it was renamed. */
const lost: Readonly<Record<string, readonly string[]>> = {
  "alter table app.dog no inherit app.animal": [
    "that app.dog.name is only inherited",
    "that app.dog.animal_name_check is only inherited",
  ],
  "alter table app.person drop column tags": ["the order of the columns of table app.person"],
  "alter table app.person alter column full_name drop expression": ["the order of the columns of table app.person"],
  "alter type app.address rename attribute zip to code cascade": [
    "the order of the columns of composite type app.address",
    "the order of the columns of table app.typed",
  ],
  "drop conversion app.latin": ["object conversion app.latin cannot be written as SQL"],
  "drop access method heap2 cascade": ["object access method heap2 cannot be written as SQL"],
};

/** What of the schema no printer can make. */
const unwritten = `create access method heap2 type table handler heap_tableam_handler;
  create schema app; create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8`;

/** Without the random word that pg_dump has for psql; what has no order of its own, in one. */
function inOneOrder(dump: string): string {
  const lines = dump.split("\n").filter((line) => !/^\\(?:un)?restrict /.test(line));
  const isGrant = (line: string): boolean => /^(?:GRANT|REVOKE) /.test(line);
  const sorted = lines
    .filter((line) => !isGrant(line))
    .map((line) => {
      return /^CREATE (?:POLICY|VIEW) /.test(line)
        ? line
            .split(/[\s,()]+/)
            .sort()
            .join(" ")
        : line;
    });
  return [...sorted, ...lines.filter(isGrant).sort()].join("\n");
}

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
  const dump = (database = "every_kind"): string =>
    canDump
      ? inOneOrder(execFileSync(program.dump, ["--schema-only", db.url({ database })], { encoding: "utf8" }))
      : "";
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
      const wrong = [failure, ...left].filter((text) => text !== "");
      expect([...way.loses, ...way.impossible]).toEqual(lost[sql] ?? []);
      if (lost[sql]) return await fresh();
      expect(wrong, `${wrong.join("\n")}\n${script}`).toEqual([]);
      expect(dump()).toBe(dumped);
    } catch (error) {
      await fresh();
      throw error;
    }
  });

  test("all of it, from an empty database", async () => {
    const made = { database: "made" };
    await inSession(db.url(), "create database made");
    await inSession(db.url(made), unwritten);
    await using session = await pg(() => new Client(db.url(made))).connect();
    const empty = await introspect(session);
    const way = transition(empty, before, { role: "postgres" });
    expect([...way.loses, ...way.impossible]).toEqual([
      "the secret password of server archive",
      "the secret password of user mapping archive.kind_reader",
    ]);
    const script = scriptOf(way.actions).join(";\n");
    await inSession(db.url(made), `begin; ${script}; commit`);
    expect(describeDiff(diff(before, await introspect(session)))).toEqual([
      "server archive: options password (secret) → none",
      "user mapping archive.kind_reader: options password (secret) → none",
    ]);
    expect(dump("made")).toBe(dumped.replaceAll(/,\n *password 'hunter\d'/g, ""));

    const back = transition(before, empty, { role: "postgres" });
    expect([...back.loses, ...back.impossible]).toEqual([]);
    await inSession(db.url(made), `begin; ${scriptOf(back.actions).join(";\n")}; commit`);
    expect(describeDiff(diff(empty, await introspect(session)))).toEqual([]);
  });
});
