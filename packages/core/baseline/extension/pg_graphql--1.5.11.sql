create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql as $$ select '{"data": {}}'::jsonb $$;
create function graphql.get_schema_version() returns integer language sql security definer as 'select 1';
create function graphql.increment_schema_version() returns event_trigger language plpgsql security definer as
  'begin end';
create function graphql.comment_directive(comment_ text) returns jsonb language sql immutable as
  $$ select '{}'::jsonb $$;
create function graphql.exception(message text) returns text language plpgsql as $$
begin
  raise exception using errcode = '22000', message = message;
end $$;
