// The types that the fold works out of expressions, against those that a server gives a view's columns.
import { fold, loadGrammar, newDatabase, read } from "@clew/sql-analyzer";
import { expect, test } from "vitest";
import { inDatabase } from "./database.ts";

const table = `create table t (i integer, s smallint, b bigint, n numeric(10,2), r real, d double precision, v varchar(20),
  c text, ch char(3), nm name, at date, ts timestamp, tz timestamptz(3), iv interval, tm time, j jsonb, js json, ta text[],
  tr tstzrange, ir int4range, by bytea, tv tsvector);`;

const expressions = String.raw`
i + s
i + b
b * n
n / 2
n - n
r + d
r + i
r * r
s / 2
i * 1.5
- i
- n
i % 2
5000000000 + i
100.0 * count(*)
at - at
at - 3
3 + at
at + iv
ts - ts
tz - tz
tz - at
tz - ts
now() - tz
tz + iv
iv + tz
iv * 2
2.5 * iv
iv / 2
iv + iv
at + tm
extract(epoch from now() - tz) / 60
extract(epoch from tz)::int
date_part('year', at)
date_trunc('month', at)
date_trunc('day', tz)
date_trunc('day', ts)
date_trunc('day', iv)
age(tz)
tz at time zone 'utc'
ts at time zone 'utc'
at at time zone 'utc'
avg(i)
avg(n)
avg(r)
avg(d)
avg(iv)
sum(s)
sum(i)
sum(b)
sum(n)
sum(r)
sum(iv)
max(v)
max(ch)
min(nm)
max(n)
max(tz)
min(at)
max(ta)
array_agg(v)
array_agg(n)
array_agg(ta)
array_agg(distinct c order by c)
count(*)
round(n, 1)
round(n)
round(d)
round(i)
ceil(n)
floor(i)
floor(d)
abs(i)
abs(n)
trunc(n, 1)
trunc(d)
lower(v)
lower(c)
upper(ch)
lower(tr)
upper(ir)
lower(nm)
split_part(v, '@', 1)
substring(c from 1 for 2)
substring(c, 'x')
replace(c, 'a', 'b')
"left"(c, 2)
lpad(c, 3)
trim(c)
concat(c, i)
format('%s', i)
to_char(tz, 'x')
md5(c)
length(c)
string_agg(c, ',')
initcap(c)
repeat(c, 2)
regexp_replace(c, 'a', 'b')
translate(c, 'a', 'b')
position('a' in c)
strpos(c, 'a')
array_to_string(ta, ',')
cardinality(ta)
to_jsonb(t.*)
to_json(i)
row_to_json(t.*)
jsonb_agg(j)
json_build_object('a', i)
j -> 'a'
j ->> 'a'
js -> 'a'
j || j
jsonb_array_length(j)
jsonb_typeof(j)
jsonb_set(j, '{a}', '1')
c || c
v || i
ta || c
c || ta
by || by
tv || tv
v || v
array[i, 2]
array[c, 'x']
array(select c from t)
array(select n from t)
c collate "C"
nullif(i, 0)
unnest(ta)
generate_series(1, i)
generate_series(at, at, iv)
lag(n) over ()
first_value(v) over ()
row_number() over ()
percent_rank() over ()
ntile(2) over ()
lead(ta) over ()
random()
to_date(c, 'x')
to_timestamp(d)
to_number(c, '9')
to_tsvector(c)
gen_random_uuid()
bool_or(true)
clock_timestamp()
coalesce(sum(i), 0)
round(avg(i), 2)
count(*)::numeric / nullif(count(*), 0)::numeric * 100
concat_ws(',', c)
to_hex(i)
quote_ident(c)
sum(n) / count(*)
max(v) || max(i)
array_agg(ch)
lower(tr) - now()
`
  .trim()
  .split("\n");

test("are those of the server", async () => {
  const grammar = await loadGrammar();
  const said = expressions.map((expression) => {
    const { statements } = read(`${table} create view w as select ${expression} as x from t;`, grammar);
    const { facts } = fold(newDatabase(17), statements, { grammar }).catalog;
    return { expression, type: (facts["column public.w.x"] as { readonly type?: string } | undefined)?.type };
  });
  const given = await inDatabase({}, async (_, client) => {
    await client.query(table);
    const types: unknown[] = [];
    for (const expression of expressions) {
      await client.query(`create or replace view w as select ${expression} as x from t`);
      const { rows } = await client.query<{ type: string }>(
        "select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = 'w'::regclass and attnum = 1",
      );
      types.push({ expression, type: rows[0]!.type });
      await client.query("drop view w");
    }
    return types;
  });
  expect(said).toEqual(given);
});
