create table pgmq.meta (
  queue_name varchar unique not null,
  is_partitioned boolean not null,
  is_unlogged boolean not null,
  created_at timestamptz not null default now()
);
create type pgmq.message_record as (
  msg_id bigint, read_ct integer, enqueued_at timestamptz, vt timestamptz, message jsonb, headers jsonb
);
create type pgmq.queue_record as (
  queue_name varchar, is_partitioned boolean, is_unlogged boolean, created_at timestamptz
);
create type pgmq.metrics_result as (
  queue_name text, queue_length bigint, newest_msg_age_sec integer, oldest_msg_age_sec integer, total_messages bigint,
  scrape_time timestamptz, queue_visible_length bigint
);

create function pgmq.validate_queue_name(queue_name text) returns void language plpgsql as $$
begin
  if length(queue_name) > 47 then
    raise exception 'queue name is too long, maximum length is 47 characters';
  end if;
end $$;
create function pgmq.format_table_name(queue_name text, prefix text) returns text language plpgsql as $$
begin
  if queue_name ~ '\$|;|--|''' then
    raise exception 'queue name contains invalid characters: $, ;, --, or \''';
  end if;
  return lower(prefix || '_' || queue_name);
end $$;

-- queues

create function pgmq._create(queue_name text, unlogged boolean) returns void language plpgsql as $$
declare
  queue text := pgmq.format_table_name($1, 'q');
  archive text := pgmq.format_table_name($1, 'a');
begin
  perform pgmq.validate_queue_name($1);
  execute format('create %s table if not exists pgmq.%I (
    msg_id bigint primary key generated always as identity,
    read_ct integer not null default 0,
    enqueued_at timestamptz not null default now(),
    vt timestamptz not null,
    message jsonb,
    headers jsonb
  )', case when $2 then 'unlogged' end, queue);
  execute format('create table if not exists pgmq.%I (
    msg_id bigint primary key,
    read_ct integer not null default 0,
    enqueued_at timestamptz not null default now(),
    archived_at timestamptz not null default now(),
    vt timestamptz not null,
    message jsonb,
    headers jsonb
  )', archive);
  execute format('create index if not exists %I on pgmq.%I (vt)', queue || '_vt_idx', queue);
  execute format('create index if not exists %I on pgmq.%I (archived_at)', 'archived_at_idx_' || lower($1), archive);
  insert into pgmq.meta (queue_name, is_partitioned, is_unlogged) values ($1, false, $2) on conflict do nothing;
end $$;
create function pgmq.create(queue_name text) returns void language sql as 'select pgmq._create($1, false)';
create function pgmq.create_non_partitioned(queue_name text) returns void language sql as
  'select pgmq._create($1, false)';
create function pgmq.create_unlogged(queue_name text) returns void language sql as 'select pgmq._create($1, true)';
create function pgmq.create_partitioned(
  queue_name text, partition_interval text default '10000', retention_interval text default '100000'
) returns void language sql as 'select pgmq._create($1, false)';

create function pgmq.drop_queue(queue_name text) returns boolean language plpgsql as $$
begin
  execute format('drop table if exists pgmq.%I', pgmq.format_table_name($1, 'q'));
  execute format('drop table if exists pgmq.%I', pgmq.format_table_name($1, 'a'));
  delete from pgmq.meta as m where m.queue_name = $1;
  return true;
end $$;
create function pgmq.drop_queue(queue_name text, partitioned boolean) returns boolean language sql as
  'select pgmq.drop_queue($1)';
create function pgmq.purge_queue(queue_name text) returns bigint language plpgsql as $$
declare
  purged bigint;
begin
  execute format('delete from pgmq.%I', pgmq.format_table_name($1, 'q'));
  get diagnostics purged = row_count;
  return purged;
end $$;
create function pgmq.list_queues() returns setof pgmq.queue_record language sql as
  'select queue_name, is_partitioned, is_unlogged, created_at from pgmq.meta';

-- sending: each shorter form supplies what it leaves out

create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay timestamptz)
returns setof bigint language plpgsql as $$
begin
  return query execute format(
    'insert into pgmq.%I (vt, message, headers) select $1, m, h from unnest($2, $3) as u(m, h) returning msg_id',
    pgmq.format_table_name($1, 'q')
  ) using $4, $2, $3;
end $$;
create function pgmq.send_batch(queue_name text, msgs jsonb[]) returns setof bigint language sql as
  'select * from pgmq.send_batch($1, $2, null::jsonb[], clock_timestamp())';
create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[]) returns setof bigint language sql as
  'select * from pgmq.send_batch($1, $2, $3, clock_timestamp())';
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay integer) returns setof bigint language sql as
  'select * from pgmq.send_batch($1, $2, null::jsonb[], clock_timestamp() + make_interval(secs => $3))';
create function pgmq.send_batch(queue_name text, msgs jsonb[], delay timestamptz) returns setof bigint
language sql as 'select * from pgmq.send_batch($1, $2, null::jsonb[], $3)';
create function pgmq.send_batch(queue_name text, msgs jsonb[], headers jsonb[], delay integer) returns setof bigint
language sql as 'select * from pgmq.send_batch($1, $2, $3, clock_timestamp() + make_interval(secs => $4))';

create function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay timestamptz) returns setof bigint
language sql as 'select * from pgmq.send_batch($1, array[$2], array[$3], $4)';
create function pgmq.send(queue_name text, msg jsonb) returns setof bigint language sql as
  'select * from pgmq.send($1, $2, null::jsonb, clock_timestamp())';
create function pgmq.send(queue_name text, msg jsonb, headers jsonb) returns setof bigint language sql as
  'select * from pgmq.send($1, $2, $3, clock_timestamp())';
create function pgmq.send(queue_name text, msg jsonb, delay integer) returns setof bigint language sql as
  'select * from pgmq.send($1, $2, null::jsonb, clock_timestamp() + make_interval(secs => $3))';
create function pgmq.send(queue_name text, msg jsonb, delay timestamptz) returns setof bigint language sql as
  'select * from pgmq.send($1, $2, null::jsonb, $3)';
create function pgmq.send(queue_name text, msg jsonb, headers jsonb, delay integer) returns setof bigint
language sql as 'select * from pgmq.send($1, $2, $3, clock_timestamp() + make_interval(secs => $4))';

-- reading

create function pgmq.read(queue_name text, vt integer, qty integer, conditional jsonb default '{}')
returns setof pgmq.message_record language plpgsql as $$
begin
  return query execute format('
    with next as (
      select msg_id from pgmq.%1$I
      where vt <= clock_timestamp() and ($3 = ''{}'' or message @> $3)
      order by msg_id limit $1 for update skip locked
    )
    update pgmq.%1$I as q set vt = clock_timestamp() + make_interval(secs => $2), read_ct = read_ct + 1
    from next where next.msg_id = q.msg_id
    returning q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message, q.headers',
    pgmq.format_table_name($1, 'q')
  ) using $3, $2, $4;
end $$;
create function pgmq.read_with_poll(
  queue_name text, vt integer, qty integer, max_poll_seconds integer default 5, poll_interval_ms integer default 100,
  conditional jsonb default '{}'
) returns setof pgmq.message_record language sql as 'select * from pgmq.read($1, $2, $3, $6)';
create function pgmq.pop(queue_name text) returns setof pgmq.message_record language plpgsql as $$
begin
  return query execute format('
    with next as (
      select msg_id from pgmq.%1$I where vt <= clock_timestamp() order by msg_id limit 1 for update skip locked
    )
    delete from pgmq.%1$I as q using next where next.msg_id = q.msg_id
    returning q.msg_id, q.read_ct, q.enqueued_at, q.vt, q.message, q.headers',
    pgmq.format_table_name($1, 'q')
  );
end $$;
create function pgmq.set_vt(queue_name text, msg_id bigint, vt integer) returns setof pgmq.message_record
language plpgsql as $$
begin
  return query execute format('
    update pgmq.%I set vt = clock_timestamp() + make_interval(secs => $1) where msg_id = $2
    returning msg_id, read_ct, enqueued_at, vt, message, headers',
    pgmq.format_table_name($1, 'q')
  ) using $3, $2;
end $$;

create function pgmq.delete(queue_name text, msg_ids bigint[]) returns setof bigint language plpgsql as $$
begin
  return query execute format(
    'delete from pgmq.%I where msg_id = any($1) returning msg_id', pgmq.format_table_name($1, 'q')
  ) using $2;
end $$;
create function pgmq.delete(queue_name text, msg_id bigint) returns boolean language sql as
  'select exists (select from pgmq.delete($1, array[$2]))';
create function pgmq.archive(queue_name text, msg_ids bigint[]) returns setof bigint language plpgsql as $$
begin
  return query execute format('
    with gone as (
      delete from pgmq.%I where msg_id = any($1) returning msg_id, vt, read_ct, enqueued_at, message, headers
    )
    insert into pgmq.%I (msg_id, vt, read_ct, enqueued_at, message, headers) select * from gone returning msg_id',
    pgmq.format_table_name($1, 'q'), pgmq.format_table_name($1, 'a')
  ) using $2;
end $$;
create function pgmq.archive(queue_name text, msg_id bigint) returns boolean language sql as
  'select exists (select from pgmq.archive($1, array[$2]))';

create function pgmq.metrics(queue_name text) returns pgmq.metrics_result language plpgsql as $$
declare
  result pgmq.metrics_result;
begin
  execute format('
    select %L, count(*), extract(epoch from now() - max(enqueued_at))::integer,
      extract(epoch from now() - min(enqueued_at))::integer, coalesce(max(msg_id), 0), now(),
      count(*) filter (where vt <= now())
    from pgmq.%I', $1, pgmq.format_table_name($1, 'q')
  ) into result;
  return result;
end $$;
create function pgmq.metrics_all() returns setof pgmq.metrics_result language sql as
  'select (pgmq.metrics(queue_name)).* from pgmq.meta';
