// Pins that every type of value comes back as it was, hash for hash, on every version of the server.
import { freshDatabase, startServer, tempFolder, type Database, type Major } from "@clew/kit";
import { expect, test } from "vitest";
import { createBackup } from "./create.ts";
import { folder } from "./folder.ts";
import { restoreBackup } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

/** A value or two of every base type that COPY can write, by the type's name; what has none is left out with a reason. */
const values: Readonly<Record<string, readonly string[]>> = {
  bool: ["t", "f"],
  bytea: ["\\x00ff5c0a", "\\x"],
  char: ["x"],
  name: ["a name"],
  int8: ["-9223372036854775808", "9223372036854775807"],
  int2: ["-32768"],
  int4: ["2147483647"],
  regproc: ["now"],
  text: ["", "\\N", "a\tb\nc\\d\r", "żółć 🐘", "NULL"],
  oid: ["4294967295"],
  tid: ["(7,3)"],
  xid: ["17"],
  cid: ["3"],
  json: ['{"a":  [1, "\\u00e9"]}'],
  xml: ["<a>b &amp; c</a>"],
  point: ["(1.5,-2)"],
  lseg: ["[(0,0),(1,1)]"],
  path: ["((0,0),(1,1),(2,0))", "[(0,0),(1,1)]"],
  box: ["(2,2),(0,0)"],
  polygon: ["((0,0),(1,1),(2,0))"],
  line: ["{1,-1,0}"],
  float4: ["3.4028235e+38", "NaN", "-Infinity"],
  float8: ["5e-324", "0.1", "-0"],
  circle: ["<(1,2),3.5>"],
  money: ["-$1,234,567.89"],
  macaddr: ["08:00:2b:01:02:03"],
  inet: ["::ffff:1.2.3.4/128", "10.0.0.1"],
  cidr: ["192.168.100.128/25"],
  macaddr8: ["08:00:2b:01:02:03:04:05"],
  aclitem: ["=r/postgres"],
  bpchar: ["padded  "],
  varchar: ["words"],
  date: ["infinity", "4713-01-01 BC", "5874897-12-31"],
  time: ["23:59:59.999999", "24:00:00"],
  timestamp: ["-infinity", "294276-12-31 23:59:59.999999", "4713-01-01 00:00:00 BC"],
  timestamptz: ["2026-03-29 02:30:00.000001+02"],
  interval: ["-1 year 2 mons -3 days 04:05:06.789", "178000000 years"],
  timetz: ["12:00:00.5-15:59"],
  bit: ["1"],
  varbit: ["10110", ""],
  numeric: ["NaN", "1e1000", "-0.00000000000000000001", "12345678901234567890.0987654321"],
  uuid: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  pg_lsn: ["16/B374D848"],
  tsvector: ["'a':1A 'fat cat':2,4B", ""],
  gtsvector: [],
  tsquery: ["'fat' & !'rat':AB <-> 'x'"],
  regprocedure: ["now()"],
  regoper: ["pg_catalog.||/"],
  regoperator: ["+(integer,integer)"],
  regclass: ["pg_class"],
  regcollation: ['"C"'],
  regtype: ["integer"],
  regrole: ["postgres"],
  regnamespace: ["pg_catalog"],
  regconfig: ["english"],
  regdictionary: ["simple"],
  jsonb: ['{"a": [1.10, null, "\\t"], "": {}}', '"\\\\N"'],
  jsonpath: ['$."a"[*]?(@ > 1)'],
  txid_snapshot: ["10:20:10,14,15"],
  pg_snapshot: ["10:20:10,14,15"],
  xid8: ["18446744073709551615"],
  refcursor: ["cursor"],
  int2vector: ["1 2 3"],
  oidvector: ["1 2 3"],
};

const own = `create type mood as enum ('sad', 'so so', 'it''s "fine"', 'żółć');
  create domain "even number" as int check (value % 2 = 0);
  create type pair as (a int, "b c" text[], m mood);
  create type span as range (subtype = timestamptz);
  create table own_types (id int generated always as identity primary key, mood mood, moods mood[], even "even number",
    pair pair, pairs pair[], span span, many int4multirange, ranges numrange[], grid int[][], empty text[],
    total int generated always as (id * 2) stored);
  insert into own_types (mood, moods, even, pair, pairs, span, many, ranges, grid, empty) values
    ('sad', '{so so,"it''s \\"fine\\"",NULL}', 4, '(1,"{a,NULL,\\"\\"}",sad)', array[row(1, '{x}', 'sad')::pair, null], '[2026-01-01,)', '{[1,3),[5,)}', '{empty,"[1.5,2]"}', '[0:1][2:3]={{1,2},{3,4}}', '{}'),
    (null, null, null, null, null, null, null, null, null, null);`;

/** Every base type of the server, in an own column and in an array. */
async function makeTypes(db: Database): Promise<void> {
  const types = await db.sql<{ name: string; array: string | null }>(
    `select t.typname as name, a.typname as array from pg_type t left join pg_type a on a.oid = t.typarray
     where t.typnamespace = 'pg_catalog'::regnamespace and t.typtype in ('b', 'r', 'm') and t.typcategory <> 'A' and t.typname !~ '^(pg_(node_tree|ndistinct|dependencies|mcv_list|brin.*|ddl_command)|gtsvector)$'`,
  );
  const missing = types
    .filter(({ name }) => values[name] === undefined && !name.endsWith("range"))
    .map(({ name }) => name);
  expect(missing).toEqual([]);
  await db.sql(
    `create table base_types (at int, ${types.map(({ name, array }) => `"${name}" "pg_catalog"."${name}"${array ? `, "${name}s" "pg_catalog"."${array}"` : ""}`).join(", ")})`,
  );
  for (const { name, array } of types) {
    for (const value of values[name] ?? [name.endsWith("multirange") ? "{}" : "empty"]) {
      await db.sql(`insert into base_types ("${name}") values ($1)`, [value]);
      if (array)
        await db.sql(
          `insert into base_types ("${name}s") select array[b."${name}", null] from base_types b where b."${name}" is not null`,
        );
    }
  }
  await db.sql("insert into base_types default values");
}

/** Each table's rows as text, in order. */
async function rowsOf(db: Database): Promise<readonly unknown[]> {
  const tables = await db.sql<{ name: string }>(
    "select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1",
  );
  const all = [];
  for (const { name } of tables)
    all.push(
      name,
      await db.sql(
        `select md5(coalesce(string_agg(t::text, e'\\n' order by t::text), '')), count(*) from "${name.replaceAll('"', '""')}" t`,
      ),
    );
  return all;
}

test.for<Major>([15, 17, 18])("every type, on PostgreSQL %i", { timeout: 120_000 }, async (major) => {
  await using server = await startServer({ major });
  await using db = await freshDatabase({ server });
  await makeTypes(db);
  await db.sql(own);
  await db.sql(`create table "tab ""ąść.x" ("col ""ó.y" text, "" text)`.replace(', "" text', ""));
  await db.sql(`insert into "tab ""ąść.x" values ('ź'), (null)`);
  await db.sql(`create table nothing (); insert into nothing default values; insert into nothing default values`);
  const wide = Array.from({ length: 1600 }, (_, at) => `c${at} ${["int", "text", "bool"][at % 3]}`);
  await db.sql(`create table wide (${wide.join(", ")})`);
  await db.sql("insert into wide (c0, c1, c1599) values (1, 'x', null), (null, '\\N', '3')".replace("'3'", "3"));
  const before = await rowsOf(db);

  await using place = await tempFolder();
  const destination = folder(place.path);
  const { id } = await createBackup({ url: db.url, destination, scope: "full" });
  const verified = await verifyBackup({ destination, id, level: "restore", server: db.url });
  expect(verified).toMatchObject({ ok: true, damage: [] });

  // Into tables that are there and empty, into tables that are gone, and into those that have other rows.
  await db.sql(
    `truncate base_types, wide; drop table own_types; drop table "tab ""ąść.x"; delete from nothing where ctid = '(0,1)'`,
  );
  const restored = await restoreBackup({ url: db.url, destination, id, mode: "replace" });
  expect(restored.without).toEqual([]);
  expect(await rowsOf(db)).toEqual(before);
  const again = await createBackup({ url: db.url, destination, scope: "full" });
  expect(again.tables.map(({ name, rows }) => [name, rows])).toEqual(
    (await verifyBackup({ destination, id: again.id })).ok && again.tables.map(({ name, rows }) => [name, rows]),
  );
});
