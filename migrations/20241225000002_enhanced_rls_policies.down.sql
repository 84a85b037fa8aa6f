-- Closes the tables again: row level security stays on, and nothing is granted.

revoke execute on function public.search_portfolio, public.record_event, public.project_statistics
  from anon, authenticated, service_role;
drop function public.moderate_comment(bigint, public.comment_status);

revoke all on
  public.profiles, public.categories, public.tags, public.media, public.projects, public.project_tags,
  public.project_media, public.posts, public.post_tags, public.comments, public.contact_messages,
  public.analytics_events, public.published_projects, public.published_posts
from anon, authenticated, service_role;

drop policy "Admins read events" on public.analytics_events;

drop policy "Admins handle messages" on public.contact_messages;
drop policy "Admins read messages" on public.contact_messages;
drop policy "Anybody writes a message" on public.contact_messages;

drop policy "People remove their comments" on public.comments;
drop policy "People change a comment until it is approved" on public.comments;
drop policy "Accounts comment on what they can read" on public.comments;
drop policy "Other comments are seen by both authors and by admins" on public.comments;
drop policy "Approved comments are seen by all" on public.comments;

drop policy "Authors tag posts" on public.post_tags;
drop policy "Tags are seen with the post" on public.post_tags;
drop policy "Authors and admins remove posts" on public.posts;
drop policy "Authors change posts" on public.posts;
drop policy "Authors add posts" on public.posts;
drop policy "Published posts are seen by all" on public.posts;

drop policy "Owners arrange pictures" on public.project_media;
drop policy "Pictures are seen with the project" on public.project_media;
drop policy "Owners tag projects" on public.project_tags;
drop policy "Tags are seen with the project" on public.project_tags;
drop policy "Only admins feature a project" on public.projects;
drop policy "Owners and admins remove projects" on public.projects;
drop policy "Owners change projects" on public.projects;
drop policy "Owners add projects" on public.projects;
drop policy "Published projects are seen by all" on public.projects;

drop policy "Owners and admins remove media" on public.media;
drop policy "Owners change media" on public.media;
drop policy "Owners add media" on public.media;
drop policy "Media are seen with what shows them" on public.media;

drop policy "Admins remove tags" on public.tags;
drop policy "Admins rename tags" on public.tags;
drop policy "Accounts add tags" on public.tags;
drop policy "Tags are seen by all" on public.tags;
drop policy "Admins keep the categories" on public.categories;
drop policy "Categories are seen by all" on public.categories;

drop policy "People change their own profile" on public.profiles;
drop policy "Public profiles are seen by all" on public.profiles;

revoke execute on function private.slugify(text) from authenticated, service_role;
drop function private.owned_posts();
drop function private.owned_projects();
drop function private.is_permanent();
drop function private.is_admin();
