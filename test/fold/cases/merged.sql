-- What tables that inherit, partitions and tables LIKE others have in common with those.

create table forebear (a int, b int);
create table heir () inherits (forebear);
alter table forebear add primary key (a);
create table forebear_alone (a int);
create table heir_alone () inherits (forebear_alone);

create table mother (id int, name text);
create table father (id2 int, name text);
create table child (age int) inherits (mother, father);
create table grandchild () inherits (child);
alter table only mother drop column name;
alter table father drop column name;

create table checked (c int check (c > 0));
create table checked_heir () inherits (checked);
alter table only checked drop constraint checked_c_check;

create table pattern (a int, c text not null);
comment on column pattern.a is 'of the pattern';
create statistics pattern_expression on (a + 1) from pattern;
create table like_and_heir (like pattern including comments, z int) inherits (pattern);
create table like_all (like pattern including all);
create type shape as (a int, b text collate "C");
create table like_type (z int, like shape);
create table of_shape of shape;
create table heir_of_shape () inherits (of_shape);
alter type shape add attribute c text cascade;
alter type shape alter attribute b type varchar(9) cascade;
alter type shape drop attribute a cascade;

create table not_doubted (d date, check (d > '2000-01-01') not valid);
create table by_system_column (a int, check (a > 0 and tableoid > 0));

create unlogged table quick (a serial, b int generated always as identity);
alter table quick set logged;
create table slow (a serial);
alter table slow set unlogged;

create table target (id int primary key);
create table part (a int references target, b int) partition by range (a);
create table part_1 partition of part for values from (1) to (10);
create table part_2 (a int, b int, constraint own foreign key (a) references target);
alter table part attach partition part_2 for values from (10) to (20);
alter table part detach partition part_1;
create table later (a int, b int) partition by range (a);
create table later_1 partition of later for values from (1) to (10);
alter table later_1 add foreign key (a) references target;
alter table later add foreign key (a) references target;
create table lettered (a text, b int, constraint check_a check (length(a) > 0)) partition by list (a);
create table lettered_b partition of lettered (
  b default 1,
  constraint check_a check (length(a) > 0),
  constraint check_b check (b >= 0)
) for values in ('b');
alter table lettered add constraint check_b check (b >= 0);

create schema filled
  create unique index pages_at on pages (at)
  create view odd as select at + 1 as at from pages
  create table pages (at serial, name text unique)
  grant select on odd to public;

create type hours as range (subtype = text, collation = "C");
create materialized view stored using heap as select 1::int as a;
create table raw (a float check (a > 10.2), b int check (b > 1));
alter table raw alter column a type numeric, alter column b type bigint;
create view stars as select * from mother;
create view stars_of_stars as select * from stars;
create or replace view stars as select *, 2::int as more from mother;

-- Temporary things hide others, and are nothing themselves
create table hidden (a int);
create index hidden_at on hidden (a);
create temp table hidden (b int);
create index hidden_at on hidden (b);
drop index hidden_at;
alter table hidden rename to shown;
alter table hidden rename to seen;
drop table shown;
create table generated_null (a int, b int generated always as (null) stored);
create table counted (a int, b int generated always as (a * 2) stored);
create table counted_heir () inherits (counted);
alter table counted alter column b drop expression;
alter table counted alter column a set statistics 77;
create view left_unknown as select 'foo'::unknown as u;
create schema "My Schema";
create publication of_schemas for tables in schema "My Schema";
create aggregate counting ("any") (sfunc = int8inc_any, stype = int8, initcond = '0');
