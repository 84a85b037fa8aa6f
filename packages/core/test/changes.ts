// Owns changes of the schema in every-kind.sql: at least one of each thing that a statement can change.
/** A change of the schema in test/every-kind.sql, and all that is then said to differ. */
export type SchemaChange = readonly [sql: string, ...differences: string[]];

const all: readonly SchemaChange[] = [
  ["create schema extra", "schema extra: added"],
  ["alter schema app owner to kind_owner", "schema app: owner postgres → kind_owner"],
  ["comment on schema app is 'changed'", "schema app: comment the application → changed"],
  ["grant create on schema app to kind_reader", "schema app: grants to kind_reader USAGE → CREATE, USAGE"],
  ["revoke usage on schema app from kind_reader", "schema app: grants to kind_reader USAGE → none"],
  ["revoke usage on schema public from public", "schema public: grants to public USAGE → none"],
  ["create table app.extra (id integer primary key, name text)", "table app.extra: added"],
  ["drop table app.scratch", "table app.scratch: removed"],
  ["alter table app.owned owner to kind_reader", "table app.owned: owner kind_owner → kind_reader"],
  ["alter table app.owned set unlogged", "table app.owned: unlogged no → yes"],
  ["alter table app.scratch set logged", "table app.scratch: unlogged yes → no"],
  ["alter table app.person set (fillfactor = 90)", "table app.person: options fillfactor 80 → 90"],
  ["alter table app.person reset (fillfactor)", "table app.person: options fillfactor 80 → none"],
  [
    "alter table app.person set (toast.autovacuum_enabled = on)",
    "table app.person: options toast.autovacuum_enabled off → on",
  ],
  ["alter table app.org enable row level security", "table app.org: row security no → yes"],
  ["alter table app.person disable row level security", "table app.person: row security yes → no"],
  ["alter table app.person no force row level security", "table app.person: force row security yes → no"],
  ["alter table app.person replica identity default", "table app.person: replica identity full → default"],
  ["alter table app.org replica identity nothing", "table app.org: replica identity default → nothing"],
  [
    "alter table app.org replica identity using index org_pkey",
    "table app.org: replica identity default → index app.org_pkey",
  ],
  ["alter table app.org set access method heap2", "table app.org: access method default → heap2"],
  [
    "alter table app.dog no inherit app.animal",
    "column app.dog.name: inherited yes → no",
    "constraint app.dog.animal_name_check: inherited yes → no",
    "table app.dog: inherits table app.animal → none",
  ],
  [
    "alter table app.event_old detach partition app.event_old_0",
    "column app.event_old_0.at: inherited yes → no",
    "column app.event_old_0.id: inherited yes → no",
    "column app.event_old_0.kind: inherited yes → no",
    "table app.event_old_0: inherits table app.event_old → none",
    "table app.event_old_0: bound FOR VALUES WITH (modulus 2, remainder 0) → none",
  ],
  [
    "alter index app.event_kind rename to event_kinds",
    "index app.event_2024_kind_idx: partition of index app.event_kind → index app.event_kinds",
    "index app.event_kind: removed",
    "index app.event_kinds: added",
    "index app.event_rest_kind_idx: partition of index app.event_kind → index app.event_kinds",
  ],
  [
    "create table app.event_2025 partition of app.event for values from ('2025-01-01 00:00+00') to ('2026-01-01 00:00+00')",
    "table app.event_2025: added",
  ],
  ["alter table app.typed not of", "table app.typed: of type app.address → none"],
  ["alter table app.org set without cluster", "index app.org_pkey: clustered yes → no"],
  ["comment on table app.person is null", "table app.person: comment people → none"],
  [
    "grant delete on app.person to kind_reader",
    "table app.person: grants to kind_reader INSERT, SELECT → DELETE, INSERT, SELECT",
  ],
  [
    "grant insert on app.person to kind_reader with grant option",
    "table app.person: grants to kind_reader INSERT, SELECT → INSERT with grant option, SELECT",
  ],
  [
    "revoke all on app.person from kind_reader",
    "column app.person.email: grants to kind_reader UPDATE → none",
    "column app.person.nick: grants to kind_reader UPDATE → none",
    "table app.person: grants to kind_reader INSERT, SELECT → none",
  ],
  ["revoke usage on sequence app.ticket from postgres", "sequence app.ticket: grants to postgres ALL → SELECT, UPDATE"],
  [
    "grant all on sequence app.person_serial_seq to kind_reader",
    "sequence app.person_serial_seq: grants to kind_reader none → SELECT, UPDATE, USAGE",
  ],
  [
    "grant references (email) on app.person to kind_reader",
    "column app.person.email: grants to kind_reader UPDATE → REFERENCES, UPDATE",
  ],
  [
    "revoke update (nick) on app.person from kind_reader",
    "column app.person.nick: grants to kind_reader UPDATE → none",
  ],
  ["alter table app.person add column extra integer", "column app.person.extra: added"],
  [
    "alter table app.person drop column tags",
    "column app.person.tags: removed",
    "constraint app.person.names_differ: removed",
  ],
  [
    "alter table app.org rename column parent to above",
    "column app.org.above: added",
    "column app.org.parent: removed",
    "constraint app.org.org_parent_fkey: columns parent → above",
  ],
  [
    "alter table app.event alter column kind type varchar(30)",
    "column app.event.kind: type text → character varying(30)",
    "column app.event_2024.kind: type text → character varying(30)",
    "column app.event_rest.kind: type text → character varying(30)",
  ],
  ["alter table app.owned alter column a type numeric(20,4)", "column app.owned.a: type integer → numeric(20,4)"],
  ["alter table app.owned alter column a type bigint", "column app.owned.a: type integer → bigint"],
  [
    'alter table app.animal alter column name type text collate "C"',
    'column app.animal.name: collation default → "C"',
    'column app.dog.name: collation default → "C"',
  ],
  ["alter table app.org alter column name set default 'x'", "column app.org.name: default none → 'x'::text"],
  ["alter table app.org alter column id drop default", "column app.org.id: default gen_random_uuid() → none"],
  [
    "alter table app.person alter column created_at set default statement_timestamp()",
    "column app.person.created_at: default now() → statement_timestamp()",
  ],
  ["alter table app.org alter column slug set not null", "column app.org.slug: not null no → yes"],
  ["alter table app.org alter column name drop not null", "column app.org.name: not null yes → no"],
  [
    "alter table app.person alter column id set generated by default",
    "column app.person.id: identity always → by default",
  ],
  [
    "alter table app.person alter column id drop identity",
    "column app.person.id: identity always → none",
    "sequence app.person_id_seq: removed",
  ],
  [
    "alter table app.person alter column full_name drop expression",
    "column app.person.full_name: generated as ((nick)::text || '!'::text) → none",
  ],
  ["alter table app.person alter column tags set statistics 10", "column app.person.tags: statistics 300 → 10"],
  ["alter table app.person alter column tags set statistics -1", "column app.person.tags: statistics 300 → default"],
  ["alter table app.person alter column tags set storage main", "column app.person.tags: storage external → main"],
  [
    "alter table app.person alter column nick set compression pglz",
    "column app.person.nick: compression default → pglz",
  ],
  [
    "alter table app.person alter column balance set (n_distinct = 60)",
    "column app.person.balance: options n_distinct 50 → 60",
  ],
  [
    "alter foreign table app.remote alter column a options (set column_name 'c')",
    "column app.remote.a: options column_name b → c",
  ],
  ["comment on column app.person.email is 'changed'", "column app.person.email: comment where to write → changed"],
  [
    "alter view app.people alter column nick drop default",
    "column app.people.nick: default 'x'::character varying → none",
  ],
  ["alter sequence app.ticket as integer", "sequence app.ticket: type bigint → integer"],
  ["alter sequence app.ticket start 2000", "sequence app.ticket: start 1000 → 2000"],
  ["alter sequence app.ticket increment 6", "sequence app.ticket: increment 5 → 6"],
  ["alter sequence app.ticket minvalue 11", "sequence app.ticket: minimum 10 → 11"],
  ["alter sequence app.ticket maxvalue 2000000", "sequence app.ticket: maximum 1000000 → 2000000"],
  ["alter sequence app.ticket cache 8", "sequence app.ticket: cache 7 → 8"],
  ["alter sequence app.ticket no cycle", "sequence app.ticket: cycle yes → no"],
  ["alter sequence app.ticket owned by app.scratch.a", "sequence app.ticket: owned by none → column app.scratch.a"],
  ["alter sequence app.ticket set unlogged", "sequence app.ticket: unlogged no → yes"],
  [
    "revoke grant option for usage on sequence app.ticket from kind_reader",
    "sequence app.ticket: grants to kind_reader SELECT with grant option, USAGE with grant option → SELECT with grant option, USAGE",
  ],
  [
    "alter sequence app.person_serial_seq owned by none",
    "sequence app.person_serial_seq: owned by column app.person.serial → none",
  ],
  ["alter table app.person add constraint extra check (id > 0)", "constraint app.person.extra: added"],
  ["alter table app.person drop constraint balance_sane", "constraint app.person.balance_sane: removed"],
  ["alter table app.person validate constraint names_differ", "constraint app.person.names_differ: not valid yes → no"],
  [
    "alter table app.person rename constraint balance_sane to sane",
    "constraint app.person.balance_sane: removed",
    "constraint app.person.sane: added",
  ],
  ["alter table app.person add constraint extra unique (nick)", "constraint app.person.extra: added"],
  [
    "alter table app.person alter constraint person_org_fkey deferrable",
    "constraint app.person.person_org_fkey: deferrable no → yes",
  ],
  [
    "alter table app.person disable trigger all",
    "constraint app.person.person_org_fkey: disabled on none → table app.person",
    "trigger app.person.later: enabled default → disabled",
    "trigger app.person.touch: enabled default → disabled",
  ],
  [
    "alter table app.person drop constraint person_org_fkey, add constraint person_org_fkey foreign key (org) references app.org (id) on update cascade on delete restrict",
    "constraint app.person.person_org_fkey: references table table app.org columns id on update cascade on delete cascade → table table app.org columns id on update cascade on delete restrict",
  ],
  [
    "alter table app.person drop constraint one_at_a_time, add constraint one_at_a_time exclude using gist (org with =, during with &&)",
    "constraint app.person.one_at_a_time: exclude USING gist (org WITH =, during WITH &&) WHERE ((balance > (0)::numeric)) → USING gist (org WITH =, during WITH &&)",
    "index app.one_at_a_time: predicate (balance > (0)::numeric) → none",
  ],
  [
    "comment on constraint balance_sane on app.person is null",
    "constraint app.person.balance_sane: comment no debts → none",
  ],
  ["create index extra on app.person (nick desc)", "index app.extra: added"],
  ["drop index app.person_state", "index app.person_state: removed"],
  ["alter index app.person_nick set (fillfactor = 71)", "index app.person_nick: options fillfactor 70 → 71"],
  [
    "alter index app.person_nick alter column 1 set statistics 78",
    "index app.person_nick: keys expression lower((nick)::text) operator class text_pattern_ops descending statistics 77 → expression lower((nick)::text) operator class text_pattern_ops descending statistics 78",
  ],
  [
    "alter index app.person_state rename to state_person",
    "index app.person_state: removed",
    "index app.state_person: added",
  ],
  [
    "update pg_index set indisvalid = false where indexrelid = 'app.person_state'::regclass",
    "index app.person_state: invalid no → yes",
  ],
  [
    "drop index app.person_nick; create index person_nick on app.person (upper(nick) text_pattern_ops desc, created_at desc nulls last) with (fillfactor = 70) where balance > 0; alter index app.person_nick alter column 1 set statistics 77",
    "index app.person_nick: keys expression lower((nick)::text) operator class text_pattern_ops descending statistics 77 → expression upper((nick)::text) operator class text_pattern_ops descending statistics 77",
  ],
  [
    "drop index app.person_nick; create index person_nick on app.person (lower(nick) desc, created_at desc) with (fillfactor = 70); alter index app.person_nick alter column 1 set statistics 77",
    "index app.person_nick: keys …sion lower((nick)::text) operator class text_pattern_ops descending statistics 77, column created_at… → …sion lower((nick)::text) descending statistics 77, column created_at descending",
    "index app.person_nick: predicate (balance > (0)::numeric) → none",
  ],
  [
    "drop index app.person_slug; create index person_slug on app.person (nick, (email::text))",
    "index app.person_slug: unique yes → no",
    'index app.person_slug: keys column nick collation "C" → column nick',
  ],
  [
    "drop index app.person_state; create index person_state on app.person using hash (state); comment on index app.person_state is 'for the list'",
    "index app.person_state: method btree → hash",
    "index app.person_state: include nick → none",
  ],
  [
    "drop index app.person_state; create index person_state on app.person (state); comment on index app.person_state is 'for the list'",
    "index app.person_state: include nick → none",
  ],
  [
    'alter policy "read own" on app.person using (false)',
    'policy app.person."read own": using app.is_owner(org) → false',
  ],
  ['alter policy "read own" on app.person to public', 'policy app.person."read own": roles kind_reader → public'],
  [
    "alter policy guard on app.person with check (true)",
    "policy app.person.guard: check (balance > (0)::numeric) → true",
  ],
  [
    "alter policy guard on app.person rename to warden",
    "policy app.person.guard: removed",
    "policy app.person.warden: added",
  ],
  ["drop policy everything on app.org", "policy app.org.everything: removed"],
  [
    "drop policy everything on app.org; create policy everything on app.org as restrictive for delete using (true)",
    "policy app.org.everything: command all → delete",
    "policy app.org.everything: restrictive no → yes",
  ],
  [
    "comment on policy \"read own\" on app.person is 'changed'",
    'policy app.person."read own": comment members only → changed',
  ],
  ["alter table app.person enable trigger seen", "trigger app.person.seen: enabled disabled → default"],
  ["alter table app.person enable always trigger touch", "trigger app.person.touch: enabled default → always"],
  ["alter table app.event_2024 enable trigger event_touch", "trigger app.event_2024.event_touch: removed"],
  [
    "create or replace trigger touch before update of nick on app.person for each row when (old.nick is distinct from new.nick) execute function app.touch('a', 'ü\\''')",
    "trigger app.person.touch: columns nick, email → nick",
  ],
  [
    "create or replace trigger touch after update or insert on app.person for each row execute function app.touch('b')",
    "trigger app.person.touch: timing before → after",
    "trigger app.person.touch: events update → insert, update",
    "trigger app.person.touch: columns nick, email → none",
    "trigger app.person.touch: when ((old.nick)::text IS DISTINCT FROM (new.nick)::text) → none",
    "trigger app.person.touch: arguments a, ü\\' → b",
  ],
  [
    "create or replace trigger seen after update on app.person referencing old table as was for each statement execute function app.touch()",
    "trigger app.person.seen: new table now_is → none",
    "trigger app.person.seen: enabled disabled → default",
  ],
  ["drop trigger minimal on app.org", "trigger app.org.minimal: removed"],
  ["alter table app.org enable rule quiet", "rule app.org.quiet: enabled disabled → default"],
  [
    "create or replace rule quiet as on delete to app.org where old.name = 'x' do instead nothing",
    "rule app.org.quiet: rule, line 2: ON DELETE TO app.org DO INSTEAD NOTHING → ON DELETE TO app.org",
  ],
  [
    "create or replace function app.touch() returns trigger language plpgsql security definer set search_path to '' as 'begin return new; end'",
    "function app.touch(): body, line 1: nothing → begin return new; end",
  ],
  [
    "create or replace function app.half(x double precision) returns double precision language sql immutable return x / 3",
    "function app.half(double precision): sql body RETURN (x / (2)::double precision) → RETURN (x / (3)::double precision)",
  ],
  [
    "create or replace function app.add(a integer, b integer default 2, out total integer) language sql immutable strict parallel safe as 'select a + b'",
    "function app.add(integer, integer): arguments name b type integer default 1 → name b type integer default 2",
  ],
  [
    "alter function app.add(integer, integer) volatile",
    "function app.add(integer, integer): volatility immutable → default",
  ],
  [
    "alter function app.add(integer, integer) called on null input",
    "function app.add(integer, integer): strict yes → no",
  ],
  [
    "alter function app.add(integer, integer) security definer",
    "function app.add(integer, integer): security definer no → yes",
  ],
  ["alter function app.add(integer, integer) leakproof", "function app.add(integer, integer): leakproof no → yes"],
  [
    "alter function app.add(integer, integer) parallel restricted",
    "function app.add(integer, integer): parallel safe → restricted",
  ],
  ["alter function app.add(integer, integer) cost 7", "function app.add(integer, integer): cost default → 7"],
  ["alter function app.pairs(integer[]) rows 6", "function app.pairs(integer[]): rows 5 → 6"],
  [
    "alter function app.add(integer, integer) support generate_series_int4_support",
    "function app.add(integer, integer): support none → generate_series_int4_support",
  ],
  [
    "alter function app.touch() set search_path to app, public",
    'function app.touch(): settings search_path "" → app, public',
  ],
  [
    "alter function app.touch() set statement_timeout to 5",
    "function app.touch(): settings statement_timeout none → 5",
  ],
  ["alter function app.touch() reset all", 'function app.touch(): settings search_path "" → none'],
  ["alter function app.touch() owner to kind_owner", "function app.touch(): owner postgres → kind_owner"],
  [
    "create or replace function app.is_owner(id uuid) returns boolean language plpgsql stable leakproof as 'begin return true; end'",
    "function app.is_owner(uuid): language sql → plpgsql",
    "function app.is_owner(uuid): body select true → begin return true; end",
  ],
  [
    "grant execute on function app.is_owner(uuid) to public",
    "function app.is_owner(uuid): grants to public none → EXECUTE",
  ],
  ["create function app.add(bigint) returns bigint language sql as 'select $1'", "function app.add(bigint): added"],
  ["drop function app.noticed() cascade", "event trigger noticed: removed", "function app.noticed(): removed"],
  [
    "create or replace procedure app.clean(inout done boolean default true) language plpgsql as 'begin done := true; end'",
    "procedure app.clean(boolean): arguments name done type boolean mode inout default false → name done type boolean mode inout default true",
  ],
  [
    "create or replace aggregate app.total(integer) (sfunc = int4pl, stype = integer, initcond = '1', combinefunc = int4pl, parallel = safe)",
    "aggregate app.total(integer): properties INITCOND 0 → 1",
  ],
  [
    "drop aggregate app.middle(double precision order by double precision)",
    "aggregate app.middle(double precision, double precision): removed",
  ],
  [
    "create or replace view app.people with (security_invoker = true, security_barrier = true) as select p.id, p.email, p.nick, o.name as org_name, app.half(2) as half from app.person p join app.org o on o.id = p.org",
    "view app.people: query, line 5: app.half((1)::double precision) AS half → app.half((2)::double precision) AS half",
  ],
  ["alter view app.people reset (security_invoker)", "view app.people: options security_invoker true → none"],
  [
    "alter materialized view app.by_state set (fillfactor = 61)",
    "materialized view app.by_state: options fillfactor 60 → 61",
  ],
  ["refresh materialized view app.by_state with no data", "materialized view app.by_state: unpopulated no → yes"],
  ["drop materialized view app.empty", "materialized view app.empty: removed"],
  [
    "alter type app.status add value 'new' before 'live'",
    "enum app.status: values draft, live, it's gone → draft, new, live, it's gone",
  ],
  [
    "alter type app.status rename value 'live' to 'alive'",
    "enum app.status: values draft, live, it's gone → draft, alive, it's gone",
  ],
  ["grant usage on type app.status to kind_owner", "enum app.status: grants to kind_owner none → USAGE"],
  ["alter type app.status owner to kind_owner", "enum app.status: owner postgres → kind_owner"],
  ["alter domain app.email drop default", "domain app.email: default 'nobody@example.org'::text → none"],
  ["alter domain app.email drop not null", "domain app.email: not null yes → no"],
  ["alter domain app.email add constraint extra check (value <> '')", "constraint app.email.extra: added"],
  [
    "comment on constraint email_form on domain app.email is null",
    "constraint app.email.email_form: comment has one @ → none",
  ],
  [
    "alter type app.address add attribute country text cascade",
    "attribute app.address.country: added",
    "column app.typed.country: added",
  ],
  [
    "alter type app.address rename attribute zip to code cascade",
    "attribute app.address.code: added",
    "attribute app.address.zip: removed",
    "column app.typed.code: added",
    "column app.typed.zip: removed",
  ],
  ["comment on column app.address.zip is null", "attribute app.address.zip: comment postal → none"],
  ["comment on type app.span is 'changed'", "range app.span: comment none → changed"],
  ["alter collation app.swedish rename to svenska", "collation app.svenska: added", "collation app.swedish: removed"],
  [
    "alter extension btree_gist set schema public",
    "extension btree_gist: schema app → public",
    "privileges function app.gbt_decompress(internal): removed",
    "privileges function public.gbt_decompress(internal): added",
  ],
  [
    "drop extension btree_gist cascade",
    "constraint app.person.one_at_a_time: removed",
    "extension btree_gist: removed",
    "privileges function app.gbt_decompress(internal): removed",
  ],
  [
    "grant execute on function app.gbt_decompress(internal) to kind_reader",
    "privileges function app.gbt_decompress(internal): grants to kind_reader none → EXECUTE",
  ],
  ["grant select on pg_authid to kind_reader", "privileges table pg_catalog.pg_authid: added"],
  ["grant usage on language plpgsql to public", "privileges language plpgsql: removed"],
  ["drop cast (integer as app.status)", "cast (integer AS app.status): removed"],
  [
    "alter operator app.===(integer, integer) set (restrict = none)",
    "operator app.===(integer, integer): restrict eqsel → none",
  ],
  [
    "alter operator family app.ints using btree drop operator 1 (integer, bigint)",
    "operator family app.ints using btree: members OPERATOR 1 <(integer,bigint), FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint) → FUNCTION 1 (integer, bigint) btint48cmp(integer,bigint)",
  ],
  ["drop operator app.!!! (none, double precision)", "operator app.!!!(NONE, double precision): removed"],
  [
    "alter operator class app.int_ops using btree owner to kind_owner",
    "operator class app.int_ops using btree: owner postgres → kind_owner",
  ],
  [
    "alter text search configuration app.words alter mapping for email with app.plain",
    "text search configuration app.words: mappings email simple → app.plain",
  ],
  [
    "alter text search dictionary app.plain (accept = true)",
    "text search dictionary app.plain: options accept = 'false' → accept = 'true'",
  ],
  ["drop text search template app.bare", "text search template app.bare: removed"],
  [
    "alter text search parser app.reader rename to reader2",
    "text search parser app.reader: removed",
    "text search parser app.reader2: added",
  ],
  ["alter statistics app.person_stats set statistics 51", "statistics app.person_stats: target 50 → 51"],
  ["drop statistics app.nick_stats", "statistics app.nick_stats: removed"],
  ["alter event trigger noticed disable", "event trigger noticed: enabled always → disabled"],
  [
    "drop event trigger noticed; create event trigger noticed on ddl_command_end when tag in ('CREATE TABLE') execute function app.noticed(); alter event trigger noticed enable always",
    "event trigger noticed: tags CREATE TABLE, ALTER TABLE → CREATE TABLE",
  ],
  ["alter publication news set (publish = 'delete')", "publication news: publish insert, update → delete"],
  ["alter publication news set (publish_via_partition_root = true)", "publication news: via partition root no → yes"],
  ["alter publication news drop table app.org", "publication table news.app.org: removed"],
  [
    "alter publication news set table app.org, app.person (id, nick)",
    "publication table news.app.person: where (balance > (0)::numeric) → none",
  ],
  [
    "alter publication news set table app.org, app.person (id, email) where (balance > 0)",
    "publication table news.app.person: columns id, nick → id, email",
  ],
  ['alter publication audit_news add tables in schema "Odd Name"', 'publication schema audit_news."Odd Name": added'],
  [
    "alter foreign data wrapper files options (set debug 'false')",
    "foreign data wrapper files: options debug true → false",
  ],
  ["alter server archive version '4'", "server archive: version 3 → 4"],
  [
    "alter server archive options (set host 'example.com', add port '1')",
    "server archive: options host example.org → example.com",
    "server archive: options port none → 1",
  ],
  ["revoke usage on foreign server archive from kind_reader", "server archive: grants to kind_reader USAGE → none"],
  [
    "alter user mapping for kind_reader server archive options (set user 'other')",
    "user mapping archive.kind_reader: options user remote → other",
  ],
  [
    "alter foreign table app.remote options (set table_name 'near')",
    "foreign table app.remote: options table_name far → near",
  ],
  ["alter language plcopy owner to kind_owner", "language plcopy: owner postgres → kind_owner"],
  ["create role extra", "role extra: added"],
  [
    "alter role kind_reader nologin connection limit -1 valid until 'infinity'",
    "role kind_reader: login yes → no",
    "role kind_reader: valid until 2030-01-01T00:00:00.000000Z → infinity",
    "role kind_reader: connection limit 5 → default",
  ],
  [
    "alter role kind_owner superuser createdb createrole noinherit replication bypassrls",
    "role kind_owner: superuser no → yes",
    "role kind_owner: create role no → yes",
    "role kind_owner: create database no → yes",
    "role kind_owner: replication no → yes",
    "role kind_owner: bypass row security no → yes",
    "role kind_owner: no inherit no → yes",
  ],
  ["alter role kind_reader set statement_timeout = '4s'", "role kind_reader: settings statement_timeout 3s → 4s"],
  [
    "alter role kind_reader in database every_kind set work_mem = '5MB'",
    "role kind_reader: settings here work_mem none → 5MB",
  ],
  ["grant kind_reader to postgres with admin option", "role postgres: member of none → role kind_reader admin"],
  ["revoke kind_owner from kind_reader", "role kind_reader: member of role kind_owner → none"],
  ["comment on role kind_owner is 'changed'", "role kind_owner: comment none → changed"],
  ["alter database every_kind set statement_timeout = '5s'", "database this: settings statement_timeout none → 5s"],
  ["grant create on database every_kind to kind_reader", "database this: grants to kind_reader none → CREATE"],
  ["comment on database every_kind is 'changed'", "database this: comment none → changed"],
  [
    "alter default privileges for role kind_owner in schema app grant insert on tables to kind_reader",
    "default privileges for kind_owner in app on tables: grants to kind_reader SELECT → INSERT, SELECT",
  ],
  [
    "alter default privileges for role kind_owner grant usage on schemas to kind_reader",
    "default privileges for kind_owner on schemas: added",
  ],
  [
    "alter default privileges for role kind_owner grant execute on functions to public",
    "default privileges for kind_owner on functions: removed",
  ],
  ["drop conversion app.latin", "object conversion app.latin: removed"],
  ["drop access method heap2 cascade", "object access method heap2: removed", "table app.other_storage: removed"],
];

const since17: readonly SchemaChange[] = [
  [
    "alter table app.person alter column full_name set expression as (nick || '?')",
    "column app.person.full_name: generated as ((nick)::text || '!'::text) → as ((nick)::text || '?'::text)",
  ],
];

const since18: readonly SchemaChange[] = [
  [
    "alter table app.org add constraint named not null slug not valid",
    "column app.org.slug: not null no → yes",
    "constraint app.org.named: added",
  ],
  [
    "alter table app.person alter constraint person_org_fkey not enforced",
    "constraint app.person.person_org_fkey: not valid no → yes",
    "constraint app.person.person_org_fkey: not enforced no → yes",
  ],
  [
    "alter publication news set (publish_generated_columns = stored)",
    "publication news: generated columns none → stored",
  ],
];

/** Those that a server of this version understands. */
export function changesOn(major: number): readonly SchemaChange[] {
  return [...all, ...(major >= 17 ? since17 : []), ...(major >= 18 ? since18 : [])];
}
