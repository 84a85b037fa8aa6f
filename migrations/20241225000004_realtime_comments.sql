-- Comments that appear while one reads, and who else is reading.

-- the old row travels with an update or a delete, so that a reader's page knows which comment went
alter table public.comments replica identity full;
alter publication supabase_realtime add table public.comments;

-- presence and broadcast on the private channel post:<id>, for those who may read the post
create function private.topic_post() returns uuid
language sql stable set search_path = ''
as $$
  select substring(realtime.topic() from '^post:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid
$$;
comment on function private.topic_post() is 'The post whose channel is asked for; null for any other channel.';
revoke execute on function private.topic_post() from public;
grant execute on function private.topic_post() to authenticated;

create policy "portfolio: readers of a post meet" on realtime.messages
  for select to authenticated
  using (
    realtime.messages.extension in ('presence', 'broadcast')
    and exists (select from public.posts as p where p.id = (select private.topic_post()))
  );

create policy "portfolio: readers of a post show themselves" on realtime.messages
  for insert to authenticated
  with check (
    realtime.messages.extension = 'presence'
    and exists (select from public.posts as p where p.id = (select private.topic_post()))
  );
