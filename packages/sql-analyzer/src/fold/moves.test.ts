// Owns what a fold tells of identity: the log of what statements renamed.
import { describe, expect, test } from "vitest";
import {
  type Catalog,
  catalogOf,
  fold,
  keyAlone,
  type Key,
  loadGrammar,
  type Move,
  read,
  startFold,
  typeAfter,
} from "../index.ts";

const grammar = await loadGrammar();
const empty = catalogOf(
  ["public", "pg_catalog"].map((name) => ({
    key: keyAlone("schema", name),
    kind: "schema" as const,
    name,
    certainty: "exact" as const,
  })),
  { source: "server", major: 17 },
);

const world = `
  create schema app; create schema other; create role clerk;
  create type app.state as enum ('new', 'old'); create type app.pair as (a int, b int);
  create domain app.mail text constraint at check (value like '%@%');
  create table app.t (id int primary key, n serial, s app.state, p app.pair, constraint n_even check (n % 2 = 0));
  create table app.heir () inherits (app.t); create table app.grandheir () inherits (app.heir);
  create unique index t_n on app.t (n);
  create sequence app.seq;
  create view app.v as select id from app.t;
  create materialized view app.m as select id from app.t;
  create function app.f(app.state) returns int language sql as 'select 1';
  create function public.g(app.state[]) returns int language sql as 'select 1';
  create procedure app.p() language sql as 'select 1';
  create aggregate app.total(int) (sfunc = int4pl, stype = int);
  create policy own on app.t; create trigger t_touch before insert on app.t for each row execute function app.f();
  create rule quiet as on delete to app.t do instead nothing;
  create statistics app.st on id, n from app.t;
  create collation app.c (locale = 'C');
  create publication pub for table app.t;
  create event trigger watch on ddl_command_start execute function app.f();
  create foreign data wrapper w; create server srv foreign data wrapper w;
  create foreign table app.ft (id int) server srv;
`;
const { catalog: start } = fold(empty, read(world, grammar).statements, { grammar });

function moved(sql: string, before: Catalog = start) {
  const folding = startFold(before, { grammar });
  folding.apply(read(sql, grammar).statements);
  return {
    catalog: folding.catalog(),
    moves: folding.moves().map(({ from, to, along }) => ({ from, to, ...(along && { along }) })),
    values: folding.renamedValues(),
  };
}

const one: readonly (readonly [sql: string, from: string, to: string])[] = [
  ["alter foreign table app.ft rename column id to no", "column app.ft.id", "column app.ft.no"],
  ["alter domain app.mail rename constraint at to has_at", "constraint app.mail.at", "constraint app.mail.has_at"],
  ["alter domain app.mail rename to email", "domain app.mail", "domain app.email"],
  ["alter type app.pair rename attribute a to x", "attribute app.pair.a", "attribute app.pair.x"],
  ["alter type app.pair rename to couple", "composite type app.pair", "composite type app.couple"],
  ["alter policy own on app.t rename to mine", "policy app.t.own", "policy app.t.mine"],
  ["alter trigger t_touch on app.t rename to touch", "trigger app.t.t_touch", "trigger app.t.touch"],
  ["alter rule quiet on app.t rename to still", "rule app.t.quiet", "rule app.t.still"],
  ["alter view app.v rename column id to no", "column app.v.id", "column app.v.no"],
  ["alter view app.v rename to w", "view app.v", "view app.w"],
  ["alter materialized view app.m set schema other", "materialized view app.m", "materialized view other.m"],
  ["alter index app.t_n rename to t_key", "index app.t_n", "index app.t_key"],
  ["alter sequence app.seq rename to numbers", "sequence app.seq", "sequence app.numbers"],
  ["alter sequence app.seq set schema other", "sequence app.seq", "sequence other.seq"],
  ["alter function app.f rename to h", "function app.f(app.state)", "function app.h(app.state)"],
  ["alter function app.f(app.state) set schema other", "function app.f(app.state)", "function other.f(app.state)"],
  ["alter procedure app.p rename to q", "procedure app.p()", "procedure app.q()"],
  ["alter aggregate app.total(int) rename to sums", "aggregate app.total(integer)", "aggregate app.sums(integer)"],
  ["alter statistics app.st rename to su", "statistics app.st", "statistics app.su"],
  ["alter collation app.c set schema other", "collation app.c", "collation other.c"],
  ["alter publication pub rename to feed", "publication pub", "publication feed"],
  ["alter event trigger watch rename to guard", "event trigger watch", "event trigger guard"],
  ["alter foreign data wrapper w rename to x", "foreign data wrapper w", "foreign data wrapper x"],
  ["alter server srv rename to far", "server srv", "server far"],
  ["alter foreign table app.ft rename to remote", "foreign table app.ft", "foreign table app.remote"],
  ["alter role clerk rename to scribe", "role clerk", "role scribe"],
];

const several: readonly (readonly [sql: string, moves: readonly Omit<Move, "statement">[]])[] = [
  [
    "alter table app.t rename constraint n_even to n_ok",
    [
      { from: "constraint app.t.n_even", to: "constraint app.t.n_ok" },
      { from: "constraint app.heir.n_even", to: "constraint app.heir.n_ok", along: true },
      { from: "constraint app.grandheir.n_even", to: "constraint app.grandheir.n_ok", along: true },
    ],
  ],
  [
    "alter table app.t rename to u",
    [
      { from: "table app.t", to: "table app.u" },
      { from: "publication table pub.app.t", to: "publication table pub.app.u", along: true },
    ],
  ],
  [
    "alter table app.t rename column id to no",
    [
      { from: "column app.t.id", to: "column app.t.no" },
      { from: "column app.heir.id", to: "column app.heir.no", along: true },
      { from: "column app.grandheir.id", to: "column app.grandheir.no", along: true },
    ],
  ],
  [
    "alter table app.t rename constraint t_pkey to t_id",
    [
      { from: "constraint app.t.t_pkey", to: "constraint app.t.t_id" },
      { from: "index app.t_pkey", to: "index app.t_id", along: true },
    ],
  ],
  [
    "alter index app.t_pkey rename to t_id",
    [
      { from: "index app.t_pkey", to: "index app.t_id" },
      { from: "constraint app.t.t_pkey", to: "constraint app.t.t_id", along: true },
    ],
  ],
  [
    "alter table app.t add constraint t_uni unique using index t_n",
    [{ from: "index app.t_n", to: "index app.t_uni", along: true }],
  ],
  [
    "alter table app.t set schema other",
    [
      { from: "table app.t", to: "table other.t" },
      { from: "publication table pub.app.t", to: "publication table pub.other.t", along: true },
      { from: "index app.t_pkey", to: "index other.t_pkey", along: true },
      { from: "index app.t_n", to: "index other.t_n", along: true },
      { from: "sequence app.t_n_seq", to: "sequence other.t_n_seq", along: true },
    ],
  ],
  [
    "alter type app.state rename to phase",
    [
      { from: "enum app.state", to: "enum app.phase" },
      { from: "function app.f(app.state)", to: "function app.f(app.phase)", along: true },
      { from: "function public.g(app.state[])", to: "function public.g(app.phase[])", along: true },
    ],
  ],
  [
    "alter schema app rename to web",
    [
      { from: "schema app", to: "schema web" },
      { from: "publication table pub.app.t", to: "publication table pub.web.t", along: true },
      { from: "publication table pub.app.heir", to: "publication table pub.web.heir", along: true },
      { from: "publication table pub.app.grandheir", to: "publication table pub.web.grandheir", along: true },
      { from: "function app.f(app.state)", to: "function web.f(web.state)", along: true },
      { from: "function public.g(app.state[])", to: "function public.g(web.state[])", along: true },
    ],
  ],
];

describe("moves", () => {
  test.each(one)("%s", (sql, from, to) => {
    expect(moved(sql).moves).toEqual([{ from, to }]);
  });

  test.each(several)("%s, and what goes along", (sql, moves) => {
    const [first, ...rest] = moved(sql).moves;
    expect(first).toEqual(moves[0]);
    expect(new Set(rest)).toEqual(new Set(moves.slice(1)));
  });

  test.each([...one, ...several].map(([sql]) => sql))(
    "%s: with their children they say where every fact went",
    (sql) => {
      const { catalog, moves } = moved(sql);
      const went = new Map(moves.map(({ from, to }) => [from, to]));
      const named = new Set(Object.keys(catalog.facts));
      for (const [from, to] of went) {
        expect(Object.keys(start.facts)).toContain(from);
        expect(named).toContain(to);
      }
      const lost = (Object.keys(start.facts) as Key[]).filter((key) => !named.has(key) && !went.has(key));
      const orphans = lost.filter((key) => {
        let parent = start.facts[key]?.parent;
        while (parent !== undefined && !went.has(parent)) parent = start.facts[parent]?.parent;
        return parent === undefined;
      });
      expect(orphans).toEqual([]);
      expect(Object.keys(catalog.facts).length).toBeGreaterThanOrEqual(Object.keys(start.facts).length);
    },
  );

  test("are in order, over files, each as the one before left it", () => {
    const folding = startFold(start, { grammar });
    folding.apply(read("alter table app.v rename to w; alter view app.w set schema other", grammar).statements);
    folding.apply(read("set search_path = other; do $$ begin alter view w rename to v; end $$", grammar).statements);
    expect(folding.moves()).toEqual([
      { from: "view app.v", to: "view app.w", statement: 0 },
      { from: "view app.w", to: "view other.w", statement: 1 },
      { from: "view other.w", to: "view other.v", statement: 1 },
    ]);
  });

  test("of an extension say which schemas its types left and went to", () => {
    const folding = startFold(start, { grammar });
    const sql = "create extension citext; do $$ begin alter extension citext set schema other; end $$";
    folding.apply(read(sql, grammar).statements);
    const moves = folding.moves();
    const extension = keyAlone("extension", "citext");
    expect(moves).toEqual([{ from: extension, to: extension, schemas: ["public", "other"], statement: 1 }]);
    const types = ["public.citext", "public.citext[]", "public.citext_of_mine", "app.citext"];
    expect(types.map((type) => typeAfter(type, moves))).toEqual(["other.citext", "other.citext[]", ...types.slice(2)]);
  });

  test("are none where nothing is known to have moved", () => {
    const sql = `create temp table x (); alter table x rename to y; alter table if exists app.missing rename to z;
      alter table app.t add column z int; drop view app.v;
      do $$ begin if random() > 0.5 then alter table app.t rename to u; end if; end $$`;
    expect(moved(sql)).toMatchObject({ moves: [], values: [] });
  });

  test("values of enums are told apart, with the type's name of then", () => {
    const sql = `alter type app.state rename value 'new' to 'fresh'; alter type app.state rename to phase;
      alter type app.phase rename value 'old' to 'stale'; alter type app.phase add value 'gone'`;
    expect(moved(sql).values).toEqual([
      { type: "enum app.state", from: "new", to: "fresh" },
      { type: "enum app.phase", from: "old", to: "stale" },
    ]);
  });
});
