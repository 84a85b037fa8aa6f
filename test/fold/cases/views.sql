create table base (id int primary key, a text, b numeric(8, 2), hidden bool);
create view v as select id, a from base where not hidden;
create or replace view v as select id, a, b from base where not hidden;
create view named (x, y) with (security_invoker = false, security_barrier) as select id, a || 'x' from base;
create view checked as select * from base where id > 0 with local check option;
create view joined as select v.id, b.a as other, count(*) as n from v join base b on b.id = v.id group by 1, 2;
alter view v set (security_barrier = true);
alter view v reset (security_barrier);
alter view named rename to renamed;
alter view renamed rename column x to z;
alter view v alter column a set default 'q';
comment on view v is 'View';
create materialized view m as select a, sum(b) as total from base group by a with no data;
create unique index m_a on m (a);
refresh materialized view m;
comment on materialized view m is 'Mat';
create materialized view if not exists m as select 1;
create recursive view numbers (n) as values (1) union all select n + 1 from numbers where n < 5;
grant select on v to public;
create view gone as select 1 as one;
create view on_gone as select * from gone;
drop view gone cascade;
drop view if exists nothing;
create materialized view m2 as select 1 as x;
drop materialized view m2;
alter table base rename column hidden to secret;
alter view v owner to current_user;

explain analyze create materialized view explained as select 1 as x;

create view with_function as select f.n, b.a from generate_series(1, 3) as f (n), base b, lateral (select b.id) l;

create schema elsewhere;
create table one (id int);
create table two (id int);
create table three (id int, two int);
create view in_parentheses as
  select o.id, t.id as two from ((one o join two t on o.id = t.id) join public.three on public.three.id = t.id), (base b join three c on c.id = b.id);
alter table one set schema elsewhere;
alter table public.three set schema elsewhere;
alter table two rename to second;
alter view in_parentheses set schema elsewhere;

create materialized view empty_one as select id from base with no data;
create materialized view empty_two as select id from base with no data;
create materialized view empty_three as select id from base with no data;
do $$ begin refresh materialized view empty_one; execute format('refresh materialized view %I', 'empty_two'); end $$;

-- What * stands for in joins, and views that are temporary because of what they read
create table crew (ship int, name text, rank int);
create table ships (port text, ship int, name text);
create table ports (name text, port text, depth int);
create view by_ship as select * from crew join ships using (ship, name);
create view by_ship_and_port as select * from crew join ships using (ship, name) left join ports using (port, name);
create view by_names as select * from ships natural join ports;
create view four as select * from (crew cross join ports) both_of(a, b, c, d);
create view sided as select crew.rank, ships.*, u.ship as same from crew join ships using (ship) as u;
create temp table ashore (ship int);
create view of_ashore as select ship from crew where ship in (select ship from ashore);
create view of_that as select * from of_ashore;

-- Tables of one name in two schemas, and views of what is no table
create schema harbour;
create table harbour.crew (ship int, berth text);
create view both_crews as select public.crew.*, harbour.crew.berth from public.crew join harbour.crew on harbour.crew.ship = public.crew.ship;
create view at_berth as select name from crew where exists (select from harbour.crew where harbour.crew.ship = public.crew.ship);
create sequence berths;
create view next_berth as select last_value from berths;

create table "Left" ("id" integer, "v" integer);
create table "Right" ("id" integer, "o" integer);
create view "both" as select "l"."id", "r"."o", "r"."id" as "rid" from ("Left" "l" join "Right" "r" on (("r"."id" = "l"."v"))) where (exists ( select "a"."id" from "Left" "a" where ("a"."id" = "r"."id")));
create view "parts" as with "s" as (select "Left"."id", count(*) as "n" from "Left" group by "Left"."id") select "s"."id", "x"."id" as "other" from ("s" join (select "Left"."id" from "Left") "x" on ("x"."id" = "s"."id"));
create view "inner" as select (select "Left"."id" from "Left" where "Left"."id" = "Right"."id" limit 1) as "q", array(select "Left"."id" from "Left" order by "Left"."id") as "r" from "Right";
create policy "own" on "Right" using ((exists ( select 1 from "Left" "id" where ("id"."id" = "Right"."id"))));
alter table "Left" rename column "id" to renamed;
