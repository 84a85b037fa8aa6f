// Owns migrations on tables with rows, one case at least for each common kind of statement.

/** What is there before each of them. */
export const base = `
do $$ begin create role reader; exception when duplicate_object then end $$;
create schema cron; create schema pgmq;
create function cron.schedule(name text, at text, command text) returns int language sql as 'select 1';
create function pgmq.create(name text) returns void language plpgsql as $$
  begin execute format('create table pgmq.%I (id bigint generated always as identity, message text)', name); end $$;
create type mood as enum ('sad', 'ok');
create table org (id int generated always as identity primary key, name text not null, note text default 'none');
create table person (id serial primary key, org int references org on delete cascade, mail text, mood mood default 'ok', age int check (age >= 0), code int not null);
create table entry (id int not null, person int, title varchar(20), at timestamptz default '2020-01-01');
create index entry_title on entry (title);
create table word (said varchar(10) default 'ok'::mood check (said <> 'sad'::mood::text));
create sequence ticket start 7;
create view adults as select id, mail from person where age > 17;
create function shout(text) returns text language sql immutable as 'select upper($1)';
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touched before update on person for each row execute function touch();
alter table org enable row level security;
create policy everybody on org for select using (true);
create publication news for table org;
insert into org (name) select 'org ' || n from generate_series(1, 5) n;
insert into person (org, mail, mood, age, code) select 1 + n % 5, 'm' || n || '@example.org', 'sad', n, n from generate_series(1, 30) n;
insert into entry (id, person, title) select n, 1 + n % 30, 'title ' || n from generate_series(1, 60) n;
select setval('ticket', 40);
`;

/** A migration, and what its rollback has to be called. */
export interface Case {
  readonly name: string;
  readonly sql: string;
  readonly class: "exact" | "needs-data" | "lossy";
}

export const cases: readonly Case[] = [
  {
    name: "grants",
    sql: `grant select, update (mail) on person to reader; grant execute on function shout(text) to reader; grant usage on schema public, cron to reader;
      grant usage on sequence ticket to reader; revoke insert on table entry from postgres; revoke execute on function touch() from public; revoke usage on schema public from public;
      alter default privileges in schema public grant select on tables to reader; alter default privileges revoke execute on functions from public`,
    class: "exact",
  },
  {
    name: "partitions by time",
    sql: `create table visit (at timestamptz not null, day date, who bigint, primary key (at, who)) partition by range (at);
      create table visit_1 partition of visit for values from ('2024-01-01') to ('2024-02-01');
      create table visit_2 partition of visit for values from ('2024-02-01') to ('2024-03-01 12:00+02') partition by range (who);
      create table visit_2_1 partition of visit_2 for values from (1) to (5000000000);
      create table visit_day (day date) partition by list (day); create table visit_day_1 partition of visit_day for values in ('2024-1-1', null)`,
    class: "exact",
  },
  {
    name: "policies",
    sql: `create policy own on person for update to reader using (age > 3) with check (true); drop policy everybody on org; alter table person enable row level security;
      create policy second on org using (id = 1); alter policy second on org to reader using (id = 2); comment on policy own on person is 'own rows'`,
    class: "exact",
  },
  {
    name: "functions, triggers and views",
    sql: `create or replace function shout(text) returns text language sql immutable as 'select upper($1) || ''!'''; create function whisper(text) returns text language sql as 'select lower($1)';
      create trigger stamped after insert on org for each row execute function touch(); create or replace trigger touched after update on person for each row execute function touch();
      comment on function shout(text) is 'loud'; comment on trigger stamped on org is 'stamps'; alter function shout(text) security definer set search_path = '';
      create or replace view adults as select id, mail, age from person where age > 20; create view pairs as select o.name, p.mail from org o join person p on p.org = o.id;
      comment on view pairs is 'both'; alter view adults set (security_invoker = true); create materialized view counted as select org, count(*) from person group by org;
      create index on counted (org)`,
    class: "exact",
  },
  {
    name: "what goes: functions, triggers, views, indexes",
    sql: `drop trigger touched on person; drop function shout(text); drop function touch() cascade; drop view adults; drop index entry_title;
      create type leaving as enum ('x'); drop type leaving; drop policy if exists everybody on org`,
    class: "exact",
  },
  {
    name: "columns and their constraints",
    sql: `alter table org add column slug text not null default 'x', add column if not exists extra int; alter table entry alter column title set not null, alter column at set default now();
      alter table org alter column note drop default; alter table person alter column code drop not null; alter table entry alter column id add generated by default as identity (start 100);
      comment on column org.name is 'name'; comment on table org is 'orgs'; alter table person add constraint code_positive check (code > 0), add constraint code_small check (code < 1000) not valid;
      alter table person validate constraint code_small; comment on constraint code_positive on person is 'above'; alter table org add unique (name)`,
    class: "exact",
  },
  {
    name: "keys and indexes",
    sql: `create unique index entry_id on entry (id); alter table entry add primary key using index entry_id; create unique index if not exists person_code on person (code);
      alter table person add constraint person_code_key unique using index person_code; create index if not exists person_mail on person (mail); create index on person (lower(mail)) where age > 3;
      alter table entry add constraint entry_person foreign key (person) references person not valid; alter table entry validate constraint entry_person;
      alter table entry add foreign key (person) references person (id) on delete cascade; alter table person drop constraint person_age_check; comment on index entry_title is 'titles'`,
    class: "exact",
  },
  {
    name: "another primary key",
    sql: "alter table person drop constraint person_pkey; alter table person add primary key (code)",
    class: "exact",
  },
  {
    name: "renames",
    sql: `alter table person rename column mail to email; alter table person rename to human; alter index entry_title rename to titles; alter table human rename constraint person_pkey to human_pkey;
      create schema moved; alter table entry set schema moved; alter type mood rename value 'ok' to 'fine'; alter type mood rename to feeling`,
    class: "exact",
  },
  {
    name: "what is made",
    sql: `create extension if not exists citext; create schema if not exists app; create table app.item (id bigint generated always as identity primary key, org int references org, name citext);
      create table if not exists org (nothing int); create type app.state as enum ('a', 'b'); create type app.pair as (a int, b text); create sequence app.counter start 5;
      insert into app.item (org, name) values (1, 'first'); set statement_timeout = '60s'; set lock_timeout = '5s'; set check_function_bodies = off`,
    class: "exact",
  },
  {
    name: "owners and publications",
    sql: "alter table org owner to reader; alter view adults owner to reader; alter function shout(text) owner to reader; alter publication news add table entry; alter publication news set (publish = 'insert')",
    class: "exact",
  },
  { name: "a value of an enum in use", sql: "alter type mood add value 'great' before 'ok'", class: "exact" },
  {
    name: "a sequence",
    sql: "alter sequence ticket increment by 3 maxvalue 5000 restart with 90",
    class: "needs-data",
  },
  {
    name: "a default from a sequence whose name has quotes",
    sql: `create schema "it""s"; create sequence "it""s"."of.all"; alter table entry alter id set default nextval('"it""s"."of.all"')`,
    class: "exact",
  },
  {
    name: "a block and a queue",
    sql: "do $$ begin if not exists (select from pg_class where relname = 'made') then execute 'create table made (id int primary key)'; end if; end $$; select pgmq.create('jobs'); select shout('x'); select cron.schedule('a', '* * * * *', 'select 1'); select 1 from org; notify news",
    class: "exact",
  },
  {
    name: "transactions of its own",
    sql: "begin; create table own (id int); insert into own values (1); commit; vacuum org; create index concurrently org_name on org (name)",
    class: "exact",
  },
  {
    name: "rows that are written",
    sql: `update person set mail = upper(mail), age = null where id > 10; delete from org where id = 2; insert into org (id, name) overriding system value values (20, 'new'), (21, 'newer');
      insert into entry select n, null, 'more', null from generate_series(100, 120) n; do $$ begin update entry set title = 'by a block' where id < 10; end $$`,
    class: "needs-data",
  },
  {
    name: "functions, views, triggers and rules that come, write and go",
    sql: `create function shorten() returns void language plpgsql as 'begin update person set mail = left(mail, 3); end'; select shorten(); drop function shorten();
      create function pg_temp.fill() returns void language sql as 'insert into entry (id) values (900)'; select pg_temp.fill();
      create view notes as select id, note from org; update notes set note = 'new'; create rule also as on delete to notes do instead delete from word; delete from notes; drop view notes;
      create function follow() returns trigger language plpgsql as 'begin delete from entry where person = new.id; return new; end'; create trigger follows after update on person for each row execute function follow();
      update person set age = 1 where id = 3; drop function follow() cascade`,
    class: "needs-data",
  },
  { name: "tables that go", sql: "drop table entry; drop table org cascade", class: "needs-data" },
  {
    name: "columns that go, the last",
    sql: "alter table person drop column code; alter table entry drop column at, drop column title",
    class: "needs-data",
  },
  { name: "a column that goes, not the last", sql: "alter table entry drop column person", class: "lossy" },
  {
    name: "types that narrow",
    sql: "drop view adults; alter table person alter column mail type varchar(3) using left(mail, 3); alter table entry alter column title type int using length(title)",
    class: "needs-data",
  },
  { name: "truncation", sql: "truncate org restart identity cascade", class: "needs-data" },
  {
    name: "rows that only the new type takes",
    sql: `alter table person alter column code type text, alter column mood type text; insert into person (id, code, mood) values (70, 'long', 'glum'), (71, 'longer', 'merry'); update person set code = code || 'x', mood = 'so' where id < 4`,
    class: "needs-data",
  },
  {
    name: "values that were changed on the way to the type that they had",
    sql: "alter table org alter column name type text using upper(name)",
    class: "lossy",
  },
  {
    name: "values that another type has taken away before the column gets the type that it had",
    sql: "alter table entry alter column at type date using at + interval '36 hours'; alter table entry alter column at type timestamptz",
    class: "lossy",
  },
  {
    name: "rows that nothing but a column with another type tells apart",
    sql: "alter table entry alter column title type text; insert into entry (id, person, title) values (2, 3, repeat('long', 10))",
    class: "lossy",
  },
  {
    name: "one query that takes rows away and puts them back, and what comes after it",
    sql: `with gone as (delete from person where id % 2 = 0 returning *) insert into person select id, org, mail || '!', mood, age, code from gone; delete from person where id < 10;
      with moved as (update person set id = id + 100 where id = 11 returning *) insert into person (id, code) select 11, count(*) from moved`,
    class: "needs-data",
  },
  {
    name: "values of an enum under other names, and the rows that have them",
    sql: `truncate person; alter type mood rename value 'sad' to 'glum'; alter type mood rename value 'glum' to 'grim'; alter type mood add value 'so'; insert into person (id, code, mood) values (70, 1, 'grim');
      alter type mood rename value 'ok' to 'fine'; insert into person (id, code) values (71, 2); alter type mood rename to feeling;
      do $$ begin alter type feeling rename value 'so' to 'so so'; alter type feeling rename value 'fine' to 'well'; end $$`,
    class: "needs-data",
  },
  {
    name: "defaults of NULL, indexes on casts to the own type, and sequences like others",
    sql: `create table like_org (like org including all, n numeric(4, 1) default null, c char default null, v varchar(3) default null); create index on like_org ((name::text), (v::varchar)); alter table like_org alter column n set default 1;
      alter table like_org alter column n set default null`,
    class: "exact",
  },
  {
    name: "rows of published tables that have no identity",
    sql: "alter table org replica identity nothing; insert into org (id, name) overriding system value values (70, 'new'); alter publication news add table entry; insert into entry (id) values (1)",
    class: "needs-data",
  },
  {
    name: "a materialized view of a new column, and a table that inherits one with its own statistics target",
    sql: `alter table entry add column kappa int; create materialized view kappas as select kappa from entry; alter table person alter column org set (n_distinct = 5), alter column age set statistics 50;
      create table kid (extra text) inherits (person)`,
    class: "exact",
  },
  {
    name: "an enum that defaults name whose columns have other types, or get one",
    sql: `create type state as enum ('a', 'b'); create table held (was state default 'a', now state default 'b'); alter table held alter column was type varchar(10);
      drop view adults; alter table person alter column mood type varchar(10); alter table word alter column said set default 'sad'::mood; alter type mood add value 'so'; alter type state add value 'c'`,
    class: "needs-data",
  },
  { name: "the comment of the schema public", sql: "comment on schema public is null", class: "exact" },
];
