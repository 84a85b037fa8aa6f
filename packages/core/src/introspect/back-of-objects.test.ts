// The way back from changes of what is no relation, with rows in the tables, and from and to a schema with nothing in it.
import {
  describeDiff,
  diff,
  invert,
  loadGrammar,
  read,
  scriptOf,
  transition,
  type Catalog,
  type Transition,
} from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { changesOn } from "../../test/changes.ts";
import { startEveryKind, type EveryKind } from "../../test/every-kind.ts";
import { introspect } from "./introspect.ts";

const major = Number(process.env["PG_MAJOR"] ?? 17) as 15 | 17 | 18;

/** Changes, each undone by what follows from the catalogs alone. */
const changes: readonly string[] = [
  // routines
  "drop function app.is_owner(uuid) cascade",
  "drop function app.pairs(integer[])",
  "drop procedure app.clean(boolean)",
  "drop function app.half(double precision) cascade",
  "drop function app.touch() cascade",
  "create or replace function app.is_owner(id uuid) returns boolean language c stable leakproof as '$libdir/plpgsql', 'plpgsql_validator'",
  "drop function app.add(integer, integer); create function app.add(a integer, c integer) returns integer language sql as 'select 1'",
  "drop function app.add(integer, integer); create function app.add(a integer, b integer) returns integer language sql as 'select 1'",
  `create function app.quotes() returns text language plpgsql set search_path to 'app', "$user", "Odd Name" set app.x to 'it''s' as $f$ begin return $function$a$function$; end $f$;
   comment on function app.quotes() is 'a \\ b ''c'''`,
  "drop aggregate app.total(integer)",
  "drop aggregate app.middle(double precision order by double precision)",
  "create aggregate app.counted(*) (sfunc = int8inc, stype = bigint, initcond = '0'); comment on aggregate app.counted(*) is 'x'; alter aggregate app.counted(*) owner to kind_owner; grant execute on function app.counted() to kind_reader",
  "alter function app.add(integer, integer) owner to kind_owner; grant execute on function app.add(integer, integer) to kind_reader",
  "alter aggregate app.total(integer) owner to kind_owner",
  // types
  "drop type app.span",
  "drop type app.shell",
  "drop type app.count cascade",
  "create type app.fresh as enum ('a', 'b'); alter table app.owned add column f app.fresh",
  "alter type app.status add value 'new'",
  "alter type app.status add value 'new' before 'draft'; alter type app.status add value 'newer' after 'new'",
  "alter type app.status rename value 'draft' to 'sketch'",
  "alter domain app.email set default 'x@y.z'; alter domain app.email drop not null",
  "alter domain app.email rename constraint email_form to form",
  "alter domain app.email drop constraint email_form",
  "alter domain app.email owner to kind_owner; grant usage on domain app.email to kind_reader",
  "drop collation app.swedish",
  "drop cast (app.status as double precision)",
  "drop operator app.===(integer, integer)",
  "drop operator app.+@(app.address, integer)",
  "alter operator app.===(integer, integer) set (restrict = none, join = none)",
  "create transform for integer language sql (from sql with function prsd_lextype(internal))",
  "drop operator class app.int_ops using btree",
  "drop operator family app.ints using btree cascade",
  "alter operator family app.ints using btree add operator 5 > (integer, bigint)",
  "create operator family app.empty using hash; comment on operator family app.empty using hash is 'none'",
  "drop text search parser app.reader",
  "drop text search template app.bare",
  "drop text search configuration app.words",
  "alter text search configuration app.words drop mapping for email, url; alter text search configuration app.words alter mapping replace simple with app.plain",
  "drop text search configuration app.words; drop text search dictionary app.plain",
  "alter text search dictionary app.plain (accept, stopwords = english)",
  // surroundings
  "create schema extra; create table extra.a (id integer); grant usage on schema extra to kind_reader",
  "drop extension btree_gist cascade",
  "create extension pg_trgm schema app",
  "create extension earthdistance schema public cascade",
  "comment on extension btree_gist is 'mine'",
  "comment on schema public is 'mine'",
  "drop language plcopy cascade",
  "create or replace language plcopy handler app.plcopy_call",
  "drop event trigger noticed",
  "alter event trigger noticed enable replica",
  "alter foreign data wrapper files options (drop debug, add trace 'it''s')",
  "alter server archive version '4' options (drop host)",
  "alter foreign data wrapper files validator postgresql_fdw_validator",
  "drop user mapping for public server archive",
  "drop publication all_news",
  "drop publication news",
  "drop publication audit_news",
  "alter publication news drop table app.person",
  "alter publication news set (publish = '', publish_via_partition_root = true)",
  "alter publication audit_news drop tables in schema audit",
  "drop publication news; create publication news for all tables",
  // roles
  "create role extra nologin createdb in role kind_owner; alter role extra set search_path to 'app', public; alter role extra in database every_kind set work_mem to '7MB'",
  "create role extra; grant select on app.person to extra; create policy extra on app.person to extra; alter policy guard on app.person to extra; alter default privileges grant select on tables to extra; alter table app.owned owner to extra; grant create on database every_kind to extra",
  "alter role kind_reader reset statement_timeout; alter role kind_reader set search_path to ''",
  "alter role kind_reader noreplication inherit login connection limit 3 valid until '2031-01-01'",
  "revoke kind_owner from kind_reader; grant kind_owner to kind_reader with admin option",
  "alter database every_kind set app.percent to '100%d'; alter database every_kind set search_path to app, public",
  "revoke connect on database every_kind from public; grant temporary on database every_kind to kind_reader with grant option",
  // grants
  "alter default privileges for role kind_owner in schema app revoke select on tables from kind_reader",
  "alter default privileges for role kind_owner grant execute on functions to public",
  "alter default privileges for role kind_owner revoke usage on types from public; alter default privileges for role kind_owner revoke all on tables from kind_owner",
  "alter default privileges in schema app grant all on tables to kind_reader with grant option; create table app.later (id integer)",
  "alter default privileges grant select on tables to kind_reader; drop view app.people; drop table app.scratch",
  "alter default privileges revoke execute on functions from public; drop function app.pairs(integer[])",
  "alter table app.owned owner to kind_reader; grant select on app.owned to kind_owner",
  "alter table app.person owner to kind_owner",
  "revoke insert on app.person from kind_reader; revoke update (nick) on app.person from kind_reader; grant select (nick) on app.person to kind_owner",
  "revoke grant option for select on app.person from kind_owner",
  "grant select, update on app.person to public; grant all on all tables in schema app to kind_reader",
  "revoke all on app.person from postgres",
  "set role kind_reader; grant usage on sequence app.ticket to kind_owner; reset role",
  "revoke all on sequence app.ticket from kind_reader",
  "revoke execute on function pg_catalog.pg_sleep_for(interval) from public",
  "grant execute on function pg_catalog.pg_sleep(double precision) to public",
  "grant execute on function pg_catalog.pg_read_file(text) to kind_reader",
  "revoke execute on function app.gbt_int4_compress(internal) from public; grant execute on function app.gbt_int4_compress(internal) to kind_reader",
];

/** What does not come back. */
const lost: Readonly<Record<string, readonly string[]>> = {
  "drop type app.status cascade": ["the order of the columns of table app.person"],
  "drop domain app.email cascade": ["the order of the columns of table app.person"],
  'drop table app.typed; alter table app.person drop column home; alter type app.address alter attribute city type text collate "POSIX"':
    ["the order of the columns of table app.person"],
  "alter type app.address drop attribute street cascade": [
    "the order of the columns of composite type app.address",
    "the order of the columns of table app.typed",
  ],
  "drop role kind_login": ["the password of role kind_login, if it had one,"],
  "alter role kind_login valid until '2030-01-01'": [
    "that role kind_login has no VALID UNTIL, which is as good as its infinity,",
  ],
  "drop server archive cascade": [
    "the secret password of server archive",
    "the secret password of user mapping archive.kind_reader",
  ],
  "drop user mapping for kind_reader server archive": ["the secret password of user mapping archive.kind_reader"],
  "alter server archive options (drop password)": ["the secret password of server archive"],
};

interface Undone {
  readonly loses: readonly string[];
  readonly wrong: readonly string[];
  readonly script: string;
}

describe(`on Postgres ${major}`, () => {
  let db: EveryKind;
  let before: Catalog;
  const fresh = async (): Promise<void> => {
    await db?.[Symbol.asyncDispose]();
    db = await startEveryKind(major);
    await db.client.query(`create role kind_login login in role kind_owner;
      set session_replication_role = replica;
      insert into app.org (name, slug) values ('one', 'one');
      insert into app.person (org, state, email) select id, 'draft', 'a@b.c' from app.org;
      insert into app.event values (1, '2024-02-03', 'x'), (2, '2024-02-04', 'y');
      reset session_replication_role`);
    before = await introspect(db.session);
  };
  beforeAll(fresh);
  afterAll(() => db?.[Symbol.asyncDispose]());

  /** Makes a change and takes it back: what is wrong then. */
  const take = async (sql: string, actions: Transition["actions"] | undefined): Promise<Undone> => {
    await db.client.query(sql);
    const way = actions ? undefined : transition(await introspect(db.session), before);
    const { loses, impossible } = way ?? { loses: [], impossible: [] };
    const script = scriptOf(actions ?? way!.actions).join(";\n");
    const failure = await db.client.query(`begin; ${script}; commit`).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (failure !== undefined) {
      await fresh();
      return { loses, wrong: [failure], script };
    }
    const left = describeDiff(diff(before, await introspect(db.session)));
    if (left.length > 0) await fresh();
    return { loses, wrong: loses.length > 0 ? impossible : [...left, ...impossible], script };
  };
  const undo = (sql: string): Promise<Undone> => take(sql, undefined);

  test.each(changes)("%s", async (sql) => {
    const { loses, wrong, script } = await undo(sql);
    expect([...loses, ...wrong], script).toEqual([]);
  });

  test.each([...changes, ...changesOn(major).map(([sql]) => sql)])("what is foreseen for certain: %s", async (sql) => {
    const grammar = await loadGrammar();
    const inverse = invert(read(sql, grammar).statements, before, { grammar, role: "postgres" });
    const isSure = inverse.certainty === "exact" && (inverse.class === "exact" || inverse.class === "needs-data");
    // Whoever writes into the system's own tables is not foreseen.
    if (!isSure || sql.startsWith("update pg_index")) return;
    const { wrong, script } = await take(sql, inverse.actions);
    expect(wrong, script).toEqual([]);
  });

  test.each(Object.keys(lost))("%s", async (sql) => {
    const { loses, wrong } = await undo(sql);
    expect({ loses, wrong }).toEqual({ loses: lost[sql], wrong: [] });
  });

  test("an enum that loses a value is made anew under rows, arrays, domains, partitions and heirs", async () => {
    await db.client.query(`create type app.mood as enum ('low', 'high');
      comment on type app.mood is 'of the day';
      revoke usage on type app.mood from public;
      create domain app.good_mood as app.mood default 'high' check (value <> 'low');
      create type app.report as (mood app.mood, note text);
      create table app.day (id integer, at date, mood app.mood default 'low', moods app.mood[] default '{low,high}',
        good app.good_mood, primary key (id, at), unique (id, at, mood)) partition by range (at);
      create table app.day_2024 partition of app.day for values from ('2024-01-01') to ('2025-01-01');
      alter table app.day_2024 alter mood set default 'high';
      create index day_mood on app.day (mood) where mood > 'low';
      create table app.moods (mood app.mood primary key, exclude using btree (mood with =));
      insert into app.moods values ('low'), ('high');
      alter table app.day add foreign key (mood) references app.moods;
      create function app.usual() returns app.mood language sql as $$ select 'low'::app.mood $$;
      alter table app.moods alter mood set default app.usual();
      create materialized view app.few as select mood from app.moods where mood = 'low';
      create statistics app.day_stats on mood, at from app.day;
      create function app.felt() returns trigger language plpgsql as 'begin return new; end';
      create trigger felt before update of mood on app.day for each row when (new.mood = 'low') execute function app.felt();
      alter table app.day add check (mood is null or moods is null or mood >= 'low');
      create view app.days as select mood, count(*) from app.day group by mood;
      create function app.is_good(app.mood) returns boolean language sql immutable return $1 = 'high'::app.mood;
      create policy by_mood on app.day using (mood = 'high');
      insert into app.day values (1, '2024-01-01', 'low', '{low,low}', 'high'), (2, '2024-01-02', 'high', null, null)`);
    const start = before;
    before = await introspect(db.session);
    await db.client.query("alter type app.mood add value 'middling' after 'low'");
    expect(await undo("insert into app.day values (3, '2024-01-03'), (4, '2024-01-04')")).toMatchObject({ wrong: [] });
    const rows = await db.client.query("select id, mood, moods, good from app.day order by id");
    expect(rows.rows.map((row) => Object.values(row as object).join())).toEqual([
      "1,low,{low,low},high",
      "2,high,,",
      "3,low,{low,high},high",
      "4,low,{low,high},high",
    ]);
    before = start;
    expect(await undo("select")).toMatchObject({ wrong: [] });
  });

  test("extensions come before those that require them", async () => {
    await db.client.query("create extension earthdistance cascade");
    const start = before;
    before = await introspect(db.session);
    expect(await undo("drop extension earthdistance; drop extension cube")).toMatchObject({ loses: [], wrong: [] });
    before = start;
    await undo("select");
  });

  test("an enum in a partition key keeps the value", async () => {
    const start = before;
    await db.client.query(
      `create type app.part as enum ('a'); create table app.parts (p app.part) partition by list (p)`,
    );
    before = await introspect(db.session);
    expect((await undo("alter type app.part add value 'b'")).loses).toEqual([
      "enum app.part as it was, which column app.parts.p holds",
    ]);
    before = start;
    await undo("select");
  });

  test("rows with a value that is to go stop the way, and are named", async () => {
    await db.client.query(`alter type app.status add value 'new'`);
    const { wrong } = await undo(`insert into app.person (id, state, email) overriding system value
      select n, 'new', 'a@b.c' from generate_series(101, 107) n`);
    expect(wrong).toEqual([
      "app.person: column state has a value that app.status is about to lose (new): 7 rows (id: 101; 102; 103; 104; 105)",
    ]);
  });

  test("columns may be named as the check's own words, and a table may have no key", async () => {
    await db.client.query(
      `create type app.state as enum ('a'); create table app.words (keys app.state, found integer, key integer, place integer)`,
    );
    const start = before;
    before = await introspect(db.session);
    await db.client.query("alter type app.state add value 'b'");
    const { wrong } = await undo("insert into app.words values ('b', 1, 1, 1)");
    expect(wrong).toEqual([
      "app.words: column keys has a value that app.state is about to lose (b): 1 rows (ctid: (0,1))",
    ]);
    before = start;
  });

  test("a value that comes back can be used by rows that come back in the same transaction", async () => {
    await db.client.query(`create type app.size as enum ('s', 'm', 'l'); create table app.shirt (size app.size)`);
    const wanted = await introspect(db.session);
    await db.client.query(`drop table app.shirt; drop type app.size;
      create type app.size as enum ('s', 'l'); create table app.shirt (size app.size)`);
    const way = transition(await introspect(db.session), wanted);
    await db.client.query(`begin; ${scriptOf(way.actions).join(";")}; insert into app.shirt values ('m'); commit`);
    expect(describeDiff(diff(wanted, await introspect(db.session)))).toEqual([]);
    await fresh();
  });

  test("a domain gets its former type back", async () => {
    await db.client.query(`create domain app.code as integer; comment on domain app.code is 'x';
      create table app.coded (code app.code default 7, codes app.code[]); insert into app.coded values (1, '{2,3}')`);
    const start = before;
    before = await introspect(db.session);
    expect(
      await undo(`drop table app.coded; drop domain app.code;
        create domain app.code as text; comment on domain app.code is 'x';
        create table app.coded (code app.code default '7', codes app.code[]); insert into app.coded values ('1', '{2,3}')`),
    ).toMatchObject({ loses: [], wrong: [] });
    expect((await db.client.query("select code + 1 as code, codes from app.coded")).rows).toEqual([
      { code: 2, codes: "{2,3}" },
    ]);
    before = start;
    await undo("select");
  });
});
