// Pins what classify tells from a statement's text; that it is what servers do is held by test/locks.
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type Grammar, loadGrammar } from "../grammar.ts";
import { read, type Statement } from "../read.ts";
import type { Classification, Relation, Touch } from "./classification.ts";
import { classify, type ClassifyOptions } from "./classify.ts";

let grammar: Grammar;
beforeAll(async () => {
  grammar = await loadGrammar();
});

function statement(sql: string): Statement {
  const { statements } = read(sql, grammar);
  expect(statements).toHaveLength(1);
  return statements[0]!;
}

function of(sql: string, options?: ClassifyOptions): Classification {
  return classify(statement(sql), options);
}

function show({ schema, name }: Relation): string {
  return schema === undefined ? name : `${schema}.${name}`;
}

function where({ relation, kin, when }: Touch): string {
  return [kin, relation && show(relation), when].filter((part) => part !== undefined).join(" ");
}

/** The locks in words: `t: SHARE`, `partitions t if it has partitions: SHARE`. */
function locks(sql: string, options?: ClassifyOptions): readonly string[] {
  return of(sql, options).locks.map((lock) => `${where(lock)}: ${lock.mode}`);
}

describe("locks", () => {
  it("are on every relation that the statement names, as it names them", () => {
    expect(locks('alter table only app."T" add foreign key (a) references auth.users')).toEqual([
      "app.T: SHARE ROW EXCLUSIVE",
      "auth.users: SHARE ROW EXCLUSIVE",
      "partitions auth.users if the other table has partitions: SHARE ROW EXCLUSIVE",
    ]);
    expect(locks("drop index a, s.b")).toEqual([
      "a: ACCESS EXCLUSIVE",
      "table a: ACCESS EXCLUSIVE",
      "s.b: ACCESS EXCLUSIVE",
      "table s.b: ACCESS EXCLUSIVE",
    ]);
    expect(locks("create table t (id int references a, b int, foreign key (b) references s.b, like l)")).toEqual([
      "a: SHARE ROW EXCLUSIVE",
      "s.b: SHARE ROW EXCLUSIVE",
      "l: ACCESS SHARE",
    ]);
    expect(locks("create policy p on t using (exists (select from only m))")).toEqual([
      "t: ACCESS EXCLUSIVE",
      "m: ACCESS SHARE",
      "underlying m if it is a view: ACCESS SHARE",
    ]);
  });

  it("are the strongest of what the statement does", () => {
    expect(locks("alter table only t validate constraint c, disable trigger x, alter a set statistics 5")).toEqual([
      "t: SHARE ROW EXCLUSIVE",
      "referenced t if it is a foreign key: ROW SHARE",
    ]);
    expect(locks("alter table only t validate constraint c, enable row level security")[0]).toBe("t: ACCESS EXCLUSIVE");
  });

  it("are on kin where the statement names nothing", () => {
    expect(locks("vacuum")).toEqual(["contents: SHARE UPDATE EXCLUSIVE"]);
    expect(locks("drop function f() cascade")).toEqual([
      "users if triggers, policies or defaults use it, or columns have the type: ACCESS EXCLUSIVE",
    ]);
    expect(locks("drop function f()")).toEqual([]);
  });

  it("spare partitions with ONLY", () => {
    expect(locks("alter table t alter a drop not null")).toEqual([
      "t: ACCESS EXCLUSIVE",
      "partitions t if it has partitions: ACCESS EXCLUSIVE",
    ]);
    expect(locks("alter table only t alter a drop not null")).toEqual(["t: ACCESS EXCLUSIVE"]);
  });

  it("are those of the server's major, or of any", () => {
    const grant = "grant select on t to public";
    expect(locks(grant)).toEqual(["t on PostgreSQL 18: ACCESS SHARE"]);
    expect(locks(grant, { major: 18 })).toEqual(["t: ACCESS SHARE"]);
    expect(locks(grant, { major: 99 })).toEqual(["t: ACCESS SHARE"]);
    for (const major of [14, 15, 16, 17]) expect(locks(grant, { major })).toEqual([]);
    // What a major does not have is answered as on those that do.
    expect(locks("alter table only t add not null a not valid", { major: 15 })).toEqual(["t: ACCESS EXCLUSIVE"]);
  });
});

describe("rewrites and scans", () => {
  const cases: readonly [sql: string, rewrite: string, scan: string][] = [
    ["alter table t add column a int", "none", "none"],
    ["alter table t add column a timestamptz default now() - interval '1 day'", "none", "none"],
    ["alter table t add column a uuid not null default pg_catalog.gen_random_uuid()", "table", "full"],
    ["alter table t add column a uuid default extensions.uuid_generate_v4()", "maybe", "maybe"],
    ["alter table t add column a public.mood", "maybe", "maybe"],
    ["alter table t add column a bigserial", "table", "full"],
    ["alter table t add column a int generated always as (b) stored", "table", "full"],
    ["alter table t add column a int check (a > 0)", "none", "full"],
    ["alter table t add column a int references o", "none", "none"],
    ["alter table t add column a int default 5 references o", "none", "full"],
    ["alter table t add check (a > 0)", "none", "full"],
    ["alter table t add check (a > 0) not valid", "none", "none"],
    ["alter table t alter a set not null", "none", "maybe"],
    ["alter table t alter a type bigint", "maybe", "maybe"],
    ["alter table t alter a type text using upper(a)", "table", "full"],
    ["create index on t (a)", "none", "full"],
    ["create index concurrently if not exists i on t (a)", "none", "maybe"],
    ["reindex index i", "indexes", "full"],
    ["reindex table t", "indexes", "full"],
    ["vacuum full t", "table", "full"],
    ["vacuum t", "none", "none"],
    ["truncate t", "none", "none"],
    ["select * from t", "none", "none"],
    ["alter domain d add check (value > 0)", "none", "maybe"],
    ["alter view v set (security_invoker = on)", "none", "none"],
  ];
  it.each(cases)("%s: %s, %s", (sql, rewrite, scan) => {
    const { rewrite: seen, scan: read } = of(sql);
    expect([seen.extent, read.extent]).toEqual([rewrite, scan]);
    expect(seen.reason === undefined).toBe(rewrite !== "maybe");
    expect(read.reason === undefined).toBe(scan !== "maybe");
  });

  it("say what they depend on", () => {
    expect(of("alter table t alter a set not null").scan.reason).toBe(
      "unless a valid CHECK constraint proves it, or the column is NOT NULL already",
    );
    expect(of("alter table t alter a type varchar(20)").rewrite.reason).toBe(
      "unless the limit of a text or varchar is loosened or dropped, or only its collation changes",
    );
    expect(of("alter table t add a mood default f()").rewrite.reason).toBe(
      "if the type is a domain with constraints; or unless its functions are stable or immutable",
    );
  });
});

describe("losses", () => {
  const t = { name: "t" };
  const cascades = "if foreign keys refer to it with ON DELETE CASCADE, SET NULL or SET DEFAULT";
  const cases: readonly [sql: string, losses: Classification["destroys"]][] = [
    [
      "drop table if exists t, s.u cascade",
      [
        { what: "object", type: "TABLE", name: ["t"], cascade: true },
        { what: "object", type: "TABLE", name: ["s", "u"], cascade: true },
      ],
    ],
    ["drop policy p on s.t", [{ what: "object", type: "POLICY", name: ["s", "t", "p"], cascade: false }]],
    ["drop index concurrently i", [{ what: "object", type: "INDEX", name: ["i"], cascade: false }]],
    ["drop function s.f(int)", [{ what: "object", type: "FUNCTION", name: ["s", "f"], cascade: false }]],
    ["drop cast (a as s.b)", [{ what: "object", type: "CAST", name: ["a", "s", "b"], cascade: false }]],
    ["drop schema s cascade", [{ what: "object", type: "SCHEMA", name: ["s"], cascade: true }]],
    ["drop role r", [{ what: "object", type: "ROLE", name: ["r"], cascade: false }]],
    ["alter table t drop column a cascade", [{ what: "columns", relation: t, columns: ["a"], cascade: true }]],
    [
      "alter table s.t drop constraint c",
      [{ what: "object", type: "CONSTRAINT", name: ["s", "t", "c"], cascade: false }],
    ],
    ["alter type t drop attribute a", [{ what: "columns", relation: t, columns: ["a"], cascade: false }]],
    [
      "alter table t alter a type smallint, alter b type text",
      [{ what: "values", relation: t, columns: ["a"], which: "all", when: "if the new type is narrower than the old" }],
    ],
    [
      "alter table t alter a type text using left(a, 5)",
      [{ what: "values", relation: t, columns: ["a"], which: "all", when: "unless USING keeps what the values say" }],
    ],
    ["truncate t", [{ what: "rows", relation: t, which: "all" }]],
    [
      "truncate t restart identity cascade",
      [
        { what: "rows", relation: t, which: "all" },
        { what: "rows", relation: t, kin: "referencing", which: "all", when: "if foreign keys refer to it" },
        { what: "position", relation: t, kin: "sequences" },
      ],
    ],
    [
      "delete from t",
      [
        { what: "rows", relation: t, which: "all" },
        { what: "rows", relation: t, kin: "referencing", which: "some", when: cascades },
      ],
    ],
    [
      "update t set a = 1, (b, c) = (2, 3), a[2] = 4",
      [{ what: "values", relation: t, columns: ["a", "b", "c"], which: "all" }],
    ],
    ["update t set a = 1 from u", [{ what: "values", relation: t, columns: ["a"], which: "some" }]],
    ["update t set a = 1 where b", [{ what: "values", relation: t, columns: ["a"], which: "some" }]],
    ["insert into t values (1) on conflict do nothing", []],
    [
      "insert into t values (1) on conflict (a) do update set b = excluded.b",
      [{ what: "values", relation: t, columns: ["b"], which: "some", when: "if rows are there already" }],
    ],
    [
      "merge into t using u on true when matched and a then update set b = 1 when matched then delete",
      [
        { what: "values", relation: t, columns: ["b"], which: "some" },
        { what: "rows", relation: t, which: "some" },
        { what: "rows", relation: t, kin: "referencing", which: "some", when: cascades },
      ],
    ],
    [
      "with x as (update t set a = 1 returning *) select * from x",
      [{ what: "values", relation: t, columns: ["a"], which: "all" }],
    ],
    ["explain delete from t", []],
    ["explain (analyze) update t set a = 1", [{ what: "values", relation: t, columns: ["a"], which: "all" }]],
    ["alter sequence t restart with 5", [{ what: "position", relation: t }]],
    ["alter sequence t increment 5", []],
    ["alter table t alter a restart", [{ what: "position", relation: t, kin: "sequences" }]],
    ["create or replace function f() returns int language sql as 'select 1'", []],
    ["alter table t rename column a to b", []],
  ];
  it.each(cases)("%s", (sql, losses) => {
    expect(of(sql).destroys).toEqual(losses);
  });
});

describe("reads and writes", () => {
  const cases: readonly [sql: string, reads: readonly string[], writes: readonly string[]][] = [
    ["select (select max(a) from b) from s.t join u using (id) where exists (table v)", ["s.t", "u", "b", "v"], []],
    ["with t as (select 1) select * from t, s.t", ["s.t"], []],
    ["with recursive a as (select 1 union all select * from a, b) select * from a", ["b"], []],
    ["with a as (select * from b), b as (select * from a) select * from b", ["b"], []],
    ["select * from (with a as (select 1) select * from a) x, a", ["a"], []],
    ["insert into t select * from t2 union select * from t3", ["t2", "t3"], ["t"]],
    ["with gone as (delete from a returning *) insert into b select * from gone", [], ["b", "a"]],
    ["update t set a = (select a from u where u.id = t.id)", ["u"], ["t"]],
    ["merge into t using (select * from u) x on true when matched then delete", ["u"], ["t"]],
    ["create table t as select * from u", ["u"], ["t"]],
    ["select * into t from u", ["u"], ["t"]],
    ["create view v as select * from u", [], []],
    ["refresh materialized view m", [], ["m"]],
    ["copy t from stdin", [], ["t"]],
    ["copy t to stdout", ["t"], []],
    ["copy (delete from t returning *) to stdout", [], ["t"]],
    ["truncate t, s.u", [], ["t", "s.u"]],
    ["explain select * from t", [], []],
    ["alter table t add column a int", [], []],
  ];
  it.each(cases)("%s", (sql, reads, writes) => {
    const seen = of(sql);
    expect([seen.reads.map(show), seen.writes.map(show)]).toEqual([reads, writes]);
  });

  it("lock rows where FOR UPDATE reaches", () => {
    const strong = (sql: string): readonly string[] => locks(sql).filter((lock) => /^\w+: ROW SHARE/.test(lock));
    expect(strong("select * from only a x join only b on true for update of x")).toEqual(["a: ROW SHARE"]);
    expect(strong("select * from only a, (select * from only b where exists (table c)) x for share")).toEqual([
      "a: ROW SHARE",
      "b: ROW SHARE",
    ]);
  });
});

describe("what is unknown", () => {
  it.each([
    ["do $$ begin end $$", ["it runs a DO block"]],
    ["call s.p(1)", ["it runs the procedure s.p"]],
    ["execute q", ["it runs the prepared statement q"]],
    ["create extension citext", ["it runs the script of the extension citext"]],
    ["select cron.schedule('x'), lower(a), now(), pg_catalog.count(*) from t", ["it calls the function cron.schedule"]],
    ["create view v as select f()", []],
    ["security label on table t is 'x'", ["SECURITY LABEL ON TABLE was not measured"]],
    ["select from where", ["it was not parsed"]],
  ])("%s", (sql, unknown) => {
    expect(of(sql).unknown).toEqual(unknown);
  });
});

describe("any statement", () => {
  it("is answered in JSON, with nothing that was not measured", () => {
    const folder = fileURLToPath(new URL("../../../../migrations/", import.meta.url));
    const texts = globSync("**/*.sql", { cwd: folder }).map((path) => readFileSync(`${folder}/${path}`, "utf8"));
    const statements = texts.flatMap((text) => read(text, grammar).statements);
    expect(statements.length).toBeGreaterThan(50);
    for (const one of statements) {
      const said = classify(one);
      expect(JSON.parse(JSON.stringify(said))).toEqual(said);
      expect(said.unknown.filter((reason) => reason.endsWith("not measured"))).toEqual([]);
    }
  });

  it("is answered however deep or long it is", () => {
    const deep = `select ${"1 + ".repeat(3000)}f() from t`;
    expect(of(deep)).toMatchObject({ reads: [{ name: "t" }], unknown: ["it calls the function f"] });
    const long = `insert into t values ${"(1, 'a'), ".repeat(50_000)}(2, 'b')`;
    expect(of(long).writes).toEqual([{ name: "t" }]);
  });
});
