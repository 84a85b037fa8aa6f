-- Schema supabase_functions: the trigger behind Database Webhooks, as every local project has it and a hosted one from
-- the day that they are switched on.

set role supabase_admin;

create schema supabase_functions;
grant usage on schema supabase_functions to postgres, anon, authenticated, service_role;
grant all on schema supabase_functions to supabase_functions_admin;
alter default privileges in schema supabase_functions
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges in schema supabase_functions
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges in schema supabase_functions
  grant execute on functions to postgres, anon, authenticated, service_role;

create table supabase_functions.migrations (
  version text primary key,
  inserted_at timestamptz not null default now()
);
insert into supabase_functions.migrations (version) values ('initial'), ('20210809183423_update_grants');
create table supabase_functions.hooks (
  id bigserial primary key,
  hook_table_id integer not null,
  hook_name text not null,
  created_at timestamptz not null default now(),
  request_id bigint
);
comment on table supabase_functions.hooks is 'Supabase Functions Hooks: Audit trail for triggered hooks.';
create index supabase_functions_hooks_request_id_idx on supabase_functions.hooks (request_id);
create index supabase_functions_hooks_h_table_id_h_name_idx on supabase_functions.hooks (hook_table_id, hook_name);

-- records the call; nothing is sent
create function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = supabase_functions as $$
begin
  insert into supabase_functions.hooks (hook_table_id, hook_name) values (tg_relid, tg_name);
  return new;
end $$;
revoke all on function supabase_functions.http_request() from public;

alter table supabase_functions.migrations owner to supabase_functions_admin;
alter table supabase_functions.hooks owner to supabase_functions_admin;
alter function supabase_functions.http_request() owner to supabase_functions_admin;

reset role;
