create table @extschema@.wrappers_fdw_stats (
  fdw_name text primary key,
  create_times bigint,
  rows_in bigint,
  rows_out bigint,
  bytes_in bigint,
  bytes_out bigint,
  metadata jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
-- only C can return a handler: these borrow the one of file_fdw
do $$
declare
  source text;
begin
  foreach source in array array[
    'airtable', 'auth0', 'big_query', 'click_house', 'cognito', 'duckdb', 'firebase', 'hello_world', 'iceberg',
    'logflare', 'mssql', 'redis', 's3', 's3_vectors', 'stripe', 'wasm'
  ] loop
    execute format('create function @extschema@.%I() returns fdw_handler language c as %L, %L',
      source || '_fdw_handler', '$libdir/file_fdw', 'file_fdw_handler');
    execute format('create function @extschema@.%I(options text[], catalog oid) returns void language plpgsql as %L',
      source || '_fdw_validator', 'begin end');
  end loop;
end $$;
