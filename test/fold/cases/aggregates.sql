-- Aggregates, as pg_dump writes them and as people do.
set search_path = '';
create schema app;
create type app.pair as (a int, b bytea);
create function app."Step"(app.pair, int, bytea) returns app.pair language sql immutable as 'select $1';
create function app.last(app.pair) returns bytea language sql immutable as 'select ($1).b';
create function app.more(app.pair, app.pair) returns app.pair language sql immutable as 'select $1';
create aggregate app.arg_max(int, bytea) (sfunc = app."Step", stype = app.pair, finalfunc = app.last, combinefunc = app.more, parallel = safe);
create aggregate app.total(integer) (sfunc = pg_catalog.int4pl, stype = integer, initcond = '0', sspace = 16, sortop = operator(pg_catalog.>));
create aggregate app.joined(anycompatible) (sfunc = array_append, stype = anycompatiblearray, initcond = '{}', parallel = restricted);
create aggregate app.moving(integer) (sfunc = int4pl, stype = integer, msfunc = int4pl, minvfunc = int4mi, mstype = integer, finalfunc = int4abs, finalfunc_modify = shareable);
create aggregate app.old (basetype = integer, sfunc1 = int4larger, stype1 = integer);
create aggregate app.counted(*) (sfunc = int8inc, stype = bigint, initcond = '0');
create aggregate app.middle(double precision order by anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
create aggregate app.rank_in(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
set search_path = app, public;
create aggregate bare(integer, bytea) (sfunc = "Step", stype = pair, finalfunc = last);
comment on aggregate app.total(integer) is 'Sum';
grant execute on function app.arg_max(int, bytea) to public;
create function app.worst(int, int) returns int language sql as 'select 1';
create aggregate app.gone(int) (sfunc = app.worst, stype = int);
drop function app.worst(int, int) cascade;
alter aggregate app.old(integer) rename to older;
drop aggregate app.counted(*);

-- What a polymorphic final function returns is told by the state
create function first_of(anyarray) returns anyelement language sql as 'select $1[1]';
create aggregate earliest(int) (sfunc = array_append, stype = int[], finalfunc = first_of, initcond = '{}');
