-- Schema realtime as the Realtime service leaves it, and the publications that it follows.

set role supabase_admin;

create schema realtime;
grant usage on schema realtime to postgres with grant option;
grant usage on schema realtime to anon, authenticated, service_role;
grant all on schema realtime to supabase_realtime_admin with grant option;
alter default privileges in schema realtime grant all on tables to postgres, dashboard_user;
alter default privileges in schema realtime grant all on sequences to postgres, dashboard_user;
alter default privileges in schema realtime grant execute on routines to postgres, dashboard_user;

create table realtime.schema_migrations (version bigint primary key, inserted_at timestamp(0));
revoke all on realtime.schema_migrations from postgres, dashboard_user;

set role supabase_realtime_admin;

create type realtime.action as enum ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'ERROR');
create type realtime.equality_op as enum (
  'eq', 'neq', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'ilike', 'is', 'match', 'imatch', 'isdistinct'
);
create type realtime.user_defined_filter as (
  column_name text, op realtime.equality_op, value text, negate boolean
);

create function realtime.to_regrole(role_name text) returns regrole language sql immutable as
  'select role_name::regrole';
create function realtime.topic() returns text language sql stable as
  $$ select nullif(current_setting('realtime.topic', true), '') $$;

create table realtime.subscription (
  id bigint generated always as identity constraint pk_subscription primary key,
  subscription_id uuid not null,
  entity regclass not null,
  filters realtime.user_defined_filter[] not null default '{}',
  claims jsonb not null,
  claims_role regrole not null generated always as (realtime.to_regrole(claims ->> 'role')) stored,
  created_at timestamp not null default timezone('utc', now()),
  action_filter text default '*' check (action_filter in ('*', 'INSERT', 'UPDATE', 'DELETE')),
  selected_columns text[]
);
create index ix_realtime_subscription_entity on realtime.subscription (entity);

create table realtime.messages (
  topic text not null,
  extension text not null,
  payload jsonb,
  event text,
  private boolean default false,
  updated_at timestamp not null default now(),
  inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(),
  binary_payload bytea,
  constraint messages_pkey primary key (id, inserted_at),
  constraint messages_payload_exclusive check (payload is null or binary_payload is null)
) partition by range (inserted_at);
create index messages_inserted_at_topic_index on realtime.messages (inserted_at desc, topic)
  where extension = 'broadcast' and private is true;
-- the service makes a partition a day; here one holds them all
create table realtime.messages_default partition of realtime.messages default;
alter table realtime.messages enable row level security;

create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
language plpgsql as $$
declare
  id uuid := gen_random_uuid();
begin
  perform set_config('realtime.topic', $3, true);
  insert into realtime.messages (id, payload, event, topic, private, extension)
  values (id, case when $1 ? 'id' then $1 else jsonb_set($1, '{id}', to_jsonb(id)) end, $2, $3, $4, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end $$;
create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
returns void language plpgsql as $$
begin
  perform set_config('realtime.topic', $3, true);
  insert into realtime.messages (binary_payload, event, topic, private, extension)
  values ($1, $2, $3, $4, 'broadcast');
exception when others then
  raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
end $$;
create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record,
  level text default 'ROW'
) returns void language plpgsql as $$
begin
  if level = 'STATEMENT' then
    raise exception 'function can only be triggered for each row, not for each statement';
  elsif operation not in ('INSERT', 'UPDATE', 'DELETE') then
    raise exception 'Unexpected operation type: %', operation;
  end if;
  perform realtime.send(
    jsonb_build_object(
      'old_record', old, 'record', new, 'operation', operation, 'table', table_name, 'schema', table_schema
    ),
    event_name, topic_name
  );
end $$;

grant all on realtime.messages, realtime.subscription to postgres, dashboard_user;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
grant select on realtime.subscription to anon, authenticated, service_role;
grant usage on sequence realtime.subscription_id_seq to anon, authenticated, service_role;
grant execute on function realtime.to_regrole, realtime.topic, realtime.send, realtime.send_binary,
  realtime.broadcast_changes to postgres, dashboard_user;

set role supabase_admin;

create schema _realtime authorization postgres;
create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;
create publication supabase_realtime_messages_publication for table realtime.messages;

reset role;
