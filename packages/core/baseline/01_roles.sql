-- The cluster's roles. A server may hold them already: those that exist keep what they have.

do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('supabase_admin', 'superuser createdb createrole replication bypassrls login'),
      -- on the platform no superuser, but allowed by the extension supautils what a migration needs of one
      ('postgres', 'superuser createdb createrole replication bypassrls login'),
      ('anon', ''), ('authenticated', ''), ('service_role', 'bypassrls'),
      ('authenticator', 'noinherit login'),
      ('supabase_auth_admin', 'noinherit login'),
      ('supabase_storage_admin', 'noinherit createrole login'),
      ('supabase_realtime_admin', 'noinherit createrole replication login'),
      ('supabase_functions_admin', 'noinherit createrole login'),
      ('supabase_replication_admin', 'replication login'),
      ('supabase_read_only_user', 'bypassrls login'),
      ('supabase_etl_admin', 'replication bypassrls login'),
      ('supabase_privileged_role', ''),
      ('dashboard_user', 'createdb createrole replication'),
      ('pgbouncer', 'login'),
      ('pgsodium_keyiduser', ''), ('pgsodium_keyholder', ''), ('pgsodium_keymaker', ''), ('pgtle_admin', '')
    ) as roles (name, attributes)
  loop
    if not exists (select from pg_roles where rolname = wanted.name) then
      execute format('create role %I %s', wanted.name, wanted.attributes);
    end if;
  end loop;
end $$;

set role supabase_admin;

grant anon, authenticated, service_role to authenticator, supabase_realtime_admin;
grant authenticator to supabase_storage_admin;
grant pg_read_all_data to supabase_read_only_user, supabase_etl_admin;
grant pgsodium_keyiduser to pgsodium_keyholder;
grant pgsodium_keyiduser, pgsodium_keyholder to pgsodium_keymaker;
grant pgtle_admin, supabase_functions_admin, supabase_privileged_role to postgres;
grant anon, authenticated, service_role, authenticator, pg_read_all_data, pg_monitor, pg_signal_backend to postgres;
do $$
begin
  -- the first superuser of a cluster is the grantor of what superusers grant, and nobody can make himself an admin
  if (select oid from pg_roles where rolname = 'postgres') <> 10 then
    grant anon, authenticated, service_role, authenticator, pg_read_all_data, pg_monitor, pg_signal_backend
      to postgres with admin option;
  end if;
end $$;

alter role postgres set search_path to "$user", public, extensions;
alter role supabase_admin set search_path to "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path to auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout to 60000;
alter role supabase_storage_admin set search_path to storage;
alter role supabase_realtime_admin set search_path to realtime;
alter role supabase_functions_admin set search_path to supabase_functions;
alter role anon set statement_timeout to '3s';
alter role authenticated set statement_timeout to '8s';
alter role authenticator set statement_timeout to '8s';
alter role authenticator set lock_timeout to '8s';

reset role;
