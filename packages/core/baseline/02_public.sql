-- Schema public, as projects have it since 2026: a new table, function or sequence is closed to the API roles until a
-- migration grants it. https://supabase.com/docs/guides/api/securing-your-api

set role supabase_admin;

revoke create on schema public from public;
grant usage on schema public to postgres, anon, authenticated, service_role;
grant create, usage on schema public to supabase_realtime_admin;

alter default privileges for role postgres in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role postgres in schema public
  revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant all on sequences to postgres;
alter default privileges for role postgres in schema public
  grant update on sequences to anon, authenticated, service_role;
alter default privileges for role postgres in schema public grant execute on functions to postgres;

-- what the platform itself would create there
alter default privileges for role supabase_admin in schema public
  grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
  grant all on sequences to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_admin in schema public
  grant execute on functions to postgres, anon, authenticated, service_role;

reset role;
