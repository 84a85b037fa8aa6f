-- Blocks whose outcome is in doubt: nothing of what they may have changed is taken for certain.
create schema inner_app;
create table public.note (id int primary key, body text);
create table public.tag (id int primary key, label text not null default '');
create table inner_app.other (a int primary key, b text, c text, d text, e text);
create index other_b on inner_app.other (b);
create index other_c on inner_app.other (c);
create policy note_all on public.note using (true);
create policy tag_all on public.tag using (true);
create function public.touch() returns trigger language plpgsql as $$ begin return new; end $$;
create function inner_app.key_of(id int) returns text language sql as $$ select id::text $$;
-- The names come from rows, and the only name in the text is that of a schema.
create temp table wanted (tab text, pol text, needed boolean);
insert into wanted values ('note', 'note_all', true), ('tag', 'tag_all', false);
do $$ declare r record; v_sql text; begin
  for r in select * from wanted order by tab loop
    v_sql := format('alter policy %I on public.%I', r.pol, r.tab);
    if r.needed then
      v_sql := v_sql || ' using (inner_app.key_of(1) is not null)';
    end if;
    execute v_sql;
  end loop;
end $$;
do $$ declare f record; begin
  for f in
    select p.oid::regprocedure as sig from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('inner_app', 'public') and length(p.prosrc) < 1000
  loop
    execute format('alter function %s set search_path = public, pg_temp', f.sig);
    execute format('revoke execute on function %s from public', f.sig);
  end loop;
end $$;
-- What it replaces keeps its grants.
create or replace function public.touch() returns trigger language plpgsql as $$ begin new.id := 1; return new; end $$;
-- Other errors than those of what is there already undo a block too.
create table inner_app.kept (id int primary key);
do $$ begin
  create policy kept_all on inner_app.kept using (inner_app.is_admin());
exception when insufficient_privilege then null; when undefined_function then null;
end $$;
do $$ begin
  alter table inner_app.kept add column title text;
  alter table inner_app.kept add constraint kept_title check (tittle <> '');
exception when others then raise notice '%', sqlerrm;
end $$;
do $$ begin
  create type public.kept_state as enum ('a', 'b');
exception when duplicate_object then null;
end $$;
