create table public.notes (
  id bigint generated always as identity primary key,
  author uuid not null,
  body text not null
);

alter table public.notes enable row level security;

create policy "authors read their notes" on public.notes
  for select to authenticated using (author = (select auth.uid()));

grant select on public.notes to authenticated;
