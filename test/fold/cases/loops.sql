-- Blocks that go through what joins of Postgres's catalogs find.
create schema app;
create table app.item (id int primary key, title text constraint item_title_old check (title <> ''), note text);
create table app.tag (id int, label text constraint tag_label_old check (label <> ''), item int references app.item);
create table public.item (id int, title text constraint item_title_old check (title <> ' '));
create view app.titles as select title from app.item;
do $$ declare r record; found_one record; begin
  for r in
    select cols.table_name, cols.column_name
    from information_schema.columns cols
    join information_schema.tables t on t.table_schema = cols.table_schema and t.table_name = cols.table_name
    where cols.table_schema = 'app' and t.table_type = 'BASE TABLE' and cols.data_type = 'text'
    order by 1, 2
  loop
    for found_one in
      select con.conname
      from pg_constraint con
      join pg_class cls on cls.oid = con.conrelid
      join pg_namespace ns on ns.oid = cls.relnamespace
      where ns.nspname = 'app' and cls.relname = r.table_name and con.contype = 'c'
        and con.conname = any (array[format('%s_%s_old', r.table_name, r.column_name), 'none'])
    loop
      execute format('alter table app.%I drop constraint %I', r.table_name, found_one.conname);
    end loop;
    execute format('alter table app.%I add constraint %I check (length(%I) < 100)',
      r.table_name, r.table_name || '_' || r.column_name || '_length', r.column_name);
  end loop;
end $$;
do $$ declare r record; begin
  for r in
    select distinct c.table_name
    from information_schema.columns c, information_schema.tables t
    where t.table_name = c.table_name and c.table_schema = t.table_schema
      and 'app' = t.table_schema and t.table_type = 'BASE TABLE' and c.data_type in ('text', 'integer')
  loop
    execute format('create index %I on app.%I (id)', r.table_name || '_by_id', r.table_name);
  end loop;
end $$;
do $$ declare r record; begin
  for r in
    select c.relname, a.attname
    from pg_attribute a
    join pg_class c on a.attrelid = c.oid and relkind = 'r'
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'app' and a.attname in ('note', 'label') and not attisdropped
  loop
    execute format('comment on column app.%I.%I is %L', r.relname, r.attname, 'of ' || r.relname);
  end loop;
  for r in
    select wanted.name, p.tablename
    from unnest(array['item', 'tag', 'missing']) as wanted (name)
    join pg_tables p on p.tablename = wanted.name
    where p.schemaname = 'app'
      and not exists (select 1 from pg_policies q where q.schemaname = p.schemaname and q.tablename = p.tablename)
  loop
    execute format('create policy readable on app.%I for select using (true)', r.tablename);
  end loop;
  for r in select p.*, c.relkind from pg_policies p join pg_class c on c.relname = p.tablename and p.policyname = 'readable'
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = p.schemaname where c.relkind = 'r'
  loop
    execute format('alter policy %I on %I.%I rename to %I', r.policyname, r.schemaname, r.tablename, r.tablename || '_readable');
  end loop;
end $$;
