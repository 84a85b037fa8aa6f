create function @extschema@.plpgsql_check_function(
  funcoid regprocedure, relid regclass default 0, format text default 'text', fatal_errors boolean default true
) returns setof text language sql as 'select null::text where false';
