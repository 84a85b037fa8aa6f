// Owns what the state of a database is for those who judge rollbacks: a dump of its schema, and a hash of each table's rows.
import type { Dumper } from "./dump.ts";
import type { Client } from "pg";

export interface State {
  /** The lines of `pg_dump -s`, sorted, since their order follows names and ages of objects. */
  readonly schema: readonly string[];
  /** By table, partitions each by itself. */
  readonly rows: Readonly<Record<string, string>>;
}

/** Schemas that are ours: history, journal and archive stay. */
const ours: readonly string[] = ["clew", "clew_archive", "clew_channel", "supabase_migrations"];

const hashes = `select coalesce(json_object_agg(t, h order by t), '{}') as rows from (
  select format('%I.%I', nspname, relname) as t, (xpath('/row/h/text()', query_to_xml(format(
    'select md5(coalesce(string_agg(r::text, chr(10) order by r::text), '''')) as h from only %I.%I r', nspname, relname),
    false, true, '')))[1]::text as h
  from pg_class c join pg_namespace n on n.oid = relnamespace
  where relkind = 'r' and nspname not like 'pg\\_%' and nspname <> all ('{information_schema,${ours.join(",")}}')) x`;

export async function stateOf(client: Client, url: string, dumper: Dumper): Promise<State> {
  const text = await dumper.dump(url, ["-s", ...ours.flatMap((schema) => ["-N", schema])]);
  return { schema: linesOf(text), rows: await rowsOf(client) };
}

async function rowsOf(client: Client): Promise<State["rows"]> {
  return (await client.query<{ rows: State["rows"] }>({ name: "hashes", text: hashes })).rows[0]!.rows;
}

/** What the second has not of the first, and what it has besides. Empty where they are the same. */
export function differences(wanted: State, found: State): readonly string[] {
  const tables = [...new Set([...Object.keys(wanted.rows), ...Object.keys(found.rows)])];
  return [
    ...without(wanted.schema, found.schema).map((line) => `- ${line}`),
    ...without(found.schema, wanted.schema).map((line) => `+ ${line}`),
    ...tables.filter((table) => wanted.rows[table] !== found.rows[table]).map((table) => `rows of ${table}`),
  ];
}

/** Columns stand with their table and their place. */
function linesOf(dump: string): readonly string[] {
  let whole = "";
  let place = 0;
  return dump
    .split("\n")
    .filter((line) => !/^(?:--|\\(?:un)?restrict|$)/.test(line))
    .map((line) => {
      if (line.startsWith(")")) whole = "";
      const said = line.replace(/,$/, "");
      const told = whole === "" || said.startsWith("    CONSTRAINT ") ? said : `${whole} ${++place} ${said}`;
      const opens = /^CREATE (?:(?:UNLOGGED|FOREIGN) )?TABLE (\S.*) \($/.exec(line);
      if (opens) [whole, place] = [opens[1]!, 0];
      return told;
    })
    .sort();
}

/** Lines of the first as often as the second lacks them. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = Map.groupBy(others, (line) => line);
  return lines.filter((line) => left.get(line)?.pop() === undefined);
}
