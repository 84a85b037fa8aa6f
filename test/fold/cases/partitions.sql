create table events (id int, at date not null, kind text default 'x', note text, check (note <> ''), primary key (id, at)) partition by range (at);
create index on events (kind);
create table events_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table if not exists events_2 partition of events (kind default 'y') for values from ('2021-01-01') to ('2022-01-01');
create table events_rest partition of events default;
create table loose (id int not null, at date not null, kind text, note text, constraint events_note_check check (note <> ''));
alter table events attach partition loose for values from ('2022-01-01') to ('2023-01-01');
alter table events detach partition events_2;
alter table events add column extra int default 0;
create table parent (a int check (a > 0), b text default 'q');
create table child (c int) inherits (parent);
alter table parent add column d int;
create index only_here on only events (note);
create index events_1_note on events_1 (note);
alter index only_here attach partition events_1_note;
drop table events_2;
alter table parent rename constraint parent_a_check to a_is_positive;
create table grandchild () inherits (child);
alter table parent rename column b to bee;
alter table events rename constraint events_note_check to note_is_not_empty;
alter table events rename column kind to sort;

create index not_on_others on only events (extra);
create index on_all on events (extra, id);

create table said (id int, part int, a text, b text, span int4range) partition by range (part);
create index on said ((id::text), lower(a), (a || b), (b || a), upper(b), b) include (part);
create index on said (a);
create index on said (b) include (a);
create index on said ((id::text || a), b, (b::varchar)) where id > 3;
alter table said add unique (part, a);
alter table said rename a to called;
alter table said rename b to expr;
create table said_rest partition of said default;
create table said_again (like said including all);
alter table said alter called type varchar;
create table said_1 partition of said for values from (1) to (2);
create table apart (a text, b text, span int4range, exclude using gist (span with &&, int4range(1, 2) with &&), exclude (lower(a) with =, b with =, lower(b) with =));
alter table apart rename a to called;
create table apart_again (like apart including all);

alter table events add column later int;
alter table events add constraint doubted check (later > 0) not valid, add constraint settled check (later > 1) not valid;
create table events_3 partition of events for values from ('2023-01-01') to ('2024-01-01');
alter table events validate constraint settled;
alter table parent add constraint of_all check (d > 0) not valid;

create table halves (id int, part int, primary key (id, part), unique (part, id)) partition by list (part);
create table half partition of halves default;
alter table halves detach partition half;
alter table halves attach partition half for values in (37);
create table other_half (id int not null, part int not null, unique (part, id));
create unique index other_half_key on other_half (id, part);
alter table halves attach partition other_half for values in (38);
alter table halves detach partition other_half;

-- An index is valid with those of partitions that are themselves
create table deep (a int, b int) partition by range (a);
create table deep_1 partition of deep for values from (1) to (9) partition by range (a);
create table deep_1_1 partition of deep_1 for values from (1) to (3);
create index on only deep_1 (a);
create index on only deep (a);
alter index deep_a_idx attach partition deep_1_a_idx;
create index on only deep_1 (b);
create index on deep (b);
create index deep_last on deep_1_1 (b);
alter index deep_1_b_idx attach partition deep_last;
