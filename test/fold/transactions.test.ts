// Owns that the fold undoes what a file rolls back, and no more: against servers that run the statements one by one.
import { startServer, type Server } from "@clew/kit";
import { loadGrammar, read, startFold } from "@clew/sql-analyzer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { majors } from "./cases.ts";
import { catalogOf, inDatabase, inWords } from "./database.ts";
import { compare } from "./compare.ts";

const before = `create schema s; create table t (id int primary key, a text); create table gone (id int);
  create type e as enum ('a'); create function f() returns int language sql as 'select 1';
  create role other; comment on table t is 'T'; create view v as select a from t;`;

const files: readonly (readonly [name: string, sql: string])[] = [
  [
    "a block that is rolled back",
    `create table kept (); begin; drop table gone; create table never (); alter table t rename to u;
     alter table u add column b int; drop view v; comment on table u is null; rollback; create table after_it ();`,
  ],
  [
    "all sorts of changes",
    `begin; alter type e rename value 'a' to 'b'; alter type e rename to e2; grant select on t to other; create index on t (a);
     alter function f() rename to g; drop schema s cascade; alter default privileges grant select on tables to other;
     create policy p on t; alter table t enable row level security; alter table t owner to other; rollback;
     create policy q on t; alter type e rename value 'a' to 'c';`,
  ],
  [
    "savepoints",
    `begin; create table one (); savepoint x; create table two (); savepoint y; create table three ();
     rollback to x; create table four (); savepoint y; create table five (); release y; savepoint x; drop table five;
     rollback to x; release x; rollback to x; create table six (); commit;`,
  ],
  [
    "a rolled back block, and savepoints of one that is committed",
    `begin; savepoint a; drop table gone cascade; rollback to savepoint a; alter table gone add x int; commit;
     start transaction; alter table gone add y int; abort; begin; alter table gone add z int; commit and chain;
     alter table gone add zz int; rollback and chain; alter table gone add zzz int; end;`,
  ],
  [
    "settings that end with it",
    `begin; set search_path = s; create table in_s (); rollback; create table in_public ();
     begin; set local search_path = s; create table local_s (); commit; create table again_public ();
     begin; set search_path = s; set local search_path = public; commit; create table now_s (); reset search_path;
     begin; select set_config('search_path', 's', true); create table config_s (); commit; create table last_public ();
     grant other to current_user; grant all on schema public to other;
     begin; set local role other; create table of_other (); commit; create table mine ();
     begin; savepoint a; set search_path = s; rollback to a; create table saved_public (); commit;`,
  ],
  [
    "temporary tables",
    `begin; create temp table t (x int); rollback; alter table t add column c int;
     begin; create temp table gone (x int); commit; alter table gone add column c int;`,
  ],
];

describe.each(majors)("on Postgres %i", (major) => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ major });
  });
  afterAll(() => server.stop());

  test.each(files)("%s", async (_, sql) => {
    const grammar = await loadGrammar();
    await inDatabase({ server }, async (db, client) => {
      await client.query("drop role if exists other");
      await client.query(before);
      const start = await catalogOf(db);
      const folding = startFold(start, { grammar });
      const { statements } = read(sql, grammar);
      for (const { text } of statements) await client.query(text);
      expect(folding.apply(statements)).toEqual([]);
      const { differences, touched } = await compare(start, folding.catalog(), await catalogOf(db), await db.client());
      expect(differences.map(inWords)).toEqual([]);
      expect(touched).toBeGreaterThan(0);
      await client.query("rollback; reset all; drop owned by other cascade; drop role other");
    });
  });
});

describe("without a server", () => {
  test("what is rolled back has not moved, nor could it not be read", async () => {
    const grammar = await loadGrammar();
    const empty = { format: 1, source: "files", major: 17, facts: {} } as const;
    const folding = startFold(empty, { grammar });
    const sql = `create schema public; create table t (id int); create type e as enum ('a'); begin;
      alter table t rename to u; alter type e rename value 'a' to 'b'; do $$ begin execute random()::text || 't'; end $$; rollback;`;
    expect(folding.apply(read(sql, grammar).statements)).toEqual([]);
    expect([folding.moves(), folding.renamedValues()]).toEqual([[], []]);
    expect(Object.values(folding.catalog().facts).map(({ certainty }) => certainty)).not.toContain("tainted");
  });

  test("a ROLLBACK that no BEGIN goes before leaves the file's own changes in doubt, and no others", async () => {
    const grammar = await loadGrammar();
    const start = startFold({ format: 1, source: "files", major: 17, facts: {} }, { grammar });
    start.apply(
      read("create schema public; create table a (); create table b (); create table c ()", grammar).statements,
    );
    const folding = startFold(start.catalog(), { grammar });
    const opaque = folding.apply(
      read("alter table a add x int; drop table b; rollback; create table d ()", grammar).statements,
    );
    expect(opaque).toMatchObject([{ reason: "rolled-back" }]);
    const { facts } = folding.catalog();
    expect(Object.fromEntries(Object.values(facts).map(({ key, certainty }) => [key, certainty]))).toEqual({
      "schema public": "exact",
      "table public.a": "exact",
      "column public.a.x": "tainted",
      "table public.b": "tainted",
      "table public.c": "exact",
      "table public.d": "exact",
    });
  });
});
