-- Takes the policies and the buckets away again. A bucket that still holds files stops it: remove them through the
-- Storage API first, which removes the files as well as their rows.

drop policy "portfolio: people and admins remove files" on storage.objects;
drop policy "portfolio: people replace their own files" on storage.objects;
drop policy "portfolio: accounts upload files" on storage.objects;
drop policy "portfolio: people upload an avatar" on storage.objects;
drop policy "portfolio: people list their own files" on storage.objects;

alter table public.media drop constraint media_bucket_is_ours;

drop function private.media_without_object();
drop function public.media_url(public.media);
drop function private.has_storage_left();
drop function private.storage_used(uuid);
drop function private.is_own_object(text);

-- Storage refuses a delete by SQL unless it is told, for this transaction, that it is meant
select set_config('storage.allow_delete_query', 'true', true);
delete from storage.buckets where id in ('avatars', 'portfolio', 'documents');
