-- Where files lie, and who may put them there. An object's first folder is the id of its owner: <user id>/<file>.
--
-- The schema storage belongs to the platform: a migration may add buckets, and policies on storage.objects, and no more.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
  ('avatars', 'avatars', true, 2 * 1024 * 1024, array['image/avif', 'image/webp', 'image/png', 'image/jpeg']),
  ('portfolio', 'portfolio', true, 50 * 1024 * 1024,
    array['image/avif', 'image/webp', 'image/png', 'image/jpeg', 'image/gif', 'image/svg+xml', 'video/mp4', 'video/webm']),
  ('documents', 'documents', false, 20 * 1024 * 1024, array['application/pdf']);

-- ---------------------------------------------------------------------------------------------------- helper functions

create function private.is_own_object(object_name text) returns boolean
language sql stable set search_path = ''
as $$
  select coalesce((storage.foldername(object_name))[1] = auth.uid()::text, false)
$$;
comment on function private.is_own_object(text) is 'Whether the object lies in the caller''s folder.';

create function private.storage_used(owner uuid) returns bigint
language sql stable security definer set search_path = ''
as $$
  select coalesce(sum((metadata ->> 'size')::bigint), 0)::bigint
  from storage.objects
  where bucket_id in ('avatars', 'portfolio', 'documents') and owner_id = owner::text
$$;
comment on function private.storage_used(uuid) is 'Bytes in all buckets of the portfolio.';

create function private.has_storage_left() returns boolean
language sql stable set search_path = ''
as $$
  select (select private.is_admin()) or private.storage_used(auth.uid()) < 1024::bigint * 1024 * 1024
$$;
comment on function private.has_storage_left() is 'A gigabyte for each account, any amount for admins.';

revoke execute on function private.is_own_object(text), private.storage_used(uuid), private.has_storage_left()
  from public;
grant execute on function private.is_own_object(text), private.storage_used(uuid), private.has_storage_left()
  to authenticated, service_role;

create function public.media_url(item public.media) returns text
language sql stable set search_path = ''
as $$
  select case when b.public then concat_ws('/', '/storage/v1/object/public', b.id, item.object_name) end
  from storage.buckets as b
  where b.id = item.bucket_id
$$;
comment on function public.media_url(public.media) is
  'Computed field of media: the path of the file on this project; null where it needs a signed address.';
revoke execute on function public.media_url(public.media) from public, anon, authenticated, service_role;
grant execute on function public.media_url(public.media) to anon, authenticated, service_role;

create function private.media_without_object() returns setof public.media
language sql stable security definer set search_path = ''
as $$
  select m.*
  from public.media as m
  where not exists (
    select from storage.objects as o where o.bucket_id = m.bucket_id and o.name = m.object_name
  )
$$;
comment on function private.media_without_object() is 'For a nightly look: rows whose file is gone.';
revoke execute on function private.media_without_object() from public;

alter table public.media add constraint media_bucket_is_ours
  check (bucket_id in ('avatars', 'portfolio', 'documents')) not valid;
alter table public.media validate constraint media_bucket_is_ours;

-- ----------------------------------------------------------------------------------------- policies on storage.objects

-- A public bucket serves its files to all without asking a policy; these are about listing, and about private files.

create policy "portfolio: people list their own files" on storage.objects
  for select to authenticated
  using (
    bucket_id in ('avatars', 'portfolio', 'documents')
    and ((select private.is_admin()) or (storage.foldername(name))[1] = (select auth.uid())::text)
  );

create policy "portfolio: people upload an avatar" on storage.objects
  for insert to authenticated
  with check (
    bucket_id = 'avatars'
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and cardinality(storage.foldername(name)) = 1
    and lower(storage.extension(name)) in ('avif', 'webp', 'png', 'jpg', 'jpeg')
  );

create policy "portfolio: accounts upload files" on storage.objects
  for insert to authenticated
  with check (
    bucket_id in ('portfolio', 'documents')
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and (select private.is_permanent())
    and (select private.has_storage_left())
  );

create policy "portfolio: people replace their own files" on storage.objects
  for update to authenticated
  using (bucket_id in ('avatars', 'portfolio', 'documents') and owner_id = (select auth.uid())::text)
  with check (
    bucket_id in ('avatars', 'portfolio', 'documents')
    and owner_id = (select auth.uid())::text
    and private.is_own_object(name)
  );

create policy "portfolio: people and admins remove files" on storage.objects
  for delete to authenticated
  using (
    bucket_id in ('avatars', 'portfolio', 'documents')
    and (owner_id = (select auth.uid())::text or (select private.is_admin()))
  );
