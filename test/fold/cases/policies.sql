do $$ begin create role reader; exception when duplicate_object then null; end $$;
do $$ begin if not exists (select from pg_roles where rolname = 'writer') then create role writer; end if; end $$;
create table notes (id int primary key, owner text default current_user, team int, secret bool);
create table members (team int, name text);
alter table notes enable row level security;
create policy "read own" on notes for select to reader, writer using (owner = current_user);
create policy insert_own on notes for insert with check (owner = current_user and not secret);
create policy team on notes as restrictive for all to public using (exists (select 1 from members m where m.team = notes.team and m.name = current_user)) with check (team is not null);
create policy del on notes for delete to writer using (true);
create policy gone on notes using (false);
drop policy gone on notes;
drop policy if exists gone on notes;
drop policy if exists gone on no_such_table;
alter policy del on notes to reader using (secret in (true, false));
alter policy insert_own on notes rename to "insert own";
alter policy team on notes with check (team > 0);
comment on policy "read own" on notes is 'Only yours';
alter table notes rename column secret to hidden;

create table paired (a int, b varchar(9), c numeric);
create policy apart on paired using ((a, b, c) is distinct from (1, 'x', 2) and (a, c) is not distinct from (c, a));
create policy alike on paired using ((a, b) = ('1', 'x') or (a, c) <> (1, 2) or row(a, c) < (1, 2) or (a, c) in ((1, 2)));
create function pairing() returns trigger language plpgsql as 'begin return new; end';
create trigger pairs before update on paired for each row
  when (row(old.a, old."b") is distinct from row(new.a, new.b)) execute function pairing();
