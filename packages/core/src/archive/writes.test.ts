// What statements may write is foreseen from files as well as from a server: no less than they do, and little more.
import { catalogOf, fold, loadGrammar, read } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { planArchive } from "./plan.ts";

const grammar = await loadGrammar();

const schema = `create table lead (id int primary key, n int);
  create table sale (id int primary key, lead int references lead on delete cascade);
  create table note (id int, line text); create table log (line text); create table gone (id int);
  create function noted() returns trigger language plpgsql as $$ begin
    if new.n > 0 then insert into note values (new.id, (select count(*) from lead)); end if; return new; end $$;
  create function logged() returns trigger language plpgsql as $$ declare l lead; begin select * into l from lead limit 1; insert into log values (l.n); return null; end $$;
  create trigger noted after update on lead for each row execute function noted();
  create trigger logged after insert on lead for each row execute function logged();
  create function touch(which int, "Odd name" text default null, out found int) returns int language plpgsql as $$ begin
    update lead set n = n + 1 where id = which returning id into found; end $$;
  create function rows() returns table (id int, "end" text) language plpgsql as $$ begin delete from gone; return query select 1, 'x'; end $$;
  create procedure tidy(which int) language plpgsql as $$ begin delete from gone where id = which; end $$;
  create function run(what text) returns void language plpgsql as $$ begin execute 'delete from lead where ' || what; end $$;
  create view leads as select id, n from lead; create view some_leads as select n from leads;
  create table parts (day date) partition by range (day);
  create table parts_1 partition of parts for values from ('2026-01-01') to ('2026-02-01');
  create trigger logged_part after insert on parts_1 for each row execute function logged();`;

const before = fold(
  catalogOf([{ key: "schema public", kind: "schema", name: "public", certainty: "exact" }], {
    source: "files",
    major: 17,
  }),
  read(schema, grammar).statements,
  {
    grammar,
  },
).catalog;

test.for<readonly [sql: string, ...tables: string[]]>([
  ["insert into lead values (1)", "lead", "log"],
  ["insert into lead values (1) on conflict do nothing", "lead", "log"],
  ["insert into lead values (1) on conflict (id) do update set n = 1", "lead", "log", "note"],
  ["update lead set n = 1", "lead", "note"],
  ["update some_leads set n = 1", "lead", "note"],
  ["create view fresh as select line from note; insert into fresh values ('x')", "note"],
  ["delete from lead", "lead", "sale"],
  ["truncate lead cascade", "lead", "log", "note", "sale"],
  // What one statement does it may do to each of its tables.
  ["with x as (delete from lead returning *) insert into note select id from x", "lead", "log", "note", "sale"],
  ["merge into lead l using note n on l.id = n.id when matched then delete", "lead", "log", "note", "sale"],
  ["do $$ begin if exists (select from sale) then insert into lead values (1); end if; end $$", "lead", "log"],
  ["do $do$ begin execute $sql$truncate note$sql$; end $do$", "note"],
  ["do $do$ begin execute $$insert into $$ || 'sale' || $x$ values (1)$x$; end $do$", "sale"],
  ["select touch(1)", "lead", "note"],
  ["select * from rows()", "gone"],
  ["call tidy(1)", "gone"],
  ["select run('true')", "lead", "log", "note", "sale"],
  // What comes and goes, or is in no catalog.
  ["create function f() returns void language sql as 'delete from gone'; select f(); drop function f()", "gone"],
  [
    "create function pg_temp.f() returns void language plpgsql as 'begin delete from gone; end'; select pg_temp.f()",
    "gone",
  ],
  ["create view fresh as select line from note; insert into fresh values ('x'); drop view fresh", "note"],
  [
    "create rule r as on update to leads do instead delete from note; update leads set n = 1; drop rule r on leads",
    "lead",
    "log",
    "note",
    "sale",
  ],
  // A row that moves from one partition to another is inserted there.
  ["update parts set day = '2026-01-02'", "log", "parts", "parts_1"],
])("%s", ([text, ...tables]) => {
  const { statements } = read(text, grammar);
  const after = fold(before, statements, { grammar }).catalog;
  const plan = planArchive({ id: "", version: "1", run: "", before, after, statements, grammar });
  expect(plan?.needs.tables.map(({ name }) => name).sort()).toEqual(tables);
});
