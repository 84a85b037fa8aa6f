// From a change of the schema there is a way back, to the same catalog and, where there is a pg_dump, to the same dump.
import { execFileSync, spawnSync } from "node:child_process";
import { describeDiff, diff, invert, loadGrammar, read, scriptOf, transition, type Catalog } from "@clew/sql-analyzer";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOn } from "../../test/changes.ts";
import { inSession, startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { pg } from "../drivers/pg.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;
const only = process.env["BACK"];

const grammar = await loadGrammar();
const program = { dump: "pg_dump" };
const dumper = spawnSync(program.dump, ["--version"], { encoding: "utf8" });
const canDump = dumper.status === 0 && dumper.stdout.includes(` ${major}.`);

const unordered = "the order of the columns of table app.person does not come back";

/** What does not come back. */
const lost: Readonly<Record<string, string>> = {
  "alter table app.dog no inherit app.animal":
    "that app.dog.name is only inherited; that app.dog.animal_name_check is only inherited does not come back",
  "alter table app.person drop column tags": unordered,
  "alter table app.person alter column full_name drop expression": unordered,
  "drop type app.status cascade": unordered,
  "alter table app.person drop column nick cascade": unordered,
  "alter table app.person drop column serial": unordered,
  "alter table app.person drop column id cascade": unordered,
  "alter table app.person drop column updated_at, drop column during": unordered,
  "drop schema app cascade": "object conversion app.latin cannot be written as SQL",
  "drop conversion app.latin": "object conversion app.latin cannot be written as SQL",
  "drop access method heap2 cascade": "object access method heap2 cannot be written as SQL",
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

/** What more than one thing follows from. */
const further: readonly string[] = [
  "drop table app.person cascade",
  "drop table app.org cascade",
  "drop table app.event cascade",
  "drop table app.event_2024",
  "drop table app.animal cascade",
  "drop type app.status cascade",
  "drop schema app cascade",
  "drop view app.people; create view app.people as select 1 as one",
  "create or replace view app.checked as select id, name, slug from app.org where name <> '' with local check option",
  "alter table app.person drop column nick cascade",
  "alter table app.person drop column serial",
  "alter table app.person drop column id cascade",
  "alter table app.event drop column kind",
  "alter table app.person alter serial drop default; drop sequence app.person_serial_seq; alter table app.person alter serial add generated always as identity",
  "alter table app.person alter id drop identity; create sequence app.person_id_seq start with 10 owned by app.person.id; alter table app.person alter id set default nextval('app.person_id_seq')",
  "alter table app.person drop constraint person_pkey; alter table app.person alter id drop identity; alter table app.person alter id drop not null",
  "alter table app.event detach partition app.event_2024",
  "alter table app.event detach partition app.event_2024; drop index app.event_2024_kind_idx; alter table app.event_2024 drop constraint event_2024_pkey",
  "create table app.event_2023 (id bigint not null, at timestamptz not null, kind text, note text); create table app.event_2022 (at timestamptz not null, id bigint not null, kind text); alter table app.event attach partition app.event_2022 for values from ('2022-01-01 00:00+00') to ('2023-01-01 00:00+00')",
  "create table app.whole (a integer) partition by list (a); alter table app.whole attach partition app.owned for values in (1)",
  "drop index app.event_kind",
  "alter table app.event drop constraint event_pkey",
  "drop view app.people; drop trigger touch on app.person; drop index app.person_slug; alter publication news drop table app.person; alter table app.person alter email type text",
  "alter table app.owned alter a type text; alter table app.owned alter a set default 'x'",
  "drop materialized view app.by_state; drop statistics app.person_stats; alter table app.person alter state drop default; alter table app.person alter state type text",
  "drop materialized view app.by_state; alter table app.person alter state drop default, alter state type text using state::text, alter state set default 'draft'",
  "alter table app.scratch add column b integer not null default 1, add column c serial, add unique (b, c)",
  "alter table app.animal add column extra text not null default 'x' check (extra <> '')",
  "alter table app.animal drop column legs",
  "alter table app.org alter column id drop default, alter column name set default 'none', alter column slug type varchar(20)",
  "alter table app.org set without cluster; alter table app.org cluster on org_slug_key",
  "drop materialized view app.by_state",
  "drop materialized view app.by_state; create materialized view app.by_state as select state from app.person",
  "create unique index org_all on app.org (id, name); alter table app.org replica identity using index org_all",
  "drop policy everything on app.org; alter table app.org enable row level security",
  "alter table app.person drop constraint person_pkey, add primary key (id) include (org)",
  "alter trigger touch on app.person rename to touched",
  "drop trigger event_touch on app.event",
  "alter table app.event disable trigger event_touch",
  "alter table app.event_2024 enable trigger event_touch",
  "alter table app.event_rest disable trigger event_touch",
  "create trigger copied after insert on app.event for each row execute function app.touch()",
  "drop rule quiet on app.org; create rule loud as on update to app.org do also nothing",
  "alter foreign table app.remote add column c integer, drop column b",
  "drop foreign table app.remote",
  "alter table app.typed alter column city drop default",
  "create table app.typed2 of app.address (primary key (zip))",
  "drop sequence app.ticket",
  "alter sequence app.ticket increment by -1 minvalue -5 maxvalue -1 start -1 restart -1",
  "alter domain app.email drop constraint email_form",
  "create extension earthdistance cascade",
  `create table app.call (id integer primary key);
    create table app.caller (id integer primary key, call integer references app.call);
    create policy own on app.call using (exists (select from app.caller where caller.call = call.id));
    create policy own on app.caller using (exists (select from app.call where call.id = caller.call))`,
  `alter table app.person add column owned_by text, alter column balance set default 1;
    alter table app.person add constraint one_name check (balance > 0 or owned_by <> '');
    alter policy guard on app.person with check (balance > 0 or owned_by <> '')`,
  "alter table app.person drop column updated_at, drop column during",
  "alter table app.person rename to human",
  "alter table app.person rename column nick to handle",
  'alter table app.person set schema "Odd Name"',
  'alter table app.event set schema "Odd Name"',
  'alter schema "Odd Name" rename to odd',
  "alter type app.status rename to state",
  "alter function app.touch() rename to touched",
  "alter view app.people rename column nick to handle",
  "alter table app.scratch rename to old_scratch; create table app.scratch (b text)",
  "alter table app.owned rename to tmp; alter table app.scratch rename to owned; alter table app.tmp rename to scratch",
  "alter table app.person rename column nick to handle; alter table app.person alter column handle set not null; create index person_handle on app.person (handle)",
  "alter table app.person drop column updated_at, drop column created_at",
  "drop view app.checked; create table app.checked (id uuid, name text default 'x')",
  "create role extra; grant select on app.org to extra; grant usage on schema app to extra; create table app.extra (); alter table app.extra owner to extra",
];

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

  const all = [...changesOn(major).map(([sql]) => sql), ...further];
  test.each(all.filter((sql) => only === undefined || sql.includes(only)))("%s", async (sql) => {
    try {
      await db.client.query(sql);
      const after = await introspect(db.session);
      const way = invert(read(sql, grammar).statements, before, { grammar, role: "postgres", after });
      const script = scriptOf(way.actions).join(";\n");
      const failure = await db.client.query(`begin; ${script}; commit`).then(
        () => "",
        (error: Error) => error.message,
      );
      if (failure !== "") await db.client.query("rollback");
      const left = describeDiff(diff(before, await introspect(db.session)));
      const told = way.class === "lossy" || way.class === "impossible" ? way.reason : undefined;
      expect(told).toBe(lost[sql]);
      const wrong = [failure, ...left].filter((text) => text !== "");
      if (lost[sql]) {
        if (way.class === "lossy") expect(failure).toBe("");
        expect(wrong.length, "what is said to be lost is").toBeGreaterThan(0);
        return await fresh();
      }
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
    expect(dump("made")).toBe(dumped.replaceAll(/(?:,\n *password 'hunter\d'|(?<=\(\n) *password 'hunter\d',\n)/g, ""));

    const back = transition(before, empty, { role: "postgres" });
    expect([...back.loses, ...back.impossible]).toEqual([]);
    await inSession(db.url(made), `begin; ${scriptOf(back.actions).join(";\n")}; commit`);
    expect(describeDiff(diff(empty, await introspect(session)))).toEqual([]);
  });
});
