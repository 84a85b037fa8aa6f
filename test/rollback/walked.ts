// Owns migrations on ground that others have left: what a random walk came upon, cut down.
import type { Case } from "./cases.ts";

/** What is run first, on the base of the cases; then the migration, whose rollback gives everything back. */
export interface Walked extends Case {
  readonly before: string;
  /** The first major version that takes it; default all. */
  readonly from?: number;
}

export const walked: readonly Walked[] = [
  {
    name: "columns that go under names that others gave away",
    before: "create table coat (id int primary key, size text, hue text); insert into coat values (1, 'm', 'red')",
    sql: `alter table coat rename size to fit; alter table coat add size int; alter table coat drop size; alter table coat rename to cloak;
      create table coat (id int, hue text); alter table coat drop hue; drop table coat`,
    class: "exact",
  },
  {
    name: "rows without a key that a table gets which are like those of a table that inherits from it",
    before:
      "create table sub (extra text) inherits (word); insert into sub select 'w' || n, 'e' || n from generate_series(1, 6) n, generate_series(1, 3)",
    sql: "insert into word select 'w' || n from generate_series(1, 3) n",
    class: "needs-data",
  },
  {
    name: "a key that gets a wider type beside columns that are written, one of them under its former name",
    before: `create table part (code varchar(5) primary key, note varchar(5)); create table piece (part varchar(5) references part); insert into part values ('a', 'x'), ('b', 'y'); insert into piece values ('a')`,
    sql: `alter table part rename code to uid; alter table part add code varchar(5) not null default ''; update part set code = uid; alter table part alter uid type varchar(64), alter note type varchar(9);
      alter table piece drop constraint piece_part_fkey, alter part type varchar(64), add constraint piece_part_fkey foreign key (part) references part (uid) on delete cascade; update part set note = note || '-long-'`,
    class: "needs-data",
  },
  {
    name: "columns that are dropped and added, in one statement and in two, with a key, a sequence and a reference",
    before: `create table shelf (label text not null, at int check (at > 0), number serial primary key, org int not null references org on delete cascade, room mood default 'ok', size int default 3);
      create index shelf_org on shelf (org); comment on column shelf.size is 'in cm'; grant select (size) on shelf to reader; insert into shelf (label, org, at) values ('a', 1, 5), ('b', 2, 7);
      create table tray (n int, part text) partition by range (n); create table tray_1 partition of tray for values from (0) to (10); create table tray_2 partition of tray default; insert into tray values (1, 'a'), (1, 'a'), (20, 'b')`,
    sql: `alter table shelf drop column size, add column size text not null default 'wide'; alter table shelf rename to rack; alter table rack drop column room; alter table rack add column room text;
      alter table rack drop column org, drop column number; alter table rack add column org bigint, add column number text; alter table rack drop column size; alter table rack add column size text;
      insert into rack values ('c', 9, 'r', 7, 'n', 's'); do $$ begin alter table tray drop column part; alter table tray add column part int; end $$; update tray set part = 4`,
    class: "needs-data",
  },
  {
    name: "columns that give their names to others that take their values over",
    before: "create table fare (id int primary key, price text, paid text); insert into fare values (1, '12', 'y')",
    sql: `alter table fare add column paid_new bool; update fare set paid_new = paid = 'y'; alter table fare drop column paid; alter table fare rename paid_new to paid;
      savepoint s; alter table fare drop column price; rollback to s`,
    class: "needs-data",
  },
  {
    name: "casts of arrays, which the server reads otherwise than it prints them",
    before: `create domain letter as varchar(3) constraint a_or_b check (value in ('a', 'b')); create table mark (id int primary key, v varchar(5) constraint few check (v in ('a', 'b', null)), f float8, l letter,
        known bool default ('a'::varchar in ('a', 'b')), good bool generated always as (v not in ('a', 'b')) stored, "ARRAY[" text check ("ARRAY[" <> '(ARRAY[1])::text[]'));
      insert into mark values (1, 'a', 2.5, 'b'); create index marked on mark (id, (v in ('a'))) where v in ('a', 'b'); create policy own on mark using (v in ('a', 'b'));
      create materialized view spread as select percentile_cont(array[0.5, 0.9]) within group (order by f) as p, width_bucket(max(f), array[1, 2]) as w, array[-1, 2]::int[]::float8[] as m,
        array[array[0.5], array[1]]::numeric[]::float8[] as n, array[1, 5000000000]::bigint[]::text[] as b, array[true]::bool[]::text[] as o, array[max(v)]::varchar(2)[]::text[] as t from mark;
      create function is_a() returns bool return ('a'::varchar in ('a', 'b')); create trigger seen before update on mark for each row when (new.v in ('a', 'b')) execute function touch()`,
    sql: "drop materialized view spread; drop function is_a; alter table mark drop constraint few; drop index marked; drop trigger seen on mark; drop policy own on mark; alter table mark drop good; drop table mark; drop domain letter",
    class: "needs-data",
  },
  {
    name: "types with columns, renamed and moved, and their schema with them",
    before: `create schema kinds; create domain kinds.size as int check (value > 0); create type kinds.spot as (x int, y text); create type kinds.reach as range (subtype = float8); create table kinds.line (n int);
      create table box (id int primary key, size kinds.size, sizes kinds.size[], spot kinds.spot, reach kinds.reach, line kinds.line); insert into box values (1, 2, '{3}', '(1,a)', '[1,2]', '(4)')`,
    sql: `alter domain kinds.size rename to width; alter type kinds.spot rename to place; alter type kinds.reach rename to extent; alter table kinds.line rename to row; alter schema kinds rename to sorts;
      alter domain sorts.width set schema public; alter type mood set schema sorts`,
    class: "exact",
  },
  {
    name: "a column of a domain that gets another of the same name",
    before:
      "create domain price as numeric(10, 4); create table item (id int primary key, price price); insert into item values (1, 2.1234)",
    sql: "alter domain price rename to price_old; create domain price as int; alter table item alter price type price",
    class: "needs-data",
  },
  {
    name: "two enums that are made again in a transaction each",
    before: `create type stage as enum ('a', 'b'); create type pace as enum ('x', 'y'); create table race (id int primary key, stage stage, pace pace);
      create table lap (id int primary key, pace pace); insert into race values (1, 'a', 'x'), (2, 'a', 'x'); insert into lap values (1, 'x')`,
    sql: `begin; create type stage_new as enum ('a'); alter table race alter stage type stage_new using stage::text::stage_new;
      alter type stage rename to stage_old; alter type stage_new rename to stage; drop type stage_old; commit;
      begin; create type pace_new as enum ('x'); alter table race alter pace type pace_new using pace::text::pace_new; alter table lap alter pace type pace_new using pace::text::pace_new;
      alter type pace rename to pace_old; alter type pace_new rename to pace; drop type pace_old; commit;`,
    class: "needs-data",
  },
  {
    name: "a column of partitions that gets another type",
    before: `create table chat (id int, choice text) partition by range (id); create table chat_mid partition of chat for values from (0) to (10) partition by range (id);
      create table chat_1 partition of chat_mid default; create table chat_rest partition of chat default; insert into chat values (1, '"a"'), (20, '{"a":  1}')`,
    sql: "alter table chat alter column choice type jsonb using choice::jsonb",
    class: "needs-data",
  },
  {
    name: "views of the rows that a function returns",
    before:
      "create type found as (a int, b text); create function look(text) returns setof found language plpgsql as $$ begin return query select 1, $1; end $$; create view seen as select * from look('a')",
    sql: "drop view seen; create view seen as with l as (select * from look('b') as p join org on true) select * from l; create view again as select * from look('c')",
    class: "exact",
  },
  {
    name: "routines whose arguments have types of a schema, renamed and moved",
    before: `create domain stamp as timestamptz; create function day_id(stamp) returns int language sql as 'select 1'; create function hour_id(a stamp, b mood) returns int language sql as 'select 2'`,
    sql: "alter function day_id rename to day_key; alter function hour_id rename to hour_key; alter function hour_key(stamp, mood) set schema cron",
    class: "exact",
  },
  {
    name: "a last column that is generated from another",
    before: `create table job (id int primary key, value jsonb, runner text not null generated always as (value ->> 'run') stored); insert into job values (1, '{"run": "a"}')`,
    sql: "alter table job drop column runner",
    class: "exact",
  },
  {
    name: "a dropped column of a table whose triggers write, and whose rules do nothing",
    before: `create function stamp() returns trigger language plpgsql as $$ begin new.note := 'stamped'; return new; end $$;
      alter table org add extra text; update org set extra = id; create trigger stamp before update on org for each row execute function stamp();
      alter table org enable always trigger stamp; create rule never as on update to word do instead nothing; alter table word add extra int; insert into word (extra) values (3)`,
    sql: "alter table org drop column extra; alter table word drop column extra",
    class: "needs-data",
  },
  {
    name: "rows that break a constraint which was never validated",
    before: `insert into word (said) values (null), ('so'); alter table word add extra text default 'x', add constraint k check (said is not null) not valid;
      comment on constraint k on word is 'one day'; insert into entry (id, person) values (100, 1000); alter table entry add constraint l foreign key (person) references person not valid;
      create table other (id int primary key); alter table org add constraint m foreign key (id) references other not valid`,
    sql: "update word set said = 'what' where said is null; update entry set person = null where id = 100; alter table word drop column extra; truncate other cascade",
    class: "needs-data",
  },
  {
    name: "rows that refer to a table whose owner may not look into it",
    before: "alter table org set schema pgmq; alter table pgmq.org owner to reader",
    sql: "delete from person where id < 10",
    class: "needs-data",
  },
  {
    name: "rows beside a table without a column",
    before: "create table bare ()",
    sql: "create table alpha (id int); insert into alpha values (1); delete from entry where id = 3",
    class: "needs-data",
  },
  {
    name: "keys of indexes that were there first, and references to them, as a difference of two schemas is written",
    before:
      "create table cat (id smallint not null); create table proj (id int, cat smallint); insert into cat values (1); insert into proj values (1, 1)",
    sql: `create unique index cat_pkey on public.cat using btree (id); create unique index proj_id on public.proj using btree (id); alter table cat add constraint cat_pkey primary key using index cat_pkey;
      alter table proj add constraint proj_key unique using index proj_id; alter table proj add constraint proj_cat foreign key (cat) references cat(id) not valid; alter table proj validate constraint proj_cat;
      create unique index cat_again on cat (id); alter table proj add foreign key (cat) references cat(id), alter column cat set not null`,
    class: "exact",
  },
  {
    name: "rows of tables without a column that can be written",
    before: `create table made (a int generated always as (2 + 2) stored); create table gone (like made including all); create table bare (); create table void (); alter table word add extra int;
      insert into made default values; insert into gone default values; insert into gone default values; insert into bare default values; insert into void default values`,
    sql: "insert into made default values; insert into made default values; drop table gone; insert into bare default values; truncate void; insert into word (said) values (null); alter table word drop column extra, drop column said",
    class: "needs-data",
  },
  {
    name: "copies of a table whose constraint was never validated",
    before:
      "alter table entry add constraint k check (id > 3) not valid; create table whole (id int, constraint k check (id > 3)) partition by list (id); alter table whole add constraint l check (id > 4) not valid",
    sql: "create table copy (like entry including all); create table kid () inherits (entry); create table part partition of whole default; insert into copy (id) values (5)",
    class: "exact",
  },
  {
    name: "rows that a published table without an identity refers to",
    before: "alter table person drop constraint person_pkey; create publication people for table person",
    sql: "insert into org (id, name) overriding system value values (70, 'new'); delete from entry where id < 3",
    class: "needs-data",
  },
  {
    name: "grants on columns to the role that gets the table",
    before:
      "grant select (id) on org to reader with grant option; grant insert (name) on org to postgres with grant option; grant select on adults to reader",
    sql: "alter table org owner to reader; alter view adults owner to reader",
    class: "exact",
  },
  {
    name: "copies of a partition with its key, and of a table that is clustered",
    before: `create table whole (id int primary key, t text) partition by list (id); create table part partition of whole for values in (1);
      cluster entry using entry_title; alter table part replica identity using index part_pkey`,
    sql: "create table l1 (like part including all); create table l2 (like entry including all)",
    class: "exact",
  },
  {
    name: "copies of indexes that call their columns otherwise than the table",
    before: `create table whole (id int, word text, span int4range) partition by list (id); create index on whole ((id::text), lower(word)) include (word);
      create index on whole (word); alter table whole rename column word to saying; create table apart (like whole, exclude using gist (int4range(id, id + 1) with &&, span with &&))`,
    sql: "create table part partition of whole default; create table again (like apart including all)",
    class: "exact",
  },
  {
    name: "new rows in a key that gets a type which has nothing of its values",
    before: `create table fresh (id uuid primary key, n int not null unique); create table held (id int not null unique, n int primary key); insert into held values (2, 1), (3, 2);
      create table dated (at timestamptz unique, n int primary key); create table numbered (id smallint unique, n int primary key)`,
    sql: `alter table fresh alter id type int using null; insert into fresh select n, n from generate_series(1, 9) n;
      alter table held alter id type text using 'held ' || id; insert into held select 'new ' || n, n from generate_series(3, 9) n;
      alter table dated alter at type text; insert into dated select 'day ' || n, n from generate_series(1, 3) n; insert into dated values (null, 4), (null, 5);
      alter table numbered alter id type text; insert into numbered select 'no ' || n, n from generate_series(1, 30) n`,
    class: "needs-data",
  },
  {
    name: "a generated column that gets a type from which nothing leads back by itself",
    before: `create table twice (n int, m int generated always as (n * 2) stored); create table thrice (n int, l text, m int generated always as (n * 3) stored check (m > 0));
      create index on thrice (m); insert into twice select n from generate_series(1, 3) n; insert into thrice select n from generate_series(1, 3) n`,
    sql: "alter table twice alter m type text; alter table thrice alter m type bigint",
    class: "exact",
  },
  {
    name: "rows that are there twice while their key is not",
    before: `create table keyed (id int primary key, t text); insert into keyed select n, 'x' from generate_series(1, 5) n; create table again (like keyed including all); insert into again table keyed;
      create table loose (id int unique not null, t text); insert into loose table keyed; create table named (id int constraint named_id primary key, t text); insert into named table keyed`,
    sql: `alter table keyed drop constraint keyed_pkey; insert into keyed select n, 'x' from generate_series(3, 9) n; alter table loose alter id drop not null; insert into loose values (null, 'y'), (null, 'y');
      do $$ begin execute 'alter table again drop constraint again_pkey'; insert into again select n, 'x' from generate_series(3, 9) n; delete from again where ctid in (select min(ctid) from again group by id); alter table again add primary key (id); end $$;
      alter table named rename constraint named_id to other; alter table named drop constraint other; insert into named values (2, 'x')`,
    class: "needs-data",
  },
  {
    name: "serial columns of tables that are others'",
    before: `create table theirs (id int, n serial, m serial); insert into theirs values (1); alter table theirs owner to reader; create table ours (id int, n serial); insert into ours values (1);
      grant usage on sequence theirs_m_seq to postgres`,
    sql: "alter table theirs drop column m, drop column n; alter table ours drop column n; alter table ours owner to reader",
    class: "needs-data",
  },
  {
    name: "rows of a partition that is detached before they are written",
    before: `create table split (id int, part int, word text, primary key (id, part)) partition by range (part); create table low partition of split for values from (0) to (60);
      insert into split select n, n, 'w' from generate_series(1, 9) n`,
    sql: `alter table split detach partition low;
      do $$ begin for i in 1..3 loop insert into low select n, n, 'w' || n from generate_series(5, 15) n on conflict do nothing; end loop; end $$; update low set word = 'x' where id = 3`,
    class: "needs-data",
  },
  {
    name: "rows that are written through partitions which are made, changed and detached",
    before: `create table parted (id int, part int, word text, primary key (id, part)) partition by range (part); create table p1 partition of parted for values from (0) to (10);
      create table p2 partition of parted for values from (10) to (20) partition by range (part); create table p2a partition of p2 for values from (10) to (15); insert into parted select n, n, 'w' from generate_series(1, 14) n`,
    sql: `create table p3 partition of parted for values from (20) to (30); insert into parted select n, n, 'new' from generate_series(20, 25) n; update parted set word = 'x' where id = 3;
      delete from p2 where id = 12; insert into p2a values (11, 14, 'y')`,
    class: "needs-data",
  },
  {
    name: "rows that are written by way of views, their triggers and rules",
    before: `create view names as select id, name from org; create view of_names as select name from names where id > 1; create table kept (id int primary key, t text); insert into kept values (1, 'a');
      create view by_trigger as select 1 as id; create function instead() returns trigger language plpgsql as 'begin update kept set t = ''b''; return new; end';
      create trigger instead instead of insert on by_trigger for each row execute function instead(); create view by_rule as select id, title from entry;
      create rule instead as on delete to by_rule do instead delete from entry where id = old.id; create rule also as on update to word do also insert into kept values (7, 'by rule')`,
    sql: `insert into names (id, name) overriding system value values (70, 'new'); update of_names set name = 'x' where name like '%2'; insert into by_trigger values (3); delete from by_rule where id < 4;
      update word set said = 'y'; create view fresh as select mail, code from person; update fresh set mail = 'z' where code = 3`,
    class: "needs-data",
  },
  {
    name: "rows of a key that is renamed, to which others refer",
    before: "create table cascading (org int references org on delete cascade); insert into cascading values (1), (2)",
    sql: `update org set note = 'x' where id < 3; alter table org rename constraint org_pkey to other; do $$ begin execute 'alter table person drop constraint person_age_check'; end $$`,
    class: "needs-data",
  },
  {
    name: "a name that goes to another relation than the index that was moved away",
    before:
      "create table away (id int, note text); create index gamma on away (note); insert into away values (1, 'a')",
    sql: "alter table away set schema cron; create view public.gamma as select id, note from cron.away; create table away (gamma int)",
    class: "exact",
  },
  {
    name: "rows whose key a block renames, and which others would go with",
    before: "create table cascading (org int references org on delete cascade); insert into cascading values (1), (2)",
    sql: `do $$ begin alter table org rename column id to "Key"; end $$; update org set name = 'x'`,
    class: "needs-data",
  },
  {
    name: "a table that is dropped when it no longer owns the sequence of its column",
    before: "create table numbered (id serial primary key, n int); insert into numbered (n) values (1), (2)",
    sql: "alter sequence numbered_id_seq owned by none; drop table numbered cascade",
    class: "needs-data",
  },
  {
    name: "domains without NULL, renamed",
    from: 17,
    before:
      "create domain firm as text not null; create domain firm_too as text constraint is_there not null; create table held_firm (f firm, t firm_too)",
    sql: "alter domain firm rename to firmer; alter domain firm_too rename constraint is_there to must_be; alter domain firm_too rename to third; alter domain third drop constraint must_be",
    class: "exact",
  },
  {
    name: "rows that others refer to by keys which are checked at the end",
    before: `create table later (owner int references org deferrable initially deferred); insert into later values (1); alter table org replica identity nothing;
      alter table word add column w int unique deferrable initially deferred`,
    sql: "insert into org (id, name) overriding system value values (70, 'new'); insert into word (w) values (3); update word set w = 4; alter table org drop column note",
    class: "needs-data",
  },
  {
    name: "rows that refer to others by a column that gets another type",
    before: "create table held (org int references org)",
    sql: "delete from person where id < 9; insert into org (id, name) overriding system value values (70, 'new'); alter table person alter column org type bigint",
    class: "needs-data",
  },
  {
    name: "a column that was added and renamed, and a table that was made and renamed, with rows",
    before: "select",
    sql: `alter table org add column gamma mood; alter table org rename column gamma to delta; update org set delta = 'ok';
      create table made (id int); insert into made values (1); alter table made rename to other; alter table other set schema cron`,
    class: "needs-data",
  },
  {
    name: "an enum made anew under domains with defaults, and the columns that have them",
    before: `create domain feeling as mood default 'ok' check (value <> 'sad'); create domain feelings as mood[] default array['ok']::mood[];
      create table felt (a feeling, b feelings, n int default 3, c feeling default 'ok'); insert into felt default values`,
    sql: "alter type mood add value 'so'; insert into felt (n) values (4)",
    class: "needs-data",
  },
  {
    name: "publications of tables that others inherit from",
    before: "create table kid () inherits (person); create table grandkid () inherits (kid)",
    sql: "alter publication news add table person; alter publication news drop table kid; create publication more for table kid, only person; alter publication more set table kid",
    class: "exact",
  },
  {
    name: "a domain's NOT NULL, dropped by its name",
    from: 17,
    before: "create domain firm as int not null",
    sql: "alter domain firm drop constraint firm_not_null",
    class: "exact",
  },
  {
    name: "a table that is made like another, which goes",
    before:
      "alter table person add twice int generated always as (code * 2) stored; create index on person ((code + 1)) where age > 3",
    sql: "create table copy (like person including all); create table copy_of_entry (like entry including all); drop table person cascade; drop table entry cascade",
    class: "needs-data",
  },
  {
    name: "an identity whose sequence has another type than its column",
    before:
      "create table counted (id int generated always as identity); create table copy (like counted including all); insert into copy default values",
    sql: "drop table copy",
    class: "needs-data",
  },
  {
    name: "extensions that go to another schema, with what names their types and operator classes",
    before: `create schema extensions; create schema old; create extension citext; create extension pg_trgm schema old;
      create table mail (id int primary key, a citext not null default 'x' check (a <> 'y'), l citext[], extra text, unique (a)); create index on mail using gin (extra old.gin_trgm_ops);
      create view mails as select a, l from mail where a = 'm1'; create function same(x citext) returns citext language sql as 'select x'; create type note as (a citext); create domain short as citext;
      insert into mail select n, 'M' || n, array['A'::citext], 'e' || n from generate_series(1, 10) n`,
    sql: `alter extension citext set schema extensions; do $$ begin alter extension pg_trgm set schema extensions; end $$; drop schema old; alter schema extensions rename to extras;
      alter table mail add column m extras.citext`,
    class: "exact",
  },
  {
    name: "an extension that goes to another schema while a table with its types is renamed and written",
    before: `create schema extensions; create schema old; create extension citext; create extension pg_trgm schema old;
      create table mail (id int primary key, a citext not null default 'x' check (a <> 'y'), l citext[], extra text, unique (a)); create index on mail using gin (extra old.gin_trgm_ops);
      create view mails as select a, l from mail where a = 'm1'; create function same(x citext) returns citext language sql as 'select x'; create type note as (a citext); create domain short as citext;
      insert into mail select n, 'M' || n, array['A'::citext], 'e' || n from generate_series(1, 10) n`,
    sql: `create schema extras; alter extension citext set schema extras; alter table mail rename to post; update post set a = 'z' where id = 3; alter table post drop column extra; drop table person cascade;
      create function same(x text) returns text language sql as 'select x'`,
    class: "needs-data",
  },
  {
    name: "tables and columns that blocks rename, of which others are dropped and written",
    before: `create table jar (id int primary key, label text, size int, lid text); create table lid (jar int, name text); create schema shed;
      insert into jar select n, 'l' || n, n, 'lid ' || n from generate_series(1, 9) n; insert into lid select n, 'n' || n from generate_series(1, 9) n`,
    sql: `do $$ begin if exists (select 1 from information_schema.tables where table_name = 'jar') then alter table jar rename to pot; update pot set size = 0 where id = 1; end if; end $$;
      alter table pot drop column lid; update pot set label = 'x' where id < 4;
      do $$ begin execute format('alter table %I rename column %I to %I', 'pot', 'label', 'tag'); alter table lid set schema shed; alter schema shed rename to barn; end $$;
      update pot set tag = 'y' where id = 5; delete from barn.lid where jar = 3; alter table barn.lid drop column name`,
    class: "needs-data",
  },
];
