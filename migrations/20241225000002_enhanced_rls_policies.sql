-- Who may see and change what. Grants say which columns a role reaches at all, policies which rows.
--
-- Calls that are the same for each row stand in a sub-select, so that they run once a statement and not once a row:
-- https://supabase.com/docs/guides/database/postgres/row-level-security#call-functions-with-select

-- -------------------------------------------------------------------------------------------------------------- roles

create function private.is_admin() returns boolean
language sql stable set search_path = ''
as $$
  select coalesce(auth.jwt() -> 'app_metadata' ->> 'role' = 'admin', false)
$$;
comment on function private.is_admin() is
  'Whether the caller''s token says so. app_metadata can only be set by the service role; user_metadata by anybody.';

create function private.is_permanent() returns boolean
language sql stable set search_path = ''
as $$
  select auth.uid() is not null and not coalesce((auth.jwt() ->> 'is_anonymous')::boolean, false)
$$;
comment on function private.is_permanent() is 'Signed in with an account, not anonymously.';

-- Definer's rights keep a policy from asking the policies of another table, row by row.

create function private.owned_projects() returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select id from public.projects where owner_id = auth.uid()
$$;

create function private.owned_posts() returns setof uuid
language sql stable security definer set search_path = ''
as $$
  select id from public.posts where author_id = auth.uid()
$$;

revoke execute on function
  private.is_admin(), private.is_permanent(), private.owned_projects(), private.owned_posts()
from public;
grant execute on function private.is_admin(), private.is_permanent() to anon, authenticated, service_role;
grant execute on function private.owned_projects(), private.owned_posts() to authenticated, service_role;
grant execute on function private.slugify(text) to authenticated, service_role;

-- ----------------------------------------------------------------------------------------------------------- profiles

create policy "Public profiles are seen by all" on public.profiles
  for select to anon, authenticated
  using (is_public or id = (select auth.uid()) or (select private.is_admin()));
create policy "People change their own profile" on public.profiles
  for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));

grant select on public.profiles to anon, authenticated;
grant update (username, full_name, headline, bio, avatar_path, website, social_links, is_public)
  on public.profiles to authenticated;

-- --------------------------------------------------------------------------------------------------- categories, tags

create policy "Categories are seen by all" on public.categories for select to anon, authenticated using (true);
create policy "Admins keep the categories" on public.categories
  for all to authenticated
  using ((select private.is_admin()))
  with check ((select private.is_admin()));

create policy "Tags are seen by all" on public.tags for select to anon, authenticated using (true);
create policy "Accounts add tags" on public.tags
  for insert to authenticated with check ((select private.is_permanent()));
create policy "Admins rename tags" on public.tags
  for update to authenticated using ((select private.is_admin())) with check ((select private.is_admin()));
create policy "Admins remove tags" on public.tags for delete to authenticated using ((select private.is_admin()));

grant select on public.categories, public.tags to anon, authenticated;
grant insert, update, delete on public.categories, public.tags to authenticated;

-- -------------------------------------------------------------------------------------------------------------- media

create policy "Media are seen with what shows them" on public.media
  for select to anon, authenticated
  using (
    owner_id = (select auth.uid())
    or (select private.is_admin())
    or exists (select from public.projects as p where p.cover_id = media.id)
    or exists (select from public.project_media as pm where pm.media_id = media.id)
  );
create policy "Owners add media" on public.media
  for insert to authenticated
  with check (owner_id = (select auth.uid()) and (select private.is_permanent()));
create policy "Owners change media" on public.media
  for update to authenticated
  using (owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));
create policy "Owners and admins remove media" on public.media
  for delete to authenticated
  using (owner_id = (select auth.uid()) or (select private.is_admin()));

grant select on public.media to anon, authenticated;
grant insert, delete on public.media to authenticated;
grant update (alt_text, width, height) on public.media to authenticated;

-- ----------------------------------------------------------------------------------------------------------- projects

create policy "Published projects are seen by all" on public.projects
  for select to anon, authenticated
  using (status = 'published' or owner_id = (select auth.uid()) or (select private.is_admin()));
create policy "Owners add projects" on public.projects
  for insert to authenticated
  with check (owner_id = (select auth.uid()) and (select private.is_permanent()));
create policy "Owners change projects" on public.projects
  for update to authenticated
  using (owner_id = (select auth.uid()))
  with check (owner_id = (select auth.uid()));
create policy "Owners and admins remove projects" on public.projects
  for delete to authenticated
  using (owner_id = (select auth.uid()) or (select private.is_admin()));
create policy "Only admins feature a project" on public.projects
  as restrictive for insert to authenticated
  with check (not is_featured or (select private.is_admin()));

grant select on public.projects to anon, authenticated;
grant insert, delete on public.projects to authenticated;
grant update (
  category_id, cover_id, slug, title, summary, body, status, sort_order, repository_url, live_url, started_on,
  finished_on, published_at
) on public.projects to authenticated;

-- a row of these is seen where both its ends are
create policy "Tags are seen with the project" on public.project_tags
  for select to anon, authenticated
  using (exists (select from public.projects as p where p.id = project_id));
create policy "Owners tag projects" on public.project_tags
  for all to authenticated
  using (project_id in (select private.owned_projects()))
  with check (project_id in (select private.owned_projects()));

create policy "Pictures are seen with the project" on public.project_media
  for select to anon, authenticated
  using (exists (select from public.projects as p where p.id = project_id));
create policy "Owners arrange pictures" on public.project_media
  for all to authenticated
  using (project_id in (select private.owned_projects()))
  with check (project_id in (select private.owned_projects()));

grant select on public.project_tags, public.project_media to anon, authenticated;
grant insert, update, delete on public.project_tags, public.project_media to authenticated;

-- -------------------------------------------------------------------------------------------------------------- posts

create policy "Published posts are seen by all" on public.posts
  for select to anon, authenticated
  using (
    (status = 'published' and published_at <= now())
    or author_id = (select auth.uid())
    or (select private.is_admin())
  );
create policy "Authors add posts" on public.posts
  for insert to authenticated
  with check (author_id = (select auth.uid()) and (select private.is_permanent()));
create policy "Authors change posts" on public.posts
  for update to authenticated
  using (author_id = (select auth.uid()))
  with check (author_id = (select auth.uid()));
create policy "Authors and admins remove posts" on public.posts
  for delete to authenticated
  using (author_id = (select auth.uid()) or (select private.is_admin()));

grant select on public.posts to anon, authenticated;
grant insert, delete on public.posts to authenticated;
grant update (project_id, slug, title, excerpt, body, status, published_at) on public.posts to authenticated;

create policy "Tags are seen with the post" on public.post_tags
  for select to anon, authenticated
  using (exists (select from public.posts as p where p.id = post_id));
create policy "Authors tag posts" on public.post_tags
  for all to authenticated
  using (post_id in (select private.owned_posts()))
  with check (post_id in (select private.owned_posts()));

grant select on public.post_tags to anon, authenticated;
grant insert, delete on public.post_tags to authenticated;

-- ----------------------------------------------------------------------------------------------------------- comments

create policy "Approved comments are seen by all" on public.comments
  for select to anon, authenticated
  using (status = 'approved');
create policy "Other comments are seen by both authors and by admins" on public.comments
  for select to authenticated
  using (
    author_id = (select auth.uid())
    or post_id in (select private.owned_posts())
    or (select private.is_admin())
  );
create policy "Accounts comment on what they can read" on public.comments
  for insert to authenticated
  with check (
    author_id = (select auth.uid())
    and (select private.is_permanent())
    and exists (select from public.posts as p where p.id = post_id and p.status = 'published')
  );
create policy "People change a comment until it is approved" on public.comments
  for update to authenticated
  using (author_id = (select auth.uid()) and status = 'pending')
  with check (author_id = (select auth.uid()) and status = 'pending');
create policy "People remove their comments" on public.comments
  for delete to authenticated
  using (author_id = (select auth.uid()) or (select private.is_admin()));

grant select on public.comments to anon, authenticated;
grant insert (post_id, parent_id, body), update (body), delete on public.comments to authenticated;

-- Which status a comment has is not for its author to say, and grants cannot tell the two apart: hence a function.
create function public.moderate_comment(comment_id bigint, verdict public.comment_status) returns void
language plpgsql security definer set search_path = ''
as $$
begin
  update public.comments as c set status = verdict
  where c.id = comment_id
    and (
      (select private.is_admin())
      or exists (select from public.posts as p where p.id = c.post_id and p.author_id = (select auth.uid()))
    );
  if not found then
    raise exception 'there is no such comment for you to moderate' using errcode = 'PT404';
  end if;
end
$$;
comment on function public.moderate_comment(bigint, public.comment_status) is
  'For the author of the post and for admins.';

-- --------------------------------------------------------------------------------------------------- contact messages

create policy "Anybody writes a message" on public.contact_messages
  for insert to anon, authenticated with check (status = 'new' and handled_by is null);
create policy "Admins read messages" on public.contact_messages
  for select to authenticated using ((select private.is_admin()));
create policy "Admins handle messages" on public.contact_messages
  for update to authenticated
  using ((select private.is_admin()))
  with check ((select private.is_admin()) and handled_by = (select auth.uid()));

grant insert (name, email, subject, body) on public.contact_messages to anon, authenticated;
grant select, update (status, handled_by) on public.contact_messages to authenticated;

-- ---------------------------------------------------------------------------------------------------------- analytics

create policy "Admins read events" on public.analytics_events
  for select to authenticated using ((select private.is_admin()));

grant select on public.analytics_events to authenticated;

-- ------------------------------------------------------------------------------------------------- views and functions

grant select on public.published_projects, public.published_posts to anon, authenticated;

revoke execute on function public.moderate_comment(bigint, public.comment_status)
  from public, anon, authenticated, service_role;
grant execute on function public.moderate_comment(bigint, public.comment_status) to authenticated;
grant execute on function public.search_portfolio(text, integer) to anon, authenticated;
grant execute on function public.record_event(public.event_kind, text, uuid, uuid, uuid, text, jsonb)
  to anon, authenticated;
grant execute on function public.project_statistics(uuid, timestamptz) to authenticated;

-- the server side of the site, which no policy binds
grant select, insert, update, delete on
  public.profiles, public.categories, public.tags, public.media, public.projects, public.project_tags,
  public.project_media, public.posts, public.post_tags, public.comments, public.contact_messages,
  public.analytics_events
to service_role;
grant select on public.published_projects, public.published_posts to service_role;
grant execute on function public.search_portfolio, public.record_event, public.project_statistics to service_role;
