-- A schema with something of every kind that the catalog knows. Runs on Postgres 15 to 18 and on PGlite, as a superuser,
-- after the roles:
create role kind_owner;
create role kind_reader login noinherit in role kind_owner connection limit 5 valid until '2030-01-01 00:00:00+00';
alter role kind_reader set statement_timeout = '3s';

create schema app;
comment on schema app is 'the application';
create schema "Odd Name";
create schema audit authorization kind_owner;
grant usage on schema app to kind_reader;

create extension if not exists btree_gist schema app;

revoke execute on function app.gbt_decompress(internal) from public;
revoke execute on function pg_catalog.pg_sleep(double precision) from public;
revoke usage on language plpgsql from public;

create type app.status as enum ('draft', 'live', 'it''s gone');
create type app.address as (street text, zip character varying(10), city text collate "C");
comment on column app.address.zip is 'postal';
create domain app.email as text collate "C" default 'nobody@example.org' not null
  constraint email_form check (value ~ '^[^@]+@[^@]+$');
comment on constraint email_form on domain app.email is 'has one @';
create type app.span as range (subtype = double precision, subtype_diff = float8mi, multirange_type_name = app.spans);
create type app.shell;
create type app.count;
create function app.count_in(cstring) returns app.count as 'int4in' language internal immutable strict;
create function app.count_out(app.count) returns cstring as 'int4out' language internal immutable strict;
create type app.count (input = app.count_in, output = app.count_out, like = integer, category = 'N');
grant usage on type app.status to kind_reader;
revoke usage on type app.email from public;

create collation app.swedish (provider = icu, locale = 'sv-SE', deterministic = false);

create sequence app.ticket start 1000 increment by 5 minvalue 10 maxvalue 1000000 cache 7 cycle;
grant usage, select on sequence app.ticket to kind_reader with grant option;

create function app.add(a integer, b integer default 1, out total integer) language sql immutable strict parallel safe
  as 'select a + b';
comment on function app.add(integer, integer) is 'adds';
create function app.touch() returns trigger language plpgsql security definer set search_path to '' as $$
begin
  new.updated_at := now();
  return new;
end
$$;
create function app.noticed() returns event_trigger language plpgsql as 'begin end';
create function app.pairs(variadic numbers integer[]) returns table (n integer, doubled bigint) language sql stable
  cost 20 rows 5 as 'select u, u * 2::bigint from unnest(numbers) u';
create function app.half(x double precision) returns double precision language sql immutable return x / 2;
create function app.is_owner(id uuid) returns boolean language sql stable leakproof as 'select true';
create procedure app.clean(inout done boolean default false) language plpgsql as 'begin done := true; end';
revoke execute on function app.is_owner(uuid) from public;
grant execute on function app.is_owner(uuid) to kind_reader;
create function app.plus(app.address, integer) returns integer language sql immutable as 'select $2';
create function app.to_status(integer) returns app.status language sql immutable as $$ select 'draft'::app.status $$;
create function app.same(integer, integer) returns boolean language sql immutable as 'select $1 = $2';
create function app.order_of(integer, integer) returns integer language sql immutable as 'select $1 - $2';
create aggregate app.total(integer) (sfunc = int4pl, stype = integer, initcond = '0', combinefunc = int4pl, parallel = safe);
create aggregate app.middle(double precision order by double precision) (sfunc = ordered_set_transition, stype = internal,
  finalfunc = percentile_disc_final, finalfunc_extra);

create operator app.+@ (leftarg = app.address, rightarg = integer, function = app.plus);
create operator app.=== (leftarg = integer, rightarg = integer, function = app.same, commutator = operator(app.===),
  restrict = eqsel, join = eqjoinsel, hashes, merges);
create operator app.!!! (rightarg = double precision, function = app.half);
create cast (integer as app.status) with function app.to_status(integer) as assignment;
create cast (app.status as double precision) with inout;
create operator family app.ints using btree;
create operator class app.int_ops for type integer using btree family app.ints as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 app.order_of(integer, integer);
alter operator family app.ints using btree add operator 1 < (integer, bigint), function 1 (integer, bigint) btint48cmp(integer, bigint);

create text search dictionary app.plain (template = simple, accept = false);
create text search configuration app.words (copy = simple);
alter text search configuration app.words alter mapping for word with app.plain, simple;
create text search parser app.reader (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search template app.bare (init = dsimple_init, lexize = dsimple_lexize);

create table app.org (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  slug text collate "C" unique nulls not distinct,
  parent uuid references app.org on delete set null deferrable initially deferred
);
create table app.person (
  id bigint generated always as identity (start with 10) primary key,
  serial serial,
  org uuid constraint person_org_fkey references app.org (id) on update cascade on delete cascade,
  email app.email,
  state app.status not null default 'draft',
  home app.address,
  tags text[] default '{}',
  balance numeric(12,2) default 0.0,
  nick varchar(20),
  full_name text generated always as (nick || '!') stored,
  during tstzrange,
  created_at timestamptz not null default now(),
  updated_at timestamptz,
  constraint balance_sane check (balance > -1000),
  constraint one_at_a_time exclude using gist (org with =, during with &&) where (balance > 0)
) with (fillfactor = 80, toast.autovacuum_enabled = off);
alter table app.person add constraint names_differ check (nick <> tags[1]) no inherit not valid;
comment on table app.person is 'people';
comment on column app.person.email is 'where to write';
comment on constraint balance_sane on app.person is 'no debts';
alter table app.person alter column tags set statistics 300, alter column tags set storage external,
  alter column balance set (n_distinct = 50);
alter table app.person enable row level security;
alter table app.person force row level security;
alter table app.person replica identity full;
grant select, insert on app.person to kind_reader;
grant update (nick, email) on app.person to kind_reader;
grant select on app.person to kind_owner with grant option;

create index person_state on app.person (state) include (nick);
create index person_nick on app.person (lower(nick) text_pattern_ops desc, created_at desc nulls last)
  with (fillfactor = 70) where balance > 0;
alter index app.person_nick alter column 1 set statistics 77;
create unique index person_slug on app.person (nick collate "C", (email::text));
comment on index app.person_state is 'for the list';
create index org_name on app.org using gin (to_tsvector('simple', name));
alter table app.org cluster on org_pkey;

create statistics app.person_stats (ndistinct, mcv) on state, org from app.person;
alter statistics app.person_stats set statistics 50;
create statistics app.nick_stats on lower(nick) from app.person;

create policy "read own" on app.person for select to kind_reader using (app.is_owner(org));
create policy guard on app.person as restrictive to kind_reader, kind_owner using (true) with check (balance > 0);
create policy everything on app.org using (true);
comment on policy "read own" on app.person is 'members only';

create trigger touch before update of nick, email on app.person for each row when (old.nick is distinct from new.nick)
  execute function app.touch('a', 'ü\''');
create constraint trigger later after insert on app.person deferrable initially deferred for each row execute function app.touch();
create trigger seen after update on app.person referencing old table as was new table as now_is
  for each statement execute function app.touch();
create trigger minimal before update on app.org for each row execute function suppress_redundant_updates_trigger();
alter table app.person disable trigger seen;
comment on trigger touch on app.person is 'keeps updated_at';
create rule quiet as on delete to app.org do instead nothing;
alter table app.org disable rule quiet;

create view app.people with (security_invoker = true, security_barrier = true) as
  select p.id, p.email, p.nick, o.name as org_name, app.half(1) as half from app.person p join app.org o on o.id = p.org;
alter view app.people alter column nick set default 'x';
comment on column app.people.nick is 'short';
create view app.checked as select id, name from app.org where name <> '' with local check option;
create materialized view app.by_state with (fillfactor = 60) as select state, count(*) from app.person group by state;
create unique index by_state_state on app.by_state (state);
create materialized view app.empty as select 1 as one with no data;

create table app.event (id bigint not null, at timestamptz not null, kind text, primary key (id, at)) partition by range (at);
create table app.event_2024 partition of app.event for values from ('2024-01-01 00:00+00') to ('2025-01-01 00:00+00');
create table app.event_rest partition of app.event default;
create table app.event_old (id bigint, at timestamptz, kind text default 'old') partition by hash (id);
create table app.event_old_0 partition of app.event_old for values with (modulus 2, remainder 0);
create index event_kind on app.event (kind);
create trigger event_touch before insert on app.event for each row execute function app.touch();
alter table app.event_2024 disable trigger event_touch;
create table app.animal (name text check (name <> ''), legs integer);
create table app.dog (breed text, legs integer) inherits (app.animal);
create unlogged table app.scratch (a integer);
create table app.typed of app.address (city with options default 'Ghent');
create table "Odd Name"."select" ("Weird ""quoted"" Column" integer, "order" text);
create policy "a.b" on "Odd Name"."select" using ("order" = 'x');

create foreign data wrapper files options (debug 'true');
create server archive type 'disk' version '3' foreign data wrapper files options (host 'example.org', password 'hunter2');
grant usage on foreign server archive to kind_reader;
create user mapping for kind_reader server archive options (user 'remote', password 'hunter3');
create user mapping for public server archive;
create foreign table app.remote (a integer options (column_name 'b') not null, b text) server archive options (table_name 'far');

create function app.plcopy_call() returns language_handler language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function app.plcopy_inline(internal) returns void language c strict as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function app.plcopy_check(oid) returns void language c strict as '$libdir/plpgsql', 'plpgsql_validator';
create language plcopy handler app.plcopy_call inline app.plcopy_inline validator app.plcopy_check;
create function app.copied() returns integer language plcopy as 'begin return 1; end';
create event trigger noticed on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE') execute function app.noticed();
alter event trigger noticed enable always;

create publication news for table app.org, app.person (id, nick) where (balance > 0)
  with (publish = 'insert, update');
create publication audit_news for tables in schema audit;
create publication all_news for all tables with (publish_via_partition_root = true);

alter default privileges for role kind_owner in schema app grant select on tables to kind_reader;
alter default privileges for role kind_owner revoke execute on functions from public;

create conversion app.latin for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create access method heap2 type table handler heap_tableam_handler;
create table app.other_storage (a integer) using heap2;
create table app.printed (
  a interval default '1 day 2 hours',
  b bytea default '\x00ff',
  c double precision default 0.1::real,
  d timestamptz default '2024-05-06 07:08:09+00',
  e date default '2024-05-06',
  f text default E'back\\slash''quote',
  g money default 1.5
);
create table app.owned (a integer);
alter table app.owned owner to kind_owner;
