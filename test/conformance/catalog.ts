// Owns a reading of the whole schema as lines of text, through Postgres's own descriptions: what two databases are compared by.
import type { Database } from "@clew/kit";

/** Every fact of the schema as a line, sorted. The schemas of the history and of Clew's journal are left out. */
export async function catalogOf(db: Database): Promise<readonly string[]> {
  const rows = await db.sql<{ fact: string }>(facts);
  return rows.map(({ fact }) => fact).sort();
}

const facts = `
with own as (
  select oid from pg_namespace
  where nspname !~ '^pg_' and nspname not in ('information_schema', 'supabase_migrations', 'clew', 'clew_archive')
), relation as (
  select * from pg_class where relnamespace in (select oid from own)
)
select format('schema %s owner %s acl %s', nspname, nspowner::regrole, nspacl) as fact
  from pg_namespace where oid in (select oid from own)
union all
select format('relation %s %s owner %s acl %s rls %s %s options %s partition %s', oid::regclass, relkind, relowner::regrole,
    relacl, relrowsecurity, relforcerowsecurity, reloptions, pg_get_expr(relpartbound, oid))
  from relation
union all
select format('column %s.%s #%s %s null %s identity %s generated %s collation %s default %s acl %s', attrelid::regclass,
    attname, attnum, format_type(atttypid, atttypmod), not attnotnull, attidentity, attgenerated, attcollation::regcollation,
    pg_get_expr(adbin, adrelid), attacl)
  from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attrelid in (select oid from relation) and attnum > 0 and not attisdropped
union all
select format('constraint %s on %s valid %s %s', conname, conrelid::regclass, convalidated, pg_get_constraintdef(oid))
  from pg_constraint where connamespace in (select oid from own)
union all
select format('index valid %s %s', indisvalid, pg_get_indexdef(indexrelid))
  from pg_index where indexrelid in (select oid from relation)
union all
select format('trigger enabled %s %s', tgenabled, pg_get_triggerdef(oid))
  from pg_trigger where tgrelid in (select oid from relation) and not tgisinternal
union all
select format('policy %s on %s %s permissive %s to %s using %s check %s', polname, polrelid::regclass, polcmd, polpermissive,
    array(select case when role = 0 then 'public' else role::regrole::text end from unnest(polroles) role order by 1),
    pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  from pg_policy
union all
select format('view %s %s', oid::regclass, pg_get_viewdef(oid)) from relation where relkind in ('v', 'm')
union all
select format('sequence %s %s start %s step %s max %s cycle %s', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement,
    seqmax, seqcycle)
  from pg_sequence where seqrelid in (select oid from relation)
union all
select format('routine owner %s acl %s %s', proowner::regrole, proacl, pg_get_functiondef(oid))
  from pg_proc where pronamespace in (select oid from own) and prokind in ('f', 'p')
union all
select format('type %s %s owner %s acl %s base %s labels %s', oid::regtype, typtype, typowner::regrole, typacl,
    format_type(typbasetype, typtypmod), array(select enumlabel from pg_enum where enumtypid = t.oid order by enumsortorder))
  from pg_type t where typnamespace in (select oid from own)
union all
select format('comment on %s: %s', pg_describe_object(classoid, objoid, objsubid), description)
  from pg_description
  where pg_describe_object(classoid, objoid, objsubid) not in ('schema clew', 'schema clew_archive', 'schema supabase_migrations')
    and pg_describe_object(classoid, objoid, objsubid) !~ '^table clew(_archive)?\\.'
union all
select format('extension %s %s in %s', extname, extversion, extnamespace::regnamespace) from pg_extension
union all
select format('published by %s: %s', p.pubname, r.prrelid::regclass)
  from pg_publication p join pg_publication_rel r on r.prpubid = p.oid
union all
select format('default privileges of %s in %s for %s: %s', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl)
  from pg_default_acl
`;
