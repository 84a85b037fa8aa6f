-- Takes the whole schema away again. The rows go with it.

drop trigger create_profile on auth.users;

drop function public.project_statistics(uuid, timestamptz);
drop function public.record_event(public.event_kind, text, uuid, uuid, uuid, text, jsonb);
drop function public.search_portfolio(text, integer);
drop view public.published_posts;
drop view public.published_projects;

drop table public.analytics_events;
drop table public.contact_messages;
drop table public.comments;
drop table public.post_tags;
drop table public.posts;
drop table public.project_media;
drop table public.project_tags;
drop table public.projects;
drop table public.media;
drop table public.tags;
drop table public.categories;
drop table public.profiles;

drop function private.create_analytics_month(date);
drop function private.limit_contact_messages();
drop function private.create_profile();
drop function private.set_slug();
drop function private.slugify(text);
drop function private.set_published_at();
drop function private.set_updated_at();

drop domain public.web_url;
drop domain public.slug;
drop type public.event_kind;
drop type public.media_kind;
drop type public.message_status;
drop type public.comment_status;
drop type public.publication_status;

drop text search configuration private.english;
drop schema private;
drop extension unaccent;
drop extension pg_trgm;
