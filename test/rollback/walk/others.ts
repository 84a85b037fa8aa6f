// Owns what others do to the tables between a migration and its rollback: they write, change and delete a few rows of each.
import type { Client } from "pg";

interface Column {
  readonly name: string;
  readonly type: string;
  /** A unique index is about it. */
  readonly key: boolean;
}

interface Table {
  readonly name: string;
  readonly columns: readonly Column[] | null;
}

const tables = `select c.oid::regclass::text as name, (
    select json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
      'key', exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any (i.indkey))) order by attnum)
    from pg_attribute a where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where relkind in ('r', 'p') and not relispartition and nspname not like 'pg\\_%'
    and nspname not in ('information_schema', 'clew', 'clew_archive', 'clew_channel', 'supabase_migrations') order by 1`;

// A trigger that answers nothing stops what a foreign key deletes, and Postgres leaves rows that refer to nothing.
const guarded = `select from pg_trigger t join pg_constraint c on c.conrelid = t.tgrelid and c.contype = 'f' where not t.tgisinternal`;

/** Writes what the tables take; says how many rows that were. */
export async function writeAsOthers(client: Client): Promise<number> {
  const { rows } = await client.query<Table>(tables);
  const deletes = (await client.query(guarded)).rowCount === 0;
  let written = 0;
  await client.query("begin");
  for (const table of rows)
    for (const text of [...writes(table), ...(deletes ? [remove(table)] : [])]) {
      await client.query("savepoint one");
      try {
        const { rowCount } = await client.query(text);
        await client.query("set constraints all immediate");
        written += rowCount ?? 0;
      } catch {
        await client.query("rollback to one");
      }
    }
  await client.query("commit");
  return written;
}

function* writes({ name, columns }: Table): Generator<string> {
  yield `insert into ${name} default values`;
  yield `insert into ${name} default values`;
  if (columns === null) return;
  const names = columns.map((column) => column.name).join(", ");
  const like = columns.map((column) => (column.key ? another(column) : column.name)).join(", ");
  yield `insert into ${name} (${names}) overriding system value select ${like} from ${name} order by tableoid, ctid limit 1`;
  for (const { name: column } of columns.filter(({ key }) => !key).slice(0, 2))
    yield `update ${name} set ${column} = (select ${column} from ${name} order by tableoid, ctid desc limit 1)
      where (tableoid, ctid) = (select tableoid, ctid from ${name} order by tableoid, ctid offset 1 limit 1)`;
}

/** A value that is probably not there yet. */
function another({ name, type }: Column): string {
  if (/^(?:smallint|integer|bigint|numeric)/.test(type)) return `(${name} + 3001)::${type}`;
  return /^(?:text|character)/.test(type) ? `(left(${name}, 3) || 'x')::${type}` : name;
}

function remove({ name }: Table): string {
  return `delete from ${name} where (tableoid, ctid) = (select tableoid, ctid from ${name} order by tableoid, ctid offset 2 limit 1)`;
}
