// What is written and what a server prints are the same, another, or in doubt.
import { expect, test } from "vitest";
import { catalogOf, type Catalog, type SqlText } from "../catalog/catalog.ts";
import type { Sameness, SqlPlace } from "../catalog/diff.ts";
import type { Key } from "../catalog/keys.ts";
import { startFold } from "../fold/fold.ts";
import { loadGrammar } from "../grammar.ts";
import { read } from "../read.ts";
import { startComparing } from "./same.ts";

const grammar = await loadGrammar();
const catalog: Catalog = (() => {
  const schemas = ["public", "auth"].map((name) => ({ key: `schema ${name}` as Key, name }));
  const fresh = catalogOf(
    schemas.map(({ key, name }) => ({ key, kind: "schema", name, certainty: "exact" })),
    { source: "server", major: 17 },
  );
  const folding = startFold(fresh, { grammar });
  const sql = `create type mood as enum ('calm', 'cross');
    create function auth.uid() returns uuid language sql return null;
    create table people (id uuid primary key, name varchar(20), age int, share numeric, mood mood, born date, tags text[], data jsonb);
    create table teams (id uuid, owner uuid, title text);
    create table addresses (country char(2));
    create policy p on people using (true);
    create table visits (at timestamptz, count bigint, place text) partition by range (at, count, lower(place));
    create table visits_1 partition of visits default;
    create table places (name text) partition by list (name);
    create table places_1 partition of places default;
    create view v as select 1 as a;`;
  folding.apply(read(sql, grammar).statements);
  return folding.catalog();
})();
const compare = startComparing(catalog, catalog, grammar);
const written = (sql: string): SqlText => ({ sql, path: ["public"] });
const policy = { key: "policy public.people.p", field: "using" } as const;
const view = { key: "view public.v", field: "query" } as const;

test.each<[written: string, printed: string]>([
  ["auth.uid() = id", "(auth.uid() = id)"],
  ["(select auth.uid()) = people.id", "(( SELECT auth.uid() AS uid) = id)"],
  ["name = 'x'", "((name)::text = 'x'::text)"],
  ["name in ('x', 'y')", "((name)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))"],
  [
    `(("name")::"text" = ANY ((ARRAY['x'::character varying, 'y'::character varying])::"text"[]))`,
    "((name)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))",
  ],
  ["name = any (array['x', 'y'])", "((name)::text = ANY (ARRAY['x'::text, 'y'::text]))"],
  ["age in (1)", "(age = 1)"],
  ["age not in (1, 2)", "(age <> ALL (ARRAY[1, 2]))"],
  ["id in (id, auth.uid(), null)", "((id = ANY (ARRAY[auth.uid(), NULL::uuid])) OR (id = id))"],
  ["age between 1 and 5 and name is not null", "((age >= 1) AND (age <= 5) AND (name IS NOT NULL))"],
  ["age is not distinct from '1'", "(NOT (age IS DISTINCT FROM 1))"],
  ["(age, name) is distinct from (1, 'x')", "((age IS DISTINCT FROM 1) OR ((name)::text IS DISTINCT FROM 'x'::text))"],
  ["row(age, name) = ('1', 'x')", "((age = 1) AND ((name)::text = 'x'::text))"],
  ["(age, share) <> (1, 2) or share is null", "((age <> 1) OR (share <> (2)::numeric) OR (share IS NULL))"],
  [
    "(select age from people p where p.id = people.id) in (1, 2)",
    "(( SELECT p.age FROM public.people p WHERE (p.id = people.id)) = ANY (ARRAY[1, 2]))",
  ],
  ["(age, share) in ((1, 2))", "((age = 1) AND (share = (2)::numeric))"],
  ["age * share > -1", "(((age)::numeric * share) > ('-1'::integer)::numeric)"],
  ["coalesce(share, 0) >= 1.5", "(COALESCE(share, (0)::numeric) >= 1.5)"],
  ["mood = 'calm'", "(mood = 'calm'::public.mood)"],
  ["born > '2024-1-2'", "(born > '2024-01-02'::date)"],
  ["lower(name) like 'a%'", "(lower((name)::text) ~~ 'a%'::text)"],
  ["case when age > 1 then true end", "CASE WHEN (age > 1) THEN true ELSE NULL::boolean END"],
  ["now() > born + interval '24 hours'", "(now() > (born + '24:00:00'::interval))"],
  [`data @> '{"b": [1,2], "a": {}}'`, `(data @> '{"a": {}, "b": [1, 2]}'::jsonb)`],
  [
    "exists (select 1 from teams t where t.owner = people.id and title <> '')",
    "(EXISTS ( SELECT 1 FROM public.teams t WHERE ((t.owner = people.id) AND (t.title <> ''::text))))",
  ],
  [
    "exists (select 1 from teams where owner = people.id)",
    "(EXISTS ( SELECT 1 FROM public.teams x WHERE (x.owner = people.id)))",
  ],
])("%s is printed as %s", (one, other) => {
  expect(compare(written(one), { sql: other }, policy)).toBe("same");
});

test.each<[written: string, printed: string]>([
  ["name = 'x'", "((name)::text = 'y'::text)"],
  ["age > 1", "(age >= 1)"],
  ["auth.uid() = id", "(( SELECT auth.uid() AS uid) = id)"],
  ["mood = 'calm'", "(mood = 'cross'::public.mood)"],
  ["age in (1, 2)", "(age = ANY (ARRAY[1, 3]))"],
  ["now() > born + interval '24 hours'", "(now() > (born + '1 day'::interval))"],
  [
    // owner is the team's, and not one of a table outside
    "exists (select 1 from teams where owner = id)",
    "(EXISTS ( SELECT 1 FROM public.teams WHERE (teams.owner = people.id)))",
  ],
  ["(age, name) is distinct from (1, 'x')", "((age IS DISTINCT FROM 1) AND ((name)::text IS DISTINCT FROM 'x'::text))"],
  ["true", "false"],
])("%s is not %s", (one, other) => {
  expect(compare(written(one), { sql: other }, policy)).toBe("different");
});

test.each<[written: string, printed: string]>([
  ["born > 'January 2, 2024'", "(born > '2024-01-02'::date)"],
  ["btrim(title(name)) = ''", "(TRIM(BOTH FROM title(name)) = ''::text)"],
  ["age::bigint = 1", "(age = 1)"],
  ["age = 1", "((age)::bigint = 1)"],
  ["nowhere = 1", "(people.nowhere = 1)"],
  ["this is no SQL", "(true)"],
])("whether %s is %s is not known", (one, other) => {
  expect(compare(written(one), { sql: other }, policy)).toBe("unknown");
});

test.each<[written: string, printed: string]>([
  [
    "select id, name n from people order by 2 desc, id",
    "SELECT id, name AS n FROM public.people ORDER BY name DESC, id",
  ],
  [
    "select p.age, count(*) from people p join teams t on owner = p.id group by 1 having count(*) > 1 limit 3",
    "SELECT p.age, count(*) AS count FROM (public.people p JOIN public.teams t ON ((t.owner = p.id))) GROUP BY p.age HAVING (count(*) > 1) LIMIT 3",
  ],
  [
    "with a as (select * from teams) select title from a union all select name from people order by title",
    "WITH a AS ( SELECT teams.id, teams.owner, teams.title FROM public.teams ) SELECT a.title FROM a UNION ALL SELECT people.name FROM public.people ORDER BY 1",
  ],
  [
    "select tag from people, unnest(tags) tag",
    "SELECT tag.tag FROM public.people, LATERAL unnest(people.tags) tag(tag)",
  ],
  [
    "select row_number() over (partition by age order by name asc) from people",
    "SELECT row_number() OVER (PARTITION BY age ORDER BY name) AS row_number FROM public.people",
  ],
])("the query %s is printed as %s", (one, other) => {
  // Of a view the columns are facts by themselves, and say what `*` meant.
  expect(compare(written(one), { sql: other }, view)).toBe("same");
});

const range = { key: "table public.visits_1", field: "bound" } as const;
const list = { key: "table public.places_1", field: "bound" } as const;

test.each<[one: string, other: string, at: SqlPlace, sameness: Sameness]>([
  [
    "for values from ('2024-01-01', 5, 'a') to ('2024-02-01', maxvalue, minvalue)",
    "FOR VALUES FROM ('2024-01-01 00:00:00+00', '5', 'a') TO ('2024-02-01 00:00:00+00', MAXVALUE, MINVALUE)",
    range,
    "same",
  ],
  [
    "for values from ('2024-01-01T02:00+02') to ('2024-02-01')",
    "FOR VALUES FROM ('2024-01-01 00:00:00+00') TO ('2024-02-01 00:00:00+00')",
    range,
    "same",
  ],
  // The session had another time zone, or these are others.
  [
    "for values from ('2024-01-01') to ('2024-02-01')",
    "FOR VALUES FROM ('2023-12-31 23:00:00+00') TO ('2024-01-31 23:00:00+00')",
    range,
    "unknown",
  ],
  [
    "for values from ('2024-01-01 00:00+00') to (maxvalue)",
    "FOR VALUES FROM ('2023-12-31 23:00:00+00') TO (MAXVALUE)",
    range,
    "different",
  ],
  [
    "for values from (now()) to (maxvalue)",
    "FOR VALUES FROM ('2023-12-31 23:00:00+00') TO (MAXVALUE)",
    range,
    "unknown",
  ],
  ["for values in ('b', 'a', 'b', null)", "FOR VALUES IN ('b', 'a', NULL)", list, "same"],
  ["for values in ('b', 'a')", "FOR VALUES IN ('b', 'c')", list, "different"],
  ["for values in ('b')", "DEFAULT", list, "different"],
  ["for values with (modulus 4, remainder 1)", "FOR VALUES WITH (modulus 4, remainder 1)", list, "same"],
])("the bound %s against %s", (one, other, at, sameness) => {
  expect(compare(written(one), { sql: other }, at)).toBe(sameness);
});

test.each<[written: string, printed: string, same: Sameness]>([
  [`data = '{"b": 0.7, "a": [1.50, -3]}'`, `(data = '{"a": [1.50, -3], "b": 0.7}'::jsonb)`, "same"],
  [`data = '{"b": 0.7}'`, `(data = '{"b": 0.70}'::jsonb)`, "different"],
  [`data = '{"b": 1e2}'`, `(data = '{"b": 100}'::jsonb)`, "unknown"],
  ["now() > '1970-01-01T00:00:00Z'", "(now() > '1970-01-01 00:00:00+00'::timestamp with time zone)", "same"],
])("%s is printed as %s: %s", (one, other, same) => {
  expect(compare(written(one), { sql: other }, policy)).toBe(same);
});

test("the default of a character(n) is printed as bpchar", () => {
  const at = { key: "column public.addresses.country", field: "default" } as const;
  expect(compare(written("'BE'"), { sql: "'BE'::bpchar" }, at)).toBe("same");
  expect(compare(written("'BE'"), { sql: "'NL'::bpchar" }, at)).toBe("different");
});
