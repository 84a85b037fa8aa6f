// What is said of a name that nothing has, and where nothing is said: each case is what comes before, and a statement.
import { beforeAll, describe, expect, test } from "vitest";
import { catalogOf, type Catalog, type Fact } from "../catalog/catalog.ts";
import { startFold } from "../fold/fold.ts";
import { loadGrammar, type Grammar } from "../grammar.ts";
import { read } from "../read.ts";
import { references } from "./references.ts";

let grammar: Grammar;
let before: Catalog;

const schema = (name: string): Fact => ({ key: `schema ${name}`, kind: "schema", name, certainty: "exact" });
const role = (name: string): Fact => ({ key: `role ${name}`, kind: "role", name, certainty: "exact" });

const start = `
  create schema app;
  create type app.mood as enum ('good', 'bad');
  create table app.users (id bigint primary key, email text not null, mood app.mood, constraint short check (length(email) < 99));
  create table public.posts (id bigint primary key, author bigint references app.users, title text, body jsonb);
  create function app.add(a integer, b integer default 1) returns integer language sql as 'select a + b';
  create function app.pair(out first text, out second text) language sql as 'select ''a'', ''b''';
  create function app.touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create view public.titles as select p.id, p.title from posts p;
  create policy "read all" on public.posts using (true);
  create trigger touched before update on public.posts for each row execute function app.touch();`;

beforeAll(async () => {
  grammar = await loadGrammar();
  const empty = catalogOf([schema("public"), role("postgres"), role("anon")], { source: "server", major: 17 });
  const folding = startFold(empty, { grammar });
  folding.apply(read(start, grammar).statements);
  before = folding.catalog();
});

/** Each finding as its code, its severity, and the text that it is about. */
function said(sql: string): readonly string[] {
  return references(read(sql, grammar).statements, before, { grammar }).map(
    ({ code, severity, at }) => `${severity} ${code} ${sql.slice(at!.start, at!.end)}`,
  );
}

describe("a name that nothing has", () => {
  test.each([
    ["select * from post", "error UNKNOWN_TABLE post"],
    ["select * from ap.users", "error UNKNOWN_SCHEMA ap"],
    ["select p.titel from posts p", "error UNKNOWN_COLUMN titel"],
    ["select title from posts where q.id = 1", "error UNKNOWN_TABLE q"],
    ["select n.x from (select id as y from posts) n", "error UNKNOWN_COLUMN x"],
    ["with a as (select id from posts) select b from a", "error UNKNOWN_COLUMN b"],
    ["select * from posts join app.users using (emial)", "error UNKNOWN_COLUMN emial"],
    ["select titel from titles", "error UNKNOWN_COLUMN titel"],
    ["select f.third from app.pair() f", "error UNKNOWN_COLUMN third"],
    ["select e.valu from posts, jsonb_each(body) e", "error UNKNOWN_COLUMN valu"],
    ["select noww()", "error UNKNOWN_FUNCTION noww"],
    [
      "do $$ declare c text; begin select conname into c from pg_constraint where pg_get_constraintdef(oid) ilike '%x%'; execute format('alter table posts drop constraint %I', c); end $$; select titel from posts",
      "error UNKNOWN_COLUMN titel",
    ],
    [
      "create extension pg_cron; select cron.schedule('nightly', '0 3 * * *', $$ select 1; delete from posts where titel = 'x' $$)",
      "warning UNKNOWN_COLUMN titel",
    ],
    [
      "create extension pg_cron; do $$ begin perform cron.schedule(schedule := '0 3 * * *', command := 'select ''x'' from post'); end $$",
      "warning UNKNOWN_TABLE post",
    ],
    [
      "create function g() returns int language plpgsql set search_path = pubblic, pg_temp as $$ begin return 1; end $$",
      "warning UNKNOWN_SCHEMA pubblic",
    ],
    ["set search_path to pulbic", "warning UNKNOWN_SCHEMA pulbic"],
    ["create extension vector; create table made (at timestamptz default nwo())", "error UNKNOWN_FUNCTION nwo"],
    [
      "create function g() returns posts language plpgsql as $$ declare one posts%rowtype; feel app.mood; n int; begin select 1, 2 into n, feel from post; one.title := ''; return one; end $$",
      "warning UNKNOWN_TABLE post",
    ],
    [
      "create function g() returns posts language plpgsql as $$ declare one post%rowtype; feel app.mod; n int; begin select 1, 2 into n, feel; one.title := ''; return one; end $$",
      "error UNKNOWN_TYPE post",
      "error UNKNOWN_TYPE mod",
    ],
    // Of the extension's names some are not known.
    ["create extension pgroonga; select colaesce(1)", "error UNKNOWN_FUNCTION colaesce"],
    ["create extension pgroonga; select null::uid", "error UNKNOWN_TYPE uid"],
    // Those of pg_net are in net, whatever schema is said.
    ["create extension pg_net schema public; select nwo()", "error UNKNOWN_FUNCTION nwo"],
    ["select app.add(1, 2, 3)", "error UNKNOWN_FUNCTION add"],
    ["select 1::app.mod", "error UNKNOWN_TYPE mod"],
    ["select 'app.user'::regclass", "error UNKNOWN_TABLE user"],
    ["do $$ begin execute 'truncate app.users'; perform 'app.usres'::regclass; end $$", "error UNKNOWN_TABLE usres"],
    ["select nextval('missing')", "error UNKNOWN_SEQUENCE missing"],
    ["insert into posts (id, titel) values (1, '')", "error UNKNOWN_COLUMN titel"],
    [
      "insert into posts (id) values (1) on conflict (idd) do update set title = excluded.titel",
      "error UNKNOWN_COLUMN idd",
      "error UNKNOWN_COLUMN titel",
    ],
    ["update posts set titel = 'x'", "error UNKNOWN_COLUMN titel"],
    ["delete from posts using app.user u where u.id = author", "error UNKNOWN_TABLE user"],
    ["merge into posts p using app.users u on u.id = p.autor when matched then delete", "error UNKNOWN_COLUMN autor"],
    ["create table x (a integer references app.users (idd))", "error UNKNOWN_COLUMN idd"],
    ["create table x (a integer, check (b > 0))", "error UNKNOWN_COLUMN b"],
    ["create index on posts (lower(titel))", "error UNKNOWN_COLUMN titel"],
    ["alter table posts drop column titel", "error UNKNOWN_COLUMN titel"],
    ["alter table app.users drop constraint shor", "error UNKNOWN_CONSTRAINT shor"],
    ["alter table posts rename column titel to title2", "error UNKNOWN_COLUMN titel"],
    ["drop table post", "error UNKNOWN_TABLE post"],
    ['drop policy "read al" on posts', 'error UNKNOWN_POLICY "read al"'],
    ["alter policy reads on posts using (true)", "error UNKNOWN_POLICY reads"],
    ["drop trigger touch on posts", "error UNKNOWN_TRIGGER touch"],
    ["create policy p on posts to anonn using (autor = 1)", "error UNKNOWN_ROLE anonn", "error UNKNOWN_COLUMN autor"],
    [
      "create trigger t before update of titel on posts for each row execute function app.touch()",
      "error UNKNOWN_COLUMN titel",
    ],
    [
      "create trigger t before update on posts for each row when (new.titel <> '') execute function app.toch()",
      "error UNKNOWN_COLUMN titel",
      "error UNKNOWN_FUNCTION toch",
    ],
    ["grant select on post to anon", "error UNKNOWN_TABLE post"],
    ["alter table posts owner to anonn", "error UNKNOWN_ROLE anonn"],
    ["comment on column posts.titel is ''", "error UNKNOWN_COLUMN titel"],
    ["drop function app.ad(integer, integer)", "error UNKNOWN_FUNCTION ad"],
    ["create function f() returns bigint language sql as $$ select idd from posts $$", "error UNKNOWN_COLUMN idd"],
    [
      "create function f() returns bigint language sql begin atomic select idd from posts; end",
      "error UNKNOWN_COLUMN idd",
    ],
    [
      "create function f() returns void language plpgsql as $$ begin perform 1 from post; end $$",
      "warning UNKNOWN_TABLE post",
    ],
    [
      "create function f() returns void language plpgsql as $$ declare x app.mod; begin end $$",
      "error UNKNOWN_TYPE mod",
    ],
    [
      "create function f() returns void language plpgsql as $$ declare n int; begin n := app.ad(1); end $$",
      "warning UNKNOWN_FUNCTION ad",
    ],
    [
      'create function f() returns void language plpgsql as $$ declare a "Post"%rowtype; b posts.titel%type; begin end $$',
      'error UNKNOWN_TYPE "Post"',
      "error UNKNOWN_COLUMN titel",
    ],
    ["do $$ declare n int; begin select count(*) into n from post; end $$", "error UNKNOWN_TABLE post"],
    [
      "create function f() returns bigint language sql set search_path = '' as $$ select id from posts $$",
      "error UNKNOWN_TABLE posts",
    ],
    ["set search_path = app; select * from posts", "error UNKNOWN_TABLE posts"],
    ["-- é 😀\nselect '😀', titel from posts", "error UNKNOWN_COLUMN titel"],
  ])("%s", (sql, ...expected) => {
    expect(said(sql)).toEqual(expected);
  });
});

describe("nothing is said", () => {
  test.each([
    ["of whole rows, system columns and result columns", "select posts, ctid, title as t from posts order by t"],
    ["of columns as functions", "select p.to_json from posts p"],
    [
      "of columns of what a function gives",
      "create function one() returns posts language sql as 'select * from posts'; select title(one())",
    ],
    ["of correlated subqueries", "select (select u.email from app.users u where u.id = author) from posts"],
    ["of lateral joins", "select x.n from posts p, lateral (select length(p.title) as n) x"],
    ["of recursion", "with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select n from t"],
    [
      "of functions that call themselves",
      "create function fold(n int) returns int language sql as 'select case when n = 0 then 0 else fold(n - 1) end'",
    ],
    ["of columns that a query declares", "select r.a from json_to_record('{}') as r(a int)"],
    ["of arrays", "select e, i from unnest(array[1]) with ordinality as u(e, i)"],
    [
      "of several arrays",
      "select a, b from unnest(array[1], array['x']) as u(a, b), unnest(array[1], array[2], array[3])",
    ],
    [
      "of the functions that make ranges",
      "create type hours as range (subtype = time); select hours('8:00', '9:00'), hours('8:00', '9:00', '[]'), hours_multirange()",
    ],
    [
      "of queries that name a later one",
      "with recursive x(id) as (select y.id from y union all select id + 1 from x), y(id) as (values (1)) select id from x",
    ],
    [
      "of what CYCLE adds",
      "with recursive x(id) as (select 1 union all select id from x where not round) cycle id set round using path select id from x",
    ],
    ["of XML and JSON as tables", "select xmltable.a from xmltable('/a' passing '<a/>' columns a text path '.')"],
    [
      "of indexes of temporary tables and of the system",
      "create temp table scratch (a integer); create index scratched on scratch (a); drop index scratched; reindex index pg_class_oid_index",
    ],
    [
      "of a table in itself",
      "create table made (a integer, b boolean generated always as (tableoid = 'made'::regclass) stored)",
    ],
    ["of IF EXISTS with a schema", "alter table if exists nowhere set schema nothing"],
    ["of a search_path", "set search_path to 'public', \"$user\", elsewhere, extensions, pg_temp"],
    ["of temporary tables", "create temp table scratch as select 1 as a; select b from scratch"],
    [
      "of the sequence of a table's own column",
      "create table made (id serial primary key, name text default 'x' || currval('made_id_seq'))",
    ],
    [
      "of what a block makes, in a function that it makes as well",
      "do $$ begin alter table posts add slug text; create function f() returns bigint language sql as $f$ select id from posts where slug = 'x' $f$; end $$",
    ],
    [
      "of what an extension brings that a body makes",
      "do $$ begin create extension vector; create table near (at vector(3)); perform l2_norm(null); exception when others then null; end $$",
    ],
    [
      "that a block's handler waits for",
      "do $$ begin drop type nowhere; exception when others then null; end $$; do $$ begin perform 1 from nowhere; exception when undefined_table then null; end $$",
    ],
    [
      "that a function's handler waits for by its name",
      "create function f() returns int language plpgsql as $$ begin perform 1 from nowhere; return 1; exception when sqlstate '42P01' then return 0; end $$",
    ],
    ["of what the file made", "create table made (a integer); select a from made"],
    [
      "of IF EXISTS",
      "drop table if exists nowhere; alter table if exists nowhere drop column a; drop policy if exists p on nowhere",
    ],
    [
      "of the system's relations",
      "select relname from pg_class join information_schema.tables on table_name = relname",
    ],
    [
      "of the names that expressions give",
      "with a as (select case when true then 1 else 2::bigint end, exists (select)) select a.case, a.exists from a",
    ],
    [
      "of quoted names in declarations",
      `create table "Big" ("Col" integer); create function f() returns void language plpgsql as $$ declare a "Big"%rowtype; b "Big"."Col"%type; begin end $$`,
    ],
    [
      "of an extension's functions that SQL cannot call",
      `create extension pg_trgm; grant execute on function public.gin_extract_value_trgm(text, internal) to anon`,
    ],
    [
      "of names that a function puts together",
      `create function parts(t text, n integer) returns void language plpgsql as $$ begin
         while n > 0 loop execute format('create table %s_%s (id integer)', t, n); n := n - 1; end loop; end $$;
       select parts('events'::text, 2); create index on events_1 (id)`,
    ],
    ["of casts as calls", "select int4('1'), date('2020-01-01')"],
    [
      "of old and new",
      "create function f() returns trigger language plpgsql as $$ begin new.x := old.y; return new; end $$",
    ],
    [
      "of records and cursors",
      "create function f() returns void language plpgsql as $$ declare r record; begin for r in select 1 as one loop raise notice '%', r.one; end loop; end $$",
    ],
    [
      "of other names of arguments",
      "create function f(bigint, b text) returns bigint language plpgsql as $$ declare _id alias for $1; _B ALIAS FOR b; n bigint; begin select id into n from posts where id = _id and title = _b; return n; end $$",
    ],
    ["of dynamic SQL", "do $$ begin execute 'create table made_so (a int)'; end $$; select * from made_so"],
    [
      "of what a body makes and then casts",
      "do $$ begin execute format('create table app.late (id %s)', (select 'int')); perform from pg_class where oid = 'app.late'::regclass; end $$",
    ],
    [
      "of what a body asks for first",
      "do $$ begin if exists (select from pg_tables where tablename = 'maybe') then drop table maybe; end if; end $$",
    ],
    [
      "of what is there when a body runs",
      "create function f() returns void language plpgsql as $$ begin perform 1 from afterwards; end $$; create table afterwards ()",
    ],
    [
      "of bodies without check",
      "set check_function_bodies = off; create function f() returns bigint language sql as $$ select id from afterwards $$; create table afterwards (id bigint)",
    ],
    [
      "of transition tables",
      "create function f() returns trigger language plpgsql as $$ begin perform 1 from fresh; return null; end $$; create trigger t after insert on posts referencing new table as fresh for each statement execute function f()",
    ],
    [
      "of an extension's functions that are not known",
      "create extension postgis; select st_area(null); create table places (at geography(point))",
    ],
    [
      "of the schema's own search_path",
      "create function f() returns bigint language sql set search_path = app as $$ select id from users $$",
    ],
  ])("%s", (_, sql) => {
    expect(said(sql)).toEqual([]);
  });
});

test("help names the nearest known name, or the file that makes the name later", () => {
  const { statements } = read("select titel from posts; select * from afterwards", grammar);
  const later = [{ path: "2_later.sql", statements: read("create table afterwards ()", grammar).statements }];
  const findings = references(statements, before, { grammar, later });
  expect(findings.map(({ message, help }) => [message, help])).toEqual([
    ["There is no column titel here.", "Did you mean title?"],
    ["There is no table afterwards.", "2_later.sql makes it, which runs later."],
  ]);
});
