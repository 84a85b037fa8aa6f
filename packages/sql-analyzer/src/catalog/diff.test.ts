// Two catalogs differ in what they say, named once and in words that a person understands.
import { describe, expect, test } from "vitest";
import { catalogOf, type Catalog, type Fact, type Kind } from "./catalog.ts";
import { diff, type Sameness } from "./diff.ts";
import type { Grant } from "./grants.ts";
import { describeDiff } from "./words.ts";

const certain = { certainty: "exact" } as const;
const schema: Fact<"schema"> = { key: "schema app", kind: "schema", name: "app", ...certain };
const table: Fact<"table"> = {
  key: "table app.t",
  kind: "table",
  name: "t",
  parent: "schema app",
  owner: "me",
  ...certain,
};
const column = (name: string, position: number, more: Partial<Fact<"column">> = {}): Fact<"column"> => ({
  key: `column app.t.${name}`,
  kind: "column",
  name,
  parent: "table app.t",
  position,
  type: "integer",
  ...certain,
  ...more,
});
const body = (text: string): Fact<"function"> => ({
  key: "function app.f()",
  kind: "function",
  name: "f",
  parent: "schema app",
  arguments: [],
  language: "sql",
  body: text,
  ...certain,
});

const server = (...facts: Fact[]): Catalog => catalogOf(facts, { source: "server", major: 17 });
const files = (...facts: Fact[]): Catalog => catalogOf(facts, { source: "files", major: 17 });
const words = (before: Fact[], after: Fact[]): readonly string[] =>
  describeDiff(diff(server(...before), server(...after)));

test("nothing, if nothing differs", () => {
  expect(diff(server(schema, table, column("a", 1)), server(column("a", 1), schema, { ...table }))).toEqual([]);
});

test("what came and went, its parts as such", () => {
  const index: Fact<"index"> = {
    key: "index app.t_pkey",
    kind: "index",
    name: "t_pkey",
    parent: "schema app",
    table: "table app.t",
    method: "btree",
    keys: [{ column: "a" }],
    ...certain,
  };
  const differences = diff(server(schema), server(schema, table, column("a", 1), index));
  expect(differences).toEqual([
    { key: "column app.t.a", kind: "column", what: "added", within: "table app.t", certainty: "exact" },
    { key: "index app.t_pkey", kind: "index", what: "added", within: "table app.t", certainty: "exact" },
    { key: "table app.t", kind: "table", what: "added", certainty: "exact" },
  ]);
  expect(describeDiff(differences)).toEqual(["table app.t: added"]);
  expect(words([schema, table, column("a", 1)], [schema, table])).toEqual(["column app.t.a: removed"]);
});

test("a field, with what it was and is", () => {
  expect(diff(server(column("a", 1)), server(column("a", 1, { type: "bigint", certainty: "assumed" })))).toEqual([
    {
      key: "column app.t.a",
      kind: "column",
      what: "changed",
      field: "type",
      before: "integer",
      after: "bigint",
      certainty: "assumed",
    },
  ]);
});

describe("columns", () => {
  test("that come or go move no other", () => {
    const before = [table, column("a", 1), column("b", 2), column("c", 3)];
    expect(words(before, [table, column("b", 1), column("c", 2), column("d", 3)])).toEqual([
      "column app.t.a: removed",
      "column app.t.d: added",
    ]);
  });

  test("in another order are said once", () => {
    const before = [table, column("a", 1), column("b", 2), column("c", 3), column("gone", 4)];
    expect(words(before, [table, column("c", 1), column("new", 2), column("a", 3), column("b", 4)])).toEqual([
      "column app.t.gone: removed",
      "column app.t.new: added",
      "table app.t: columns a, b, c → c, a, b",
    ]);
  });
});

describe("grants", () => {
  const granted = (...grants: Grant[]): Fact[] => [{ ...table, grants }];

  test("one by one", () => {
    const before = granted({ to: "anon", privileges: ["SELECT"] }, { to: "gone", privileges: ["INSERT"] });
    const after = granted(
      { to: "anon", privileges: ["INSERT", "SELECT"], grantable: ["SELECT"] },
      { to: "anon", by: "other", privileges: ["SELECT"] },
    );
    expect(words(before, after)).toEqual([
      "table app.t: grants to anon SELECT → INSERT, SELECT with grant option",
      "table app.t: grants to anon by other none → SELECT",
      "table app.t: grants to gone INSERT → none",
    ]);
  });

  test("the owner has all that is not said", () => {
    expect(words([table], granted({ to: "me", privileges: ["SELECT"] }))).toEqual([
      "table app.t: grants to me ALL → SELECT",
    ]);
    expect(words([table], [{ ...table, owner: "you" }])).toEqual(["table app.t: owner me → you"]);
  });
});

test("options one by one", () => {
  expect(words([{ ...table, options: { a: "1", b: "2" } }], [{ ...table, options: { b: "3", c: "4" } }])).toEqual([
    "table app.t: options a 1 → none",
    "table app.t: options b 2 → 3",
    "table app.t: options c none → 4",
  ]);
});

describe("SQL", () => {
  const view = (sql: string, more: Partial<Fact<"view">> = {}): Fact => ({
    key: "view app.v",
    kind: "view",
    name: "v",
    query: { sql },
    ...certain,
    ...more,
  });

  test("is the same if it is written the same, or if somebody who knows says so", () => {
    expect(
      diff(server(view("select 1")), files(view("select 1", { query: { sql: "select 1", path: ["app"] } }))),
    ).toEqual([]);
    const [before, after] = [server(view("SELECT t.a FROM app.t")), files(view("select a from t"))];
    expect(diff(before, after)).toHaveLength(1);
    const asked: unknown[] = [];
    const sameSql = (...question: unknown[]): Sameness => (asked.push(question) === 1 ? "same" : "different");
    expect(diff(before, after, { sameSql })).toEqual([]);
    expect(asked).toEqual([
      [{ sql: "SELECT t.a FROM app.t" }, { sql: "select a from t" }, { key: "view app.v", field: "query" }],
    ]);
  });

  test("is in doubt where nobody can say", () => {
    const [before, after] = [server(view("SELECT t.a FROM app.t")), files(view("select a from t"))];
    const differences = diff(before, after, { sameSql: () => "unknown" });
    expect(differences).toMatchObject([{ key: "view app.v", field: "query", unsure: true }]);
    expect(describeDiff(differences)).toEqual([
      "view app.v: query SELECT t.a FROM app.t → select a from t (may be no difference)",
    ]);
  });

  test("of the definition counts only between servers of one version, where nothing else differs", () => {
    const before = view("select 1", { definition: { sql: "create view v as select 1" } });
    const after = view("select 1", { definition: { sql: "create view v as (select 1)" } });
    expect(words([before], [after])).toEqual([
      "view app.v: definition create view v as select 1 → create view v as (select 1)",
    ]);
    expect(words([before], [{ ...after, comment: "x" }])).toEqual(["view app.v: comment none → x"]);
    expect(diff(server(before), files(after))).toEqual([]);
    expect(diff(server(before), catalogOf([after], { source: "server", major: 16 }))).toEqual([]);
  });
});

test("versions are compared in what both know", () => {
  const grant = { to: "anon", privileges: ["MAINTAIN", "SELECT"], grantable: ["MAINTAIN"] };
  const member = (memberOf: Fact<"role">["memberOf"] & object): Fact => ({
    key: "role r",
    kind: "role",
    name: "r",
    memberOf,
    ...certain,
  });
  const named: Fact<"constraint"> = {
    key: "constraint app.t.n",
    kind: "constraint",
    name: "n",
    type: "not null",
    ...certain,
  };
  const newer = [
    { ...table, grants: [grant] },
    member([{ role: "g", admin: true, inherit: false, noSet: true }]),
    named,
  ];
  const older = [{ ...table, grants: [{ to: "anon", privileges: ["SELECT"] }] }, member([{ role: "g", admin: true }])];
  const of = (major: number, facts: Fact[]): Catalog => catalogOf(facts, { source: "server", major });
  expect(describeDiff(diff(of(15, older), of(18, newer)))).toEqual([]);
  expect(describeDiff(diff(of(18, older), of(18, newer)))).toEqual([
    "constraint app.t.n: added",
    "role r: member of role g admin → role g admin inherit false no set",
    "table app.t: grants to anon SELECT → MAINTAIN with grant option, SELECT",
  ]);
});

describe("in words", () => {
  test("a body by its first line that differs", () => {
    expect(words([body("begin\n  a;\n  b;\nend")], [body("begin\n  a;\n  c;\nend")])).toEqual([
      "function app.f(): body, line 3: b; → c;",
    ]);
    expect(words([body("one\ntwo")], [body("one")])).toEqual(["function app.f(): body, line 2: two → nothing"]);
  });

  test("a long text from shortly before where it differs", () => {
    const long = (end: string): Fact => body(`${"x".repeat(300)} ${end} ${"y".repeat(300)}`);
    const [line] = words([long("here")], [long("there")]);
    expect(line).toMatch(/^function app.f\(\): body …x+ here y+… → …x+ there y+…$/);
    expect(line!.length).toBeLessThan(260);
  });

  test("flags as yes and no, what is absent by its name", () => {
    expect(words([{ ...table, rowSecurity: true, comment: "" }], [{ ...table, replicaIdentity: "full" }])).toEqual([
      "table app.t: row security yes → no",
      "table app.t: comment '' → none",
      "table app.t: replica identity default → full",
    ]);
  });

  test("of a list of things only those that differ", () => {
    const f = (type: string): Fact => ({
      ...body(""),
      arguments: [
        { name: "a", type: "text" },
        { name: "b", type },
      ],
    });
    expect(words([f("integer")], [f("bigint")])).toEqual([
      "function app.f(): arguments name b type integer → name b type bigint",
    ]);
  });
});

test("every kind can be compared", () => {
  const kinds: readonly Kind[] = ["role", "cast", "object"];
  for (const kind of kinds) {
    const fact = { key: `${kind} x`, kind, name: "x", ...certain } as unknown as Fact;
    expect(words([fact], [{ ...fact, comment: "y" }])).toEqual([`${kind} x: comment none → y`]);
  }
});
