-- Whose things are is put together of what the system says.
create role keeper;
create table kept (id int);
create view kept_view as select id from kept;
create function kept_function() returns int language sql as 'select 1';
create function keep_all() returns void language plpgsql as $$ declare r record; begin
  for r in
    select 'function' as sort, oid::regprocedure::text as name from pg_proc where proname = 'kept_function'
    union all select 'view', relname from pg_class where relname = 'kept_view'
  loop execute format('ALTER %s %s OWNER TO keeper', r.sort, r.name); end loop;
end $$;
select keep_all();
create table t (id int, status text);
create table if not exists log (id int);
do $$
declare
  name text;
  r record;
begin
  if not exists (select 1 from information_schema.columns where table_schema = 'public' and table_name = 't' and column_name = 'added') then
    alter table t add column added int;
  end if;
  if exists (select 1 from information_schema.columns where table_name = 't' and column_name = 'nothing') then
    alter table t drop column nothing;
  end if;
  if not exists (select 1 from pg_constraint where conname = 't_status' and conrelid = 'public.t'::regclass) then
    alter table t add constraint t_status check (status in ('a', 'b'));
  end if;
  if to_regclass('public.fresh') is null then
    create table fresh (id int);
  end if;
  foreach name in array array['t', 'log'] loop
    execute format('alter table public.%I enable row level security', name);
    execute 'create policy ' || quote_ident(name || '_all') || ' on ' || name || ' using (true)';
  end loop;
  for r in select policyname, tablename from pg_policies where schemaname = 'public' and policyname like 'log%' loop
    execute format('drop policy if exists %I on public.%I', r.policyname, r.tablename);
  end loop;
end $$;
do $$ begin
  alter table t add constraint t_status check (status <> '');
exception when duplicate_object then raise notice 'there already';
end $$;
do $$ begin
  if (select count(*) from t) > 100 then
    raise exception 'too many';
  end if;
  create index t_status_idx on t (status);
end $$;
create function make_table(name text) returns void language plpgsql as $$
begin
  execute format('create table if not exists %I (id int primary key)', name);
end $$;
select make_table('made_by_function');
do $$ begin
  if (select count(*) from t) = 0 then
    create table perhaps (id int);
  end if;
end $$;
begin;
create table in_transaction (id int);
commit;
create table taken (id int, a text);
create table free (id int);
do $$ begin alter table free rename to taken; exception when duplicate_table then null; end $$;
do $$ begin alter table taken rename column id to a; exception when duplicate_column then null; end $$;
create type first_type as enum ('a');
do $$ begin create type second_type as enum ('b'); create type first_type as enum ('c'); create type third_type as enum ('d'); exception when duplicate_object then null; end $$;
do $$ begin alter table taken add column b int; alter table taken add column a int; alter table taken add column c int; exception when duplicate_column then raise notice 'there already'; end $$;
do $$ begin alter table taken add column if not exists a int; alter table taken add column d int; exception when duplicate_column then null; end $$;
do $$ begin drop table free; create schema public; exception when duplicate_schema then create table handled (id int); end $$;
do $$ begin
  begin create table nested (id int); create table taken (id int); exception when duplicate_table then create table instead (id int); end;
  create table afterwards (id int);
exception when others then null; end $$;
do $$ begin alter table taken add constraint once check (id > 0); exception when others then null; end $$;
do $$ begin alter table taken rename to renamed_in_block; exception when undefined_table then null; end $$;

create table hashed (id int, at date) partition by hash (id);
do $$ begin
  for i in 0..3 loop
    execute format('create table hashed_%s partition of hashed for values with (modulus 4, remainder %s)', i, i);
  end loop;
  for i in reverse 9..1 by 4 loop execute 'create table down_' || i || ' ()'; end loop;
  for i in 3..1 loop execute 'create table never_' || i || ' ()'; end loop;
end $$;
create function rewritten(a int) returns int language plpgsql as $$ begin return a + 1; end $$;
do $$ declare definition text; begin
  select pg_get_functiondef('public.rewritten(int)'::regprocedure) into definition;
  definition := replace(definition, '+ 1', '+ 2');
  execute definition;
end $$;
create function overloaded(a int) returns int language sql as 'select 1';
create function overloaded(a text) returns int language sql as 'select 1';
do $$ declare r record; begin
  for r in
    select oid, proname, pg_get_function_identity_arguments(oid) as args from pg_proc
    where proname = 'overloaded' and pronamespace = (select oid from pg_namespace where nspname = 'public')
  loop execute format('drop function public.%I(%s)', r.proname, r.args); end loop;
end $$;
-- What an extension brings is no fact, but is there.
create extension fuzzystrmatch;
do $$ begin
  if not exists (select from pg_proc where proname = 'levenshtein') then raise exception 'no fuzzystrmatch'; end if;
  create table checked (id int);
end $$;

create table numbered (id serial primary key, name text default 'x' || currval('numbered_id_seq'));
do $$ begin
  execute 'alter table numbered drop constraint numbered_pkey' || left(now()::text, 0);
  execute 'alter table numbered rename id to number' || left(now()::text, 0);
end $$;

do $$ declare r record; a text; b text; begin
  for r in select * from (values ('listed_a', 'int'), ('listed_b', 'text')) as l(name, type) where l.name <> 'listed_c' loop
    execute format('create table %I (value %s)', r.name, r.type);
  end loop;
  for a, b in values ('listed_a', 'more'), ('listed_b', 'less') loop
    execute format('alter table %I add column %I int', a, b);
  end loop;
  for r in select s.tablename as name from (select tablename from pg_tables where tablename like 'listed%') s loop
    execute format('create index on %I (value)', r.name);
  end loop;
end $$;

create function stamped(place text, of text, made boolean default true, who text default 'int') returns void as $$
declare column_string text; begin
  if made = true then
    column_string := concat('alter table ', place, '.', of, ' add column if not exists made_by ', who);
    execute(column_string);
    execute (concat('comment on column ', place, '.', of, '.made_by is ''who''; comment on table ', place, '.', of, ' is ''stamped'';'));
  end if;
end $$ language plpgsql;
create table stamps (id int);
create table unstamped (id int);
select stamped('public', 'stamps');
select stamped('public', 'unstamped', who => 'text', made => false);
do $$ begin execute format('grant create on database %I to keeper', current_database()); end $$;
-- Which constraint goes is not known; that only one does, is.
create table state (id int primary key, state text check (state in ('a', 'b')), note text not null default '');
create index state_note on state (note);
do $$ declare name_of_it text; begin
  select conname into name_of_it from pg_constraint
  where conrelid = 'state'::regclass and contype = 'c' and pg_get_constraintdef(oid) ilike '%state%';
  if name_of_it is not null then
    execute format('alter table state drop constraint %I', name_of_it);
  end if;
end $$;
alter table state add constraint state_is check (state in ('a', 'b', 'c'));
