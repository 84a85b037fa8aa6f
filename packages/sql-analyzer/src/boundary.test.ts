// Holds kinds and boundaries to real servers: each statement is tried inside a transaction.
import { freshDatabase, startServer } from "@clew/kit";
import { beforeAll, describe, expect, it } from "vitest";
import { type Grammar, loadGrammar } from "./grammar.ts";
import { read } from "./read.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

/** What is there before the statements are tried. */
const setup = `
  create table t (id int primary key, a text, b int);
  create index i on t (a);
  create table part (id int) partition by range (id);
  create table part1 partition of part for values from (1) to (2);
  create materialized view mv as select 1 as id;
  create unique index on mv (id);
  create type mood as enum ('good', 'bad');
  create procedure p() language sql as '';
  create publication pub;
`;

/** Statements in an order in which they run, in one transaction; those that refuse one are between. */
const statements = `
  create schema s; create schema s2 create table in_s2 (a int); create schema if not exists s2;
  create table a (id int generated always as identity, n int default 1, x text); create temp table tt (a int);
  create table b as select 1 as id; select 2 as id into c; create unlogged table d ();
  create table if not exists a (); create materialized view mv2 as select 1; create view v as select * from a;
  create or replace view v as select * from a; create unique index concurrently i2 on t (b); create index i3 on a (n);
  create index if not exists i3 on a (n); drop index concurrently i; drop index i3;
  reindex index i; reindex table t; reindex (verbose) table t; reindex (concurrently false) table t;
  reindex table concurrently t; reindex index concurrently i; reindex (concurrently) table t;
  reindex (concurrently true, verbose) index i; reindex schema public; reindex schema concurrently public;
  reindex database postgres; reindex system postgres;
  vacuum; vacuum full t; vacuum (analyze) t; analyze; analyze t; cluster; cluster verbose; cluster t using t_pkey; cluster t;
  alter table part detach partition part1 concurrently; alter table part detach partition part1;
  alter table part attach partition part1 for values from (1) to (2);
  create database x; drop database if exists x; drop database x with (force); alter database postgres set tablespace pg_default;
  alter database postgres set work_mem = '4MB'; alter database postgres connection limit 10; alter database postgres reset work_mem;
  create tablespace ts location '/nowhere'; drop tablespace if exists ts; alter tablespace pg_default set (seq_page_cost = 1);
  alter system set work_mem = '4MB'; alter system reset all;
  discard all; discard plans; discard sequences; discard temp;
  create subscription sub connection 'host=127.0.0.1 port=1' publication pub;
  create subscription sub connection 'host=127.0.0.1 port=1' publication pub with (create_slot = on);
  create subscription sub connection 'host=127.0.0.1 port=1' publication pub with (connect = false);
  alter subscription sub enable; alter subscription sub refresh publication; alter subscription sub set publication pub;
  alter subscription sub add publication pub2 with (refresh = true); alter subscription sub set publication pub with (refresh = false);
  alter subscription sub connection 'host=127.0.0.1 port=2'; alter subscription sub disable; alter subscription sub set (binary = true);
  drop subscription sub; alter subscription sub set (slot_name = none); alter subscription sub owner to current_user;
  do $$ begin perform 1; end $$; do $$ begin commit; end $$; do $$ begin if true then rollback; end if; end $$;
  do $$ begin raise notice 'commit'; /* rollback */ end $$; do language plpgsql $$ declare r record; begin for r in select 1 loop commit; end loop; end $$;
  call p(); alter type mood add value 'great'; alter type mood add value if not exists 'great' before 'good';
  alter type mood rename value 'bad' to 'poor'; alter type mood rename to moods; alter type moods rename to mood;
  savepoint one; rollback to one; rollback to savepoint one; release one;
  insert into t values (1, 'a', 1); update t set a = 'b'; delete from t; select 1; values (1); table t; with w as (select 1) select * from w;
  merge into t using (values (1)) as u (id) on t.id = u.id when matched then delete; truncate t; explain select 1; explain analyze select 1;
  copy t to stdout; lock table t in share mode; set local work_mem = '4MB'; set work_mem = '4MB'; reset work_mem; show work_mem;
  set role postgres; reset role; set session authorization default; set constraints all deferred;
  declare cur cursor for select 1; fetch cur; move cur; close cur; prepare q as select 1; execute q; deallocate q; deallocate all;
  listen ch; notify ch, 'x'; unlisten ch; checkpoint; load 'plpgsql'; refresh materialized view mv; refresh materialized view concurrently mv;
  create function f() returns int language sql as 'select 1'; create or replace function f() returns int language sql begin atomic select 1; end;
  alter function f() stable; alter function f() rename to g; alter function g() owner to current_user; alter function g() set schema s;
  alter routine s.g() set schema public; alter procedure p() security definer; drop function g; create procedure pp() language sql as ''; drop procedure pp; drop routine if exists pp;
  create aggregate agg (int) (sfunc = int4pl, stype = int); alter aggregate agg (int) rename to agg2; drop aggregate agg2 (int);
  create function trg() returns trigger language plpgsql as 'begin return new; end'; create trigger tr before insert on t for each row execute function trg();
  create or replace trigger tr before update on t for each row execute function trg(); alter trigger tr on t rename to tr2; drop trigger tr2 on t;
  create function etrg() returns event_trigger language plpgsql as 'begin end'; create event trigger et on sql_drop execute function etrg(); alter event trigger et disable; drop event trigger et;
  create rule r as on insert to d do also (delete from a; delete from b); alter rule r on d rename to r2; drop rule r2 on d;
  create policy pol on t using (true); alter policy pol on t using (false); alter policy pol on t rename to pol2; drop policy pol2 on t;
  alter table t add column c int; alter table t alter column c set default 1, alter c set statistics 10; alter table t rename column c to cc; alter table t rename to t2; alter table t2 rename to t; alter table t set schema s;
  alter table s.t set schema public; alter table t owner to current_user; alter table t enable row level security; alter table t add constraint con check (b > 0) not valid; alter table t validate constraint con; alter table t rename constraint con to con2;
  alter index i rename to ii; alter index ii rename to i; alter index i set (fillfactor = 90); alter view v rename to vv; alter view vv alter n set default 2; alter materialized view mv2 rename to mv3; drop materialized view mv3; drop view vv;
  create sequence sq; alter sequence sq restart; alter sequence sq rename to sq2; alter sequence sq2 owner to current_user; drop sequence sq2;
  create domain dom as int check (value > 0); alter domain dom set not null; alter domain dom rename to dom2; alter domain dom2 rename constraint dom_check to dom_check2; drop domain dom2;
  create type comp as (a int); alter type comp add attribute b int; alter type comp rename attribute a to aa; create type en as enum (); create type rng as range (subtype = int); create type shell; drop type comp, en, rng; alter type mood owner to current_user;
  create collation coll from "C"; alter collation coll refresh version; alter collation coll rename to coll2; drop collation coll2; create conversion conv for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8; alter conversion conv rename to conv2; drop conversion conv2;
  create cast (mood as int) with inout; drop cast (mood as int); create operator ### (leftarg = int, rightarg = int, function = int4pl); alter operator ### (int, int) set (restrict = none); drop operator ### (int, int);
  create operator family fam using btree; alter operator family fam using btree rename to fam2; create operator class cls for type mood using btree family fam2 as storage mood; alter operator class cls using btree rename to cls2; drop operator class cls2 using btree; drop operator family fam2 using btree;
  create text search dictionary dict (template = simple); alter text search dictionary dict (accept = false); create text search configuration cfg (copy = simple); alter text search configuration cfg alter mapping for asciiword with dict; alter text search configuration cfg rename to cfg2; drop text search configuration cfg2; drop text search dictionary dict;
  create statistics st on a, b from t; alter statistics st set statistics 10; alter statistics st rename to st2; drop statistics st2; create extension pgcrypto; alter extension pgcrypto set schema public; alter extension pgcrypto drop function armor(bytea); alter extension pgcrypto add function armor(bytea); drop extension pgcrypto;
  create foreign data wrapper fdw; alter foreign data wrapper fdw options (add x '1'); create server srv foreign data wrapper fdw; alter server srv options (add x '1'); create user mapping for current_user server srv; alter user mapping for current_user server srv options (add x '1'); drop user mapping for current_user server srv;
  create foreign table ft (a int) server srv; alter foreign table ft add column b int; alter foreign table ft rename a to aa; drop foreign table ft; drop server srv; drop foreign data wrapper fdw;
  create publication pub2 for table t; alter publication pub2 set (publish = 'insert'); alter publication pub2 rename to pub3; drop publication pub3; create access method am type index handler bthandler; drop access method am; create language lang handler plpgsql_call_handler; alter language lang rename to lang2; drop language lang2;
  create transform for int language sql (from sql with function prsd_lextype(internal)); drop transform for int language sql;
  create role rl; alter role rl login; alter role rl set work_mem = '4MB'; alter role rl rename to rl2; create group gr; create user us; alter group gr add user us; grant rl2 to us; revoke rl2 from us; grant select on t to us; revoke select on t from us; alter default privileges grant select on tables to us; alter default privileges revoke select on tables from us;
  reassign owned by us to current_user; drop owned by us; drop role rl2; drop user us; drop group gr; comment on table t is 'x'; comment on column t.a is null; select lo_create(1); alter large object 1 owner to current_user;
  alter schema s rename to s3; alter schema s3 owner to current_user; drop schema s3; drop table a, b; drop table if exists nothing
`;
/** Statements that only newer servers know, on a subscription that has a slot and is not enabled. */
const newer = (major: number): string =>
  [
    "create subscription sub2 connection 'host=127.0.0.1 port=1' publication pub with (connect = false)",
    ...(major >= 17 ? ["alter subscription sub2 set (failover = true)"] : []),
    ...(major >= 18
      ? ["alter subscription sub2 set (two_phase = true)", "alter subscription sub2 set (two_phase = off)"]
      : []),
  ].join(";");

/** What the server says at the end of a statement where that is not the statement's own tag. */
const otherTags: { readonly [kind: string]: string } = {
  "CREATE TABLE AS": "SELECT",
  "SELECT INTO": "SELECT",
  "CREATE MATERIALIZED VIEW": "SELECT",
  EXECUTE: "SELECT",
  "ROLLBACK TO": "ROLLBACK",
};

describe.each([15, 17, 18] as const)("PostgreSQL %i", (major) => {
  it("agrees on what refuses a transaction, and on what each statement is called", async () => {
    await using server = await startServer({ major });
    await using database = await freshDatabase({ server });
    await database.sql(setup);
    const client = await database.client();
    let tag = "";
    (client as unknown as { connection: NodeJS.EventEmitter }).connection.on("commandComplete", (message) => {
      tag = (message as { text: string }).text;
    });

    await client.query("begin");
    const found: string[] = [];
    const ours: string[] = [];
    for (const { text, kind, boundary } of read(`${statements};${newer(major)}`, grammar).statements) {
      await client.query("savepoint before_each");
      const refused = await client.query(text).then(
        () => "",
        async (error: { code: string; message: string }) => {
          await client.query("rollback to before_each");
          // SQLSTATE 25001 active_sql_transaction, 2D000 invalid_transaction_termination
          return ["25001", "2D000"].includes(error.code) ? "alone" : error.message;
        },
      );
      const name = kind.replace(" CONCURRENTLY", "");
      found.push(`${text}: ${refused || tag.replace(/[ \d]+$/, "")}`);
      ours.push(`${text}: ${boundary === "alone" ? "alone" : (otherTags[name] ?? name)}`);
    }
    await client.query("rollback");
    expect(ours).toEqual(found);
  });
});

describe("boundaryOf", () => {
  it("names transaction control, but not savepoints", () => {
    const control = [
      "begin",
      "start transaction",
      "commit",
      "end",
      "rollback",
      "abort",
      "commit and chain",
      "prepare transaction 'x'",
      "commit prepared 'x'",
      "rollback prepared 'x'",
    ];
    const inside = ["savepoint a", "release a", "rollback to a", "set transaction read write"];
    for (const text of control) expect([text, boundaryOfText(text)]).toEqual([text, "transaction-control"]);
    for (const text of inside) expect([text, boundaryOfText(text)]).toEqual([text, "none"]);
  });
});

function boundaryOfText(text: string) {
  return read(text, grammar).statements[0]!.boundary;
}
