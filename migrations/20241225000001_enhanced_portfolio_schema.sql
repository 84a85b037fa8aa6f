-- The portfolio: people, their projects and posts, what visitors leave behind, and how all of it is found.
--
-- Row level security is switched on as each table is made, so nothing is readable until the next migration says by
-- whom. Functions of the API live in `public`; helpers live in `private`, which the API does not expose.

create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;

create schema private;
comment on schema private is 'Helpers and partitions. Not exposed through the API.';
grant usage on schema private to anon, authenticated, service_role;

create type public.publication_status as enum ('draft', 'published', 'archived');
create type public.comment_status as enum ('pending', 'approved', 'spam');
create type public.message_status as enum ('new', 'read', 'replied', 'archived');
create type public.media_kind as enum ('image', 'video', 'document');
create type public.event_kind as enum ('page_view', 'project_view', 'post_view', 'download', 'outbound_click');

create domain public.slug as text
  check (length(value) between 1 and 80 and value ~ '^[a-z0-9]+(-[a-z0-9]+)*$');
comment on domain public.slug is 'The part of an address that names a page: lower case, digits, single hyphens.';

create text search configuration private.english (copy = pg_catalog.english);
alter text search configuration private.english
  alter mapping for hword, hword_part, word with extensions.unaccent, pg_catalog.english_stem;
comment on text search configuration private.english is 'English that takes é for e.';

create domain public.web_url as text check (length(value) <= 2048 and value ~ '^https?://[^\s/]+');

-- -------------------------------------------------------------------------------------------------- helper functions

create function private.set_updated_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at = now();
  return new;
end
$$;

create function private.set_published_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.status = 'published' and new.published_at is null then
    new.published_at = now();
  end if;
  return new;
end
$$;
comment on function private.set_published_at() is 'Dates the first publication; taking a page back keeps the date.';

create function private.slugify(title text) returns text
language sql stable strict set search_path = ''
as $$
  select trim(both '-' from left(regexp_replace(
    lower(extensions.unaccent('extensions.unaccent'::regdictionary, title)), '[^a-z0-9]+', '-', 'g'
  ), 80))
$$;

create function private.set_slug() returns trigger
language plpgsql set search_path = ''
as $$
begin
  if new.slug is null then
    new.slug = private.slugify(new.title);
  end if;
  return new;
end
$$;

-- ------------------------------------------------------------------------------------------------------------- people

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  username public.slug not null unique,
  full_name text not null default '' check (length(full_name) <= 120),
  headline text check (length(headline) <= 160),
  bio text check (length(bio) <= 5000),
  avatar_path text,
  website public.web_url,
  social_links jsonb not null default '{}' check (jsonb_typeof(social_links) = 'object'),
  is_public boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
alter table public.profiles enable row level security;
comment on table public.profiles is 'One row per account: what the site shows of a person.';
comment on column public.profiles.avatar_path is 'Name of an object in the bucket avatars.';
comment on column public.profiles.social_links is 'Network to address, for example {"github": "https://github.com/ada"}.';

create trigger set_updated_at before update on public.profiles
  for each row execute function private.set_updated_at();

create function private.create_profile() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  wanted text := private.slugify(coalesce(
    new.raw_user_meta_data ->> 'username', nullif(split_part(new.email, '@', 1), ''), 'someone'
  ));
begin
  insert into public.profiles (id, username, full_name)
  values (
    new.id,
    case
      when wanted = '' or exists (select from public.profiles where username = wanted)
        then concat_ws('-', nullif(left(wanted, 71), ''), left(new.id::text, 8))
      else wanted
    end,
    left(coalesce(new.raw_user_meta_data ->> 'full_name', ''), 120)
  );
  return new;
end
$$;
comment on function private.create_profile() is 'Gives every new account a profile, under a username that is free.';

create trigger create_profile after insert on auth.users
  for each row execute function private.create_profile();

-- --------------------------------------------------------------------------------------------------- categories, tags

create table public.categories (
  id bigint generated always as identity primary key,
  slug public.slug not null unique,
  name text not null check (length(name) between 1 and 60),
  description text,
  sort_order smallint not null default 0
);
alter table public.categories enable row level security;
comment on table public.categories is 'The shelves that projects stand on.';

create table public.tags (
  id bigint generated always as identity primary key,
  slug public.slug not null unique,
  name text not null check (length(name) between 1 and 40)
);
create unique index tags_name_key on public.tags (lower(name));
alter table public.tags enable row level security;

-- -------------------------------------------------------------------------------------------------------------- media

create table public.media (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  bucket_id text not null,
  object_name text not null,
  kind public.media_kind not null,
  mime_type text not null check (mime_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
  size_bytes bigint not null check (size_bytes > 0),
  width integer check (width > 0),
  height integer check (height > 0),
  aspect_ratio numeric(6, 3) generated always as (round(width::numeric / nullif(height, 0), 3)) stored,
  alt_text text not null default '' check (length(alt_text) <= 500),
  created_at timestamptz not null default now(),
  constraint media_object_key unique (bucket_id, object_name),
  constraint media_has_both_sides check ((width is null) = (height is null)),
  constraint media_image_is_described check (kind <> 'image' or alt_text <> '')
);
create index media_owner_id_idx on public.media (owner_id, created_at desc);
alter table public.media enable row level security;
comment on table public.media is 'What is known of an uploaded file; the file itself is an object of Storage.';

-- ----------------------------------------------------------------------------------------------------------- projects

create table public.projects (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  category_id bigint references public.categories (id) on delete set null,
  cover_id uuid references public.media (id) on delete set null,
  slug public.slug not null,
  title text not null check (length(title) between 1 and 120),
  summary text not null default '' check (length(summary) <= 300),
  body text not null default '',
  status public.publication_status not null default 'draft',
  is_featured boolean not null default false,
  sort_order smallint not null default 0,
  repository_url public.web_url,
  live_url public.web_url,
  started_on date,
  finished_on date,
  period daterange generated always as (daterange(started_on, finished_on, '[]')) stored,
  published_at timestamptz,
  search tsvector generated always as (
    setweight(to_tsvector('private.english', title), 'A')
    || setweight(to_tsvector('private.english', summary), 'B')
    || setweight(to_tsvector('private.english', body), 'C')
  ) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint projects_owner_slug_key unique (owner_id, slug),
  constraint projects_end_after_start check (finished_on >= started_on),
  constraint projects_published_is_dated check (status <> 'published' or published_at is not null)
);
create index projects_published_idx on public.projects (is_featured desc, sort_order, published_at desc)
  include (title, summary) where status = 'published';
create index projects_category_id_idx on public.projects (category_id);
create index projects_cover_id_idx on public.projects (cover_id);
create index projects_search_idx on public.projects using gin (search);
create index projects_title_idx on public.projects using gin (title extensions.gin_trgm_ops);
alter table public.projects enable row level security;
comment on table public.projects is 'Work that is shown.';
comment on column public.projects.period is 'The days that were worked on it, open-ended while it goes on.';
comment on column public.projects.search is 'For websearch_to_tsquery(''private.english'', …): title, then summary, then body.';

create trigger set_slug before insert on public.projects
  for each row execute function private.set_slug();
create trigger set_published_at before insert or update of status on public.projects
  for each row execute function private.set_published_at();
create trigger set_updated_at before update on public.projects
  for each row execute function private.set_updated_at();

create table public.project_tags (
  project_id uuid not null references public.projects (id) on delete cascade,
  tag_id bigint not null references public.tags (id) on delete cascade,
  primary key (project_id, tag_id)
);
create index project_tags_tag_id_idx on public.project_tags (tag_id);
alter table public.project_tags enable row level security;

create table public.project_media (
  project_id uuid not null references public.projects (id) on delete cascade,
  media_id uuid not null references public.media (id) on delete cascade,
  position smallint not null default 0,
  caption text check (length(caption) <= 300),
  primary key (project_id, media_id),
  constraint project_media_position_key unique (project_id, position) deferrable initially deferred
);
create index project_media_media_id_idx on public.project_media (media_id);
alter table public.project_media enable row level security;
comment on constraint project_media_position_key on public.project_media is
  'Deferred, so that two pictures can change places in one transaction.';

-- -------------------------------------------------------------------------------------------------------------- posts

create table public.posts (
  id uuid primary key default gen_random_uuid(),
  author_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  project_id uuid references public.projects (id) on delete set null,
  slug public.slug not null unique,
  title text not null check (length(title) between 1 and 160),
  excerpt text not null default '' check (length(excerpt) <= 400),
  body text not null default '',
  status public.publication_status not null default 'draft',
  published_at timestamptz,
  reading_minutes smallint generated always as (
    greatest(1, ceil(cardinality(regexp_split_to_array(body, '\s+')) / 220.0))
  ) stored,
  search tsvector generated always as (
    setweight(to_tsvector('private.english', title), 'A')
    || setweight(to_tsvector('private.english', excerpt), 'B')
    || setweight(to_tsvector('private.english', body), 'C')
  ) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint posts_published_is_dated check (status <> 'published' or published_at is not null)
);
create index posts_published_idx on public.posts (published_at desc) where status = 'published';
create index posts_author_id_idx on public.posts (author_id);
create index posts_project_id_idx on public.posts (project_id);
create index posts_search_idx on public.posts using gin (search);
create index posts_title_idx on public.posts using gin (title extensions.gin_trgm_ops);
alter table public.posts enable row level security;
comment on table public.posts is 'The blog. A post with published_at in the future appears by itself when its time comes.';

create trigger set_slug before insert on public.posts
  for each row execute function private.set_slug();
create trigger set_published_at before insert or update of status on public.posts
  for each row execute function private.set_published_at();
create trigger set_updated_at before update on public.posts
  for each row execute function private.set_updated_at();

create table public.post_tags (
  post_id uuid not null references public.posts (id) on delete cascade,
  tag_id bigint not null references public.tags (id) on delete cascade,
  primary key (post_id, tag_id)
);
create index post_tags_tag_id_idx on public.post_tags (tag_id);
alter table public.post_tags enable row level security;

-- ----------------------------------------------------------------------------------------------------------- comments

create table public.comments (
  id bigint generated always as identity primary key,
  post_id uuid not null references public.posts (id) on delete cascade,
  parent_id bigint,
  author_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  body text not null check (length(trim(body)) between 1 and 4000),
  status public.comment_status not null default 'pending',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint comments_post_id_id_key unique (post_id, id),
  constraint comments_parent_fkey foreign key (post_id, parent_id)
    references public.comments (post_id, id) on delete cascade
);
create index comments_thread_idx on public.comments (post_id, parent_id, created_at);
create index comments_author_id_idx on public.comments (author_id);
create index comments_pending_idx on public.comments (created_at) where status = 'pending';
alter table public.comments enable row level security;
comment on constraint comments_parent_fkey on public.comments is 'An answer stands under the same post.';

create trigger set_updated_at before update on public.comments
  for each row execute function private.set_updated_at();

-- --------------------------------------------------------------------------------------------------- contact messages

create table public.contact_messages (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(trim(name)) between 1 and 120),
  email text not null check (length(email) <= 254 and email ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$'),
  subject text not null default '' check (length(subject) <= 200),
  body text not null check (length(trim(body)) between 10 and 10000),
  status public.message_status not null default 'new',
  handled_by uuid references public.profiles (id) on delete set null,
  created_at timestamptz not null default now()
);
create index contact_messages_inbox_idx on public.contact_messages (created_at desc) where status = 'new';
create index contact_messages_email_idx on public.contact_messages (lower(email), created_at desc);
create index contact_messages_handled_by_idx on public.contact_messages (handled_by);
alter table public.contact_messages enable row level security;
comment on table public.contact_messages is 'What visitors write through the contact form.';

create function private.limit_contact_messages() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  if (
    select count(*) from public.contact_messages
    where lower(email) = lower(new.email) and created_at > now() - interval '1 hour'
  ) >= 3 then
    raise exception 'too many messages from this address'
      using errcode = 'PT429', hint = 'Try again in an hour.';
  end if;
  return new;
end
$$;
comment on function private.limit_contact_messages() is 'Three messages an hour from one address; PostgREST answers 429.';

create trigger limit_contact_messages before insert on public.contact_messages
  for each row execute function private.limit_contact_messages();

-- ---------------------------------------------------------------------------------------------------------- analytics

create table public.analytics_events (
  id bigint generated always as identity,
  kind public.event_kind not null,
  path text not null check (length(path) between 1 and 2048),
  project_id uuid,
  post_id uuid,
  visitor uuid not null,
  referrer text check (length(referrer) <= 2048),
  properties jsonb not null default '{}' check (jsonb_typeof(properties) = 'object'),
  occurred_at timestamptz not null default now(),
  primary key (id, occurred_at)
) partition by range (occurred_at);
create index analytics_events_occurred_at_idx on public.analytics_events using brin (occurred_at);
create index analytics_events_project_id_idx on public.analytics_events (project_id, occurred_at)
  where project_id is not null;
create index analytics_events_post_id_idx on public.analytics_events (post_id, occurred_at) where post_id is not null;
create index analytics_events_properties_idx on public.analytics_events using gin (properties jsonb_path_ops);
alter table public.analytics_events enable row level security;
comment on table public.analytics_events is
  'What visitors look at. No foreign keys: an event outlives what it speaks of. Old months are dropped whole.';
comment on column public.analytics_events.visitor is 'A random id that the page makes anew each day.';

-- Row level security of the parent does not guard a partition that is asked by its own name: they stay out of the API.
create table private.analytics_events_rest partition of public.analytics_events default;

create function private.create_analytics_month(month date) returns void
language plpgsql set search_path = ''
as $$
declare
  begins timestamp := date_trunc('month', month);
begin
  execute format(
    'create table if not exists private.%I partition of public.analytics_events for values from (%L) to (%L)',
    to_char(begins, '"analytics_events_"YYYY_MM'),
    begins at time zone 'UTC', (begins + interval '1 month') at time zone 'UTC'
  );
end
$$;
comment on function private.create_analytics_month(date) is 'Call it before the month begins, for example by pg_cron.';

select private.create_analytics_month('2024-12-01'), private.create_analytics_month('2025-01-01');

-- --------------------------------------------------------------------------------------- views and functions of the API

create view public.published_projects with (security_invoker = true) as
select
  p.id, p.slug, p.title, p.summary, p.is_featured, p.sort_order, p.live_url, p.repository_url, p.period, p.published_at,
  o.username as owner, c.slug as category, m.bucket_id as cover_bucket, m.object_name as cover_name,
  m.alt_text as cover_alt,
  array(
    select t.slug::text from public.project_tags as pt join public.tags as t on t.id = pt.tag_id
    where pt.project_id = p.id order by t.slug
  ) as tags
from public.projects as p
join public.profiles as o on o.id = p.owner_id
left join public.categories as c on c.id = p.category_id
left join public.media as m on m.id = p.cover_id
where p.status = 'published';
comment on view public.published_projects is 'A project as a card: what the list of projects shows.';

create view public.published_posts with (security_invoker = true) as
select
  p.id, p.slug, p.title, p.excerpt, p.reading_minutes, p.published_at, a.username as author, j.slug as project,
  array(
    select t.slug::text from public.post_tags as pt join public.tags as t on t.id = pt.tag_id
    where pt.post_id = p.id order by t.slug
  ) as tags,
  (select count(*) from public.comments as c where c.post_id = p.id and c.status = 'approved') as comments
from public.posts as p
join public.profiles as a on a.id = p.author_id
left join public.projects as j on j.id = p.project_id
where p.status = 'published' and p.published_at <= now();
comment on view public.published_posts is 'A post as a card: what the blog''s front page shows.';

create function public.search_portfolio(query text, max_results integer default 20)
returns table (kind text, id uuid, slug text, title text, excerpt text, rank real)
language sql stable set search_path = ''
as $$
  with wanted as (select websearch_to_tsquery('private.english', search_portfolio.query) as terms)
  select found.kind, found.id, found.slug, found.title, found.excerpt, found.rank
  from (
    select
      'project' as kind, p.id, p.slug::text, p.title,
      ts_headline('private.english', p.summary, wanted.terms) as excerpt,
      ts_rank(p.search, wanted.terms) + extensions.similarity(p.title, search_portfolio.query) as rank
    from public.projects as p, wanted
    where p.status = 'published'
      and (p.search @@ wanted.terms or p.title operator(extensions.%) search_portfolio.query)
    union all
    select
      'post', p.id, p.slug::text, p.title, ts_headline('private.english', p.excerpt, wanted.terms),
      ts_rank(p.search, wanted.terms) + extensions.similarity(p.title, search_portfolio.query)
    from public.posts as p, wanted
    where p.status = 'published' and p.published_at <= now()
      and (p.search @@ wanted.terms or p.title operator(extensions.%) search_portfolio.query)
  ) as found
  order by found.rank desc, found.title
  limit least(greatest(search_portfolio.max_results, 1), 100)
$$;
comment on function public.search_portfolio(text, integer) is
  'Projects and posts that the caller may see, best first: full-text, and near misses by trigrams.';

create function public.record_event(
  kind public.event_kind, path text, visitor uuid, project_id uuid default null, post_id uuid default null,
  referrer text default null, properties jsonb default '{}'
) returns void
language sql security definer set search_path = ''
as $$
  insert into public.analytics_events (kind, path, visitor, project_id, post_id, referrer, properties)
  values ($1, $2, $3, $4, $5, $6, $7)
$$;
comment on function public.record_event(public.event_kind, text, uuid, uuid, uuid, text, jsonb) is
  'The only way in for an event: callers cannot choose its time, nor read one back.';

create function public.project_statistics(project_id uuid, since timestamptz default now() - interval '30 days')
returns table (day date, views bigint, visitors bigint)
language sql stable security definer set search_path = ''
as $$
  select e.occurred_at::date, count(*), count(distinct e.visitor)
  from public.analytics_events as e
  join public.projects as p on p.id = e.project_id
  where e.project_id = $1 and e.kind = 'project_view' and e.occurred_at >= $2 and p.owner_id = auth.uid()
  group by 1
  order by 1
$$;
comment on function public.project_statistics(uuid, timestamptz) is 'Views by day, for the owner of the project only.';

-- ----------------------------------------------------------------------------------------------------------- privileges

-- Whatever the project's default privileges are: nothing for the API, until the next migration grants it.
revoke all on
  public.profiles, public.categories, public.tags, public.media, public.projects, public.project_tags,
  public.project_media, public.posts, public.post_tags, public.comments, public.contact_messages,
  public.analytics_events, public.published_projects, public.published_posts
from anon, authenticated, service_role;
revoke all on sequence
  public.categories_id_seq, public.tags_id_seq, public.comments_id_seq, public.analytics_events_id_seq
from anon, authenticated, service_role;
revoke all on function
  public.search_portfolio, public.record_event, public.project_statistics
from public, anon, authenticated, service_role;
revoke all on all functions in schema private from public;
