// Reads from PostgreSQL 15, 17 and 18 which names are the system's and which an extension's, and writes what `references`
// knows of them: ./dev exec node --conditions=source test/references/generate.ts
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startServer, type Major } from "@clew/kit";
import { Client } from "pg";

const majors: readonly Major[] = [15, 17, 18];
const target = new URL("../../packages/sql-analyzer/src/references/", import.meta.url);
const standIns = fileURLToPath(new URL("../../packages/core/baseline/extension/", import.meta.url));
const standInNames = readdirSync(standIns).flatMap((file) => /^(.*)\.control$/.exec(file)?.[1] ?? []);

/** Extensions whose stand-ins have all that they have. */
const whole: ReadonlySet<string> = new Set(["pgjwt"]);

/** name → arities, columns … of every version. */
type Names = Map<string, Set<string>>;

interface Extension {
  schemas: Set<string>;
  functions: Names;
  types: Set<string>;
  relations: Set<string>;
  requires: string;
}

const functions: Names = new Map();
const rowFunctions = new Map<string, string>();
const types = new Set<string>();
const relations: Names = new Map();
const roles = new Set<string>();
const extensions = new Map<string, Extension>();

// Arity as `2`, `1-3` with defaults, `1+` where the last is variadic.
const arity = `case when provariadic <> 0 then (pronargs - 1 - pronargdefaults) || '+'
  when pronargdefaults > 0 then (pronargs - pronargdefaults) || '-' || pronargs else pronargs::text end`;
// What SQL cannot call: support functions of types, indexes, foreign data wrappers.
const callable = `not exists (select from unnest(proargtypes::oid[]) a where a in ('internal'::regtype)) and prorettype <> 'internal'::regtype`;

for (const major of majors) {
  await using server = await startServer({ major, extensions: standIns });
  const client = new Client(server.url());
  await client.connect();
  const rows = async <T extends object>(sql: string): Promise<T[]> => (await client.query<T>(sql)).rows;

  for (const { name, arity: count } of await rows<{ name: string; arity: string }>(
    `select proname as name, ${arity} as arity from pg_proc where pronamespace = 'pg_catalog'::regnamespace and ${callable}`,
  )) {
    add(functions, name, count);
  }
  for (const { name, columns } of await rows<{ name: string; columns: string | null }>(
    `select proname as name, (select string_agg(n, ' ' order by i) from unnest(proargnames, proargmodes) with ordinality u(n, m, i)
       where m in ('o', 'b', 't')) as columns
     from pg_proc where pronamespace = 'pg_catalog'::regnamespace and ${callable}
       and (proargmodes is not null and proargmodes && '{o,b,t}' or prorettype = 'record'::regtype
         or prorettype in (select oid from pg_type where typtype = 'c') or prorettype in ('anyelement'::regtype, 'anycompatible'::regtype))`,
  )) {
    const known = rowFunctions.get(name);
    rowFunctions.set(name, known !== undefined && known !== (columns ?? "?") ? "?" : (columns ?? "?"));
  }
  for (const { name } of await rows<{ name: string }>(
    `select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace and typrelid = 0 and typname !~ '^_'`,
  )) {
    types.add(name);
  }
  for (const { name, columns } of await rows<{ name: string; columns: string[] }>(
    `select n.nspname || '.' || relname as name, array_agg(attname::text order by attnum) as columns
     from pg_class c join pg_namespace n on n.oid = relnamespace join pg_attribute on attrelid = c.oid and attnum > 0
     where nspname in ('pg_catalog', 'information_schema') and relkind in ('r', 'v') group by 1`,
  )) {
    for (const column of columns) add(relations, name, column);
  }
  for (const { name } of await rows<{ name: string }>(`select rolname as name from pg_roles where rolname ~ '^pg_'`)) {
    roles.add(name);
  }

  const available = await rows<{ name: string }>(
    `select name from pg_available_extensions where name !~ '^(pg_stat_monitor|plperl|plpython|pltcl|.*_pl(perl|python)|.*plpython|sepgsql)' order by name`,
  );
  for (const { name } of available) {
    if (name === "plpgsql") continue;
    await client.query("begin");
    try {
      const schemas = new Set((await rows<{ n: string }>("select nspname as n from pg_namespace")).map(({ n }) => n));
      await client.query(`create extension "${name}" cascade`);
      const oid = `(select oid from pg_extension where extname = '${name}')`;
      const member = (catalog: string) =>
        `oid in (select objid from pg_depend where refclassid = 'pg_extension'::regclass and refobjid = ${oid} and deptype = 'e' and classid = '${catalog}'::regclass)`;
      let found = extensions.get(name);
      if (!found) {
        found = { schemas: new Set(), functions: new Map(), types: new Set(), relations: new Set(), requires: "" };
        extensions.set(name, found);
      }
      // Its own home is whatever CREATE EXTENSION says; other schemas are where it has put things.
      const place = (column: string) =>
        `case when ${column} = (select extnamespace from pg_extension where oid = ${oid}) then '' else ${column}::regnamespace || '.' end`;
      for (const { n } of await rows<{ n: string }>(`select nspname as n from pg_namespace`)) {
        if (!schemas.has(n) && !n.startsWith("pg_t")) found.schemas.add(n);
      }
      for (const row of await rows<{ name: string; arity: string }>(
        `select ${place("pronamespace")} || proname as name, ${arity} as arity from pg_proc where ${member("pg_proc")} and ${callable}`,
      )) {
        add(found.functions, row.name, row.arity);
      }
      for (const row of await rows<{ name: string }>(
        `select ${place("typnamespace")} || typname as name from pg_type where ${member("pg_type")} and typname !~ '^_' and typrelid = 0`,
      )) {
        found.types.add(row.name);
      }
      for (const row of await rows<{ name: string }>(
        `select ${place("relnamespace")} || relname as name from pg_class where ${member("pg_class")}`,
      )) {
        found.relations.add(row.name);
      }
    } catch (error) {
      console.error(`${name} on ${major}: ${String(error)}`);
    }
    await client.query("rollback");
  }
  await client.end();
}

write(
  "system-names.ts",
  `// Generated by test/references/generate.ts: names of PostgreSQL ${majors.join(", ")}.

/** Functions of pg_catalog that SQL can call, with how many arguments: \`1\`, \`1-2\` with a default, \`1+\` with a variadic. */
export const systemFunctions = \`${wrap([...functions].map(([name, set]) => `${name}:${[...set].sort().join(",")}`))}\`;

/** Those that give rows of several columns, or columns of another name; \`?\` where a query has to say which. */
export const rowFunctions = \`${lines([...rowFunctions].map(([name, columns]) => `${name} ${columns}`))}\`;

/** Types of pg_catalog, without arrays and the rows of relations. */
export const systemTypes = \`${wrap([...types])}\`;

/** Relations of pg_catalog and information_schema with their columns, those of every version. */
export const systemRelations = \`${lines([...relations].map(([name, set]) => `${name} ${[...set].join(" ")}`))}\`;

/** Roles that every cluster has. */
export const systemRoles = \`${wrap([...roles])}\`;
`,
);
const plain = [...extensions].sort(([a], [b]) => (a < b ? -1 : 1));
write(
  "extension-names.ts",
  `// Generated by test/references/generate.ts: what extensions bring, on PostgreSQL ${majors.join(", ")}.

/** A name without a schema is in the extension's own. */
export interface ExtensionNames {
  /** It was read from a stand-in, which may lack something. */
  readonly partial?: true;
  readonly schemas?: string;
  /** As \`systemFunctions\`. */
  readonly functions?: string;
  readonly types?: string;
  readonly relations?: string;
}

export const extensionNames: { readonly [extension: string]: ExtensionNames } = {
${plain
  .map(([name, found]) => {
    const parts = [
      standInNames.includes(name) && !whole.has(name) && "partial: true",
      found.schemas.size > 0 && `schemas: ${JSON.stringify([...found.schemas].sort().join(" "))}`,
      found.functions.size > 0 &&
        `functions: \`${wrap([...found.functions].map(([each, set]) => `${each}:${[...set].sort().join(",")}`))}\``,
      found.types.size > 0 && `types: \`${wrap([...found.types])}\``,
      found.relations.size > 0 && `relations: \`${wrap([...found.relations])}\``,
    ].filter((part) => part !== false);
    return `  ${JSON.stringify(name)}: { ${parts.join(", ")} },`;
  })
  .join("\n")}
};
`,
);

function add(names: Names, name: string, value: string): void {
  let set = names.get(name);
  if (!set) names.set(name, (set = new Set()));
  set.add(value);
}

function write(name: string, text: string): void {
  const path = fileURLToPath(new URL(name, target));
  writeFileSync(path, text);
  execFileSync("oxfmt", [path]);
  console.error(`${name}: ${readFileSync(path).length} bytes`);
}

function wrap(names: readonly string[]): string {
  const out = [""];
  for (const name of names.toSorted()) {
    if (out.at(-1)!.length + name.length > 117) out.push("");
    out.push(`${out.pop()!}${name} `);
  }
  return out.map((line) => line.trimEnd()).join("\n");
}

function lines(all: readonly string[]): string {
  return all.toSorted().join("\n");
}
