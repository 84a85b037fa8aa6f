// Owns what a random walk knows of the database that it walks in: names of what is there, each quoted as SQL takes it.
import type { Client } from "pg";

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly default: boolean;
  /** Its values are made by the server always. */
  readonly made: boolean;
  readonly identity: boolean;
}

export interface Relation {
  readonly name: string;
  readonly schema: string;
  /** As in pg_class: `r`, `p`, `v` or `m`. */
  readonly kind: string;
  readonly partition: boolean;
  readonly columns: readonly Column[];
  readonly constraints: readonly { readonly name: string; readonly type: string }[];
  readonly indexes: readonly string[];
  readonly triggers: readonly string[];
  readonly policies: readonly string[];
  readonly rules: readonly string[];
  /** Of the primary key, if that is of one column. */
  readonly key: string | null;
}

export interface Type {
  readonly name: string;
  readonly kind: "enum" | "domain" | "composite";
  readonly labels: readonly string[];
  readonly constraints: readonly string[];
  readonly attributes: readonly string[];
}

export interface Scene {
  readonly schemas: readonly string[];
  readonly relations: readonly Relation[];
  readonly types: readonly Type[];
  readonly sequences: readonly { readonly name: string; readonly owned: boolean }[];
  /** With what they take, `f` or `p`, and whether they are for triggers. */
  readonly functions: readonly { readonly name: string; readonly kind: string; readonly trigger: boolean }[];
  readonly publications: readonly string[];
  readonly statistics: readonly string[];
}

const look = `
with schemas as (select oid, quote_ident(nspname) as name from pg_namespace
  where nspname not like 'pg\\_%' and nspname not in ('information_schema', 'clew', 'clew_archive', 'supabase_migrations')),
own as (select d.objid from pg_depend d where d.deptype = 'e'),
relations as (select c.oid, c.relkind, c.relispartition, s.name as schema, s.name || '.' || quote_ident(c.relname) as name, c.reltype
  from pg_class c join schemas s on s.oid = c.relnamespace where c.oid not in (select objid from own))
select json_build_object(
  'schemas', (select json_agg(name order by name) from schemas),
  'relations', (select coalesce(json_agg(json_build_object('name', r.name, 'schema', r.schema, 'kind', r.relkind, 'partition', r.relispartition,
    'columns', (select coalesce(json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
        'notNull', a.attnotnull, 'default', a.atthasdef, 'made', a.attgenerated <> '' or a.attidentity = 'a', 'identity', a.attidentity <> '') order by a.attnum), '[]')
      from pg_attribute a where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped),
    'constraints', (select coalesce(json_agg(json_build_object('name', quote_ident(conname), 'type', contype) order by conname), '[]') from pg_constraint where conrelid = r.oid),
    'indexes', (select coalesce(json_agg(r.schema || '.' || quote_ident(i.relname) order by i.relname), '[]') from pg_index x join pg_class i on i.oid = x.indexrelid
      where x.indrelid = r.oid and not exists (select from pg_constraint where conindid = i.oid)),
    'triggers', (select coalesce(json_agg(quote_ident(tgname) order by tgname), '[]') from pg_trigger where tgrelid = r.oid and not tgisinternal),
    'policies', (select coalesce(json_agg(quote_ident(polname) order by polname), '[]') from pg_policy where polrelid = r.oid),
    'rules', (select coalesce(json_agg(quote_ident(rulename) order by rulename), '[]') from pg_rewrite where ev_class = r.oid and rulename <> '_RETURN'),
    'key', (select quote_ident(a.attname) from pg_constraint k join pg_attribute a on a.attrelid = r.oid and a.attnum = k.conkey[1]
      where k.conrelid = r.oid and k.contype = 'p' and cardinality(k.conkey) = 1)
    ) order by r.name), '[]') from relations r where r.relkind in ('r', 'p', 'v', 'm')),
  'types', (select coalesce(json_agg(json_build_object('name', s.name || '.' || quote_ident(t.typname),
      'kind', case t.typtype when 'e' then 'enum' when 'd' then 'domain' else 'composite' end,
      'labels', (select coalesce(json_agg(enumlabel order by enumsortorder), '[]') from pg_enum where enumtypid = t.oid),
      'constraints', (select coalesce(json_agg(quote_ident(conname) order by conname), '[]') from pg_constraint where contypid = t.oid),
      'attributes', (select coalesce(json_agg(quote_ident(attname) order by attnum), '[]') from pg_attribute where attrelid = t.typrelid and t.typtype = 'c' and not attisdropped))
      order by t.typname), '[]')
    from pg_type t join schemas s on s.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid where t.typtype in ('e', 'd') or c.relkind = 'c'),
  'sequences', (select coalesce(json_agg(json_build_object('name', name, 'owned', exists (select from pg_depend d where d.objid = r.oid and d.deptype in ('a', 'i'))) order by name), '[]')
    from relations r where relkind = 'S'),
  'functions', (select coalesce(json_agg(json_build_object('name', s.name || '.' || quote_ident(proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      'kind', prokind, 'trigger', prorettype = 'trigger'::regtype) order by proname), '[]')
    from pg_proc p join schemas s on s.oid = p.pronamespace where prokind in ('f', 'p') and p.oid not in (select objid from own)),
  'publications', (select coalesce(json_agg(quote_ident(pubname) order by pubname), '[]') from pg_publication),
  'statistics', (select coalesce(json_agg(s.name || '.' || quote_ident(stxname) order by stxname), '[]') from pg_statistic_ext e join schemas s on s.oid = e.stxnamespace)
) as scene`;

export async function lookAround(client: Client): Promise<Scene> {
  return (await client.query<{ scene: Scene }>({ name: "look", text: look })).rows[0]!.scene;
}
