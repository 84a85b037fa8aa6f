create table t (id int, a text, b text, c int, d jsonb, e tsvector, f int4range);
create index on t (a);
create index on t (a, b);
create index t_lower on t (lower(a));
create index on t (lower(a), (c + 1), upper(b));
create index if not exists t_lower on t (b);
create unique index if not exists t_unique on t (id) where a is not null and c in (1, 2);
create index t_desc on t (a desc, b asc nulls first, c desc nulls last);
create index t_gin on t using gin (d jsonb_path_ops);
create index t_gin2 on t using gin (e) with (fastupdate = off);
create index t_include on t (id) include (a, b);
create index t_pattern on t (a text_pattern_ops, b collate "C");
create index t_gist on t using gist (f);
create index t_expr on t ((d ->> 'x'), (coalesce(a, b)));
create unique index t_nulls on t (c) nulls not distinct;
alter table t add constraint no_overlap exclude using gist (f with &&) where (id > 0);
alter index t_include set (fillfactor = 60);
alter index t_pattern rename to t_renamed;
comment on index t_gin is 'inside';
drop index t_gin2, t_gist;
drop index if exists nothing;
create index concurrently t_concurrent on t (c);
drop index concurrently t_desc;
create statistics t_stats (dependencies, mcv) on a, b from t;

reindex table t;

cluster t using t_expr;

vacuum t;

analyze t;

create table classes (a text collate "C", b text, c inet, d varchar, e float8, f timestamp, g int4range, h bpchar);
create index on classes (a collate "C", b collate "POSIX", b collate "C" text_pattern_ops);
create index on classes using btree (c inet_ops, d varchar_ops, e float8_ops, f timestamp_ops, h bpchar_ops);
create index on classes using gist (c inet_ops, g range_ops);
create index on classes using brin (c inet_minmax_ops, e float8_minmax_ops, f timestamp_minmax_multi_ops);
alter table classes add exclude using gist (c inet_ops with &&, g range_ops with &&);

create table cast_by_call (date date, made timestamp, name text);
create index on cast_by_call (date(date), text(name), date(made));
create index on cast_by_call ((name collate "C"), (lower(name) collate "C") desc, ((name)) collate "POSIX", (lower(name)) collate "C" text_pattern_ops);

create table dated (id int, at timestamp, said varchar);
create index on dated (date(at), id);
create index on dated ((at::date));
create index on dated ((said::text), lower(said));
alter table dated alter at type date, alter said type text;

create table referred (id int primary key, constraint alone exclude using btree (id with =));
create table refers (id int references referred);
alter table referred drop constraint alone;

create table twins (id int, a text);
create index on twins (a);
create unique index not_first on twins (a desc);
create table twins_again (like twins including all);

create table twice_unique (id int primary key, n int unique);
comment on constraint twice_unique_pkey on twice_unique is 'said';
comment on index twice_unique_n_key is 'said of the index';
create table refers_once (id int references twice_unique);
alter table twice_unique add constraint second unique (id);
alter table twice_unique drop constraint second;
create table twice_again (like twice_unique including all);
