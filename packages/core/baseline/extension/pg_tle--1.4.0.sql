create table pgtle._recorded (
  name text, version text, description text, sql text, requires text[], is_default boolean, primary key (name, version)
);
create table pgtle._recorded_path (
  name text, fromvers text, tovers text, sql text, primary key (name, fromvers, tovers)
);

create function pgtle.install_extension(
  name text, version text, description text, ext text, requires text[] default null, schema text default null
) returns boolean language sql as $$
  insert into pgtle._recorded values ($1, $2, $3, $4, $5, true);
  select true
$$;
create function pgtle.install_extension_version_sql(name text, version text, ext text) returns boolean
language sql as $$
  insert into pgtle._recorded values ($1, $2, '', $3, null, false);
  select true
$$;
create function pgtle.install_update_path(name text, fromvers text, tovers text, ext text) returns boolean
language sql as $$
  insert into pgtle._recorded_path values ($1, $2, $3, $4);
  select true
$$;
create function pgtle.set_default_version(name text, version text) returns boolean language sql as $$
  update pgtle._recorded as r set is_default = (r.version = $2) where r.name = $1;
  select true
$$;
create function pgtle.uninstall_extension(extname text) returns boolean language sql as $$
  delete from pgtle._recorded_path as p where p.name = $1;
  delete from pgtle._recorded as r where r.name = $1;
  select true
$$;
create function pgtle.uninstall_extension_if_exists(extname text) returns boolean language sql as
  'select pgtle.uninstall_extension($1)';
create function pgtle.available_extensions(out name name, out default_version text, out comment text)
returns setof record language sql stable as
  'select r.name::name, r.version, r.description from pgtle._recorded as r where r.is_default';
create function pgtle.available_extension_versions(
  out name name, out version text, out superuser boolean, out trusted boolean, out relocatable boolean,
  out schema name, out requires name[], out comment text
) returns setof record language sql stable as $$
  select r.name::name, r.version, false, false, false, null::name, r.requires::name[], r.description
  from pgtle._recorded as r
$$;
create function pgtle.extension_update_paths(name name, out source text, out target text, out path text)
returns setof record language sql stable as $$
  select p.fromvers, p.tovers, p.fromvers || '--' || p.tovers from pgtle._recorded_path as p where p.name = $1
$$;

grant usage on schema pgtle to public;
grant all on all tables in schema pgtle to public;
