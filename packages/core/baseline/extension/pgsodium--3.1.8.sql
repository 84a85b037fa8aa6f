create type pgsodium.key_status as enum ('default', 'valid', 'invalid', 'expired');
create type pgsodium.key_type as enum (
  'aead-ietf', 'aead-det', 'hmacsha512', 'hmacsha256', 'auth', 'shorthash', 'generichash', 'kdf', 'secretbox',
  'secretstream', 'stream_xchacha20'
);
create table pgsodium.key (
  id uuid primary key default gen_random_uuid(),
  status pgsodium.key_status default 'valid',
  created timestamptz not null default current_timestamp,
  expires timestamptz,
  key_type pgsodium.key_type,
  name text unique,
  comment text
);
create view pgsodium.valid_key as
  select id, name, status, key_type, created, expires
  from pgsodium.key
  where status in ('valid', 'default') and (expires is null or expires > now());
create function pgsodium.create_key(key_type pgsodium.key_type default 'aead-det', name text default null)
returns pgsodium.valid_key language sql as $$
  insert into pgsodium.key (key_type, name) values ($1, $2) returning id, name, status, key_type, created, expires
$$;
