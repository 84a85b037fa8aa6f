alter table public.notes add column title text;

update public.notes set title = left(body, 40) where true; -- Supabase's API refuses UPDATE without WHERE

alter table public.notes alter column title set not null;
