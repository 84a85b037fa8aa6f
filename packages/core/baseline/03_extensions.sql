-- Schemas of extensions, the extensions that every project has, and the event triggers around them.

set role supabase_admin;

create schema extensions authorization postgres;
grant usage on schema extensions to anon, authenticated, service_role, supabase_realtime_admin;
grant all on schema extensions to dashboard_user;
alter default privileges in schema extensions grant all on tables to postgres with grant option;
alter default privileges in schema extensions grant all on sequences to postgres with grant option;
alter default privileges in schema extensions grant execute on routines to postgres with grant option;

create schema graphql;
grant usage on schema graphql to postgres with grant option;
grant usage on schema graphql to anon, authenticated, service_role;
create schema graphql_public;
grant usage on schema graphql_public to postgres with grant option;
grant usage on schema graphql_public to anon, authenticated, service_role;
alter default privileges in schema graphql_public grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges in schema graphql_public
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges in schema graphql_public
  grant execute on functions to postgres, anon, authenticated, service_role;

create schema pgbouncer authorization pgbouncer;
create schema pgsodium; -- projects from before 2025 have it, and their dumps speak of it
create schema vault;
grant usage on schema vault to postgres, service_role;

create extension pg_stat_statements with schema extensions;
create extension pgcrypto with schema extensions;
create extension "uuid-ossp" with schema extensions;
create extension supabase_vault with schema vault;

grant select, delete, references, truncate on vault.secrets, vault.decrypted_secrets to postgres with grant option;
grant select, delete on vault.secrets, vault.decrypted_secrets to service_role;
grant execute on function vault.create_secret, vault.update_secret to postgres with grant option;
grant execute on function vault.create_secret, vault.update_secret to service_role;

-- The API roles reach an extension that a project creates, as postgres or not.

create function extensions.grant_pg_cron_access() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as command
    join pg_extension as e on e.oid = command.objid and command.classid = 'pg_extension'::regclass
    where e.extname = 'pg_cron'
  ) then
    grant usage on schema cron to postgres with grant option;
    grant all on all tables in schema cron to postgres with grant option;
    grant execute on all functions in schema cron to postgres with grant option;
    revoke all on cron.job from postgres;
    grant select on cron.job to postgres with grant option;
  end if;
end $$;
comment on function extensions.grant_pg_cron_access() is 'Grants access to pg_cron';

create function extensions.grant_pg_net_access() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as command
    join pg_extension as e on e.oid = command.objid and command.classid = 'pg_extension'::regclass
    where e.extname = 'pg_net'
  ) then
    grant usage on schema net to supabase_functions_admin, postgres, anon, authenticated, service_role;
    grant execute on all functions in schema net
      to supabase_functions_admin, postgres, anon, authenticated, service_role;
  end if;
end $$;
comment on function extensions.grant_pg_net_access() is 'Grants access to pg_net';

create function extensions.grant_pg_graphql_access() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands() as command
    join pg_extension as e on e.oid = command.objid and command.classid = 'pg_extension'::regclass
    where e.extname = 'pg_graphql'
  ) then
    create or replace function graphql_public.graphql(
      "operationName" text default null, query text default null, variables jsonb default null,
      extensions jsonb default null
    ) returns jsonb language sql as $resolve$
      select graphql.resolve(
        query := query, variables := coalesce(variables, '{}'), "operationName" := "operationName",
        extensions := extensions
      )
    $resolve$;
    grant usage on schema graphql to postgres with grant option;
    grant usage on schema graphql to anon, authenticated, service_role;
    grant execute on all functions in schema graphql to postgres, anon, authenticated, service_role;
  end if;
end $$;
comment on function extensions.grant_pg_graphql_access() is 'Grants access to pg_graphql';

create function extensions.set_graphql_placeholder() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_dropped_objects() where object_type = 'extension' and object_name = 'pg_graphql'
  ) then
    create or replace function graphql_public.graphql(
      "operationName" text default null, query text default null, variables jsonb default null,
      extensions jsonb default null
    ) returns jsonb language sql as $placeholder$
      select '{"errors": [{"message": "pg_graphql extension is not enabled."}]}'::jsonb
    $placeholder$;
  end if;
end $$;
comment on function extensions.set_graphql_placeholder() is
  'Reintroduces placeholder function for graphql_public.graphql';

create function graphql_public.graphql(
  "operationName" text default null, query text default null, variables jsonb default null,
  extensions jsonb default null
) returns jsonb language sql as $$
  select '{"errors": [{"message": "pg_graphql extension is not enabled."}]}'::jsonb
$$;

-- The API rereads its schema cache when the schema changes. https://postgrest.org/en/stable/references/schema_cache.html

create function extensions.pgrst_ddl_watch() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_ddl_commands()
    where coalesce(schema_name, '') not in ('pg_temp', 'auth', 'realtime', '_realtime', 'storage')
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;
create function extensions.pgrst_drop_watch() returns event_trigger language plpgsql as $$
begin
  if exists (
    select from pg_event_trigger_dropped_objects()
    where not is_temporary and coalesce(schema_name, '') not in ('auth', 'realtime', '_realtime', 'storage')
  ) then
    notify pgrst, 'reload schema';
  end if;
end $$;

create event trigger issue_pg_cron_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_cron_access();
create event trigger issue_pg_net_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_net_access();
create event trigger issue_pg_graphql_access on ddl_command_end when tag in ('CREATE EXTENSION')
  execute function extensions.grant_pg_graphql_access();
create event trigger issue_graphql_placeholder on sql_drop when tag in ('DROP EXTENSION')
  execute function extensions.set_graphql_placeholder();
create event trigger pgrst_ddl_watch on ddl_command_end execute function extensions.pgrst_ddl_watch();
create event trigger pgrst_drop_watch on sql_drop execute function extensions.pgrst_drop_watch();

reset role;
