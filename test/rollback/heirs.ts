// Owns migrations of partitions and of tables that inherit, which have parts of their own and such as come and go with others'.
import type { Walked } from "./walked.ts";

const beside = `create table route (line int not null, org int, constraint route_org check (org > 0)) partition by list (line);
  create table route_1 (line int not null, org int); insert into route_1 values (1, 2), (1, 3);
  create table leg (id int, label text check (label <> '')); create table step (size int, id int, label text); insert into step values (1, 2, 'x')`;

export const heirs: readonly Walked[] = [
  {
    name: "partitions that get foreign keys of tables above, beside constraints of the same name",
    before: `create table calls (at date, line int, org int, constraint calls_org foreign key (org) references org) partition by range (at);
      create table calls_1 partition of calls for values from ('2024-01-01') to ('2025-01-01') partition by list (line);
      create table line_1 (at date, line int, org int, constraint calls_org check (org > 0)); create table line_2 (at date, line int, org int, constraint calls_org foreign key (org) references person)`,
    sql: "alter table calls_1 attach partition line_1 for values in (1); alter table calls_1 attach partition line_2 for values in (2)",
    class: "exact",
  },
  {
    name: "a table that gets what its parent has, and then the parent",
    before: beside,
    sql: `alter table route_1 add constraint route_org check (org > 0); alter table route_1 add column extra int; alter table route add column extra int; create index on route_1 (org);
      alter table route attach partition route_1 for values in (1); create index on route (org); alter table step add constraint leg_label_check check (label <> ''), add at date; alter table step inherit leg`,
    class: "exact",
  },
  {
    name: "what a parent gets once it has the table",
    before: beside,
    sql: `alter table route_1 add constraint route_org check (org > 0); alter table route attach partition route_1 for values in (1); alter table route add column extra int default 3, add constraint extra_high check (extra > 2);
      alter table route add primary key (line, org); create index on route (extra); alter table step add constraint leg_label_check check (label <> ''); alter table step inherit leg; alter table leg add column extra int default 7`,
    class: "exact",
  },
  {
    name: "tables that inherit and have their parents' columns in an order of their own",
    before: `${beside}; alter table step add constraint leg_label_check check (label <> ''); alter table step inherit leg`,
    sql: "drop table leg cascade",
    class: "needs-data",
  },
  {
    name: "indexes and keys of partitions that one of the whole table takes",
    before: `create table stay (room int not null, day int not null) partition by range (room); create table stay_1 partition of stay for values from (1) to (10) partition by range (room);
      create table stay_1_1 partition of stay_1 for values from (1) to (5); create index on stay_1 (day); create table stay_2 partition of stay for values from (10) to (20); create index on stay_2 (day);
      alter table stay_2 add primary key (room); create table stay_3 (room int primary key, day int not null); create index on stay_3 (day); create table sleeper (room int references stay_3)`,
    sql: `create index on only stay (day); alter index stay_day_idx attach partition stay_1_day_idx; alter index stay_day_idx attach partition stay_2_day_idx;
      alter table stay add primary key (room); alter table stay attach partition stay_3 for values from (20) to (30)`,
    class: "exact",
  },
  {
    name: "partitions that are written and go, with their table and without",
    before: `create table stay (room int not null, who text) partition by range (room); create table stay_1 partition of stay for values from (1) to (10); create table stay_2 partition of stay for values from (10) to (20);
      insert into stay select n, 'w' || n from generate_series(1, 19) n; create table trip (room int, who text) partition by list (room); create table trip_1 partition of trip for values in (1); insert into trip values (1, 'a');
      create table tour (a int); create table tour_1 () inherits (tour); insert into tour_1 values (7)`,
    sql: `delete from stay_1; update stay set who = 'x' where room > 12; drop table stay_1; truncate trip; drop table trip; create table trip (room int, who text) partition by list (room);
      create table trip_1 partition of trip for values in (2); insert into trip values (2, 'b'); update tour set a = a + 1; drop table tour cascade; create table tour (a int, b int); create table tour_1 () inherits (tour)`,
    class: "needs-data",
  },
  {
    name: "a domain with checks that goes with columns and arrays of it",
    before: `create domain tag as text not null check (value <> '') constraint short check (length(value) < 9); comment on constraint short on domain tag is 'short';
      create table card (id int, one tag, more tag[]); insert into card values (1, 'a', '{b,c}'); create domain word_of as text check (shout(value) <> ''); create table said (w word_of)`,
    sql: "drop table card, said; drop domain tag, word_of",
    class: "needs-data",
  },
  {
    name: "partitions of tables that foreign keys refer to",
    before: `create table room (id int primary key, of int) partition by range (id); create table room_1 partition of room for values from (0) to (10) partition by range (id); create table room_11 partition of room_1 for values from (0) to (5);
      create table stay (room int references room); insert into room values (1, 1); insert into stay values (1)`,
    sql: `create table room_2 partition of room for values from (10) to (20); create table room_12 partition of room_1 for values from (5) to (10);
      create table room_3 (like room including all) partition by range (id); create table room_31 partition of room_3 default; alter table room attach partition room_3 for values from (20) to (30)`,
    class: "exact",
  },
];
