-- Stand-ins: what extensions of a platform bring is no fact, but what a function of one's own does can be followed.
create schema cron;
create table cron.job (jobname text primary key, schedule text not null, command text not null);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as 'insert into cron.job values ($1, $2, $3); select 1::bigint';
create schema pgmq;
create function pgmq.create(queue_name text) returns void language plpgsql as $$
begin
  execute format('create table if not exists pgmq.%I (msg_id bigint primary key generated always as identity, message jsonb)', 'q_' || queue_name);
  execute format('create index if not exists %I on pgmq.%I (message)', 'q_' || queue_name || '_idx', 'q_' || queue_name);
end $$;
select pgmq.create('mail');
select cron.schedule('nightly', '0 0 * * *', 'create table never (id int)');
select jobname, count(*) from cron.job group by 1;
comment on table cron.job is 'Jobs';

-- What functions that give something do, and what they are given
create table cargo (id int);
create function changed(which regclass, what text) returns boolean language plpgsql as $$
declare before int := 1;
begin
  execute what;
  return before > 0;
end $$;
create function each_of(names text[]) returns setof text language plpgsql as $$
declare one text;
begin
  foreach one in array names loop
    execute format('alter table cargo add column %I text', one);
    return next one;
  end loop;
end $$;
select changed('cargo', $q$ alter table cargo add column weight int, add column port text; $q$);
select * from each_of(array['first', 'second']);
do $$ begin perform changed('cargo', 'alter table cargo drop column port'); end $$;
