-- Back to pages that have to be loaded again.

drop policy "portfolio: readers of a post show themselves" on realtime.messages;
drop policy "portfolio: readers of a post meet" on realtime.messages;
drop function private.topic_post();

alter publication supabase_realtime drop table public.comments;
alter table public.comments replica identity default;
