create function hypopg_create_index(sql_order text, out indexrelid oid, out indexname text) returns setof record
language sql as $$ select 0::oid, '' where false $$;
create function hypopg_drop_index(indexid oid) returns boolean language sql as 'select false';
create function hypopg_reset() returns void language sql as 'select';
create function hypopg_get_indexdef(indexid oid) returns text language sql as 'select null::text';
create function hypopg_relation_size(indexid oid) returns bigint language sql as 'select 0::bigint';
create view hypopg_list_indexes as
  select 0::oid as indexrelid, '' as index_name, ''::name as schema_name, ''::name as table_name, ''::name as am_name
  where false;
