// Owns a made-up project's history, as large as is asked for, whose files look like those of real Supabase projects.

/**
 * Migrations of about so many bytes together, in order. Statements are some 350 bytes long, as they are there, a third
 * of the bytes are bodies of functions, and what a file makes others change later.
 */
export function history(bytes: number): readonly string[] {
  const files: string[] = [];
  for (let size = 0; size < bytes; size += Buffer.byteLength(files.at(-1)!)) {
    const at = files.length;
    files.push(at % 3 === 0 ? tables(at) : at % 3 === 1 ? routines(at - 1) : changes(at - 2));
  }
  return files;
}

function tables(at: number): string {
  return `-- Projects of team ${at}${at % 9 === 0 ? ": Größen, 名前 and 🧵 stand in it" : ""}
create type public.status_${at} as enum ('draft', 'in_review', 'published', 'archived');

create table if not exists public.projects_${at} (
  id uuid primary key default gen_random_uuid(),
  owner_id uuid not null references auth.users (id) on delete cascade,
  title text not null check (char_length(title) between 1 and 200),
  slug text not null,
  status public.status_${at} not null default 'draft',
  tags text[] not null default '{}',
  metadata jsonb not null default '{"version": 1, "flags": []}'::jsonb,
  price numeric(12, 2) default 0.00,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default timezone('utc'::text, now()),
  constraint projects_${at}_slug_key unique (owner_id, slug)
);

create table public.project_members_${at} (
  project_id uuid not null references public.projects_${at} (id) on delete cascade,
  user_id uuid not null references auth.users (id),
  role varchar(20) not null default 'viewer',
  invited_at timestamp with time zone,
  primary key (project_id, user_id)
);

comment on table public.projects_${at} is 'What a team works on; it''s shown in the list.';
comment on column public.projects_${at}.slug is 'As in the address bar.';

create index idx_projects_${at}_owner on public.projects_${at} using btree (owner_id, created_at desc);
create index idx_projects_${at}_title on public.projects_${at} (lower(title)) where status <> 'archived';
create index projects_${at}_tags on public.projects_${at} using gin (tags);

alter table public.projects_${at} enable row level security;
alter table public.project_members_${at} enable row level security;

create policy "Owners and members see projects ${at}"
  on public.projects_${at} for select to authenticated
  using (
    (select auth.uid()) = owner_id
    or exists (
      select 1 from public.project_members_${at} m
      where m.project_id = projects_${at}.id and m.user_id = (select auth.uid())
    )
  );
create policy "Owners change projects ${at}" on public.projects_${at} for update to authenticated
  using ((select auth.uid()) = owner_id) with check ((select auth.uid()) = owner_id);
create policy "Members see members ${at}" on public.project_members_${at} for select using (user_id = auth.uid());

grant select, insert, update, delete on public.projects_${at} to authenticated;
grant select on public.project_members_${at} to anon, authenticated;
`;
}

function routines(at: number): string {
  return `set search_path = public, extensions;

CREATE OR REPLACE FUNCTION public.touch_project_${at}()
RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = ''
AS $function$
BEGIN
  NEW.updated_at := now();
  IF NEW.status IS DISTINCT FROM OLD.status AND NEW.status = 'published' THEN
    INSERT INTO public.project_members_${at} (project_id, user_id, role)
    VALUES (NEW.id, NEW.owner_id, 'owner')
    ON CONFLICT (project_id, user_id) DO UPDATE SET role = EXCLUDED.role;
  END IF;
  RETURN NEW;
END;
$function$;

DROP TRIGGER IF EXISTS on_project_${at}_update ON public.projects_${at};
CREATE TRIGGER on_project_${at}_update
  BEFORE UPDATE ON public.projects_${at}
  FOR EACH ROW EXECUTE FUNCTION public.touch_project_${at}();

create or replace function public.search_projects_${at}(query text, "limit" integer default 20)
returns table (id uuid, title text, rank real)
language sql stable
as $$
  select p.id, p.title, ts_rank(to_tsvector('english', p.title), plainto_tsquery(query))
  from public.projects_${at} p
  where to_tsvector('english', p.title) @@ plainto_tsquery(query)
  order by 3 desc
  limit "limit";
$$;

create or replace view public.project_overview_${at} with (security_invoker = on) as
  select p.id, p.title, p.status, count(m.user_id) as members, max(m.invited_at) as last_invited
  from public.projects_${at} p
  left join public.project_members_${at} m on m.project_id = p.id
  where p.created_at > now() - interval '1 year'
  group by p.id, p.title, p.status;

revoke all on function public.search_projects_${at}(text, integer) from public;
grant execute on function public.search_projects_${at}(text, integer) to authenticated, service_role;
grant select on public.project_overview_${at} to anon;

${body(at, "review")}
${body(at, "duplicate")}
${body(at, "archive")}
${body(at, "transfer")}
${at % 2 === 0 ? guarded(at) : asked(at)}`;
}

function body(at: number, verb: string): string {
  return `-- Called by the API: ${verb}s a project, and tells the members of it. Only owners may, or an administrator;
-- nothing happens where it has happened before, so that a client may try again.
CREATE OR REPLACE FUNCTION public.${verb}_project_${at}(p_project uuid, p_reason text DEFAULT NULL::text)
RETURNS jsonb
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path TO 'public', 'pg_temp'
AS $function$
DECLARE
  v_project public.projects_${at}%ROWTYPE;
  v_member record;
  v_count integer := 0;
  v_result jsonb := '{}'::jsonb;
BEGIN
  -- Locked, for two of these at a time would both tell the members
  SELECT * INTO v_project FROM public.projects_${at} WHERE id = p_project FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'Project % was not found', p_project USING ERRCODE = 'P0002', HINT = 'It may have been removed';
  END IF;
  IF v_project.owner_id <> auth.uid() AND NOT EXISTS (
    SELECT 1 FROM public.project_members_${at} m
    WHERE m.project_id = p_project AND m.user_id = auth.uid() AND m.role IN ('admin', 'owner')
  ) THEN
    RAISE EXCEPTION 'Not allowed to ${verb} project %', p_project USING ERRCODE = '42501';
  END IF;

  FOR v_member IN
    SELECT m.user_id, m.role FROM public.project_members_${at} m WHERE m.project_id = p_project ORDER BY m.role, m.user_id
  LOOP
    v_count := v_count + 1;
    v_result := v_result || jsonb_build_object(v_member.user_id::text, jsonb_build_object(
      'role', v_member.role, 'reason', COALESCE(p_reason, 'none given'), 'at', extract(epoch FROM now())::bigint));
  END LOOP;

  UPDATE public.projects_${at}
  SET metadata = jsonb_set(COALESCE(metadata, '{}'::jsonb), '{${verb}}', v_result, true), updated_at = now()
  WHERE id = p_project;
  RETURN jsonb_build_object('ok', true, 'members', v_count, 'notified', v_result);
EXCEPTION
  WHEN unique_violation THEN
    RETURN jsonb_build_object('ok', false, 'error', SQLERRM);
END;
$function$;
COMMENT ON FUNCTION public.${verb}_project_${at}(uuid, text) IS '${verb}s a project, and says whom it told.';
`;
}

function guarded(at: number): string {
  return `DO $$ BEGIN
  CREATE TYPE public.priority_${at} AS ENUM ('low', 'medium', 'high');
EXCEPTION
  WHEN duplicate_object THEN null;
END $$;
`;
}

function asked(at: number): string {
  return `do $$
begin
  if not exists (select 1 from pg_policies where policyname = 'Owners add projects ${at}') then
    create policy "Owners add projects ${at}" on public.projects_${at} for insert with check (auth.uid() = owner_id);
  end if;
end
$$;
`;
}

function changes(at: number): string {
  const rows = Array.from(
    { length: 6 },
    (_, row) =>
      `  ('00000000-0000-4000-8000-${String(at * 10 + row).padStart(12, "0")}', 'Project ${row}', 'project-${row}')`,
  );
  return `BEGIN;

-- Seen in production: see the note in the wiki; nobody needs the price any more.
ALTER TABLE public.projects_${at}
  ADD COLUMN IF NOT EXISTS description text,
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN position integer NOT NULL DEFAULT 0,
  DROP COLUMN IF EXISTS price,
  ALTER COLUMN slug SET DEFAULT '',
  ALTER COLUMN title TYPE varchar(300);

ALTER TABLE public.project_members_${at} RENAME COLUMN invited_at TO joined_at;
ALTER TYPE public.status_${at} ADD VALUE IF NOT EXISTS 'deleted';
ALTER TABLE ONLY public.projects_${at}
  ADD CONSTRAINT projects_${at}_position_check CHECK ((position >= 0)) NOT VALID;
ALTER TABLE public.projects_${at} VALIDATE CONSTRAINT projects_${at}_position_check;

DROP POLICY IF EXISTS "Members see members ${at}" ON public.project_members_${at};
CREATE POLICY "Members see members ${at}" ON public.project_members_${at}
  FOR SELECT TO authenticated
  USING (project_id IN (SELECT id FROM public.projects_${at} WHERE owner_id = auth.uid()) OR user_id = auth.uid());

DROP INDEX IF EXISTS public.projects_${at}_tags;
CREATE INDEX projects_deleted_${at} ON public.projects_${at} (deleted_at) WHERE deleted_at IS NOT NULL;

INSERT INTO public.projects_${at} (id, title, slug) VALUES
${rows.join(",\n")}
ON CONFLICT (id) DO NOTHING;

UPDATE public.projects_${at}
SET metadata = jsonb_set(metadata, '{version}', '2'::jsonb), updated_at = now()
WHERE metadata ->> 'version' = '1' AND status IN ('draft', 'in_review');

CREATE TABLE public.project_events_${at} (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  project_id uuid REFERENCES public.projects_${at} ON DELETE SET NULL,
  kind text NOT NULL CONSTRAINT known_kind CHECK (kind = ANY (ARRAY['created'::text, 'changed'::text, 'removed'::text])),
  payload jsonb DEFAULT '{}'::jsonb,
  happened_at timestamptz DEFAULT CURRENT_TIMESTAMP
);
ALTER TABLE public.project_events_${at} ENABLE ROW LEVEL SECURITY;
CREATE POLICY events_${at} ON public.project_events_${at} AS PERMISSIVE FOR ALL TO service_role USING (true) WITH CHECK (true);
GRANT ALL ON TABLE public.project_events_${at} TO service_role;

${body(at, "restore")}
${body(at, "publish")}
COMMIT;
`;
}
