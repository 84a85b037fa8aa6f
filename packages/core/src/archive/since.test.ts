// What was changed after a migration is left as it is and named; what an archive does not hold is said.
import type { Server } from "@clew/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client } from "pg";
import { archived, archivedHere, startArchiveServer } from "../../test/archived.ts";
import { isClewError } from "../errors.ts";
import { pglite } from "../drivers/pglite.ts";
import { readKeptRows, purgeKeptRows } from "./kept-rows.ts";
import { refuseLargeArchive } from "./limit.ts";
import { undoArchive } from "./undo.ts";

let server: Server;
beforeAll(async () => {
  server = await startArchiveServer();
});
afterAll(() => server?.stop());

const t = `create table t (id integer primary key, v text, w text); insert into t select i, 'v', 'w' from generate_series(1, 10) i;`;

test("rows that were changed since are kept, other columns of theirs are no conflict", async () => {
  await using db = await archivedHere(t, server);
  const plan = await db.up(
    "update t set v = 'new' where id < 5; delete from t where id > 7; insert into t values (20, 'a'), (21, 'b'), (22, 'c')",
  );
  await db.sql(
    `update t set v = 'since' where id = 1; update t set w = 'since' where id = 2; delete from t where id = 3; insert into t values (8, 'since');
     update t set v = 'since' where id = 20; delete from t where id = 21; insert into t values (30, 'since')`,
  );
  await db.down(plan);
  expect(await db.rows("select id, v, w from t order by id")).toEqual([
    { id: 1, v: "since", w: "w" },
    { id: 2, v: "v", w: "since" },
    { id: 4, v: "v", w: "w" },
    { id: 5, v: "v", w: "w" },
    { id: 6, v: "v", w: "w" },
    { id: 7, v: "v", w: "w" },
    { id: 8, v: "since", w: null },
    { id: 9, v: "v", w: "w" },
    { id: 10, v: "v", w: "w" },
    { id: 20, v: "since", w: null },
    { id: 30, v: "since", w: null },
  ]);
  expect(await db.conflicts()).toEqual([
    "table public.t id=1 it was changed since",
    "table public.t id=20 it was changed since",
    "table public.t id=3 it was deleted since",
    "table public.t id=8 another row has its key",
  ]);
  expect(await db.results()).toEqual([{ relation: "table public.t", kept: 10, restored: 6, conflicts: 4 }]);
});

test("rows without a key that were changed since are not given back twice", async () => {
  await using db = await archivedHere(
    "create table t (v text, w integer); insert into t select 'v', i % 2 from generate_series(1, 6) i",
    server,
  );
  const plan = await db.up("update t set v = 'new' where w = 0; insert into t values ('more', 5), ('more', 5)");
  await db.sql(
    "update t set v = 'since' where ctid = (select max(ctid) from t where v = 'new'); delete from t where ctid = (select max(ctid) from t where v = 'more')",
  );
  await db.down(plan);
  expect(await db.rows("select v, w, count(*) as n from t group by 1, 2 order by 1, 2")).toEqual([
    { v: "since", w: 0, n: 1 },
    { v: "v", w: 0, n: 2 },
    { v: "v", w: 1, n: 3 },
  ]);
  expect(await db.conflicts()).toHaveLength(2);
});

test("rows that were referred to since, and rows whose own references lead nowhere any more", async () => {
  const setup = `create table a (id integer primary key); create table b (id integer primary key, a integer references a on delete cascade); create table other (a integer references a);
    insert into a select i from generate_series(1, 5) i; insert into b select i, i from generate_series(1, 5) i;`;
  await using db = await archivedHere(setup, server);
  const plan = await db.up(
    "insert into a values (10), (11), (12); insert into b values (10, 10); delete from b where id < 4; update b set a = 10 where id = 4",
  );
  await db.sql("insert into other values (11); insert into b values (20, 12); delete from a where id = 1");
  await db.down(plan);
  expect(await db.rows("select id from a order by id")).toEqual([2, 3, 4, 5, 11, 12].map((id) => ({ id })));
  expect(await db.rows("select id, a from b order by id")).toEqual([
    { id: 2, a: 2 },
    { id: 3, a: 3 },
    { id: 4, a: 4 },
    { id: 5, a: 5 },
    { id: 20, a: 12 },
  ]);
  expect(await db.conflicts()).toEqual([
    "table public.a id=11 public.other refers to it",
    "table public.a id=12 public.b refers to it",
    "table public.b id=1 what it refers to in public.a is gone",
  ]);
  expect(
    await db.rows(
      "select convalidated from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace",
    ),
  ).toEqual([{ convalidated: true }, { convalidated: true }]);
});

test("sequences that were set go back, unless they were used since", async () => {
  await using db = await archivedHere(
    "create sequence one; create sequence two; create table t (id serial, v text); select nextval('one'), nextval('two'); insert into t (v) values ('a'), ('b')",
    server,
  );
  const before = await db.rows("select (select last_value from one) as one, (select last_value from t_id_seq) as t");
  const plan = await db.up("select setval('one', 100), setval('two', 100); truncate t restart identity");
  await db.sql("select nextval('two')");
  await db.down(plan);
  expect(await db.rows("select (select last_value from one) as one, (select last_value from t_id_seq) as t")).toEqual(
    before,
  );
  expect(await db.conflicts()).toEqual(["sequence public.two it was used since"]);
});

test("what is written behind the archive's back is said", async () => {
  await using db = await archivedHere(
    `${t} create table hidden (id integer primary key); insert into hidden values (1); create table gone (id integer); insert into gone values (1);
     create table wide (id integer, c integer); create table emptied (id integer); insert into emptied values (1); create table loaded (id integer primary key);`,
    server,
  );
  const plan = await db.up(
    `do $$ declare r record; begin
       for r in select relname from pg_class where md5(relname) = md5('hi'||'dden') loop execute 'insert into ' || r.relname || ' values (2)'; end loop;
       for r in select relname from pg_class where md5(relname) = md5('go'||'ne') loop execute 'drop table ' || r.relname; end loop;
       for r in select relname from pg_class where md5(relname) = md5('wi'||'de') loop execute 'alter table ' || r.relname || ' drop column c'; end loop;
       for r in select relname from pg_class where md5(relname) = md5('em'||'ptied') loop execute 'truncate ' || r.relname; end loop;
     end $$; alter table t disable trigger user; update t set v = 'x'; alter table t enable trigger user; insert into t values (50, 'captured');
     set local session_replication_role = replica; insert into loaded values (1)`,
  );
  expect(await db.losses()).toEqual([
    "public.emptied: it was emptied",
    "public.gone: it was dropped",
    "public.hidden: it was written",
    "public.t: it was written",
    "public.wide: column c was dropped",
  ]);
  expect(await db.results()).toEqual([]);
  await db.down(plan);
  expect(await db.rows("select * from loaded")).toEqual([]);
});

test("a table that was renamed, in plain SQL and in a block, is not taken for one that went", async () => {
  await using db = await archivedHere(`${t} create table u as table t; alter table u add primary key (id)`, server);
  const before = await db.contents();
  const plan = await db.up(
    "alter table t rename to t2; alter table t2 rename column v to v2; update t2 set v2 = 'x'; do $$ begin update u set v = 'y'; alter table u rename to u2; end $$",
  );
  expect(plan!.needs.tables.find(({ name }) => name === "t")).not.toHaveProperty("dropped");
  expect(await db.losses()).toEqual([]);
  await db.down(plan, (undo) => [
    "alter table t2 rename to t; alter table t rename v2 to v; alter table u2 rename to u",
    undo.rows,
  ]);
  expect(await db.contents()).toBe(before);
});

test("an ordinary owner keeps and gives back rows that forced policies hide from it", async () => {
  await using db = await archivedHere(
    `create table a (id integer primary key, v text); create table b (id integer primary key, a integer references a on delete cascade); create table c (id integer primary key, v text);
     insert into a values (1, 'x'), (2, 'y'); insert into b values (1, 1), (2, 2); insert into c values (1, 'z');
     alter table a enable row level security, force row level security; create policy p on a using (id < 100);
     alter table c enable row level security, force row level security;
     create function note() returns trigger language plpgsql as $$ begin new.v := 'touched'; return new; end $$; create trigger note before update on a for each row execute function note();`,
    server,
    "ann",
  );
  const plan = await db.up(
    "update a set v = 'new'; delete from a where id = 1; insert into a values (3, 'q'); insert into b values (3, 3); drop table c",
  );
  expect(await db.losses()).toEqual([]);
  await db.sql("create table c (id integer primary key, v text)");
  await db.down(plan, (undo) => [undo.table("table public.c"), undo.rows]);
  expect(await db.rows("select id, v from a order by id")).toEqual([
    { id: 1, v: "x" },
    { id: 2, v: "y" },
  ]);
  expect(await db.rows("select id, a from b order by id")).toEqual([
    { id: 1, a: 1 },
    { id: 2, a: 2 },
  ]);
  expect(await db.rows("select id, v from c")).toEqual([{ id: 1, v: "z" }]);
  expect(await db.rows("select tgenabled from pg_trigger where tgname = 'note'")).toEqual([{ tgenabled: "O" }]);
  expect(await db.rows("select relforcerowsecurity as forced from pg_class where relname = 'a'")).toEqual([
    { forced: true },
  ]);
});

test("another role in the migration, deferred constraints and blocks that fail inside do it no harm", async () => {
  await using db = await archivedHere(
    `${t} create role writer_${process.pid}; grant all on t to writer_${process.pid}; create table late (id integer primary key, t integer references t deferrable initially deferred);`,
    server,
  );
  const before = await db.contents();
  const plan = await db.up(
    `insert into late values (1, 99); insert into t values (99); do $$ begin begin update t set v = 'never'; raise exception 'no'; exception when others then null; end; end $$;
     set role writer_${process.pid}; update t set v = 'x' where id = 1`,
  );
  expect(await db.losses()).toEqual([]);
  await db.down(plan);
  expect(await db.contents()).toBe(before);
  await db.sql(`drop owned by writer_${process.pid}; drop role writer_${process.pid}`);
});

test("triggers on a table in use stay behind, do nothing, and are swept", async () => {
  await using db = await archivedHere(t, server);
  const [{ name } = { name: "" }] = await db.rows<{ name: string }>("select current_database() as name");
  const reader = new Client(server.url({ database: name }));
  await reader.connect();
  await reader.query("begin; select count(*) from t");
  const plan = await db.up("update t set v = 'x' where id = 1");
  await reader.query("commit");
  await reader.end();
  const left = await db.rows<{ enabled: string }>(
    "select tgenabled as enabled from pg_trigger where tgname like 'clew%'",
  );
  expect(left.every(({ enabled }) => enabled === "D")).toBe(true);
  await db.sql("update t set v = 'y' where id = 2");
  await db.session.transaction(plan!.later);
  expect(await db.rows("select tgname from pg_trigger where tgname like 'clew%'")).toEqual([]);
  expect(
    await db.rows(
      `select proname from pg_proc where pronamespace = 'clew_archive'::regnamespace and proname like '% ${plan!.needs.id}'`,
    ),
  ).toEqual([]);
  await db.down(plan);
  expect(await db.rows("select v from t where id < 3 order by id")).toEqual([{ v: "v" }, { v: "y" }]);
});

test("nobody else may look into the archive, whatever the default privileges", async () => {
  await using db = await archivedHere(
    `${t} do $$ begin create role anon; exception when duplicate_object then null; end $$;
     alter default privileges grant all on tables to anon; alter default privileges grant all on schemas to anon, public; alter default privileges grant all on sequences to anon;`,
    server,
  );
  await db.up("update t set v = 'x'");
  expect(
    await db.rows(`select c.relname from pg_class c where c.relnamespace = 'clew_archive'::regnamespace and c.relkind in ('r', 'S')
      and (has_schema_privilege('anon', c.relnamespace, 'USAGE') or c.relkind = 'r' and has_table_privilege('anon', c.oid, 'SELECT, INSERT, UPDATE, DELETE'))`),
  ).toEqual([]);
  await db.sql("drop owned by anon");
});

test("what is too large is refused with the tables named, and what has expired is purged", async () => {
  await using db = await archivedHere(
    "create table t (v text); insert into t select repeat('x', 1000) from generate_series(1, 5000)",
    server,
  );
  const plan = await db.up("delete from t; drop table t");
  await db.sql("create table t (v text); insert into t select repeat('x', 1000) from generate_series(1, 5000)");
  await refuseLargeArchive(db.session, plan!.needs, 1e9);
  await refuseLargeArchive(db.session, plan!.needs, 0);
  const error: unknown = await refuseLargeArchive(db.session, plan!.needs, 1e6).catch((thrown: unknown) => thrown);
  expect(isClewError(error, "ARCHIVE_TOO_LARGE") && error.message).toBe(
    "1 changes or destroys about 11 MB of rows, and 1.0 MB may be kept: table public.t 11 MB; nothing of it was run",
  );
  const [kept, ...others] = await readKeptRows(db.session);
  expect(others).toEqual([]);
  expect(kept).toMatchObject({
    id: plan!.needs.id,
    version: "1",
    expired: false,
    restoredAt: null,
    tables: [{ table: "public.t", rows: 10000 }],
    rows: 10000,
  });
  expect(kept!.bytes).toBeGreaterThan(5_000_000);
  expect(Date.parse(kept!.expiresAt!) - Date.parse(kept!.keptAt)).toBe(30 * 24 * 3600 * 1000);
  await purgeKeptRows(db.session, []);
  expect(await readKeptRows(db.session)).toEqual([kept]);
  await purgeKeptRows(db.session, [kept!]);
  expect(await readKeptRows(db.session)).toEqual([]);
  expect(await db.rows("select oid from clew_archive.capture")).toEqual([]);
  await expect(db.session.transaction(undoArchive(plan!.needs).first)).rejects.toThrow(
    "the archive of this migration was purged",
  );
});

test("in the embedded Postgres too", async () => {
  const { PGlite } = await import("@electric-sql/pglite");
  const client = await PGlite.create();
  await using db = await archived(pglite(client), t, () => client.close());
  const before = await db.contents();
  const plan = await db.up(
    "update t set v = 'x' where id < 4; delete from t where id = 7; alter table t drop column w",
  );
  expect(await db.losses()).toEqual([]);
  await db.down(plan, (undo) => ["alter table t add column w text", undo.rows]);
  expect(await db.contents()).toBe(before);
});

test("of tables that inherit, what was written through their parent is not promised", async () => {
  await using db = await archivedHere(
    "create table p (id integer); create table c (more text) inherits (p); insert into c values (1, 'x')",
    server,
  );
  await db.up("delete from p where id = 1");
  expect(await db.losses()).toEqual(["public.p: it was written together with the tables that inherit from it"]);
});

test("where nothing can be lost there is no archive", async () => {
  await using db = await archivedHere(t, server);
  expect(
    await db.up(
      "create table n (id integer); insert into n values (1); alter table t add column x integer; create index on t (v)",
    ),
  ).toBeUndefined();
});
